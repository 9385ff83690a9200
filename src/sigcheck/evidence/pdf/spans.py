"""Bytes between revisions, and after the last one, that nothing parsed explains."""

from __future__ import annotations

from itertools import pairwise

from sigcheck.evidence.pdf.objects import Buffer
from sigcheck.evidence.pdf.revision import Revision

_LINE_ENDS = b"\r\n"
Span = tuple[int, int]


def unexplained_spans(data: Buffer, revisions: list[Revision]) -> list[Span]:
    """Return spans that belong to no revision's objects, cross-references or trailer.

    Looked at are the bytes from one revision's end to the first object or section of the next,
    and those after the last revision. Line ends alone are no span (design, rule 2).
    """
    spans = [(before.end, _body_start(revision)) for before, revision in pairwise(revisions)]
    spans.append((max(r.end for r in revisions), len(data)))
    return [
        (start, end) for start, end in spans if start < end and data[start:end].strip(_LINE_ENDS)
    ]


def _body_start(revision: Revision) -> int:
    """Return the offset of the first thing a revision wrote."""
    start, end = revision.start, revision.end
    first = min((at for at, _ in revision.spans if at >= start), default=end)
    for entry in revision.placed:
        if start <= entry.offset < first:
            first = entry.offset
    return first
