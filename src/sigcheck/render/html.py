"""One self-contained page: no script, no request, prints to A4, light and dark.

Its templates and its style sheet are files in `templates`; they lay out what `sheet`, `cards` and
`timeline` say, and decide nothing.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import PurePath

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from sigcheck.model.pictures import Pictures
from sigcheck.model.report import DocumentReport, Report, SignatureReport
from sigcheck.render.cards import EVERYTHING, Card
from sigcheck.render.findings import circumstances
from sigcheck.render.layout import TONES, RenderOptions, Row, Tone
from sigcheck.render.reasons import point_line
from sigcheck.render.sanitize import mask, plain
from sigcheck.render.sheet import Sheet, notes_of, sheet, shown_name
from sigcheck.render.timeline import Event, PageRow, page_rows, timeline
from sigcheck.render.words import Words

_NAMED = 3
"""Files that a title names."""
_RUNNING = 60
"""Characters of a file's name in the running header."""


def render(report: Report, words: Words, options: RenderOptions) -> str:
    """Return the page, every document an article; details are folded away."""
    documents = [
        _article(number, document, report, words, options)
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
            running=_running(documents, words),
            footing=f"sigcheck {report.tool_version} – {words.show(report.validation_time)}",
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
    environment.filters["css"] = _css
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
    page: int
    """The page it shows itself on, 0 for none."""
    picture: str
    """Id of that page's picture, empty where it is not shown."""


class _Article(Struct, frozen=True):
    """A document as the template lays it out."""

    id: str
    tone: Tone
    sheet: Sheet
    record: tuple[Row, ...]
    """Which file was checked, when, and by what."""
    readable: bool
    why: tuple[str, ...]
    todos: tuple[str, ...]
    notes: tuple[str, ...]
    events: tuple[Event, ...]
    page_rows: tuple[PageRow, ...]
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
    report: Report,
    words: Words,
    options: RenderOptions,
) -> _Article:
    page = sheet(document, report.trust, words, replace(options, verbose=EVERYTHING))
    pictures = options.pictures.get(document.sha256, Pictures(problem="not-asked"))
    own = f"d{number}"
    anchors = {card.number: f"{own}s{card.number}" for card in page.cards}
    return _Article(
        id=own,
        tone=TONES[page.indication.value],
        sheet=page,
        record=tuple(_record(document, report, words)),
        readable=document.evidence is not None,
        why=tuple(point_line(point, words) for point in page.why),
        todos=tuple(point_line(point, words) for point in page.todos),
        notes=notes_of(page, words),
        events=tuple(_masked(event, options) for event in timeline(document, words)),
        page_rows=page_rows(document, words, options),
        cards=tuple(
            _signature(card, signature, own, pictures, words)
            for card, signature in zip(page.cards, document.signatures, strict=True)
        ),
        anchors=anchors,
        tones={i: TONES[s.indication.value] for i, s in enumerate(document.signatures)},
        signed_in=_signed_in(document),
        pictures=pictures,
        picture_notes=picture_notes(pictures, words),
    )


def _record(document: DocumentReport, report: Report, words: Words) -> Iterator[Row]:
    """Yield what tells this very file from any other, and when and how it was checked."""
    yield Row(words.label("file"), shown_name(document.path, words))
    if document.sha256:
        yield Row(words.label("size"), words.label("bytes", count=document.size))
        yield Row(words.label("sha256"), document.sha256)
    yield Row(words.label("validation_time"), words.show(report.validation_time))
    policy = f"{words.name('policy', report.policy_id)} ({report.policy_version})"
    yield Row(words.label("policy"), policy)
    trust = report.trust
    at_hand = None if trust.at_hand is None else str(trust.at_hand)
    summary = words.label(
        "trust_summary", anchors=str(trust.anchors), at_hand=at_hand, digest=trust.digest[:16]
    )
    yield Row(words.label("trust_store"), summary)
    yield Row(words.label("tool"), f"sigcheck {report.tool_version}")


def document_info(report: Report, words: Words) -> Mapping[str, str]:
    """Return the entries of a printed report's information dictionary (ISO 32000-2, 14.3.3)."""
    documents = report.documents
    names = ", ".join(plain(_file_name(d.path)) for d in documents[:_NAMED])
    indication = words.name("indication", report.indication)
    return {
        "Title": f"{words.label('report_title')} – {names}",
        "Subject": f"{indication}; SHA-256 {documents[0].sha256 or '–'}",
        "Creator": f"sigcheck {report.tool_version}",
    }


def _running(documents: list[_Article], words: Words) -> str:
    """Return the running header of a printed page: the file, if it is one."""
    if len(documents) != 1:
        return words.label("overview")
    return _file_name(documents[0].sheet.name)[:_RUNNING]


def _file_name(path: str) -> str:
    return PurePath(path).name or path


def _css(text: str) -> Markup:
    """Return untrusted text for the inside of a CSS string, everything but letters escaped."""
    safe = (c if c.isascii() and c.isalnum() else f"\\{ord(c):x} " for c in plain(text))
    return Markup("".join(safe))  # noqa: S704 - hexadecimal digits, letters, \\ and blanks only


def _title(documents: list[_Article], words: Words) -> str:
    """Return what a tab or a printed page is called: the file and its verdict, if it is one."""
    if len(documents) != 1:
        return words.label("report_title")
    page = documents[0].sheet
    return f"{_file_name(page.name)} – {page.verdict}"


def _signature(
    card: Card, signature: SignatureReport, own: str, pictures: Pictures, words: Words
) -> _Signature:
    widget = signature.evidence.widget
    page = widget.page or 0 if widget and widget.visible else 0
    drawn = any(picture.page == page for picture in pictures.pages)
    tone = TONES[card.indication.value]
    why = [Row(words.label("why"), text, tone) for text in card.why]
    notes = [Row(words.label("note"), text) for text in card.notes]
    asides = [Row(words.label("note"), text) for text in card.asides]
    return _Signature(
        id=f"{own}s{card.number}",
        tone=tone,
        card=card,
        page=page,
        picture=f"{own}p{page}" if drawn else "",
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


def picture_notes(pictures: Pictures, words: Words) -> tuple[str, ...]:
    """Return what a reader must know of the pictures: what is missing, and what they show."""
    notes = [words.name("pictures", pictures.problem)] if pictures.problem else []
    if pictures.pages and pictures.left_out:
        notes.append(words.label("pages_left_out", count=pictures.left_out))
    if pictures.pages:
        notes.append(words.label("pictures_note"))
    return tuple(notes)
