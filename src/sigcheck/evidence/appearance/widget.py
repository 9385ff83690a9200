"""A signature's widget becomes facts: where it stands, what it draws, what is printed beside it."""

from __future__ import annotations

import math
import re
from collections import Counter

from msgspec import Struct, field
from msgspec.structs import replace

from sigcheck.errors import FAULTS
from sigcheck.evidence.appearance.content import (
    Allowance,
    Character,
    Colour,
    Event,
    Fonts,
    GraphicsState,
    Image,
    Machine,
    Painted,
    Shown,
    Writer,
    decoded,
    lines,
    matrix,
    placed,
    rectangle,
)
from sigcheck.evidence.appearance.images import colour_name, dominant, image_colours
from sigcheck.evidence.appearance.page import Beside, PageText
from sigcheck.evidence.pdf import PdfDocument
from sigcheck.evidence.pdf.fields import WidgetNode
from sigcheck.evidence.pdf.objects import Dict, Obj, Ref, Stream
from sigcheck.evidence.pdf.signatures import SignatureLocation
from sigcheck.evidence.pdf.view import View
from sigcheck.model.evidence import Rect, WidgetFacts

_MAX_CHARACTERS = 2_000
_MAX_IMAGES = 4
"""Images of one appearance that are looked at."""
_MAX_TEXT = 1_000


class Drawing(Struct):
    """Everything met while walking one appearance."""

    characters: list[Character] = field(default_factory=list)
    font: str = ""
    images: int = 0
    painted: bool = False
    complete: bool = True
    """The appearance was read to its end."""
    _inked: Counter[str] = field(default_factory=Counter)
    _lined: Counter[str] = field(default_factory=Counter)

    @property
    def text(self) -> str:
        """Return the drawn text, one line per baseline."""
        return lines(self.characters)[:_MAX_TEXT]

    @property
    def colours(self) -> tuple[str, ...]:
        """Return the dominant colours of the images, or else of text and paths."""
        return dominant(self._inked or self._lined)

    @property
    def empty(self) -> bool:
        """Say whether nothing at all is drawn."""
        return not (self.images or self.painted or self.characters)

    def add(self, event: Event, view: View, writer: Writer) -> None:
        """Take one more event."""
        if isinstance(event, Shown):
            self._text(event, writer)
        elif isinstance(event, Painted):
            self.painted = True
            self._line(event.colour, 1)
        else:
            self._image(event, view)

    def _text(self, event: Shown, writer: Writer) -> None:
        if event.state.invisible or len(self.characters) >= _MAX_CHARACTERS:
            return
        found = list(writer.characters(event))
        self.characters += found
        self.font = self.font or writer.fonts.font(event.state.font).name
        self._line(event.state.fill, len(found))

    def _line(self, painted: Colour | None, weight: int) -> None:
        if painted is not None and (name := colour_name(*(_byte(c) for c in painted))):
            self._lined[name] += weight

    def _image(self, event: Image, view: View) -> None:
        self.images += 1
        if event.stream is not None and self.images <= _MAX_IMAGES:
            self._inked += image_colours(view, event.stream)


def _byte(component: float) -> int:
    return int(255 * min(1.0, max(0.0, component)))


def draw(view: View, form: Stream, rect: Rect, fonts: Fonts) -> Drawing:
    """Walk a widget's normal appearance as it is placed on the page (12.5.5)."""
    drawing = Drawing()
    box = rectangle(view, form.dict.get("BBox")) or (0.0, 0.0, rect[2] - rect[0], rect[3] - rect[1])
    state = GraphicsState(ctm=placed(box, matrix(view, form.dict.get("Matrix")), rect))
    resources = view.get(form.dict.get("Resources"))
    allowance = Allowance()
    machine = Machine(view, resources if isinstance(resources, Dict) else Dict(), allowance, state)
    writer = Writer(fonts)
    for event in machine.run(decoded(form, allowance)):
        drawing.add(event, view, writer)
    drawing.complete = not allowance.exhausted
    return drawing


# --- A signature's widget becomes facts

_HIDDEN = 2 | 32
"""Flags Hidden and NoView (12.5.3)."""
_FIGURES = re.compile(r"[\w./\s-]{0,12}\d[\w./\s-]{0,20}")
"""What a clerk's signature draws: a number, a day, a whole date."""
_IN_INK = frozenset({"red", "blue"})
"""Colours of seals and of handwritten signatures."""
_PICTURED = (160.0, 40.0)
"""Width and height in points that a picture of a number or a day stays within."""
_BASELINE = 0.27
"""Where the baseline of the words in such a picture lies, as a part of its height."""
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


def widget_facts(document: PdfDocument, location: SignatureLocation) -> WidgetFacts:
    """Return where a signature shows itself, as it was in the revision it was written in.

    Never raises: a broken appearance gives the facts that are known.
    """
    facts = _NOWHERE
    try:
        for node in location.widgets[:8]:
            facts = _facts(document, location, node)
            if facts.visible:
                break
    except FAULTS:  # a broken appearance must cost its own facts alone
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
    except FAULTS:  # as above: page and rectangle are known already
        return replace(facts, visible=_shows(view, widget, rect))
    shows = _shows(view, widget, rect) and not (drawing.empty and drawing.complete)
    beside = _beside(view, reader, page, drawing, rect)
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


def _beside(view: View, reader: _Reader, page: int | None, drawing: Drawing, rect: Rect) -> Beside:
    """Look at the page only for what could be a number or a day: its text costs most."""
    figures = _FIGURES.fullmatch(drawing.text)
    if page is None or page > len(view.pages()) or not (figures or _is_pictured(drawing, rect)):
        return Beside()
    if page not in reader.texts:
        reader.texts[page] = PageText(view, view.pages()[page - 1][1], reader.fonts)
    text = reader.texts[page]
    if not figures:
        return text.around(rect[1] + _BASELINE * (rect[3] - rect[1]), rect[0], rect[2])
    inked = [c for c in drawing.characters if c.text.strip()]
    left, right = min(c.left for c in inked), max(c.right for c in inked)
    return text.beside(inked[0].baseline, left, right)


def _is_pictured(drawing: Drawing, rect: Rect) -> bool:
    """Say whether what is drawn could be the picture of a number or a day."""
    width, height = rect[2] - rect[0], rect[3] - rect[1]
    small = 0 < width <= _PICTURED[0] and 0 < height <= _PICTURED[1]
    black = not drawing.text and _IN_INK.isdisjoint(drawing.colours)
    return small and drawing.images > 0 and black
