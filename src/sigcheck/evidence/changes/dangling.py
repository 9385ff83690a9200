"""Numbers that older bytes refer to before the object exists (the shadow attack "hide").

One pass over the bytes and the decoded object streams, by the numbers that later revisions use for
the first time: nothing is parsed. What it finds is only a suspicion; the referrers decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sigcheck.evidence.pdf import EntryKind, PdfDocument, Stream

_SPACE = rb"(?:[\x00\t\n\f\r ]|%[^\r\n]{0,200}[\r\n])+"
_LARGE = 1 << 16
"""Bytes between two objects from which on it pays to leave out the data of a stream."""
_GAP = 64
"""New numbers this close are searched for as one range."""


def foreshadowed(document: PdfDocument) -> dict[int, set[int]]:
    """Return, for each revision, its new object numbers that earlier bytes may refer to."""
    first = _first_use(document)
    if not first:
        return {}
    pattern = re.compile(
        rb"(" + _alternatives(sorted(first)) + rb")" + _SPACE + rb"\d{1,5}" + _SPACE + rb"R"
    )
    starts = {revision.number: revision.start for revision in document.revisions}
    found: dict[int, set[int]] = {}
    for start, end in _regions(document):
        for hit in pattern.finditer(document.data, start, end):
            num = int(hit[1])
            revision = first.get(num)
            if revision is not None and hit.start() < starts[revision]:
                found.setdefault(revision, set()).add(num)
    for written, data in _object_streams(document):
        for hit in pattern.finditer(data):
            num = int(hit[1])
            revision = first.get(num)
            if revision is not None and written < revision:
                found.setdefault(revision, set()).add(num)
    return found


def _first_use(document: PdfDocument) -> dict[int, int]:
    """Return the revision that first uses a number, for numbers the first revision doesn't use."""
    free = EntryKind.FREE
    first: dict[int, int] = {}
    used = {num for num, e in document.revisions[0].entries.items() if e.kind is not free}
    for revision in document.revisions[1:]:
        for num, entry in revision.changed.items():
            if entry.kind is not free and num not in used:
                used.add(num)
                first[num] = revision.number
    return first


def _alternatives(numbers: list[int]) -> bytes:
    """Return a pattern that matches at least these numbers, in as few ranges as reasonable."""
    ranges: list[tuple[int, int]] = []
    for num in numbers:
        if ranges and num - ranges[-1][1] <= _GAP and len(str(num)) == len(str(ranges[-1][0])):
            ranges[-1] = (ranges[-1][0], num)
        else:
            ranges.append((num, num))
    if len(ranges) > 64:
        return rb"\d{1,10}"
    return b"|".join(_range(str(low), str(high)) for low, high in ranges)


def _range(low: str, high: str) -> bytes:
    """Return a pattern for the numbers from `low` to `high`, and perhaps some more."""
    for at, (a, b) in enumerate(zip(low, high, strict=True)):
        if a != b:
            rest = len(low) - at - 1
            return f"{low[:at]}[{a}-{b}]".encode() + rb"\d" * rest
    return low.encode()


def _regions(document: PdfDocument) -> Iterator[tuple[int, int]]:
    """Yield the parts of the file to search, up to the last revision's start."""
    end = document.revisions[-1].start
    at = 0
    for start, stop in _large_streams(document, end):
        if start > at:
            yield at, start
            at = stop
    yield at, end


def _large_streams(document: PdfDocument, end: int) -> Iterator[tuple[int, int]]:
    """Yield the data of large streams: nothing in there is an object, unless an entry says so."""
    written = sorted(
        (entry.offset, num, revision.number)
        for revision in document.revisions
        for num, entry in revision.changed.items()
        if entry.kind is EntryKind.OFFSET and entry.offset < end
    )
    following = [offset for offset, _, _ in written[1:]] + [end]
    for (offset, num, revision), after in zip(written, following, strict=True):
        if after - offset > _LARGE:
            found = document.view(revision).found(num)
            value = found.value if found else None
            if isinstance(value, Stream) and value.start + value.length <= after:
                yield value.start, value.start + value.length


def _object_streams(document: PdfDocument) -> Iterable[tuple[int, bytes]]:
    """Yield the decoded object streams that each revision but the last brought."""
    for revision in document.revisions[:-1]:
        view = document.view(revision.number)
        packed = EntryKind.COMPRESSED
        for num in {e.container for e in revision.changed.values() if e.kind is packed}:
            holder = view.entry(num)
            container = document.store.container(holder, view.get) if holder else None
            if container is not None:
                yield revision.number, container.data
