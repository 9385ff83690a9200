"""A report in the forms a client may ask for: the renderers' own, and one for the clerk's page."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from sigcheck.model.report import Report
from sigcheck.render import RenderOptions, Words, renderer
from sigcheck.render.json import dumps, report_object
from sigcheck.render.words import LANGUAGES
from sigcheck.service.job import PAGE
from sigcheck.service.sheets import sheet_object

PAGE_SCHEMA = "sigcheck.page/1"
_OPTIONS = RenderOptions()


def texts(report: Report, forms: Iterable[str], lang: str) -> tuple[str, ...]:
    """Return the report in each form, untrusted text escaped as the form needs it."""
    words = _words(lang)
    return tuple(
        _page(report) if form == PAGE else renderer(form)(report, words, _OPTIONS) for form in forms
    )


@cache
def _words(lang: str) -> Words:
    return Words.load(lang)


def _page(report: Report) -> str:
    """Return what the page shows, in every language: switching asks nobody anything."""
    tree = {
        "schema": PAGE_SCHEMA,
        "reports": {lang: report_object(report, _words(lang)) for lang in LANGUAGES},
        "sheets": {lang: sheet_object(report, _words(lang)) for lang in LANGUAGES},
    }
    return dumps(tree, _OPTIONS)
