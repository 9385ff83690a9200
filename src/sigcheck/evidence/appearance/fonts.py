"""Fonts as far as their text and widths go.

See ISO 32000-2, 9.5 to 9.10 and annex D. Glyphs are never drawn.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import count
from typing import NamedTuple

from msgspec import Struct, field

from sigcheck.config.data import load_data
from sigcheck.evidence.pdf import FilterError
from sigcheck.evidence.pdf.objects import Dict, Name, Obj, Stream
from sigcheck.evidence.pdf.view import View

_MAX_SIZE = 256 * 1024
_MAX_ENTRIES = 65_536
_MAX_RANGE = 256
"""Codes one range may span (9.10.3: only the last byte may change)."""
_CODE_POINTS = 0x110000
_CODE = rb"<\s*([0-9A-Fa-f]{1,8}+)\s*>"
_TEXT = rb"<([0-9A-Fa-f\s]{1,512}+)>"
_CHAR = re.compile(_CODE + rb"\s*" + _TEXT)
_RANGE = re.compile(_CODE + rb"\s*" + _CODE + rb"\s*(?:" + _TEXT + rb"|\[([^\]]*+)\])")
_ITEM = re.compile(_TEXT)


class Cmap:
    """A table that decodes an entry when it is first asked for: pages use few of a font's codes."""

    __slots__ = ("_known", "_written")

    def __init__(self, written: dict[int, tuple[bytes, int]] | None = None) -> None:
        """Take code to (hexadecimal text, what to add to its last character)."""
        self._written = written or {}
        self._known: dict[int, str] = {}

    def get(self, code: int) -> str | None:
        """Return the text of a code, None when the table says nothing of it."""
        found = self._known.get(code)
        if found is None and (entry := self._written.get(code)):
            found = self._known[code] = _text(*entry)
        return found


def parse_cmap(data: bytes) -> Cmap:
    """Return code to text; what cannot be read is left out."""
    data = data[:_MAX_SIZE]
    table: dict[int, tuple[bytes, int]] = {}
    for block in _blocks(data, b"bfchar"):
        table.update([(int(code, 16), (text, 0)) for code, text in _CHAR.findall(block)])
    for block in _blocks(data, b"bfrange"):
        for low, high, text, items in _RANGE.findall(block):
            if len(table) > _MAX_ENTRIES:
                return Cmap(table)
            _add_range(table, int(low, 16), int(high, 16), text, items)
    return Cmap(table)


def _blocks(data: bytes, kind: bytes) -> Iterator[bytes]:
    for block in data.split(b"begin" + kind)[1:]:
        yield block.partition(b"end" + kind)[0]


def _add_range(
    table: dict[int, tuple[bytes, int]], low: int, high: int, text: bytes, items: bytes
) -> None:
    if low == high and text:
        table[low] = text, 0
        return
    last = min(high, low + _MAX_RANGE - 1)
    if text:
        table.update((low + i, (text, i)) for i in range(last - low + 1))
        return
    texts = _ITEM.findall(items)
    table.update((low + i, (t, 0)) for i, t in enumerate(texts[: last - low + 1]))


def _text(digits: bytes, plus: int) -> str:
    plain = b"".join(digits.split())
    if len(plain) % 4:
        plain = plain.rjust((len(plain) + 3) // 4 * 4, b"0")
    # With a mark in front: Python has this codec built in, and imports a module for `utf-16-be`.
    text = (b"\xfe\xff" + bytes.fromhex(plain.decode("ascii"))).decode("utf-16", "replace")
    if not plus or not text:
        return text
    last = ord(text[-1]) + plus
    return text[:-1] + (chr(last) if last < _CODE_POINTS else "\ufffd")


# --- Glyph names and simple encodings

_NAMED = {
    "space": " ", "nbspace": " ", "slash": "/", "colon": ":", "semicolon": ";", "comma": ",",
    "period": ".", "hyphen": "-", "minus": "-", "endash": "–", "emdash": "—", "plus": "+",
    "parenleft": "(", "parenright": ")", "underscore": "_", "ampersand": "&", "at": "@",
    "quotesingle": "'", "quotedbl": '"', "dcroat": "đ", "Dcroat": "Đ", "dmacron": "đ",
    "ohorn": "ơ", "Ohorn": "Ơ", "uhorn": "ư", "Uhorn": "Ư", "dotlessi": "\u0131",
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_ACCENTS = {
    "acute": "\u0301", "grave": "\u0300", "tilde": "\u0303", "hookabove": "\u0309",
    "dotbelow": "\u0323", "circumflex": "\u0302", "breve": "\u0306", "horn": "\u031b",
}  # fmt: skip
_ACCENT = re.compile("|".join(_ACCENTS))
_HEX_NAME = re.compile(r"(?:uni|u)([0-9A-F]{4,6})")


def glyph_text(name: str) -> str:
    """Return what a glyph's name stands for; U+FFFD for a name that says nothing."""
    name = name.partition(".")[0]
    if len(name) == 1:
        return name
    if name in _NAMED:
        return _NAMED[name]
    if (found := _HEX_NAME.fullmatch(name)) and int(found[1], 16) < 0x110000:
        return chr(int(found[1], 16))
    return _composed(name)


def _composed(name: str) -> str:
    """Read names such as `acircumflexacute` and `ohornacute`, of which Vietnamese has 134."""
    letter, rest = name[:1], name[1:]
    if not rest or _ACCENT.sub("", rest):
        return "\ufffd"
    marks = "".join(_ACCENTS[accent] for accent in _ACCENT.findall(rest))
    return unicodedata.normalize("NFC", letter + marks)


def base_table(name: str) -> list[str]:
    """Return the 256 characters of a named encoding; the standard's own is close to WinAnsi."""
    codec = "mac-roman" if name == "MacRomanEncoding" else "cp1252"
    return list(bytes(range(256)).decode(codec, "replace"))


# --- Fonts as far as their text and widths go (ISO 32000-2, 9.5 to 9.10); glyphs are never drawn

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


@cache
def standard_widths(name: str) -> dict[str, int]:
    """Return the widths of a standard font's characters (9.6.2.2), empty for any other font."""
    if name in _TYPEWRITER:
        return dict.fromkeys(map(chr, _MEASURED), 600)
    upright = name.replace("-BoldOblique", "-Bold").removesuffix("-Oblique")
    widths = load_data("standard_fonts.toml").get(upright, ())
    return dict(zip(map(chr, _MEASURED), widths, strict=False))


_MEASURED = range(0x20, 0x7F)
"""Characters of which the standard fonts' widths are at hand."""
_TYPEWRITER = ("Courier", "Courier-Bold", "Courier-Oblique", "Courier-BoldOblique")
