"""What `sigcheck batch` was asked to do."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

from msgspec import Struct

from sigcheck.batch.export import LEDGERS, WRITERS, require
from sigcheck.batch.watch import Look
from sigcheck.cli import arguments as verify
from sigcheck.cli.parser import Parser
from sigcheck.cli.usage import CommandLineError
from sigcheck.render import RenderOptions
from sigcheck.render.words import LANGUAGES

_ENDINGS = (*LEDGERS, *WRITERS)
_MOST_JOBS = 1_000
_MOST_QUIET = 86_400.0


class Request(Struct, frozen=True):
    """The arguments, checked."""

    judging: verify.Request
    """Trust, time and policy, as `verify` takes them."""
    paths: tuple[str, ...]
    output: str
    work: str
    """The ledger: the output itself, or a file beside it."""
    jobs: int
    cluster: str | None
    by_value: bool
    look: Look | None
    """How to watch; None where that is not asked for."""
    restart: bool
    reports: bool

    @property
    def exported(self) -> bool:
        """Say whether a file is written from the ledger at the end."""
        return self.output != self.work


def parser() -> Parser:
    """Return the parser of `batch`; its help page names each option in both languages."""
    found = Parser("batch")
    found.add_argument("paths", nargs="*")
    for name in ("--trust", "--crl"):
        found.add_argument(name, action="append", default=[])
    for name in ("--store", "--policy", "--at", "--lang", "--work", "--cluster", "--evidence"):
        found.add_argument(name)
    found.add_argument("--output", "-o")
    found.add_argument("--jobs", "-j", default="0")
    found.add_argument("--quiet", default=str(Look().quiet))
    for name in ("--online", "--by-value", "--watch", "--restart", "--reports"):
        found.add_argument(name, action="store_true")
    return found


def request(arguments: Sequence[str]) -> Request:
    """Return what is asked for; raises CommandLineError with the sentence that helps."""
    use = parser()
    found = use.parse(arguments)
    if found.lang is not None:
        use.one_of(found.lang, LANGUAGES, "--lang")
    if not found.paths:
        raise CommandLineError("USAGE-PATH-MISSING")
    ending = _ending(found.output, use)
    return Request(
        judging=_judging(found),
        paths=tuple(found.paths),
        output=found.output,
        work=found.work or (found.output if ending in LEDGERS else f"{found.output}.sqlite"),
        jobs=_jobs(found.jobs, use),
        cluster=found.cluster,
        by_value=found.by_value,
        look=_look(found.quiet, use) if found.watch else None,
        restart=found.restart,
        reports=found.reports or ending == ".jsonl",
    )


def _judging(found: SimpleNamespace) -> verify.Request:
    return verify.Request(
        paths=tuple(found.paths),
        trust=tuple(found.trust),
        store=found.store,
        crls=tuple(found.crl),
        policy=found.policy,
        at=verify.moment_of(found.at),
        online=found.online,
        format="jsonl",
        output=found.output,
        jobs=1,
        password=None,
        pictures=False,
        options=RenderOptions(),
        evidence=_folder(found.evidence),
        ledger=None,
        tsa=None,
        include_document=False,
    )


def _folder(path: str | None) -> str | None:
    """Return the folder for packages as its workers reach it."""
    if path is not None and not Path(path).is_dir():
        raise CommandLineError("OUTPUT-NOT-WRITABLE", detail=path)
    return path and str(Path(path).absolute())


def _ending(output: str | None, use: Parser) -> str:
    ending = Path(output or "").suffix.lower()
    if ending not in _ENDINGS:
        use.refuse("--output", ", ".join(_ENDINGS))
    require(ending)
    return ending


def _look(text: str, use: Parser) -> Look:
    try:
        quiet = float(text)
    except ValueError:
        use.refuse("--quiet", text)
    if not 0 < quiet <= _MOST_QUIET:
        use.refuse("--quiet", text)
    return Look(interval=min(Look().interval, quiet / 2), quiet=quiet)


def _jobs(text: str, use: Parser) -> int:
    """Return how many processes; 0 means one for each processor."""
    if not text.isascii() or not text.isdigit() or int(text) > _MOST_JOBS:
        use.refuse("--jobs", text)
    return int(text) or os.cpu_count() or 1
