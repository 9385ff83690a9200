"""One row per signature as CSV and as an Excel workbook; an unsigned document has a row as well."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sigcheck._version import __version__
from sigcheck.errors import MissingPartError
from sigcheck.model.evidence import Evidence
from sigcheck.model.indication import DocumentIndication
from sigcheck.model.report import DocumentReport, Report, SignatureReport
from sigcheck.render.cards import act_words, integrity_of, managing_unit, tier_name, validity_of
from sigcheck.render.findings import best_timestamp, changes_level, document_reason
from sigcheck.render.layout import TONES, RenderOptions, Tone
from sigcheck.render.sanitize import cell, mask, plain
from sigcheck.render.values import common_name
from sigcheck.render.words import Words

COLUMNS = (
    "file",
    "sha256",
    "document_verdict",
    "verdict",
    "sub_indication",
    "why",
    "number",
    "field",
    "act",
    "signer",
    "email",
    "title",
    "serial_number",
    "kind_of_signer",
    "managing_unit",
    "tier",
    "issuer",
    "not_before",
    "not_after",
    "claimed_time",
    "proven_time",
    "integrity",
    "status_when_signed",
    "coverage",
    "changes_after",
    "todo_short",
)
"""Keys of the table `labels`, in the order of the columns."""


def rows_of(report: Report, words: Words) -> Iterator[dict[str, str]]:
    """Yield the rows by column; their texts are as untrusted as the documents."""
    for document in report.documents:
        yield from _rows(document, words)


def _rows(document: DocumentReport, words: Words) -> Iterator[dict[str, str]]:
    shared = {
        "file": document.path,
        "sha256": document.sha256,
        "document_verdict": words.name("indication", document.indication),
    }
    if not document.signatures:
        yield {**shared, "why": document_reason(document, words)}
    for signature in document.signatures:
        yield {**shared, **_verdict(signature, words), **_certificate(signature.evidence, words)}


def _verdict(signature: SignatureReport, words: Words) -> dict[str, str]:
    evidence, first = signature.evidence, signature.deciding
    stamped = best_timestamp(signature)
    return {
        "verdict": words.name("indication", signature.indication),
        "sub_indication": str(signature.sub_indication or ""),
        "why": words.message(first) if first else "",
        "number": str(evidence.index + 1),
        "field": evidence.field,
        "act": act_words(signature, words) or words.name("act", "unknown"),
        "claimed_time": words.show(evidence.dictionary.claimed_time),
        "proven_time": words.show(stamped[0].time) if stamped else "",
        "integrity": words.label(integrity_of(signature)[0]),
        "status_when_signed": words.label(validity_of(signature)[0]),
        "coverage": words.say(
            "coverage",
            signature.coverage,
            revision=evidence.revision,
            revisions=evidence.revision_count,
        ),
        "changes_after": words.name("changes_level", changes_level(signature)),
        "todo_short": words.advice(first) if first else "",
    }


def _certificate(evidence: Evidence, words: Words) -> dict[str, str]:
    signer, certificate = evidence.signer, evidence.certificate
    return {
        "signer": signer.common_name,
        "email": signer.email,
        "title": signer.title,
        "serial_number": signer.serial_number,
        "kind_of_signer": words.name("kind", signer.kind),
        "managing_unit": managing_unit(evidence),
        "tier": tier_name(evidence, words),
        "issuer": common_name(certificate.issuer) if certificate else "",
        "not_before": words.show(certificate.not_before) if certificate else "",
        "not_after": words.show(certificate.not_after) if certificate else "",
    }


# --- CSV ----------------------------------------------------------------------------------------

_BYTE_ORDER_MARK = "\ufeff"
"""Without it a spreadsheet takes UTF-8 Vietnamese for a western code page."""


def render_csv(report: Report, words: Words, options: RenderOptions) -> str:
    """Return the table with a head line, as Excel and LibreOffice open it by themselves."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\r\n")
    writer.writerow({key: words.label(key) for key in COLUMNS})
    for row in rows_of(report, words):
        writer.writerow({key: _safe(text, options) for key, text in row.items()})
    return _BYTE_ORDER_MARK + out.getvalue()


def _safe(text: str, options: RenderOptions) -> str:
    return cell(text if options.full else mask(text))


# --- Excel (extra `sigcheck[report]`) -----------------------------------------------------------

LONGEST = 32_767
"""Characters a cell may hold."""
MOST_ROWS = 1_048_575
"""Rows a sheet may hold below its head line."""
_WIDTHS = {
    "file": 40,
    "sha256": 20,
    "document_verdict": 24,
    "verdict": 24,
    "sub_indication": 24,
    "why": 60,
    "number": 8,
    "act": 24,
    "signer": 28,
    "email": 28,
    "managing_unit": 40,
    "issuer": 32,
    "integrity": 32,
    "status_when_signed": 32,
    "coverage": 32,
    "todo_short": 60,
}
_WIDTH = 19
"""Characters of any other column: a date with its time."""
_VERDICTS = ("document_verdict", "verdict")
_DATES = ("not_before", "not_after", "claimed_time", "proven_time")
_LOOKS = {
    Tone.GOOD: {"font_color": "#146C2E", "bg_color": "#E9F5EC"},
    Tone.DOUBT: {"font_color": "#7D5200", "bg_color": "#FDF3DC"},
    Tone.BAD: {"font_color": "#B3261E", "bg_color": "#FCEBEA"},
}


class SignatureTable:
    """A sheet of a workbook with the table's head line, written row by row."""

    def __init__(self, book: Any, words: Words) -> None:
        """Add a sheet to a workbook of xlsxwriter, its head line fixed."""
        cells = {"text_wrap": True, "valign": "top"}
        self._words = words
        self._plain = book.add_format(cells)
        self._date = book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss", **cells})
        self._verdicts = {
            words.name("indication", indication): book.add_format(
                {**_LOOKS[TONES[indication.value]], "bold": True, **cells}
            )
            for indication in DocumentIndication
        }
        self._sheet = book.add_worksheet()
        self.rows = 0
        """Rows below the head line."""
        head = book.add_format({"bold": True, "bottom": 1, **cells})
        for column, key in enumerate(COLUMNS):
            self._sheet.set_column(column, column, _WIDTHS.get(key, _WIDTH))
            self._sheet.write_string(0, column, words.label(key), head)
        self._sheet.freeze_panes(1, 1)

    def write(self, row: Mapping[str, str], options: RenderOptions) -> None:
        """Write a row of `rows_of`: times as dates, numbers as numbers, all else as text."""
        self.rows += 1
        for column, key in enumerate(COLUMNS):
            self._write(column, key, row.get(key) or "", options)

    def filter(self) -> None:
        """Offer the rows written so far for filtering."""
        self._sheet.autofilter(0, 0, self.rows, len(COLUMNS) - 1)

    def _write(self, column: int, key: str, text: str, options: RenderOptions) -> None:
        if key in _DATES and (moment := self._words.moment(text)):
            self._sheet.write_datetime(self.rows, column, moment, self._date)
        elif key == "number" and text.isdecimal() and len(text) < 10:  # noqa: PLR2004 - digits
            self._sheet.write_number(self.rows, column, int(text), self._plain)
        else:
            # A string stays a string: no formula, no link, whatever the file says.
            look = self._verdicts.get(text, self._plain) if key in _VERDICTS else self._plain
            shown = plain(text if options.full else mask(text))[:LONGEST]
            self._sheet.write_string(self.rows, column, shown, look)


def xlsxwriter() -> Any:
    """Return the library that writes workbooks.

    Raises:
        MissingPartError: where it is not installed.
    """
    try:
        import xlsxwriter as library
    except ImportError as problem:
        raise MissingPartError("sigcheck[report]", code="EXTRA-MISSING") from problem
    return library


def workbook(report: Report, words: Words, options: RenderOptions) -> bytes:
    """Return the table as a workbook of one sheet; raises as `workbook_of` does."""
    return workbook_of(rows_of(report, words), words, options, report.validation_time)


def workbook_of(
    rows: Iterable[Mapping[str, str]], words: Words, options: RenderOptions, created: datetime
) -> bytes:
    """Return rows of `rows_of` as a workbook of one sheet.

    Raises:
        MissingPartError: where xlsxwriter is not installed.
    """
    out = io.BytesIO()
    # Times of its own would make the same report a different file on every run.
    book = xlsxwriter().Workbook(out, {"in_memory": True})
    title, creator = words.label("report_title"), f"sigcheck {__version__}"
    book.set_properties({"title": title, "author": creator, "created": created})
    table = SignatureTable(book, words)
    for row in rows:
        if table.rows < MOST_ROWS:
            table.write(row, options)
    table.filter()
    book.close()
    return out.getvalue()
