"""What came of one document, as plain values: no string of it keeps a report or a reader alive."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from functools import cache

from msgspec import Struct
from msgspec.structs import replace

from sigcheck._version import __version__
from sigcheck.api import unreadable
from sigcheck.batch.task import Setup, Task
from sigcheck.errors import UnreadableError
from sigcheck.model.report import DocumentReport, Report
from sigcheck.render import RenderOptions, Words
from sigcheck.render.findings import document_reason
from sigcheck.render.sanitize import mask, plain
from sigcheck.render.spreadsheet import COLUMNS, rows_of

OWN = ("file", "sha256", "document_verdict")
"""Columns of the table that belong to the document."""
SIGNATURE_COLUMNS = tuple(key for key in COLUMNS if key not in OWN)
"""Columns of the table that belong to a signature."""
_OPTIONS = RenderOptions()
_QUICK = 1
"""zlib's level: two thirds of the time of the default, a tenth more bytes."""


class Outcome(Struct, frozen=True):
    """The row of a document and those of its signatures."""

    path: str
    size: int
    mtime: int
    sha256: str
    """Empty where the file could not be read to its end."""
    indication: str
    sub_indication: str = ""
    code: str = ""
    """Of the reason; empty for TOTAL-PASSED."""
    reason: str = ""
    """Its sentence."""
    validation_time: str = ""
    signatures: tuple[tuple[str, ...], ...] = ()
    """Texts in the order of SIGNATURE_COLUMNS, identity numbers masked."""
    seconds: float = 0.0
    """What reading and judging took."""
    attempts: int = 1
    same: bool = False
    """The very bytes that were judged before under this name: only `size` and `mtime` are new."""
    report: bytes = b""
    """A document object of `sigcheck.report/1`, as `jsonl` has it, deflated; empty: not asked."""


def outcome(report: Report, task: Task, setup: Setup, seconds: float) -> Outcome:
    """Return the row of a report; `task` has the size and time of what was read."""
    document, words = report.document, _words(setup.lang)
    return Outcome(
        path=task.path,
        size=task.size,
        mtime=task.mtime,
        sha256=document.sha256,
        indication=document.indication.value,
        sub_indication=str(document.sub_indication or ""),
        code=document.reason.code if document.reason else "",
        reason=_text(document_reason(document, words)),
        validation_time=report.validation_time.isoformat(),
        signatures=_signatures(report, document, words),
        seconds=seconds,
        attempts=task.attempt,
        report=_packed(report, words) if setup.reports else b"",
    )


def failure(task: Task, setup: Setup, problem: UnreadableError, seconds: float = 0.0) -> Outcome:
    """Return the row of a document about which nothing can be said; its digest is the task's."""
    document = replace(unreadable(task.path, problem), sha256=task.sha256, size=max(task.size, 0))
    report = Report(
        documents=(document,),
        validation_time=setup.at or datetime.now(UTC),
        policy_id=setup.verifier.policy.id,
        policy_version=setup.verifier.policy.version,
        trust=setup.verifier.trust.summary(),
        tool_version=__version__,
    )
    return outcome(report, task, setup, seconds)


@cache
def _words(lang: str) -> Words:
    return Words.load(lang)


def _text(text: str) -> str:
    return mask(plain(text))


def _signatures(
    report: Report, document: DocumentReport, words: Words
) -> tuple[tuple[str, ...], ...]:
    if not document.signatures:
        return ()
    return tuple(
        tuple(_text(row.get(key, "")) for key in SIGNATURE_COLUMNS)
        for row in rows_of(report, words)
    )


def _packed(report: Report, words: Words) -> bytes:
    from sigcheck.render.json import render_lines as render

    return zlib.compress(render(report, words, _OPTIONS).encode(), _QUICK)
