"""`sigcheck serve`: start the HTTP service and the clerk's page."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from types import SimpleNamespace

from sigcheck.cli import exits
from sigcheck.cli.parser import Parser
from sigcheck.cli.usage import CommandLineError
from sigcheck.config.store import store_folder
from sigcheck.model.policy import MIB
from sigcheck.render.words import LANGUAGES, Words

_EXTRA = frozenset({"fastapi", "python_multipart", "starlette", "uvicorn"})
_LARGEST_PORT = 65_535
_LARGEST = 1_000_000
"""Of a number nobody means to be larger: megabytes, documents a minute, processes."""


def run(arguments: Sequence[str], words: Words) -> int:
    """Serve until told to stop; exit code 0 after an orderly stop."""
    found = _parser().parse(arguments)
    if found.lang is not None:
        _parser().one_of(found.lang, LANGUAGES, "--lang")
    try:
        from sigcheck.service.keys import load_keys
        from sigcheck.service.server import serve
        from sigcheck.service.settings import Settings
    except ModuleNotFoundError as problem:
        missing = (problem.name or "").partition(".")[0]
        if missing not in _EXTRA:
            raise
        raise CommandLineError(
            "SERVICE-EXTRA", detail=missing, extra="sigcheck[service]"
        ) from problem
    settings = Settings(
        host=found.host,
        port=_number(found.port, "--port", _LARGEST_PORT),
        trust=tuple(found.trust),
        crls=tuple(found.crl),
        store=_store(found),
        policy=found.policy,
        keys=load_keys(found.api_keys) if found.api_keys else {},
        ledger=found.ledger,
        max_rate=_number(found.rate, "--rate"),
        max_upload=_number(found.max_upload, "--max-upload", least=1) * MIB,
        hosts=tuple(found.allow_host),
        workers=_number(found.workers or str(os.cpu_count() or 1), "--workers", least=1),
    )
    serve(settings, lambda address: _say(words.say("run", "listening", address=address)))
    return exits.PASSED


def _parser() -> Parser:
    found = Parser("serve")
    found.add_argument("--host", default="127.0.0.1")
    found.add_argument("--port", default="8000")
    found.add_argument("--trust", action="append", default=[])
    found.add_argument("--crl", action="append", default=[])
    found.add_argument("--store")
    found.add_argument("--policy")
    found.add_argument("--workers", default="")
    found.add_argument("--api-keys")
    found.add_argument("--ledger")
    found.add_argument("--rate", default="0")
    found.add_argument("--max-upload", default="64")
    found.add_argument("--allow-host", action="append", default=[])
    found.add_argument("--lang")
    return found


def _store(found: SimpleNamespace) -> str | None:
    """Return the folder of the user's own trust store, as `verify` chooses it."""
    if found.trust and not found.store:
        return None
    return str(store_folder(os.environ, found.store))


def _number(text: str, option: str, most: int = _LARGEST, least: int = 0) -> int:
    fits = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not fits or not least <= int(text) <= most:
        _parser().refuse(option, text)
    return int(text)


def _say(sentence: str) -> None:
    # On standard error, as all talk about the run; whoever starts us may wait for this line.
    print(sentence, file=sys.stderr, flush=True)
