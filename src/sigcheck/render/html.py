"""One self-contained page: no script, no request, prints to A4, light and dark.

Its templates and its style sheet are files in `templates`; they lay out what `sheet`, `cards` and
`timeline` say, and decide nothing.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from pathlib import PurePath

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from sigcheck.model.pictures import Pictures
from sigcheck.model.report import DocumentReport, Report, TrustSummary
from sigcheck.render.cards import EVERYTHING, Card
from sigcheck.render.findings import circumstances
from sigcheck.render.layout import TONES, RenderOptions, Row, Tone
from sigcheck.render.reasons import point_line
from sigcheck.render.sanitize import mask, plain
from sigcheck.render.sheet import Sheet, sheet
from sigcheck.render.timeline import Event, timeline
from sigcheck.render.words import Words


def render(report: Report, words: Words, options: RenderOptions) -> str:
    """Return the page, every document an article; details are folded away."""
    documents = [
        _article(number, document, report.trust, words, options)
        for number, document in enumerate(report.documents, 1)
    ]
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            lang=words.lang,
            label=words.label,
            title=_title(documents, words),
            documents=documents,
            circumstances=circumstances(report, words),
            tool_version=report.tool_version,
        )
    )


@cache
def _environment() -> Environment:
    """Return the templates; whatever they insert is made plain and escaped, and must exist."""
    environment = Environment(
        loader=PackageLoader("sigcheck.render"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_plain,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["base64"] = lambda data: b64encode(data).decode("ascii")
    return environment


def _plain(value: object) -> object:
    """Return untrusted text as one line without control or bidi characters (rule 7)."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


class _Signature(Struct, frozen=True):
    """A card as the template lays it out."""

    id: str
    tone: Tone
    card: Card
    rows: tuple[Row, ...]
    details: tuple[Row, ...]


class _Article(Struct, frozen=True):
    """A document as the template lays it out."""

    id: str
    tone: Tone
    sheet: Sheet
    sha256: str
    size: int
    readable: bool
    todos: tuple[str, ...]
    events: tuple[Event, ...]
    cards: tuple[_Signature, ...]
    anchors: Mapping[int, str]
    """Id of a signature's card by the signature's number, from 1."""
    tones: Mapping[int, Tone]
    """By the signature's index, from 0, as marks on pictures name it."""
    signed_in: Mapping[int, str]
    """Numbers of the signatures by the revision they were written in."""
    pictures: Pictures
    picture_notes: tuple[str, ...]


def _article(
    number: int,
    document: DocumentReport,
    trust: TrustSummary,
    words: Words,
    options: RenderOptions,
) -> _Article:
    page = sheet(document, trust, words, replace(options, verbose=EVERYTHING))
    pictures = options.pictures.get(document.sha256, Pictures(problem="not-asked"))
    own = f"d{number}"
    anchors = {card.number: f"{own}s{card.number}" for card in page.cards}
    return _Article(
        id=own,
        tone=TONES[page.indication.value],
        sheet=page,
        sha256=document.sha256,
        size=document.size,
        readable=document.evidence is not None,
        todos=tuple(point_line(point, words) for point in page.todos),
        events=tuple(_masked(event, options) for event in timeline(document, words)),
        cards=tuple(_signature(card, anchors[card.number], words) for card in page.cards),
        anchors=anchors,
        tones={i: TONES[s.indication.value] for i, s in enumerate(document.signatures)},
        signed_in=_signed_in(document),
        pictures=pictures,
        picture_notes=_picture_notes(pictures, words),
    )


def _title(documents: list[_Article], words: Words) -> str:
    """Return what a tab or a printed page is called: the file and its verdict, if it is one."""
    if len(documents) != 1:
        return words.label("report_title")
    name = documents[0].sheet.name
    return f"{PurePath(name).name or name} – {documents[0].sheet.verdict}"


def _signature(card: Card, anchor: str, words: Words) -> _Signature:
    tone = TONES[card.indication.value]
    why = [Row(words.label("why"), text, tone) for text in card.why]
    notes = [Row(words.label("note"), text) for text in card.notes]
    asides = [Row(words.label("note"), text) for text in card.asides]
    return _Signature(
        id=anchor,
        tone=tone,
        card=card,
        rows=(*card.rows, *why, *notes),
        details=(*asides, *card.details),
    )


def _masked(event: Event, options: RenderOptions) -> Event:
    if options.full:
        return event
    return replace(event, texts=tuple(mask(text) for text in event.texts))


def _signed_in(document: DocumentReport) -> Mapping[int, str]:
    numbers: dict[int, list[str]] = {}
    for signature in document.signatures:
        number = str(signature.evidence.index + 1)
        numbers.setdefault(signature.evidence.revision, []).append(number)
    return {revision: ", ".join(found) for revision, found in numbers.items()}


def _picture_notes(pictures: Pictures, words: Words) -> tuple[str, ...]:
    notes = [words.name("pictures", pictures.problem)] if pictures.problem else []
    if pictures.pages and pictures.left_out:
        notes.append(words.label("pages_left_out", count=pictures.left_out))
    if pictures.pages:
        notes.append(words.label("pictures_note"))
    return tuple(notes)
