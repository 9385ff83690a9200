"""How the documents of a batch are judged, and the row and report that come of each.

This part runs in worker processes: `Judging` is what a pool does with a task. What it returns is
plain text and numbers, which msgspec checks on the way back.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path, PurePath
from time import monotonic

from msgspec import Struct, json
from msgspec.structs import replace

from sigcheck._version import __version__
from sigcheck.api import Verifier, unreadable
from sigcheck.archive.package import Wish, build
from sigcheck.batch.documents import Task, content
from sigcheck.errors import SigcheckError, UnreadableError
from sigcheck.fetch import NoFetch
from sigcheck.model.indication import DocumentIndication
from sigcheck.model.report import DocumentReport, Report
from sigcheck.partial import partial_of
from sigcheck.render import RenderOptions, Words, renderer
from sigcheck.render.findings import document_reason
from sigcheck.render.sanitize import mask, plain
from sigcheck.render.spreadsheet import COLUMNS, rows_of
from sigcheck.workers import Work

OWN = ("file", "sha256", "document_verdict")
"""Columns of the table that belong to the document."""
SIGNATURE_COLUMNS = tuple(key for key in COLUMNS if key not in OWN)
"""Columns of the table that belong to a signature."""
PACKAGE = ".sigcheck.zip"
_SHOWN = 12
"""Digits of the SHA-256 in a package's name: two documents may have one name."""
_QUICK = 1
"""zlib's level: two thirds of the time of the default, a tenth more bytes."""
_log = logging.getLogger(__name__)


class Setup(Struct, frozen=True):
    """How all documents of a batch are judged, and what is wanted of each."""

    verifier: Verifier
    lang: str = "vi"
    at: datetime | None = None
    """Validation time with an offset; None is the moment each document is judged."""
    reports: bool = False
    """Whether the whole report is wanted besides the row."""
    packages: str | None = None
    """Folder for an evidence package of each document; its verifier keeps the materials then."""


class Judgement(Struct, frozen=True):
    """Under what documents are judged: a row counts again only under an equal one."""

    policy: str
    policy_version: str
    policy_digest: str
    """SHA-256 over the policy, its tool profiles, the limits and whether PDF/A is looked at."""
    trust_digest: str
    validation_time: str
    """ISO 8601 as it was given; empty where each document was judged at its own moment."""
    online: str
    """`online` or `offline`."""
    tool_version: str
    lang: str


def judgement(setup: Setup) -> Judgement:
    """Return under what a setup judges."""
    verifier = setup.verifier
    return Judgement(
        policy=verifier.policy.id,
        policy_version=verifier.policy.version,
        policy_digest=digest((verifier.policy, verifier.limits, verifier.pdfa is not None)),
        trust_digest=verifier.trust.digest,
        validation_time=setup.at.isoformat() if setup.at else "",
        online="offline" if isinstance(verifier.fetch, NoFetch) else "online",
        tool_version=__version__,
        lang=setup.lang,
    )


def digest(value: object) -> str:
    """Return SHA-256, hexadecimal, over structs and plain values: the same in every process."""
    return hashlib.sha256(json.encode(value, order="deterministic")).hexdigest()


# --- the row of a document ------------------------------------------------------------------------


class DocumentOutcome(Struct, frozen=True):
    """The row of a document and those of its signatures."""

    path: str
    size: int
    mtime: int
    sha256: str
    """Empty where the file could not be read to its end."""
    indication: str
    """A DocumentIndication."""
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
    """The very bytes that were judged before under this name: only what the folder lists is new."""
    ctime: int = 0
    inode: int = 0
    report: bytes = b""
    """A document object of `sigcheck.report/1`, as `jsonl` has it, deflated; or empty."""

    def __post_init__(self) -> None:
        """Refuse, with ValueError, what is no row: a worker may send anything."""
        DocumentIndication(self.indication)
        if any(len(row) != len(SIGNATURE_COLUMNS) for row in self.signatures):
            raise ValueError("a signature's row with other columns")


def outcome(report: Report, task: Task, setup: Setup, seconds: float) -> DocumentOutcome:
    """Return the row of a report; `task` has the size and time of what was read."""
    document, words = report.document, _words(setup.lang)
    return DocumentOutcome(
        path=task.path,
        size=task.size,
        mtime=task.mtime,
        ctime=task.ctime,
        inode=task.inode,
        sha256=document.sha256,
        indication=document.indication.value,
        sub_indication=str(document.sub_indication or ""),
        code=document.reason.code if document.reason else "",
        reason=_text(document_reason(document, words)),
        validation_time=report.validation_time.isoformat(),
        signatures=_signatures(report, document, words),
        seconds=seconds,
        attempts=task.attempt,
        report=_deflated(report, words) if setup.reports else b"",
    )


def failure(
    task: Task,
    setup: Setup,
    problem: UnreadableError,
    seconds: float = 0.0,
    data: bytes | None = None,
) -> DocumentOutcome:
    """Return the row of a document that could not be read; `data` are its bytes, if at hand."""
    verifier = setup.verifier
    document = unreadable(task.path, problem, verifier.limits, data)
    report = verifier.report_on(document, setup.at or datetime.now(UTC))
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


def _deflated(report: Report, words: Words) -> bytes:
    text = renderer("jsonl")(report, words, RenderOptions())
    return zlib.compress(text.encode("utf-8", "replace"), _QUICK)


# --- in a worker process --------------------------------------------------------------------------

Wire = tuple[bytes, Task]
"""A task on its way to a worker: its path apart, for the name of a file need not be text."""
Judge = Callable[[Task, Setup], DocumentOutcome]


def to_wire(task: Task) -> Wire:
    """Return a task as it travels."""
    return os.fsencode(task.path), replace(task, path="")


def from_wire(sent: Wire) -> Task:
    """Return the task that travelled."""
    path, task = sent
    return replace(task, path=os.fsdecode(path))


class Judging(Struct, frozen=True):
    """What a worker process of a batch does."""

    setup: Setup
    judge: Judge

    def __call__(self, sent: Wire) -> DocumentOutcome:
        """Return what came of a document, without its path."""
        return replace(self.judge(from_wire(sent), self.setup), path="")

    def prepare(self) -> Callable[[Wire], DocumentOutcome]:
        """Load what is loaded late, so that the first document does not wait for it."""
        sys.dont_write_bytecode = True  # these processes may write no files
        judge(Task("-", data=b"%PDF-"), self.setup)
        return self

    def work(self) -> Work[Wire, DocumentOutcome]:
        """Return the work of a pool."""
        verifier = self.setup.verifier
        writes = self.setup.packages is not None or verifier.pdfa is not None
        return Work(
            self.prepare,
            task=Wire,
            result=DocumentOutcome,
            seconds=verifier.seconds,
            memory=verifier.limits.max_memory,
            written=None if writes else 0,
        )


def judge(task: Task, setup: Setup) -> DocumentOutcome:
    """Return what came of a document; raises MemoryError and nothing else."""
    started = monotonic()
    try:
        task, data = content(task, setup.verifier.limits)
        if task.sha256 and hashlib.sha256(data).hexdigest() == task.sha256:
            return _same(task)
        report = setup.verifier.verify(data, at=setup.at, name=task.path)
        if setup.packages is not None:
            _package(report, setup, setup.packages)
        return outcome(report, task, setup, monotonic() - started)
    except UnreadableError as problem:
        return failure(task, setup, problem, monotonic() - started)
    except MemoryError:
        raise
    except Exception as problem:  # noqa: BLE001 - a fault of ours costs one document, by name
        detail = f"{type(problem).__name__}: {problem}"
        return failure(task, setup, UnreadableError(detail, code="UNEXPECTED"))


def _same(task: Task) -> DocumentOutcome:
    placeholder = DocumentIndication.UNREADABLE.value  # the job database has and keeps the true one
    return DocumentOutcome(
        task.path,
        task.size,
        task.mtime,
        task.sha256,
        placeholder,
        ctime=task.ctime,
        inode=task.inode,
        same=True,
    )


def _package(report: Report, setup: Setup, folder: str) -> None:
    """Write the evidence package of a report, whole or not at all.

    The verdict is what it is: a package that cannot be made is reported on standard error.
    """
    document = report.document
    if document.evidence is None:
        return
    stem = PurePath(document.path).name
    target = Path(folder) / f"{stem}.{document.sha256[:_SHOWN]}{PACKAGE}"
    partial = partial_of(target)
    try:
        wish = Wish(made_at=datetime.now(UTC).replace(microsecond=0), lang=setup.lang)
        partial.write_bytes(build(report, setup.verifier.policy, wish))
        partial.replace(target)
    except (OSError, SigcheckError) as problem:
        _log.error("no evidence package of %s: %s", document.path, problem)
        partial.unlink(missing_ok=True)
