"""Which object a byte of the file belongs to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from sigcheck.evidence.pdf.document import PdfDocument
from sigcheck.evidence.pdf.indirect import Found
from sigcheck.evidence.pdf.objects import Stream

_LARGE = 1 << 16
"""Bytes of stream data worth skipping."""
_SPARSE = 4_096
"""Bytes of file for each object, from which on looking for large streams pays."""


class Written(NamedTuple):
    """An object as one revision wrote it."""

    offset: int
    num: int
    revision: int


def written_objects(document: PdfDocument) -> list[Written]:
    """Return every object any revision points at, by place in the file."""
    return sorted(
        Written(entry.offset, entry.num, revision.number)
        for revision in document.revisions
        for entry in revision.placed
    )


def enclosing_objects(
    document: PdfDocument, places: list[int], outside: list[int]
) -> Iterator[Written]:
    """Yield the objects that contain the given places, each once, streams' data left out.

    Places that lie in no object any revision points at are added to `outside`.
    """
    objects = written_objects(document)
    starts = [item.offset for item in objects]
    given: set[int] = set()
    for place in places:
        index = bisect_right(starts, place) - 1
        holder = objects[index] if index >= 0 else None
        found = document.view(holder.revision).found(holder.num) if holder else None
        if holder is None or found is None or place >= found.end:
            document.context.note("signature-outside-objects", place)
            outside.append(place)
        elif index not in given and not inside_stream(found, place):
            given.add(index)
            yield holder


def inside_stream(found: Found, place: int) -> bool:
    """Say whether a place lies in the data of a stream."""
    value = found.value
    return isinstance(value, Stream) and value.start <= place < value.start + value.length


def open_segments(document: PdfDocument) -> list[tuple[int, int]]:
    """Return the file without the data of its large streams, where a scan has nothing to find.

    A stream is left out only where an entry leads to it, its data end where /Length says, and that
    is inside the revision that wrote it.
    """
    if document.segments is None:
        document.segments = list(_segments(document))
    return document.segments


def _segments(document: PdfDocument) -> Iterator[tuple[int, int]]:
    size = len(document.data)
    at = 0
    if size > _SPARSE * sum(len(revision.changed) for revision in document.revisions):
        for start, end in _large_streams(document):
            if start >= at:
                yield at, start
                at = end
    yield at, size


def _large_streams(document: PdfDocument) -> Iterator[tuple[int, int]]:
    last = Written(len(document.data), 0, 0)
    for written, after in pairwise([*written_objects(document), last]):
        if after.offset - written.offset < _LARGE:
            continue
        found = document.view(written.revision).found(written.num)
        value = found.value if found else None
        if isinstance(value, Stream) and value.length >= _LARGE and value.length_true:
            end = value.start + value.length
            if end <= min(after.offset, document.revisions[written.revision - 1].end):
                yield value.start, end
