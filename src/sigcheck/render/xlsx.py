"""The table of signatures as an Excel workbook (extra `sigcheck[report]`)."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from sigcheck.errors import MissingPartError
from sigcheck.model.indication import DocumentIndication
from sigcheck.model.report import Report
from sigcheck.render.options import RenderOptions
from sigcheck.render.rows import Tone
from sigcheck.render.sanitize import mask, plain
from sigcheck.render.spreadsheet import COLUMNS, rows_of
from sigcheck.render.verdicts import TONES
from sigcheck.render.words import Words

LONGEST = 32_767
"""Characters a cell may hold."""
MOST_ROWS = 1_048_575
"""Rows a sheet may hold below its head line."""
_COLOURS = {Tone.GOOD: "#146C2E", Tone.DOUBT: "#7D5200", Tone.BAD: "#B3261E"}
_WIDE = {"file": 40, "why": 60, "todo_short": 60, "signer": 28, "managing_unit": 40, "issuer": 32}
_VERDICTS = frozenset({"verdict", "document_verdict"})


def workbook(report: Report, words: Words, options: RenderOptions) -> bytes:
    """Return the workbook: one sheet, its head line fixed and filtered.

    Raises:
        MissingPartError: where xlsxwriter is not installed.
    """
    try:
        import xlsxwriter
    except ImportError as problem:
        raise MissingPartError("sigcheck[report]") from problem
    out = io.BytesIO()
    # Times of its own would make the same report a different file on every run.
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"title": words.label("report_title"), "created": report.validation_time})
    _fill(book, report, words, options)
    book.close()
    return out.getvalue()


def _fill(book: Any, report: Report, words: Words, options: RenderOptions) -> None:
    sheet = book.add_worksheet("sigcheck")
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    plain_cell = book.add_format({"text_wrap": True, "valign": "top"})
    formats = _formats(book, words)
    for column, key in enumerate(COLUMNS):
        sheet.set_column(column, column, _WIDE.get(key, 18))
        sheet.write_string(0, column, words.label(key), head)
    count = 0
    for count, row in enumerate(rows_of(report, words), 1):
        if count > MOST_ROWS:
            break
        for column, key in enumerate(COLUMNS):
            text = _shown(row.get(key, ""), options)
            look = formats.get(text, plain_cell) if key in _VERDICTS else plain_cell
            # A string stays a string: no formula, no link, whatever the file says.
            sheet.write_string(count, column, text, look)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, min(count, MOST_ROWS), len(COLUMNS) - 1)


def _formats(book: Any, words: Words) -> Mapping[str, Any]:
    """Return how each verdict looks, by its words."""
    return {
        words.name("indication", indication): book.add_format(
            {"font_color": _COLOURS[TONES[indication.value]], "bold": True, "valign": "top"}
        )
        for indication in DocumentIndication
    }


def _shown(text: str, options: RenderOptions) -> str:
    return plain(text if options.full else mask(text))[:LONGEST]
