"""Numbers that older bytes refer to before the object exists (the shadow attack "hide").

One pass over the bytes and the decoded object streams, by the numbers that later revisions use for
the first time: nothing is parsed. What it finds is only a suspicion; the referrers decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sigcheck.evidence.pdf import EntryKind, PdfDocument, Stream

_SPACE = rb"(?:[\x00\t\n\f\r ]|%[^\r\n]{0,200}[\r\n])+"
_BEFORE = rb"[\x00\t\n\f\r \[\]()<>{}j]"
"""What may stand before a reference: white space, a delimiter, the end of `obj`."""
_LARGE = 1 << 16
"""Bytes between two objects from which on it pays to leave out the data of a stream."""
_HEAD = 4096
"""Bytes at the start of an object in which the data of a large stream usually begin."""
_GAP = 64
"""New numbers this close are searched for as one range."""
_MAX_RANGES = 64


def foreshadowed(document: PdfDocument, since: int = 1) -> dict[int, set[int]]:
    """Return, for each revision after `since`, its new numbers that earlier bytes may refer to."""
    first = {num: rev for num, rev in _first_use(document).items() if rev > since}
    if not first:
        return {}
    pattern = _pattern(sorted(first))
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
    base = document.revisions[0].entries
    for revision in document.revisions[1:]:
        for num, entry in revision.changed.items():
            if entry.kind is not free and num not in first:
                known = base.get(num)
                if known is None or known.kind is free:
                    first[num] = revision.number
    return first


def _pattern(numbers: list[int]) -> re.Pattern[bytes]:
    """Return a pattern for references to at least these numbers, in a few ranges.

    A search for a fixed beginning is the fastest; without one, what may stand before a reference
    keeps the pattern from trying every digit of a long /Contents.
    """
    ranges: list[tuple[int, int]] = []
    for num in numbers:
        if ranges and num - ranges[-1][1] <= _GAP and len(str(num)) == len(str(ranges[-1][0])):
            ranges[-1] = (ranges[-1][0], num)
        else:
            ranges.append((num, num))
    if len(ranges) > _MAX_RANGES:
        body = rb"\d{1,10}"
    else:
        body = b"|".join(_range(str(low), str(high)) for low, high in ranges)
    fixed = len(ranges) == 1 and body[:2].isdigit()
    tail = _SPACE + rb"\d{1,5}" + _SPACE + rb"R"
    return re.compile((b"" if fixed else _BEFORE) + rb"(" + body + rb")" + tail)


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
    places = sorted(
        entry.offset
        for revision in document.revisions
        for entry in revision.placed
        if entry.offset < end
    )
    data = document.data
    for offset, after in zip(places, [*places[1:], end], strict=True):
        if after - offset > _LARGE and data.find(b"stream", offset, offset + _HEAD) > 0:
            found = document.store.reader.header(offset)
            value = _stream_at(document, found[0], offset) if found else None
            if value is not None and value.start + value.length <= after:
                yield value.start, value.start + value.length


def _stream_at(document: PdfDocument, num: int, offset: int) -> Stream | None:
    for revision in document.revisions:
        entry = revision.changed.get(num)
        if entry is not None and entry.offset == offset:
            found = document.view(revision.number).found(num)
            return found.value if found and isinstance(found.value, Stream) else None
    return None


def _object_streams(document: PdfDocument) -> Iterable[tuple[int, bytes]]:
    """Yield the decoded object streams that each revision but the last brought."""
    for revision in document.revisions[:-1]:
        view = document.view(revision.number)
        for num in sorted(revision.containers):
            holder = view.entry(num)
            container = document.store.container(holder, view.get) if holder else None
            if container is not None:
                yield revision.number, container.data
