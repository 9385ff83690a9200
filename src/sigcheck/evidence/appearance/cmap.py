"""ToUnicode CMaps (ISO 32000-2, 9.10.3): which characters the codes of a font mean."""

from __future__ import annotations

import re
from collections.abc import Iterator

_MAX_SIZE = 256 * 1024
_MAX_ENTRIES = 65_536
_MAX_RANGE = 256
"""Codes one range may span (9.10.3: only the last byte may change)."""
_CODE = rb"<\s*([0-9A-Fa-f]{1,8}+)\s*>"
_TEXT = rb"<([0-9A-Fa-f\s]{1,512}+)>"
_CHAR = re.compile(_CODE + rb"\s*" + _TEXT)
_RANGE = re.compile(_CODE + rb"\s*" + _CODE + rb"\s*(?:" + _TEXT + rb"|\[([^\]]*+)\])")
_ITEM = re.compile(_TEXT)


def parse_cmap(data: bytes) -> dict[int, str]:
    """Return code to text; what cannot be read is left out."""
    data = data[:_MAX_SIZE]
    table: dict[int, str] = {}
    for block in _blocks(data, b"bfchar"):
        for code, text in _CHAR.findall(block):
            table[int(code, 16)] = _text(text)
    for block in _blocks(data, b"bfrange"):
        for low, high, text, items in _RANGE.findall(block):
            if len(table) > _MAX_ENTRIES:
                return table
            _add_range(table, int(low, 16), int(high, 16), text, items)
    return table


def _blocks(data: bytes, kind: bytes) -> Iterator[bytes]:
    for block in data.split(b"begin" + kind)[1:]:
        yield block.partition(b"end" + kind)[0]


def _add_range(table: dict[int, str], low: int, high: int, text: bytes, items: bytes) -> None:
    last = min(high, low + _MAX_RANGE - 1)
    if not text:
        texts = _ITEM.findall(items)
        table.update((low + i, _text(t)) for i, t in enumerate(texts[: last - low + 1]))
        return
    first = _text(text)
    if first:
        stem, end = first[:-1], ord(first[-1])
        table.update(
            (low + i, stem + chr(end + i)) for i in range(last - low + 1) if end + i < 0x110000
        )


def _text(digits: bytes) -> str:
    plain = b"".join(digits.split())
    if len(plain) % 4:
        plain = plain.rjust((len(plain) + 3) // 4 * 4, b"0")
    return bytes.fromhex(plain.decode("ascii")).decode("utf-16-be", "replace")
