"""Text from a PDF or a certificate is untrusted: make it harmless for its reader (rule 7)."""

from __future__ import annotations

import re
import unicodedata

# C0, DEL, C1, soft hyphen and Arabic letter mark, zero-width and directional marks, line
# separators, bidi embeddings and isolates, invisible operators, surrogates, byte order mark,
# interlinear marks, noncharacters, tags.
_UNSEEN_CLASS = (
    "\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f"
)
_UNSEEN = re.compile(f"[\x00-\x1f{_UNSEEN_CLASS}]")
_UNSEEN_IN_JSON = re.compile(f"[{_UNSEEN_CLASS}]")
"""JSON writes C0 as escapes by itself; a line end in it is layout."""
_BLANKS = re.compile(r"[\s\u2028\u2029]+")
_CITIZEN = re.compile(
    r"\b(CCCD|CMND|CMT)(\s*[:=]\s*)([0-9A-Za-z]+(?:[ .\-]?[0-9]+)*)", re.IGNORECASE
)
_CITIZEN_WORDS = ("CCCD", "CMND", "CMT")
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_VISIBLE_END = 4
"""Characters of an identity number that stay visible."""


def plain(text: str) -> str:
    """Return one line without control, bidi or invisible characters, in composed form."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    one_line = _BLANKS.sub(" ", text)
    return unicodedata.normalize("NFC", _UNSEEN.sub("", one_line)).strip()


def mask(text: str) -> str:
    """Return the text with citizen identity numbers as `CCCD:…1234`."""
    if ":" not in text and "=" not in text:
        return text
    # A whole report in JSON: looking for plain words takes a tenth of the pattern's time.
    upper = text.upper()
    for word in _CITIZEN_WORDS:
        if word in upper:
            return _CITIZEN.sub(_masked, text)
    return text


def _masked(found: re.Match[str]) -> str:
    number = found[3]
    shown = number[-_VISIBLE_END:] if len(number) > _VISIBLE_END else ""
    return f"{found[1]}{found[2]}…{shown}"


def cell(text: str) -> str:
    """Return a CSV cell that no spreadsheet takes for a formula."""
    clean = plain(text)
    return f"'{clean}" if clean.startswith(_FORMULA) else clean


def ascii_escapes(text: str) -> str:
    """Return JSON text with unseen characters as escapes, so that a terminal may show it."""
    return _UNSEEN_IN_JSON.sub(lambda found: _escape(found[0]), text)


def _escape(character: str) -> str:
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:  # noqa: PLR2004 - a lone surrogate is not Unicode text
        return "\\ufffd"
    if code > 0xFFFF:  # noqa: PLR2004 - beyond the BMP JSON writes a pair (RFC 8259, 7)
        high, low = divmod(code - 0x10000, 0x400)
        return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
    return f"\\u{code:04x}"
