"""The table of signatures as CSV, as Excel and LibreOffice open it by themselves."""

from __future__ import annotations

import csv
import io

from sigcheck.model.report import Report
from sigcheck.render.options import RenderOptions
from sigcheck.render.sanitize import cell, mask
from sigcheck.render.spreadsheet import COLUMNS, rows_of
from sigcheck.render.words import Words

_BYTE_ORDER_MARK = "\ufeff"
"""Without it a spreadsheet takes UTF-8 Vietnamese for a western code page."""


def render(report: Report, words: Words, options: RenderOptions) -> str:
    """Return the table with a head line."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\r\n")
    writer.writerow({key: words.label(key) for key in COLUMNS})
    for row in rows_of(report, words):
        writer.writerow({key: _safe(text, options) for key, text in row.items()})
    return _BYTE_ORDER_MARK + out.getvalue()


def _safe(text: str, options: RenderOptions) -> str:
    return cell(text if options.full else mask(text))
