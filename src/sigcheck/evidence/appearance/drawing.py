"""What a normal appearance draws: text with its place, images, colours."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct, field

from sigcheck.evidence.appearance.colours import colour_name, dominant
from sigcheck.evidence.appearance.images import image_colours
from sigcheck.evidence.appearance.layout import Character, Fonts, Writer, lines
from sigcheck.evidence.appearance.machine import (
    Allowance,
    Event,
    Image,
    Machine,
    Painted,
    Shown,
    decoded,
)
from sigcheck.evidence.appearance.matrix import matrix, placed, rectangle
from sigcheck.evidence.appearance.state import Colour, State
from sigcheck.evidence.pdf.objects import Dict, Stream
from sigcheck.evidence.pdf.view import View
from sigcheck.model.evidence import Rect

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
    state = State(ctm=placed(box, matrix(view, form.dict.get("Matrix")), rect))
    resources = view.get(form.dict.get("Resources"))
    allowance = Allowance()
    machine = Machine(view, resources if isinstance(resources, Dict) else Dict(), allowance, state)
    writer = Writer(fonts)
    for event in machine.run(decoded(form, allowance)):
        drawing.add(event, view, writer)
    drawing.complete = not allowance.exhausted
    return drawing
