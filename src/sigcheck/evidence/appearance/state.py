"""The graphics state, as far as text and colour need it (ISO 32000-2, 8.4 and 9.3)."""

from __future__ import annotations

from msgspec import Struct

from sigcheck.evidence.appearance.matrix import IDENTITY, Matrix
from sigcheck.evidence.pdf.objects import Obj

Colour = tuple[float, float, float]
"""Red, green, blue from 0 to 1."""

BLACK: Colour = (0.0, 0.0, 0.0)
_INVISIBLE = (3, 7)
"""Text rendering modes that paint nothing (9.3.6)."""


class State(Struct):
    """What q saves and Q restores, and the text matrices."""

    ctm: Matrix = IDENTITY
    font: Obj = None
    """The font dictionary, or a reference to it."""
    size: float = 0.0
    char_space: float = 0.0
    word_space: float = 0.0
    scale: float = 1.0
    leading: float = 0.0
    mode: int = 0
    fill: Colour | None = BLACK
    stroke: Colour | None = BLACK
    text: Matrix = IDENTITY
    """Where the current line of text begins."""
    moved: bool = True
    """The text position was set since the last text was shown."""

    def copy(self) -> State:
        """Return a state of the same values; `dataclasses.replace` takes five times as long."""
        return State(
            self.ctm, self.font, self.size, self.char_space, self.word_space, self.scale,
            self.leading, self.mode, self.fill, self.stroke, self.text, self.moved,
        )  # fmt: skip

    @property
    def invisible(self) -> bool:
        """Say whether text is shown without painting it, as scanners' text layers are."""
        return self.mode in _INVISIBLE


def colour(components: list[float]) -> Colour | None:
    """Return a gray, RGB or CMYK colour as RGB; None for any other number of components."""
    match components:
        case [gray]:
            return gray, gray, gray
        case [red, green, blue]:
            return red, green, blue
        case [cyan, magenta, yellow, key]:
            light = 1.0 - key
            return (1.0 - cyan) * light, (1.0 - magenta) * light, (1.0 - yellow) * light
        case _:
            return None
