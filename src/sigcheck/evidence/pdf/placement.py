"""Which object a byte of the file belongs to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from sigcheck.evidence.pdf.document import PdfDocument
from sigcheck.evidence.pdf.indirect import Found
from sigcheck.evidence.pdf.objects import EntryKind, Stream


class Written(NamedTuple):
    """An object as one revision wrote it."""

    offset: int
    num: int
    revision: int


def written_objects(document: PdfDocument) -> list[Written]:
    """Return every object any revision points at, by place in the file."""
    offset = EntryKind.OFFSET
    return sorted(
        Written(entry.offset, num, revision.number)
        for revision in document.revisions
        for num, entry in revision.changed.items()
        if entry.kind is offset
    )


def enclosing_objects(document: PdfDocument, places: list[int]) -> Iterator[Written]:
    """Yield the objects that contain the given places, each once, streams' data left out."""
    objects = written_objects(document)
    starts = [item.offset for item in objects]
    given: set[int] = set()
    for place in places:
        index = bisect_right(starts, place) - 1
        if index < 0 or index in given:
            continue
        given.add(index)
        found = document.view(objects[index].revision).found(objects[index].num)
        if found is None or place >= found.end:
            document.context.note("signature-outside-objects", place)
        elif not inside_stream(found, place):
            yield objects[index]


def inside_stream(found: Found, place: int) -> bool:
    """Say whether a place lies in the data of a stream."""
    value = found.value
    return isinstance(value, Stream) and value.start <= place < value.start + value.length
