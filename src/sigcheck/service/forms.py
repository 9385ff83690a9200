"""A report in the forms a client may ask for: the renderers' own, and one for the clerk's page."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from sigcheck.archive.package import Wish, build
from sigcheck.errors import SigcheckError
from sigcheck.log import WARNING, log
from sigcheck.model.pictures import Pictures
from sigcheck.model.policy import Policy
from sigcheck.model.report import Report
from sigcheck.render import RenderOptions, Words, renderer
from sigcheck.render.json import dumps
from sigcheck.render.values import iso
from sigcheck.render.words import LANGUAGES
from sigcheck.service.job import EVIDENCE, PAGE, Job
from sigcheck.service.sheets import sheet_object

PAGE_SCHEMA = "sigcheck.page/1"
_OPTIONS = RenderOptions()


def bodies(
    report: Report, job: Job, policy: Policy, pictures: Pictures | None = None
) -> tuple[bytes, ...]:
    """Return the report in each form, untrusted text escaped as the form needs it."""
    return tuple(_body(form, report, job, policy, pictures) for form in job.forms)


def _body(form: str, report: Report, job: Job, policy: Policy, pictures: Pictures | None) -> bytes:
    if form == EVIDENCE:
        return _evidence(report, job, policy)
    if form == PAGE:
        return _page(report).encode("utf-8")
    drawn = {report.document.sha256: pictures} if pictures else {}
    text = renderer(form)(report, _words(job.lang), RenderOptions(pictures=drawn))
    return text.encode("utf-8")


def _evidence(report: Report, job: Job, policy: Policy) -> bytes:
    """Return an evidence package, or nothing: of what could not be read there is no evidence."""
    if report.document.evidence is None:
        return b""
    try:
        return build(report, policy, Wish(made_at=datetime.now(UTC), lang=job.lang))
    except SigcheckError as problem:
        log(WARNING, "no evidence package: %s", problem.diagnostics())
        return b""


@cache
def _words(lang: str) -> Words:
    """Return words for readers without a command line."""
    return Words.load(lang, commands=False)


def _page(report: Report) -> str:
    """Return what the page shows, in every language: switching asks nobody anything."""
    document = report.document
    tree = {
        "schema": PAGE_SCHEMA,
        "validation_time": iso(report.validation_time),
        "indication": document.indication.value,
        "reason": document.reason.code if document.reason else None,
        "sheets": {lang: sheet_object(report, _words(lang)) for lang in LANGUAGES},
    }
    return dumps(tree, _OPTIONS)
