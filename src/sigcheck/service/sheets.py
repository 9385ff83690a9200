"""The words of a report as plain values, for the page to lay out; nothing in them is markup."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sigcheck.model.report import Report
from sigcheck.render.cards import EVERYTHING, Card
from sigcheck.render.findings import circumstances
from sigcheck.render.layout import TONES, RenderOptions, Row
from sigcheck.render.reasons import point_line
from sigcheck.render.sanitize import plain
from sigcheck.render.sheet import Line, notes_of, sheet
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
        "lines": [_line(line, words) for line in page.lines],
        "why": [plain(point_line(point, words)) for point in page.why],
        "todos": [plain(point_line(todo, words)) for todo in page.todos],
        "cards": [_card(card, words) for card in page.cards],
        "notes": [plain(note) for note in notes_of(page, words)],
        "circumstances": plain(circumstances(report, words)),
    }


def _line(line: Line, words: Words) -> Tree:
    text = words.label("signature_line", who=line.who, act=line.act, time=line.time)
    return {
        "number": line.number,
        "text": plain(text),
        "verdict": plain(line.verdict),
        "tone": line.tone.value,
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
