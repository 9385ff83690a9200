"""What a worker process of the service does: it judges a document and renders the report.

A worker knows every policy and both languages before its first document. It touches no disk, and
the network only where the service was started with `--online`; pages for the HTML report are drawn
by a process of their own, in the same confines.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from time import monotonic

from msgspec import Struct

from sigcheck.api import Verifier, unreadable
from sigcheck.archive.judge import judge as judge_package
from sigcheck.archive.package import Wish, build
from sigcheck.errors import FetchError, PackageError, SigcheckError, UnreadableError
from sigcheck.fetch import Fetcher
from sigcheck.log import WARNING, log
from sigcheck.model.pictures import Pictures
from sigcheck.model.policy import MIB, Limits, Policy
from sigcheck.model.report import Report
from sigcheck.pages import PictureLimits, draw
from sigcheck.render import RenderOptions, Words, letter, renderer, summary
from sigcheck.render.json import dumps
from sigcheck.render.values import iso
from sigcheck.render.words import LANGUAGES
from sigcheck.service.sheets import pictures_object, row_objects, sheet_object
from sigcheck.workers import Work

JSON, JSONL, HTML, PAGE, EVIDENCE = "json", "jsonl", "html", "page", "evidence"
PICTURES = "pictures"
"""The forms of a report: the renderers' own, two for the clerk's page, and the package."""
CSV, XML, PDF = "csv", "xml", "pdf"
"""More of the renderers' own; the last is the HTML report, printed by the service."""
SUMMARY, SUMMARY_LINE = "summary", "summary-line"
"""`sigcheck.summary/1`, of one document and as one of many."""
LETTER, LETTER_TEXT = "letter", "letter-text"
"""The letter that returns the document, as a Word document and as text."""
PAGE_SCHEMA = "sigcheck.page/1"

_HASTE = 2.0
"""Seconds below which no picture is begun."""
_DRAWING = 8.0
"""Seconds that drawing may take of a request, at most."""
_SCRATCH = 16 * MIB
"""Bytes of any file a worker or its child may write."""
_IN_MEMORY = "/dev/shm"  # noqa: S108 - nameless files alone


class Job(Struct, frozen=True):
    """One document to judge."""

    data: bytes
    name: str
    """As the report shall call it: a file's name, never a path of this machine."""
    policy: str
    """A name that the worker's verifiers have."""
    lang: str
    forms: tuple[str, ...]
    at: datetime | None = None
    """Validation time with an offset; None is now."""
    password: str | None = None
    """Of an encrypted document."""
    package: bool = False
    """Whether `data` is an evidence package, and the document elsewhere."""


class ServiceAnswer(Struct, frozen=True):
    """The report in the forms asked for, in their order."""

    bodies: tuple[bytes, ...]
    """An empty one where there is nothing: no evidence, or no reason to return the document."""
    indication: str
    """Empty where the package is none."""
    seconds: float
    """What judging took, the way to the worker and back not counted."""
    fetched: tuple[int, int] = (0, 0)
    """Questions to the network that were answered, and those that were refused or failed."""


class CountedFetch:
    """Passes questions on to a fetcher, and counts them."""

    def __init__(self, fetch: Fetcher) -> None:
        """Take the fetcher that asks."""
        self._fetch = fetch
        self.answered = self.failed = 0

    def get(self, url: str) -> bytes:
        """Return the body at an address; raises FetchError."""
        return self._counted(lambda: self._fetch.get(url))

    def post(self, url: str, body: bytes, content_type: str) -> bytes:
        """Return the answer to a request; raises FetchError."""
        return self._counted(lambda: self._fetch.post(url, body, content_type))

    def _counted(self, ask: Callable[[], bytes]) -> bytes:
        try:
            answer = ask()
        except FetchError:
            self.failed += 1
            raise
        self.answered += 1
        return answer


Judge = Callable[[Job, Verifier, float], ServiceAnswer]


class ServiceJudging(Struct, frozen=True):
    """What a worker process of the service does; one warm verifier for each policy."""

    verifiers: Mapping[str, Verifier]
    limits: Limits
    judge: Judge

    def __call__(self, job: Job) -> ServiceAnswer:
        """Return the answer to a job."""
        return self.judge(job, self.verifiers[job.policy], self.seconds)

    @property
    def seconds(self) -> float:
        """Wall time that one document may take, with the comparison of its pages."""
        return max(verifier.seconds for verifier in self.verifiers.values())

    def prepare(self) -> Callable[[Job], ServiceAnswer]:
        """Load what is loaded late, so that the first document does not wait for it."""
        if os.access(_IN_MEMORY, os.W_OK):
            # What draws pages may pass pictures through a nameless file: not on a disk.
            os.environ["TMPDIR"] = tempfile.tempdir = _IN_MEMORY
        for name, verifier in self.verifiers.items():
            for lang in LANGUAGES:
                judge(Job(b"%PDF-", "-", name, lang, (JSON, JSONL, HTML, PAGE)), verifier)
        return self

    def work(self) -> Work[Job, ServiceAnswer]:
        """Return the work of a pool."""
        return Work(
            self.prepare,
            task=Job,
            result=ServiceAnswer,
            seconds=self.seconds,
            memory=self.limits.max_memory,
            written=_SCRATCH,
        )

    def lost(self, job: Job, problem: UnreadableError) -> ServiceAnswer:
        """Return the answer to a job over which workers were lost; nothing of it is parsed."""
        verifier = self.verifiers[job.policy]
        report = failure(job, verifier, problem)
        rendered = bodies(report, job, verifier.policy)
        return ServiceAnswer(rendered, report.document.indication.value, self.seconds)


def judge(job: Job, verifier: Verifier, max_seconds: float = 20.0) -> ServiceAnswer:
    """Return the answer to a job."""
    started = monotonic()
    before = _counts(verifier)
    try:
        report = _report(job, verifier)
    except PackageError:
        return ServiceAnswer((b"",) * len(job.forms), "", monotonic() - started)
    seconds = monotonic() - started
    pictures = _pictures(job, report, max_seconds - seconds)
    rendered = bodies(report, job, verifier.policy, pictures)
    answered, failed = (now - then for now, then in zip(_counts(verifier), before, strict=True))
    return ServiceAnswer(rendered, report.document.indication.value, seconds, (answered, failed))


def _counts(verifier: Verifier) -> tuple[int, int]:
    fetch = verifier.fetch
    return (fetch.answered, fetch.failed) if isinstance(fetch, CountedFetch) else (0, 0)


def failure(job: Job, verifier: Verifier, problem: UnreadableError) -> Report:
    """Return an UNREADABLE report with the code of the problem; nothing is said of signatures."""
    document = unreadable(job.name, problem, verifier.limits, job.data)
    return verifier.report_on(document, job.at or datetime.now(UTC))


def _report(job: Job, verifier: Verifier) -> Report:
    if job.package:
        at, policy = job.at, verifier.policy
        return judge_package(job.data, policy=policy, trust=verifier.trust, at=at)
    if EVIDENCE in job.forms:
        verifier = Verifier(
            verifier.trust,
            verifier.policy,
            fetch=verifier.fetch,
            limits=verifier.limits,
            keep_materials=True,
            compare_pages=verifier.compare_pages,
        )
    return verifier.verify(job.data, at=job.at, password=job.password, name=job.name)


def _pictures(job: Job, report: Report, seconds: float) -> Pictures | None:
    """Return pictures of the pages, if they can be drawn in the time that is left."""
    wanted = HTML in job.forms or PICTURES in job.forms
    if not wanted or job.package or report.document.evidence is None or seconds < _HASTE:
        return None
    limits = PictureLimits(seconds=min(seconds / 2, _DRAWING))
    return draw(job.data, report.document, password=job.password, limits=limits)


# --- forms ----------------------------------------------------------------------------------------


def bodies(
    report: Report, job: Job, policy: Policy, pictures: Pictures | None = None
) -> tuple[bytes, ...]:
    """Return the report in each form, untrusted text escaped as the form needs it."""
    return tuple(_body(form, report, job, policy, pictures) for form in job.forms)


def _body(form: str, report: Report, job: Job, policy: Policy, pictures: Pictures | None) -> bytes:
    if form == EVIDENCE:
        return _evidence(report, job, policy)
    if form in (LETTER, LETTER_TEXT):
        return _letter(report, form)
    return _text(form, report, _words(job.lang), pictures).encode("utf-8")


def _text(form: str, report: Report, words: Words, pictures: Pictures | None) -> str:
    if form == PAGE:
        return _page(report)
    if form == PICTURES:
        every = {lang: _words(lang) for lang in LANGUAGES}
        found = pictures or Pictures(problem="time")
        return dumps(pictures_object(found, every), RenderOptions())
    if form == SUMMARY:
        return summary.render(report, words, RenderOptions())
    if form == SUMMARY_LINE:
        return summary.summary_line(report, words)
    drawn = {report.document.sha256: pictures} if pictures else {}
    return renderer(form)(report, words, RenderOptions(pictures=drawn))


def _evidence(report: Report, job: Job, policy: Policy) -> bytes:
    """Return an evidence package, or nothing: of what could not be read there is no evidence."""
    if report.document.evidence is None:
        return b""
    try:
        return build(report, policy, Wish(made_at=datetime.now(UTC), lang=job.lang))
    except SigcheckError as problem:
        log(WARNING, "no evidence package: %s", problem.diagnostics())
        return b""


def _letter(report: Report, form: str) -> bytes:
    """Return the letter, or nothing where the document is not to be returned."""
    try:
        draft = letter.letter(report)
    except SigcheckError:
        return b""
    return letter.docx(draft) if form == LETTER else letter.text(draft).encode("utf-8")


@cache
def _words(lang: str) -> Words:
    """Return words for readers without a command line."""
    return Words.load(lang, commands=False)


def _page(report: Report) -> str:
    """Return what the page shows, in every language: to switch needs no request."""
    document = report.document
    tree = {
        "schema": PAGE_SCHEMA,
        "validation_time": iso(report.validation_time),
        "indication": document.indication.value,
        "reason": document.reason.code if document.reason else None,
        "letter": bool(_letter(report, LETTER_TEXT)),
        "sheets": {lang: sheet_object(report, _words(lang)) for lang in LANGUAGES},
        "rows": {lang: row_objects(report, _words(lang)) for lang in LANGUAGES},
    }
    return dumps(tree, RenderOptions())
