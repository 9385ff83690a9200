"""Seeds for each target, cut from the project's own vectors and test PKI."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VECTORS = ROOT / "fixtures" / "vectors"
PKI = ROOT / "fixtures" / "pki"
_CONTENTS = re.compile(rb"/Contents ?<([0-9a-fA-F]{200,}?)(?:00)*>")
_LARGEST_DOCUMENT = 100_000
"""Bytes: single-purpose vectors; the directive itself is too slow a seed."""


def seeds(target: str) -> Iterator[bytes]:
    """Yield the seeds of a target."""
    if target == "document":
        found = (path.read_bytes() for path in sorted(VECTORS.glob("*/*/document.pdf")))
        yield from (data for data in found if len(data) <= _LARGEST_DOCUMENT)
    elif target == "cms":
        for path in sorted(VECTORS.glob("*/*/document.pdf")):
            yield from _contents(path.read_bytes())
    elif target == "certificate":
        yield from (path.read_bytes() for path in sorted(PKI.rglob("*.der")))
    else:
        lists = [*PKI.rglob("*.crl"), *PKI.rglob("*.ors")]
        yield from (path.read_bytes() for path in sorted(lists))


def _contents(data: bytes) -> Iterator[bytes]:
    for found in _CONTENTS.finditer(data):
        digits = found[1] + (b"0" if len(found[1]) % 2 else b"")
        yield bytes.fromhex(digits.decode("ascii"))


def write(target: str, folder: Path) -> int:
    """Write a target's seeds as files, named by their place; return how many."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for count, data in enumerate(seeds(target), 1):
        (folder / f"seed-{count:04d}").write_bytes(data)
    return count
