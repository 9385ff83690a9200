"""ToUnicode CMaps (ISO 32000-2, 9.10.3): which characters the codes of a font mean."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
