"""One row per signature as CSV and as an Excel workbook; an unsigned document has a row as well."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

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
