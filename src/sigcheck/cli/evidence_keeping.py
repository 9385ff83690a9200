"""Keep what came of each document: an entry in a ledger, an evidence package in a folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path, PurePath

from msgspec.structs import replace

from sigcheck.archive.audit_log import Ledger, check_of
from sigcheck.archive.package import Stamper, Wish, build
from sigcheck.cli.arguments import Request
from sigcheck.cli.streams import destination
from sigcheck.cli.usage import CommandLineError
from sigcheck.model.policy import Policy
from sigcheck.model.report import DocumentReport, Report
from sigcheck.render import RenderOptions, renderer
from sigcheck.render.sanitize import plain
from sigcheck.render.words import Words

SUFFIX = ".sigcheck.zip"
_SHOWN = 12
"""Digits of the SHA-256 in a package's name: two documents may have one name."""


def kept(
    reports: Iterator[Report], policy: Policy, asked: Request, words: Words
) -> Iterator[Report]:
    """Yield the reports as they are kept, without the materials, which are no longer needed."""
    folder = Path(asked.evidence) if asked.evidence is not None else None
    if folder is not None and not folder.is_dir():
        raise CommandLineError("OUTPUT-NOT-WRITABLE", detail=str(folder))
    with ExitStack() as stack:
        ledger = stack.enter_context(Ledger.open(asked.ledger)) if asked.ledger else None
        for report in reports:
            head = _recorded(report, ledger, words)
            if folder is not None:
                _packed(report, policy, asked, words, folder, head)
            yield without_materials(report)


def _recorded(report: Report, ledger: Ledger | None, words: Words) -> str:
    if ledger is None:
        return ""
    told = renderer("json")(report, words, RenderOptions())
    return ledger.append(check_of(report, now(), told), told).hash


def _packed(
    report: Report, policy: Policy, asked: Request, words: Words, folder: Path, head: str
) -> None:
    document = report.document
    if document.evidence is None:
        note = words.say("archive", "no_evidence", path=document.path)
        print(plain(note), file=sys.stderr)
        return
    name = f"{PurePath(document.path).name}.{document.sha256[:_SHOWN]}{SUFFIX}"
    write(build(report, policy, wish_of(document, asked, words, head)), str(folder / name))


def wish_of(document: DocumentReport, asked: Request, words: Words, head: str = "") -> Wish:
    """Return what a package shall hold; raises CommandLineError where the document is gone."""
    return Wish(
        made_at=now(),
        lang=words.lang,
        full=asked.options.full,
        document=_bytes(document.path) if asked.include_document else None,
        stamp=_stamper(asked) if asked.tsa else None,
        ledger_head=head,
    )


def write(data: bytes, output: str) -> None:
    """Write a package whole or not at all."""
    with destination(output) as put:
        put(data)


def without_materials(report: Report) -> Report:
    """Return the report with evidence that is as light as without an evidence package."""
    light = [
        replace(d, evidence=replace(d.evidence, materials={})) if d.evidence else d
        for d in report.documents
    ]
    return replace(report, documents=tuple(light))


def now() -> datetime:
    """Return the moment a package or an entry is made; SOURCE_DATE_EPOCH makes it repeatable."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH", "")
    if fixed.isascii() and fixed.isdigit() and len(fixed) <= len("99999999999"):
        return datetime.fromtimestamp(int(fixed), UTC)
    return datetime.now(UTC).replace(microsecond=0)


def _bytes(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as problem:
        raise CommandLineError("FILE-NOT-READABLE", detail=path) from problem


def _stamper(asked: Request) -> Stamper:
    import secrets

    from sigcheck.archive.stamp import request_token
    from sigcheck.cli.verify import fetcher_of

    url, fetch = str(asked.tsa), fetcher_of(asked)
    return lambda manifest: request_token(manifest, url, fetch, secrets.randbits(63))
