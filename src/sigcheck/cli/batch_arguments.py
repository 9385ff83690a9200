"""What `sigcheck batch` was asked to do."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

from sigcheck.batch.export import LEDGERS, WRITERS, require
from sigcheck.batch.watch import Look
from sigcheck.cli import arguments as verify
from sigcheck.cli.parser import Parser
from sigcheck.cli.usage import CommandLineError
from sigcheck.model.record import record

_ENDINGS = (*LEDGERS, *WRITERS)
_MOST_JOBS = 1_000
_MOST_QUIET = 86_400.0
_ONE = ("policy", "at", "lang", "store")
_MANY = ("trust", "crl")
"""Options that mean what they mean to `verify`, `--online` besides."""


@record
class Request:
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
    for name in _MANY:
        found.add_argument(f"--{name}", action="append", default=[])
    for name in (*_ONE, "work", "cluster"):
        found.add_argument(f"--{name}")
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
    given = {name: getattr(found, name) for name in _ONE}
    line = [f"--{name}={value}" for name, value in given.items() if value is not None]
    line += [f"--{name}={value}" for name in _MANY for value in getattr(found, name)]
    line += ["--online"] if found.online else []
    return verify.request([*line, "--", *found.paths], "batch")


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
