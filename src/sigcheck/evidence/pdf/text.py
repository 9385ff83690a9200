"""Text strings: PDFDocEncoding, UTF-16 and UTF-8 by their marks (ISO 32000-2, 7.9.2.2)."""

from __future__ import annotations

_HIGH = (
    "\u2022\u2020\u2021\u2026\u2014\u2013\u0192\u2044\u2039\u203a\u2212\u2030\u201e\u201c\u201d"
    "\u2018\u2019\u201a\u2122\ufb01\ufb02\u0141\u0152\u0160\u0178\u017d\u0131\u0142\u0153\u0161"
    "\u017e\ufffd\u20ac"
)
"""0x80 to 0xA0 (annex D.2)."""
_LOW = "\u02d8\u02c7\u02c6\u02d9\u02dd\u02db\u02da\u02dc"
"""0x18 to 0x1F."""
_TABLE = {0x80 + i: c for i, c in enumerate(_HIGH)} | {0x18 + i: c for i, c in enumerate(_LOW)}


def text(value: bytes) -> str:
    """Decode a text string; bytes that mean nothing become U+FFFD, never an error."""
    if value.startswith(b"\xfe\xff"):
        # With its mark: Python has this codec built in, and imports a module for `utf-16-be`.
        return value.decode("utf-16", "replace")
    if value.startswith(b"\xff\xfe"):
        # Not in the standard, but written and read widely.
        return value.decode("utf-16", "replace")
    if value.startswith(b"\xef\xbb\xbf"):
        return value[3:].decode("utf-8", "replace")
    return value.decode("latin-1").translate(_TABLE)
