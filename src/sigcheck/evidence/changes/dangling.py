"""Numbers that older bytes refer to before the object exists (the shadow attack "hide")."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sigcheck.evidence.pdf import EntryKind, PdfDocument, Stream
from sigcheck.evidence.pdf.lexer import places
from sigcheck.evidence.pdf.objects import Buffer
from sigcheck.evidence.pdf.strict.signed import BEHIND_NUMBER

_BEFORE = rb"[\x00\t\n\f\r \x80\xff\[\]()<>{}j+]"
"""What may stand before a reference: white space, a delimiter, the end of `obj`, a sign."""
_LARGE = 1 << 16
"""Bytes between two objects from which on it pays to leave out the data of a stream."""
_HEAD = 4096
"""Bytes at the start of an object in which the data of a large stream usually begin."""
_GAP = 64
"""New numbers this close are searched for as one range."""
_MAX_RANGES = 64
_LAST = re.compile(rb"R(?<=[\x00\t\n\f\r 0-9\x80\xff]R)")
"""The last letter of a reference: the rarest part of it, so the first to be looked for."""
_PLAIN = re.compile(
    rb".*([\x00\t\n\f\r \[\]()<>{}j](\d{1,10}+)([\x00\t\n\f\r ]++\d{1,5}+[\x00\t\n\f\r ]++))",
    re.DOTALL,
)
"""A reference up to that letter, without comments."""
_WINDOW, _SHORT = 40, 20
_ZERO = ord("0")
_NOTHING = re.compile(rb".*[^\x00\t\n\f\r 0-9\x80\xff]([\x00\t\n\f\r ]++|[0-9]++)", re.DOTALL)
_LINE = re.compile(rb"[\r\n][^\x00\t\n\f\r 0-9%]")
"""The beginning of a line that is no white space, comment or number: no reference reaches over."""
_LINES = 2048
_COMMENT = 512
"""Bytes back to the beginning of a line; on a longer one there may be a comment."""
_SELDOM, _SEVERAL, _FEW = 256, 500, 50
"""Bytes for each such letter, on average, from which on it is rare enough to begin with; and how
many more there may be, or such that need a closer look, before that is given up."""


def foreshadowed(document: PdfDocument, since: int = 1) -> dict[int, set[int]]:
    """Return, for each revision after `since`, its new numbers that earlier bytes may refer to."""
    brought = _brought(document, since)
    if not brought:
        return {}
    search = _Search(sorted(brought))
    starts = {revision.number: revision.start for revision in document.revisions}
    found: dict[int, set[int]] = {}
    for start, end in _regions(document):
        for place, num in search.hits(document.data, start, end):
            for revision in brought.get(num, ()):
                if place < starts[revision]:
                    found.setdefault(revision, set()).add(num)
    for written, data in _object_streams(document):
        for _, num in search.hits(data, 0, len(data)):
            for revision in brought.get(num, ()):
                if written < revision:
                    found.setdefault(revision, set()).add(num)
    return found


def _brought(document: PdfDocument, since: int) -> dict[int, list[int]]:
    """Return the revisions after `since` that use a number which was free, or never in use."""
    free = EntryKind.FREE
    found: dict[int, list[int]] = {}
    for revision in document.revisions[since:]:
        for num, entry in revision.changed.items():
            if entry.kind is not free:
                known = document.store.entry(num, revision.number - 1)
                if known is None or known.kind is free:
                    found.setdefault(num, []).append(revision.number)
    return found


class _Search:
    """Finds references to at least the numbers given."""

    __slots__ = ("_fits", "_numbers", "_pattern", "_prefix", "_wanted")

    def __init__(self, numbers: list[int]) -> None:
        """Make a pattern for a few ranges.

        A search for a fixed beginning is the fastest; without one, what may stand before a
        reference keeps the pattern from trying every digit of a long /Contents.
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
        prefix = body.partition(b"[")[0] if len(ranges) == 1 else b""
        self._prefix = prefix if prefix.isdigit() and len(prefix) > 1 else b""
        before = b"" if self._prefix else _BEFORE + b"0*+"
        self._wanted = frozenset(str(num).encode() for num in numbers)
        self._fits = re.compile(body).fullmatch
        self._pattern = re.compile(before + b"(" + body + b")" + BEHIND_NUMBER)

    def hits(self, data: Buffer, start: int, end: int) -> Iterable[tuple[int, int]]:
        """Return the place and number of what looks like a reference."""
        if self._prefix:
            return self._by_prefix(data, start, end)
        found = self._by_last(data, start, end)
        return self._by_pattern(data, start, end) if found is None else found

    def _by_prefix(self, data: Buffer, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Begin with the digits all the numbers begin with, which are quickly found."""
        for at in places(data, [(start, end)], self._prefix):
            hit = self._pattern.match(data, at, end)
            if hit is not None:
                yield at, int(hit[1])

    def _by_last(self, data: Buffer, start: int, end: int) -> list[tuple[int, int]] | None:
        """Begin with the last letters; None where there are too many, or too odd ones, for that."""
        found: list[tuple[int, int]] = []
        left, odd = _SEVERAL + (end - start) // _SELDOM, _FEW
        for letter in _LAST.finditer(data, start, end):
            left -= 1
            at = letter.start()
            words = data[max(start, at - _SHORT) : at].split(b" ")
            if len(words) > 3 and not words[-1] and words[-2].isdigit() and words[-3].isdigit():
                # As nearly all are written: ` N G R`. No comment fits in there.
                num = words[-3]
                if num in self._wanted:
                    found.append((at - len(num) - len(words[-2]) - 3, int(num)))
                if num[0] != _ZERO:
                    continue
            low = max(start, at - _WINDOW)
            plain = _PLAIN.fullmatch(data, low, at)
            clean = plain or _NOTHING.fullmatch(data, low, at)
            if clean and not _commented(data, clean.start(clean.re.groups), at):
                if plain and self._fits(plain[2].lstrip(b"0")):
                    found.append((plain.start(1), int(plain[2])))
                continue
            odd -= 1
            line = _LINE.search(data, max(start, at - _LINES), at)
            if left < 0 or odd < 0 or line is None:
                return None
            found += self._by_pattern(data, line.start(), at + 1)
        return found if left >= 0 else None

    def _by_pattern(self, data: Buffer, start: int, end: int) -> Iterator[tuple[int, int]]:
        return ((hit.start(), int(hit[1])) for hit in self._pattern.finditer(data, start, end))


def _commented(data: Buffer, gap: int, at: int) -> bool:
    """Say whether a comment may end between `gap` and `at`, and be part of a reference."""
    tail = data[gap:at]
    if b"\n" not in tail and b"\r" not in tail:
        return False
    low = max(0, gap - _COMMENT)
    line = max(data.rfind(b"\n", low, gap), data.rfind(b"\r", low, gap))
    return (line < 0 and low > 0) or data.find(b"%", max(line, low), at) >= 0


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
            container = view.container(num)
            if container is not None:
                yield revision.number, container.data
