"""One self-contained page: no script, no request, prints to A4, light and dark."""

from __future__ import annotations

from msgspec.structs import replace

from sigcheck.model.pictures import Pictures
from sigcheck.model.report import DocumentReport, Report
from sigcheck.render.cards import Card, Sheet, sheet, short_name
from sigcheck.render.html_parts import bullets, element, pairs, section, text_of
from sigcheck.render.html_pictures import Anchors, changes, pages
from sigcheck.render.html_style import STYLE
from sigcheck.render.options import RenderOptions
from sigcheck.render.reasons import circumstances
from sigcheck.render.rows import Row, Tone
from sigcheck.render.sanitize import mask
from sigcheck.render.timeline import Event, timeline
from sigcheck.render.todo import advised
from sigcheck.render.verdicts import TONES
from sigcheck.render.words import Words

_SECURITY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""Even if an escape were missed, the page may load and run nothing."""


def render(report: Report, words: Words, options: RenderOptions) -> str:
    """Return the page, every document an article; details are folded away."""
    everything = replace(options, verbose=True)
    sheets = [sheet(document, words, everything) for document in report.documents]
    articles = [
        _document(number, document, page, words, options)
        for number, (document, page) in enumerate(zip(report.documents, sheets, strict=True), 1)
    ]
    told = f"{circumstances(report, words)} sigcheck {report.tool_version}."
    scope = element("p", text_of(words.label("scope")))
    foot = element("footer", element("p", text_of(told)) + scope)
    overview = _overview(sheets, words) if len(sheets) > 1 else ""
    return _page(_title(sheets, words), "\n".join((overview, *articles, foot)), words)


def _title(sheets: list[Sheet], words: Words) -> str:
    """Return what a tab or a printed page is called: the file and its verdict, if it is one."""
    if len(sheets) != 1:
        return words.label("report_title")
    return f"{short_name(sheets[0].name)} – {sheets[0].verdict}"


def _page(title: str, body: str, words: Words) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="{words.lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_SECURITY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text_of(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _overview(sheets: list[Sheet], words: Words) -> str:
    """Return one line per document, each leading to its article."""
    items = "".join(
        element(
            "li",
            element("a", text_of(page.name), href=f"#d{number}")
            + f": {element('strong', text_of(page.verdict))}",
            class_=TONES[page.indication.value].value,
        )
        for number, page in enumerate(sheets, 1)
    )
    label = text_of(words.label("overview"))
    return element("nav", element("ol", items), class_="overview", aria_label=label)


def _document(
    number: int, document: DocumentReport, page: Sheet, words: Words, options: RenderOptions
) -> str:
    anchors = {card.number: f"d{number}s{card.number}" for card in page.cards}
    pictures = options.pictures.get(document.sha256, Pictures(problem="not-asked"))
    cards = "".join(_card(card, anchors[card.number], words) for card in page.cards)
    todo = bullets(advised(todo, words) for todo in page.todos)
    events = _timeline(timeline(document, words), anchors, words, options)
    looked = document.evidence is not None
    parts = (
        _verdict(document, page, words),
        section(words.label("todo"), todo, "todo"),
        section(words.label("document_notes"), bullets(page.notes), "notes"),
        section(words.label("timeline"), events, "history") if page.cards else "",
        section(words.label("signatures"), cards, "cards"),
        pages(pictures, document, anchors, words) if looked else "",
        changes(pictures, document, words) if looked else "",
        section(words.label("archiving"), bullets(page.archiving), "archiving"),
    )
    return element("article", "\n".join(part for part in parts if part), id=f"d{number}")


def _verdict(document: DocumentReport, page: Sheet, words: Words) -> str:
    tone = TONES[page.indication.value].value
    story = element("p", text_of(page.story)) if page.story else ""
    return element(
        "header",
        element("h1", text_of(page.verdict))
        + element("p", text_of(page.headline), class_="headline")
        + story
        + element("p", text_of(page.name), class_="file")
        + _fingerprint(document, words),
        class_=tone,
    )


def _fingerprint(document: DocumentReport, words: Words) -> str:
    """Return what tells this very file from any other."""
    if not document.sha256:
        return ""
    size = words.label("bytes", count=document.size)
    told = f"{size} · SHA-256 {document.sha256}"
    return element("p", text_of(told), class_="file aside")


def _timeline(events: list[Event], anchors: Anchors, words: Words, options: RenderOptions) -> str:
    return element("ol", "".join(_event(event, anchors, words, options) for event in events))


def _event(event: Event, anchors: Anchors, words: Words, options: RenderOptions) -> str:
    told = [text if options.full else mask(text) for text in event.texts]
    lines = "".join(element("p", text_of(text)) for text in told)
    when = element("p", text_of(event.when), class_="aside") if event.when else ""
    links = " ".join(
        element("a", text_of(words.label("signature", number=n)), href=f"#{anchors[n]}")
        for n in event.signatures
        if n in anchors
    )
    head = element("strong", text_of(event.title))
    tone = "" if event.tone is Tone.PLAIN else event.tone.value
    return element("li", f"{head} {links}{lines}{when}", class_=tone)


def _card(card: Card, anchor: str, words: Words) -> str:
    tone = TONES[card.indication.value]
    act = f" {element('span', text_of(card.act), class_='act')}" if card.act else ""
    verdict = element("strong", text_of(card.verdict))
    why = [Row(words.label("why"), text, tone) for text in card.why]
    notes = [Row(words.label("note"), text) for text in card.notes]
    asides = [Row(words.label("note"), text) for text in card.asides]
    summary = element("summary", text_of(words.label("details")))
    return element(
        "section",
        element("h3", f"{text_of(card.title)}: {verdict}{act}")
        + pairs([*card.rows, *why, *notes])
        + element("details", summary + pairs([*asides, *card.details])),
        class_=f"card {tone.value}",
        id=anchor,
    )
