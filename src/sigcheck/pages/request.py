"""What the drawing process is asked for: which pages, of which revisions, with which marks."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Any

from msgspec import Struct

from sigcheck.model.evidence import DocumentEvidence

MIB = 1024 * 1024


class PictureLimits(Struct, frozen=True):
    """What the pictures of one document may cost."""

    pages: int = 24
    revisions: int = 24
    """The newest are compared."""
    width: int = 600
    """Pixels of a page, as `height`."""
    height: int = 900
    thumbnail: int = 260
    """Pixels of a thumbnail's width."""
    seconds: float = 12.0
    picture_bytes: int = 1_300_000
    """All PNG data together, before base64 makes it a third longer."""
    memory: int = 1024 * MIB
    output: int = 8 * MIB


def request(
    document: DocumentEvidence, limits: PictureLimits, password: str | None
) -> dict[str, Any]:
    """Return what to draw, as plain JSON."""
    return {
        "revisions": _revisions(document, limits),
        "pages": wanted_pages(document, limits),
        "rects": list(_rects(document)),
        "password": password,
        "width": limits.width,
        "height": limits.height,
        "thumbnail": limits.thumbnail,
        "seconds": limits.seconds,
        "bytes": limits.picture_bytes,
        "memory": limits.memory,
        "output": limits.output,
    }


def _revisions(document: DocumentEvidence, limits: PictureLimits) -> list[dict[str, int]]:
    """Return the revisions to compare: from the first signature's on, the file itself last."""
    first = min((s.revision for s in document.signatures), default=document.size)
    found = [{"number": r.number, "end": r.end} for r in document.revisions if r.number >= first]
    newest = len(document.revisions)
    if not found:
        return [{"number": newest, "end": document.size}]
    found[-1] = {"number": found[-1]["number"], "end": document.size}
    return found[-limits.revisions :]


def wanted_pages(document: DocumentEvidence, limits: PictureLimits) -> list[int]:
    """Return the pages to draw: those something happened on, then the others in order."""
    there = range(1, document.page_count + 1)
    eventful = {s.widget.page for s in document.signatures if s.widget}
    eventful |= {item.page for s in document.signatures for item in s.changes}
    ranked = sorted(there, key=lambda page: page not in eventful)
    return sorted(ranked[: limits.pages])


def _rects(document: DocumentEvidence) -> Iterator[dict[str, Any]]:
    for signature in document.signatures:
        widget = signature.widget
        if widget and widget.page and widget.rect and widget.visible:
            rect = [float(x) for x in widget.rect]
            # Beyond this a number is no place on a page, and PDFium counts in 32 bits.
            if all(isfinite(x) and abs(x) < 1e6 for x in rect):  # noqa: PLR2004
                yield {"signature": signature.index, "page": widget.page, "rect": rect}
