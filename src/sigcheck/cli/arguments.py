"""What `sigcheck verify` was asked to do."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from sigcheck.cli.parser import Parser
from sigcheck.cli.usage import CommandLineError
from sigcheck.model.clock import VIETNAM
from sigcheck.render import FORMATS, RenderOptions
from sigcheck.render.words import LANGUAGES

COLORS = ("auto", "always", "never")
FILES = ("pdf", "xlsx")
"""Formats that are no text."""


class Request(Struct, frozen=True):
    """The arguments, checked."""

    paths: tuple[str, ...]
    trust: tuple[str, ...]
    store: str | None
    crls: tuple[str, ...]
    policy: str | None
    at: datetime | None
    online: bool
    format: str
    output: str | None
    jobs: int
    password: str | None
    pictures: bool
    options: RenderOptions
    evidence: str | None
    """Folder for an evidence package of each document."""
    ledger: str | None
    tsa: str | None
    """Address of a time-stamping authority for packages: the one network use it allows."""
    include_document: bool


def parser(command: str = "verify") -> Parser:
    """Return the parser of `verify`; its help page names each option in both languages.

    `evidence` takes the same options: it is a verification whose result is kept.
    """
    found = Parser(command)
    found.add_argument("paths", nargs="*")
    found.add_argument("--trust", action="append", default=[])
    found.add_argument("--store")
    found.add_argument("--crl", action="append", default=[])
    found.add_argument("--policy")
    found.add_argument("--at")
    found.add_argument("--online", action="store_true")
    found.add_argument("--lang")
    found.add_argument("--format", default="text")
    found.add_argument("--output", "-o")
    found.add_argument("--jobs", "-j", default="1")
    found.add_argument("--password-file")
    found.add_argument("--color", default="auto")
    found.add_argument("--verbose", "-v", action="store_true")
    found.add_argument("--full", action="store_true")
    found.add_argument("--no-pictures", action="store_true")
    found.add_argument("--evidence")
    found.add_argument("--ledger")
    found.add_argument("--tsa")
    found.add_argument("--include-document", action="store_true")
    return found


def request(arguments: Sequence[str], command: str = "verify") -> Request:
    """Return what is asked for; raises CommandLineError with the sentence that helps."""
    use = parser(command)
    found = use.parse(arguments)
    if found.lang is not None:
        use.one_of(found.lang, LANGUAGES, "--lang")
    if not found.paths:
        raise CommandLineError("USAGE-PATH-MISSING")
    return Request(
        paths=tuple(found.paths),
        trust=tuple(found.trust),
        store=found.store,
        crls=tuple(found.crl),
        policy=found.policy,
        at=moment_of(found.at),
        online=found.online,
        format=use.one_of(found.format, (*FORMATS, *FILES), "--format"),
        output=found.output,
        jobs=_jobs(found.jobs, use),
        password=password_of(found.password_file),
        pictures=not found.no_pictures,
        options=RenderOptions(
            color=_color(use.one_of(found.color, COLORS, "--color"), found.output),
            verbose=found.verbose,
            full=found.full,
        ),
        evidence=found.evidence,
        ledger=found.ledger,
        tsa=found.tsa,
        include_document=found.include_document,
    )


def moment_of(text: str | None) -> datetime | None:
    """Return a moment of the command line; one without an offset is Vietnam's."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as problem:
        raise CommandLineError("USAGE-TIME", detail=text) from problem
    return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)


def _jobs(text: str, use: Parser) -> int:
    """Return how many processes; 0 means one for each processor."""
    if not text.isascii() or not text.isdigit() or len(text) > len("1000"):
        use.refuse("--jobs", text)
    return int(text) or os.cpu_count() or 1


def password_of(path: str | None) -> str | None:
    """Return the first line of the file: a password on the command line would be seen by all."""
    if path is None:
        return None
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except (OSError, ValueError) as problem:
        raise CommandLineError("PASSWORD-FILE", detail=path) from problem
    if not lines:
        raise CommandLineError("PASSWORD-FILE", detail=path)
    return lines[0]


def _color(wanted: str, output: str | None) -> bool:
    if wanted != "auto":
        return wanted == "always"
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not plain and output is None and sys.stdout.isatty()
