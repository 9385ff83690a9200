"""Fonts as far as their text and widths go (ISO 32000-2, 9.5 to 9.10); glyphs are never drawn."""

from __future__ import annotations

from itertools import count
from typing import NamedTuple

from msgspec import Struct, field

from sigcheck.evidence.appearance.cmap import Cmap, parse_cmap
from sigcheck.evidence.appearance.glyphs import base_table, glyph_text
from sigcheck.evidence.pdf import FilterError
from sigcheck.evidence.pdf.objects import Dict, Name, Obj, Stream
from sigcheck.evidence.pdf.view import View

_NUMBER = (int, float)
_MAX_WIDTHS = 20_000
_SUBSET_PREFIX = 7
"""Letters and plus sign before the name of a subset (9.9.2)."""


class Glyph(NamedTuple):
    """One character code's text and width in thousandths of the font size."""

    text: str
    width: float
    space: bool
    """The single-byte code 32, to which word spacing applies (9.3.3)."""


class Font(Struct):
    """Turns character codes into text and widths."""

    name: str = ""
    wide: bool = False
    """Codes have two bytes: every composite font met so far is Identity-H."""
    unicode: Cmap = field(default_factory=Cmap)
    """/ToUnicode, which has the last word."""
    table: list[str] = field(default_factory=list)
    """The 256 characters of a simple font's encoding."""
    widths: dict[int, Obj] = field(default_factory=dict)
    """As the file has them: few are asked for, so only those are looked at."""
    default_width: float = 500.0

    def glyphs(self, codes: bytes) -> list[Glyph]:
        """Return the glyphs of a string."""
        if self.wide:
            found = [codes[i] << 8 | codes[i + 1] for i in range(0, len(codes) - 1, 2)]
        else:
            found = list(codes)
        return [
            Glyph(
                self._text(code),
                self._width(code),
                code == 32 and not self.wide,
            )
            for code in found
        ]

    def _width(self, code: int) -> float:
        width = self.widths.get(code)
        return width if isinstance(width, _NUMBER) else self.default_width

    def _text(self, code: int) -> str:
        found = self.unicode.get(code)
        if found is None:
            return self.table[code] if code < len(self.table) else "\ufffd"
        return found


def read_font(view: View, value: Obj) -> Font:
    """Read a font dictionary; whatever is missing or broken is left out."""
    source = view.dict(value)
    font = Font(name=_base_name(view.get(source.get("BaseFont"))))
    if view.get(source.get("Subtype")) == "Type0":
        _composite(view, source, font)
    else:
        _simple(view, source, font)
    stream = view.get(source.get("ToUnicode"))
    if isinstance(stream, Stream):
        font.unicode = _to_unicode(stream)
    return font


def _base_name(value: Obj) -> str:
    name = str(value) if isinstance(value, Name) else ""
    return name[_SUBSET_PREFIX:] if name[_SUBSET_PREFIX - 1 : _SUBSET_PREFIX] == "+" else name


def _to_unicode(stream: Stream) -> Cmap:
    try:
        return parse_cmap(stream.decode())
    except FilterError:
        return Cmap()


def _composite(view: View, source: Dict, font: Font) -> None:
    font.wide, font.default_width = True, 1000.0
    descendants = view.list(source.get("DescendantFonts"))
    if not descendants:
        return
    inner = view.dict(descendants[0])
    default = view.get(inner.get("DW"))
    if isinstance(default, int | float):
        font.default_width = float(default)
    _cid_widths(view, view.list(inner.get("W")), font.widths)


def _cid_widths(view: View, items: list[Obj], widths: dict[int, Obj]) -> None:
    """Read `c [w …]` and `first last w` (9.7.4.3); codes are taken for CIDs, as in Identity-H."""
    at = 0
    while at + 1 < len(items) and len(widths) < _MAX_WIDTHS:
        first, second = view.get(items[at]), view.get(items[at + 1])
        if not isinstance(first, int):
            return
        if isinstance(second, list):
            room = _MAX_WIDTHS - len(widths)
            widths.update(zip(count(first), second[:room]))
            at += 2
            continue
        width = view.get(items[at + 2]) if at + 2 < len(items) else None
        if not isinstance(second, int) or not isinstance(width, int | float):
            return
        last = min(second, first + _MAX_WIDTHS - len(widths))
        widths.update(dict.fromkeys(range(first, last + 1), width))
        at += 3


def _simple(view: View, source: Dict, font: Font) -> None:
    encoding = view.get(source.get("Encoding"))
    named = encoding.get("BaseEncoding") if isinstance(encoding, Dict) else encoding
    font.table = base_table(str(view.get(named) or ""))
    if isinstance(encoding, Dict):
        _differences(view, view.list(encoding.get("Differences")), font.table)
    first = view.get(source.get("FirstChar"))
    start = first if isinstance(first, int) else 0
    for index, item in enumerate(view.list(source.get("Widths"))[:256]):
        width = view.get(item)
        if isinstance(width, int | float):
            font.widths[start + index] = float(width)


def _differences(view: View, items: list[Obj], table: list[str]) -> None:
    code = 0
    for item in items[:1024]:
        value = view.get(item)
        if isinstance(value, Name):
            if 0 <= code < len(table):
                table[code] = glyph_text(value)
            code += 1
        elif isinstance(value, int):
            code = value
