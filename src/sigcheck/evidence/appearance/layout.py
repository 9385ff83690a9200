"""Shown text becomes characters with places (ISO 32000-2, 9.4.4)."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec import Struct, field

from sigcheck.evidence.appearance.content import shown
from sigcheck.evidence.appearance.fonts import Font, read_font
from sigcheck.evidence.appearance.machine import Shown
from sigcheck.evidence.pdf.objects import Obj, Ref
from sigcheck.evidence.pdf.view import View

_WORD_GAP = 0.2
"""Of the font size: a wider gap between two characters is a space nobody wrote."""
_LINE_STEP = 2.0
"""Points between two baselines that count as different lines."""


class Character(NamedTuple):
    """One character on the page; along and across its line where that is not level."""

    text: str
    left: float
    right: float
    baseline: float
    size: float


class Fonts(Struct):
    """The fonts read so far; a font is shared by all pages and appearances that refer to it."""

    view: View
    _read: dict[Ref, Font] = field(default_factory=dict)

    def font(self, value: Obj) -> Font:
        """Return the font at a reference, or read it where it stands."""
        if not isinstance(value, Ref):
            return read_font(self.view, value)
        if value not in self._read:
            self._read[value] = read_font(self.view, value)
        return self._read[value]


class Writer:
    """Remembers where the last string ended, because the next one may begin there."""

    def __init__(self, fonts: Fonts) -> None:
        """Take the fonts to read with."""
        self.fonts = fonts
        self._advance = 0.0

    def characters(self, piece: Shown) -> Iterator[Character]:
        """Yield a string's characters; ask for the strings in the order of drawing."""
        state = piece.state
        font = self.fonts.font(state.font)
        across, up, slant, rise, e, f = piece.at
        stretch = math.hypot(across, up) or 1.0
        along, off = across / stretch, up / stretch
        start, baseline = along * e + off * f, along * f - off * e
        size = state.size * (math.hypot(slant, rise) or 1.0)
        x = self._advance if piece.follows else 0.0
        for part in shown(piece.operands):
            if isinstance(part, float):
                x -= part / 1000 * state.size * state.scale
                continue
            for glyph in font.glyphs(part):
                wide = glyph.width / 1000 * state.size + state.char_space
                end = x + (wide + (state.word_space if glyph.space else 0.0)) * state.scale
                left, right = start + x * stretch, start + end * stretch
                yield Character(glyph.text, left, right, baseline, size)
                x = end
        self._advance = x


def plain(text: str) -> str:
    """Return text in NFC, without control characters, lone surrogates and doubled spaces."""
    words = " ".join(text.split())
    if not words.isprintable():
        words = "".join(c for c in words if unicodedata.category(c) not in ("Cs", "Cc"))
    return unicodedata.normalize("NFC", words)


def joined(characters: Iterable[Character]) -> str:
    """Return characters of one line in order, with spaces where there are gaps."""
    parts: list[str] = []
    last: Character | None = None
    for c in characters:
        if last is not None and c.left - last.right > _WORD_GAP * max(c.size, 1.0):
            parts.append(" ")
        parts.append(c.text)
        last = c
    return "".join(parts)


def lines(characters: Iterable[Character]) -> str:
    """Return characters in the order of drawing, one line of text per baseline."""
    rows: list[list[Character]] = []
    for c in characters:
        if not rows or abs(rows[-1][-1].baseline - c.baseline) > _LINE_STEP:
            rows.append([])
        rows[-1].append(c)
    texts = (plain(joined(row)) for row in rows)
    return "\n".join(text for text in texts if text)
