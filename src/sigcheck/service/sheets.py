"""The words of a report as plain values, for the page to lay out; nothing in them is markup."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any

from sigcheck.model.pictures import Pictures
from sigcheck.model.report import Report, SignatureReport
from sigcheck.render.cards import EVERYTHING, Card
from sigcheck.render.findings import circumstances
from sigcheck.render.html import picture_notes
from sigcheck.render.layout import TONES, RenderOptions, Row
from sigcheck.render.reasons import point_line
from sigcheck.render.sanitize import mask, plain
from sigcheck.render.sheet import Line, notes_of, sheet
from sigcheck.render.spreadsheet import rows_of
from sigcheck.render.timeline import page_rows
from sigcheck.render.words import Words

Tree = dict[str, Any]

_OPTIONS = RenderOptions(verbose=EVERYTHING)


def sheet_object(report: Report, words: Words) -> Tree:
    """Return what the HTML report says about the first document, with the same sentences."""
    page = sheet(report.document, report.trust, words, _OPTIONS)
    return {
        "verdict": plain(page.verdict),
        "tone": TONES[page.indication.value].value,
        "explanations": [plain(text) for text in page.explanations],
        "headline": plain(page.headline),
        "story": plain(page.story),
        "lines": [
            _line(line, signature, words)
            for line, signature in zip(page.lines, report.document.signatures, strict=True)
        ],
        "why": [plain(point_line(point, words)) for point in page.why],
        "todos": [plain(point_line(todo, words)) for todo in page.todos],
        "cards": [_card(card, words) for card in page.cards],
        "notes": [plain(note) for note in notes_of(page, words)],
        "pages": _pages(report, words),
        "circumstances": plain(circumstances(report, words)),
    }


def row_objects(report: Report, words: Words) -> list[Tree]:
    """Return the rows of the spreadsheet, identity numbers masked."""
    rows = rows_of(report, words)
    return [{key: plain(mask(text)) for key, text in row.items()} for row in rows]


def pictures_object(pictures: Pictures, words: Mapping[str, Words]) -> Tree:
    """Return pictures of the pages with the place of each signature, and notes by language."""
    return {
        "pages": [
            {
                "page": picture.page,
                "width": picture.width,
                "height": picture.height,
                "png": b64encode(picture.png).decode("ascii"),
                "marks": [
                    {
                        "number": mark.signature + 1,
                        "left": mark.region.left,
                        "top": mark.region.top,
                        "width": mark.region.width,
                        "height": mark.region.height,
                    }
                    for mark in picture.marks
                ],
            }
            for picture in pictures.pages
        ],
        "notes": {lang: list(picture_notes(pictures, said)) for lang, said in words.items()},
    }


def _pages(report: Report, words: Words) -> Tree:
    """Return a row for each page with a history, below the heads of the columns."""
    heads = ("page", "page_signatures", "page_unchanged", "page_changes")
    rows = page_rows(report.document, words, _OPTIONS)
    return {
        "heads": [words.label(head) for head in heads],
        "rows": [
            [plain(r.page), plain(r.signatures), plain(r.unchanged), [plain(c) for c in r.changes]]
            for r in rows
        ],
    }


def _line(line: Line, signature: SignatureReport, words: Words) -> Tree:
    widget = signature.evidence.widget
    text = words.label("signature_line", who=line.who, act=line.act, time=line.time)
    return {
        "number": line.number,
        "text": plain(text),
        "verdict": plain(line.verdict),
        "tone": line.tone.value,
        "page": widget.page if widget and widget.visible else None,
    }


def _card(card: Card, words: Words) -> Tree:
    tone = TONES[card.indication.value]
    why = [Row(words.label("why"), text, tone) for text in card.why]
    notes = [Row(words.label("note"), text) for text in card.notes]
    asides = [Row(words.label("note"), text) for text in card.asides]
    return {
        "title": plain(card.title),
        "verdict": plain(card.verdict),
        "tone": tone.value,
        "act": plain(card.act),
        "rows": _rows([*card.rows, *why, *notes]),
        "details": _rows([*asides, *card.details]),
    }


def _rows(rows: Iterable[Row]) -> list[list[str]]:
    return [[plain(row.label), plain(row.text), row.tone.value] for row in rows]
