"""Signatures of real files, found by pattern alone so that no reader of ours has a hand in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")
_HEX = re.compile(rb"[0-9A-Fa-f]+\Z")
_LONG_CONTENTS = re.compile(rb"/Contents\s*<([0-9A-Fa-f]{2000,})>")


@dataclass(frozen=True)
class Found:
    """One signature: what it holds and what it covers."""

    contents: bytes
    covered: bytes


def signatures(path: Path) -> Iterator[Found]:
    """Yield the signatures whose byte range leaves out one hexadecimal string."""
    data = path.read_bytes()
    for match in _RANGE.finditer(data):
        start, first, second, length = map(int, match.groups())
        gap = re.sub(rb"\s", b"", data[start + first : second].strip().strip(b"<>"))
        if _HEX.match(gap):
            encoded = bytes.fromhex((gap + b"0" * (len(gap) % 2)).decode())
            covered = data[start : start + first] + data[second : second + length]
            yield Found(encoded, covered)


def contents(path: Path) -> list[bytes]:
    """Return every long /Contents, whatever its byte range says."""
    found = _LONG_CONTENTS.findall(path.read_bytes())
    return [bytes.fromhex(hexadecimal.decode()) for hexadecimal in found]
