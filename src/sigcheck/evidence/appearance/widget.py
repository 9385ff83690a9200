"""A signature's widget becomes facts: where it stands, what it draws, what is printed beside it."""

from __future__ import annotations

import math
import re

from msgspec import Struct, field
from msgspec.structs import replace

from sigcheck.evidence.appearance.drawing import Drawing, draw
from sigcheck.evidence.appearance.layout import Fonts
from sigcheck.evidence.appearance.matrix import rectangle
from sigcheck.evidence.appearance.page import Beside, PageText
from sigcheck.evidence.pdf import PdfDocument
from sigcheck.evidence.pdf.fields import WidgetNode
from sigcheck.evidence.pdf.location import SignatureLocation
from sigcheck.evidence.pdf.objects import Dict, Obj, Ref, Stream
from sigcheck.evidence.pdf.view import View
from sigcheck.model.evidence import Rect, WidgetFacts
from sigcheck.model.limits import Limits

_HIDDEN = 2 | 32
"""Flags Hidden and NoView (12.5.3)."""
_FIGURES = re.compile(r"[\w./\s-]{0,12}\d[\w./\s-]{0,20}")
"""What a clerk's signature draws: a number, a day, a whole date."""
_MAX_ANNOTATIONS = 20_000
_NOWHERE = WidgetFacts(page=None, rect=None, visible=False)


class _Reader(Struct):
    """What the widgets of one document share."""

    fonts: Fonts
    texts: dict[int, PageText] = field(default_factory=dict)
    pages: dict[Ref, int] = field(default_factory=dict)
    """Number of each page, counted from 1."""
    owners: dict[Ref, int] | None = None
    """Page of each annotation, made when a widget does not name its page."""


def widget_facts(document: PdfDocument, location: SignatureLocation, limits: Limits) -> WidgetFacts:
    """Return where a signature shows itself, as it was in the revision it was written in.

    Never raises: a broken appearance gives the facts that are known.
    """
    del limits  # the reader's budget already carries them
    facts = _NOWHERE
    try:
        for node in location.widgets[:8]:
            facts = _facts(document, location, node)
            if facts.visible:
                break
    except Exception:  # noqa: BLE001 - a broken appearance must cost its own facts alone
        return facts
    return facts


def _facts(document: PdfDocument, location: SignatureLocation, node: WidgetNode) -> WidgetFacts:
    view = document.view(location.revision)
    widget = view.dict(node.ref) if node.ref is not None else node.dict
    widget = widget or node.dict
    rect = rectangle(view, widget.get("Rect"))
    reader = _reader(document)
    page = _page_of(document, reader, widget, node.ref)
    facts = WidgetFacts(page, rect, visible=False, page_box=_box(view, page))
    form = _appearance(view, widget)
    if rect is None or form is None:
        return facts
    try:
        drawing = draw(view, form, rect, reader.fonts)
    except Exception:  # noqa: BLE001 - as above: page and rectangle are known already
        return replace(facts, visible=_shows(view, widget, rect))
    shows = _shows(view, widget, rect) and not (drawing.empty and drawing.complete)
    beside = _beside(view, reader, page, drawing)
    size = drawing.characters[0].size if drawing.characters else None
    return WidgetFacts(
        page=page,
        rect=rect,
        visible=shows,
        text=drawing.text,
        has_image=drawing.images > 0,
        colours=drawing.colours,
        font=drawing.font[:100] if drawing.characters else "",
        font_size=round(size, 2) if size is not None and math.isfinite(size) else None,
        page_box=facts.page_box,
        before=beside.before,
        covers=beside.covers,
        after=beside.after,
    )


def _reader(document: PdfDocument) -> _Reader:
    reader = document.appearances
    if not isinstance(reader, _Reader):
        view = document.view()
        numbers = {ref: i for i, (ref, _) in enumerate(view.pages(), 1) if ref is not None}
        reader = document.appearances = _Reader(Fonts(view), pages=numbers)
    return reader


def _page_of(document: PdfDocument, reader: _Reader, widget: Dict, ref: Ref | None) -> int | None:
    named = widget.get("P")
    if isinstance(named, Ref) and named in reader.pages:
        return reader.pages[named]
    if ref is None:
        return None
    if reader.owners is None:
        reader.owners = _owners(document.view())
    return reader.owners.get(ref)


def _owners(view: View) -> dict[Ref, int]:
    """Return the page of every annotation; the first that lists it counts."""
    owners: dict[Ref, int] = {}
    for number, (_, page) in enumerate(view.pages(), 1):
        for item in view.list(page.get("Annots")):
            if isinstance(item, Ref) and len(owners) < _MAX_ANNOTATIONS:
                owners.setdefault(item, number)
    return owners


def _box(view: View, page: int | None) -> Rect | None:
    pages = view.pages()
    if page is None or page > len(pages):
        return None
    own = pages[page - 1][1]
    turned = view.inherited(own, "Rotate")
    if isinstance(turned, int) and turned % 360:
        return None
    for key in ("CropBox", "MediaBox"):
        if box := rectangle(view, view.inherited(own, key)):
            return box
    return None


def _appearance(view: View, widget: Dict) -> Stream | None:
    """Return the normal appearance, of the current state where there are several (12.5.5)."""
    normal: Obj = view.get(view.dict(widget.get("AP")).get("N"))
    if isinstance(normal, Dict):
        normal = view.get(normal.get(str(view.get(widget.get("AS")))))
    return normal if isinstance(normal, Stream) else None


def _shows(view: View, widget: Dict, rect: Rect) -> bool:
    flags = view.get(widget.get("F"))
    hidden = isinstance(flags, int) and bool(flags & _HIDDEN)
    return rect[2] > rect[0] and rect[3] > rect[1] and not hidden


def _beside(view: View, reader: _Reader, page: int | None, drawing: Drawing) -> Beside:
    """Look at the page only for what could be a number or a day: its text costs most."""
    if page is None or page > len(view.pages()) or not _FIGURES.fullmatch(drawing.text):
        return Beside()
    if page not in reader.texts:
        reader.texts[page] = PageText(view, view.pages()[page - 1][1], reader.fonts)
    inked = [c for c in drawing.characters if c.text.strip()]
    left, right = min(c.left for c in inked), max(c.right for c in inked)
    return reader.texts[page].beside(inked[0].baseline, left, right)
