"""The answer first, then each signature, then what to do: read in twenty seconds."""

from __future__ import annotations

from collections import Counter

from sigcheck.model.indication import DocumentIndication
from sigcheck.model.report import Report
from sigcheck.render.cards import Card
from sigcheck.render.findings import circumstances
from sigcheck.render.layout import TONES, RenderOptions, Row, bullets, paint, table, wrapped
from sigcheck.render.sheet import Sheet, sheet, todo_line
from sigcheck.render.words import Words

_WHYS = 3
"""Reasons a card gives before `--verbose`."""


def render(report: Report, words: Words, options: RenderOptions) -> str:
    """Return the documents one after another, a blank line between them."""
    blocks = []
    for document in report.documents:
        lines = _document(sheet(document, words, options), report, words, options)
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def summary(counts: Counter[DocumentIndication], words: Words) -> str:
    """Return the last line of a run over several files."""
    return words.say(
        "run",
        "summary",
        count=counts.total(),
        passed=str(counts[DocumentIndication.TOTAL_PASSED]),
        open=str(counts[DocumentIndication.INDETERMINATE]),
        failed=str(counts[DocumentIndication.TOTAL_FAILED]),
        unsigned=str(counts[DocumentIndication.NO_SIGNATURE]),
        unreadable=str(counts[DocumentIndication.UNREADABLE]),
    )


def _document(page: Sheet, report: Report, words: Words, options: RenderOptions) -> list[str]:
    verdict = paint(page.verdict.upper(), TONES[page.indication.value], options, bold=True)
    lines = [f"{verdict}: {page.name}", *wrapped(page.headline, options)]
    if page.indication is DocumentIndication.UNREADABLE:
        return lines
    if page.story:
        lines += wrapped(page.story, options)
    lines += wrapped(circumstances(report, words), options)
    for card in page.cards:
        lines += ["", *_card(card, words, options)]
    if page.notes:
        lines += ["", words.label("document_notes"), *bullets(page.notes, options)]
    if page.archiving:
        lines += ["", words.label("archiving"), *bullets(page.archiving, options)]
    advice = [todo_line(todo, words) for todo in page.todos]
    if advice:
        lines += ["", words.label("todo"), *bullets(advice, options)]
    return lines


def _card(card: Card, words: Words, options: RenderOptions) -> list[str]:
    tone = TONES[card.indication.value]
    title = f"{card.title}: {paint(card.verdict, tone, options, bold=True)}"
    found = [*card.rows]
    whys = card.why if options.verbose else card.why[:_WHYS]
    found += [Row(words.label("why"), text, tone) for text in whys]
    found += [Row(words.label("note"), text) for text in (*card.notes, *card.asides)]
    heading = f"{title} – {card.act}" if card.act else title
    return [heading, *table(found, options), *_details(card, words, options)]


def _details(card: Card, words: Words, options: RenderOptions) -> list[str]:
    if not card.details:
        return []
    return [f"  {words.label('details')}:", *table(card.details, options, indent="    ")]
