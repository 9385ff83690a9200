"""Glyph names and simple encodings (ISO 32000-2, annex D; the Adobe Glyph List's way of naming)."""

from __future__ import annotations

import re
import unicodedata

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
