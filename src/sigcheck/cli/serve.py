"""`sigcheck serve`: start the HTTP service and the clerk's page."""

from __future__ import annotations

import os
import re
import sys
import threading
import webbrowser
from argparse import Namespace
from collections.abc import Sequence

from sigcheck.cli.parser import CommandLineError, Parser, flag, option, whole_number
from sigcheck.cli.streams import PASSED
from sigcheck.cli.verify import AUDIT_LOG, CRL, ONLINE, POLICY, STORE, TRUST, fetcher
from sigcheck.config.store import store_folder
from sigcheck.model.policy import MIB
from sigcheck.render.words import Words

_EXTRA = frozenset({"fastapi", "prometheus_client", "python_multipart", "starlette", "uvicorn"})
_LARGEST_PORT = 65_535
_LARGEST = 1_000_000
"""Of a number nobody means to be larger: megabytes, documents a minute, processes."""

SERVE = (
    option("--host", heading="where", default="127.0.0.1"),
    option("--port", heading="where", convert=whole_number(0, _LARGEST_PORT), default=8000),
    option("--allow-host", many=True, heading="where"),
    flag("--open", heading="where"),
    TRUST._replace(heading="how"),
    CRL._replace(heading="how"),
    STORE._replace(heading="how"),
    ONLINE._replace(heading="how"),
    POLICY._replace(heading="how"),
    option("--workers", heading="how", convert=whole_number(1, _LARGEST)),
    option("--api-keys", heading="limits", is_path=True),
    option("--rate", heading="limits", convert=whole_number(0, _LARGEST), default=0),
    option("--max-upload", heading="limits", convert=whole_number(1, _LARGEST), default=64),
    AUDIT_LOG._replace(heading="limits"),
)


def run(arguments: Sequence[str], words: Words) -> int:
    """Serve until stopped; exit code 0 after an orderly stop."""
    found = Parser("serve", SERVE).read(arguments)
    try:
        from sigcheck.service.server import serve  # an optional part
        from sigcheck.service.settings import Settings, load_keys
    except ModuleNotFoundError as problem:
        missing = (problem.name or "").partition(".")[0]
        if missing not in _EXTRA:
            raise
        raise CommandLineError(
            "SERVICE-EXTRA", detail=missing, extra="sigcheck[service]"
        ) from problem
    settings = Settings(
        host=found.host,
        port=found.port,
        trust=tuple(found.trust),
        crls=tuple(found.crl),
        store=_store(found),
        fetch=fetcher(found.store) if found.online else None,
        policy=found.policy,
        keys=load_keys(found.api_keys) if found.api_keys else {},
        audit_log=found.audit_log,
        max_rate=found.rate,
        max_upload=found.max_upload * MIB,
        max_batch=max(Settings().max_batch, found.max_upload * MIB),
        hosts=tuple(found.allow_host),
        workers=found.workers or os.cpu_count() or 1,
    )

    def listening(address: str) -> None:
        # On standard error, as all talk about the run; whoever starts us may wait for this line.
        print(words.say("run", "listening", address=address), file=sys.stderr, flush=True)
        if found.open:
            _open_browser(address)

    if settings.open_to_anybody:
        print(words.say("run", "open_to_anybody"), file=sys.stderr, flush=True)
    serve(settings, listening)
    return PASSED


RUN = {"serve": run}
ARGUMENTS = {"serve": SERVE}


def _store(found: Namespace) -> str | None:
    """Return the folder of the user's own trust store, as `verify` chooses it."""
    if found.trust and not found.store:
        return None
    return str(store_folder(os.environ, found.store))


def _open_browser(address: str) -> None:
    """Show the page; a browser that stays in the foreground must not hold the service up."""
    here = re.sub(r"//(0\.0\.0\.0|\[::\])", "//127.0.0.1", address)
    threading.Thread(target=webbrowser.open, args=(here,), daemon=True).start()
