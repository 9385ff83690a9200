"""One self-contained page: no script, no request, prints to A4, light and dark."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from sigcheck.model.record import replace
from sigcheck.model.report import Report
from sigcheck.render.cards import Card, Sheet, sheet
from sigcheck.render.html_style import STYLE
from sigcheck.render.options import RenderOptions
from sigcheck.render.reasons import circumstances
from sigcheck.render.rows import Row, Tone
from sigcheck.render.sanitize import plain
from sigcheck.render.todo import advised
from sigcheck.render.verdicts import TONES
from sigcheck.render.words import Words

_SECURITY = "default-src 'none'; style-src 'unsafe-inline'"
"""Even if an escape were missed, the page may load and run nothing."""


def render(report: Report, words: Words, options: RenderOptions) -> str:
    """Return the page, every document an article; details are folded away."""
    everything = replace(options, verbose=True)
    sheets = [sheet(document, words, everything) for document in report.documents]
    body = "\n".join(_document(page, words) for page in sheets)
    told = f"{circumstances(report, words)} sigcheck {report.tool_version}."
    foot = f"<footer><p>{_text(told)}</p>{_scope(words)}</footer>"
    return _page(words.label("report_title"), f"{body}\n{foot}", words)


def _page(title: str, body: str, words: Words) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="{words.lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_SECURITY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _text(text: str) -> str:
    return escape(plain(text), quote=True)


def _scope(words: Words) -> str:
    return f"<p>{_text(words.label('scope'))}</p>"


def _document(page: Sheet, words: Words) -> str:
    tone = TONES[page.indication.value]
    parts = [
        f'<header class="{tone}"><h1>{_text(page.verdict)}</h1>',
        f'<p class="file">{_text(page.name)}</p><p>{_text(page.headline)}</p>',
        f"<p>{_text(page.story)}</p></header>" if page.story else "</header>",
        _section(words.label("todo"), [advised(todo, words) for todo in page.todos], "todo"),
        *(_card(card, words) for card in page.cards),
        _section(words.label("document_notes"), page.notes, "notes"),
    ]
    return f"<article>\n{''.join(part for part in parts if part)}\n</article>"


def _section(title: str, texts: Iterable[str], name: str) -> str:
    items = "".join(f"<li>{_text(text)}</li>" for text in texts)
    return (
        f'<section class="{name}"><h2>{_text(title)}</h2><ul>{items}</ul></section>'
        if items
        else ""
    )


def _card(card: Card, words: Words) -> str:
    tone = TONES[card.indication.value]
    act = f' <span class="act">{_text(card.act)}</span>' if card.act else ""
    why = [Row(words.label("why"), text, tone) for text in card.why]
    notes = [Row(words.label("note"), text) for text in card.notes]
    asides = [Row(words.label("note"), text) for text in card.asides]
    return (
        f'<section class="card {tone}"><h2>{_text(card.title)}: '
        f"<strong>{_text(card.verdict)}</strong>{act}</h2>"
        f"{_list([*card.rows, *why, *notes])}"
        f"<details><summary>{_text(words.label('details'))}</summary>"
        f"{_list([*asides, *card.details])}</details></section>"
    )


def _list(rows: Iterable[Row]) -> str:
    return f"<dl>{''.join(_row(row) for row in rows)}</dl>"


def _row(row: Row) -> str:
    tone = "" if row.tone is Tone.PLAIN else f' class="{row.tone}"'
    return f"<dt>{_text(row.label)}</dt><dd{tone}>{_text(row.text)}</dd>"
