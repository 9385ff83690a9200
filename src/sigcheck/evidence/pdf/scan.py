"""Looking for words in the raw bytes of a file."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator

from sigcheck.evidence.native import native
from sigcheck.evidence.pdf.objects import Buffer

_native_places = native.places if native else None
_native_traces = native.signature_traces if native else None
_MANY = 4096
"""Places the library gives at a time: `MOST` in native/src/scan.rs."""
_TRACE = re.compile(
    rb"/(?:ByteRange|Type[\x00\t\n\f\r ]*/(?:Sig|DocTimeStamp))(?![^\x00\t\n\f\r ()<>\[\]{}/%])"
)
"""What every signature dictionary written in the open contains."""

Segments = Iterable[tuple[int, int]]


def places(
    data: Buffer, segments: Segments, word: bytes, after: bytes = b"", known: Collection[int] = ()
) -> Iterator[int]:
    """Yield where a word stands, but not right after another one, nor where it is known to.

    Of places that overlap the first counts; `known` are places within 63 bits.
    """
    packed = array("q", sorted(known)).tobytes()

    def natively(at: int, end: int) -> list[int] | None:
        return _native_places(data, at, end, word, after, packed) if _native_places else None

    def one_by_one(at: int, end: int) -> Iterator[int]:
        passed_over = frozenset(known)
        place = data.find(word, at, end)
        while place >= 0:
            if place not in passed_over and not _follows(data, place, after):
                yield place
            place = data.find(word, place + len(word), end)

    return _searched(segments, natively, one_by_one, len(word))


def _follows(data: Buffer, at: int, word: bytes) -> bool:
    return bool(word) and data[max(0, at - len(word)) : at] == word


def signature_traces(data: Buffer, segments: Segments) -> Iterator[int]:
    """Yield where something starts that only signature dictionaries hold."""

    def natively(at: int, end: int) -> list[int] | None:
        return _native_traces(data, at, end) if _native_traces else None

    def by_pattern(at: int, end: int) -> Iterator[int]:
        return (trace.start() for trace in _TRACE.finditer(data, at, end))

    return _searched(segments, natively, by_pattern, 1)


def _searched(
    segments: Segments,
    natively: Callable[[int, int], list[int] | None],
    in_python: Callable[[int, int], Iterator[int]],
    step: int,
) -> Iterator[int]:
    """Yield what is found natively, so many places at a time, or else in Python."""
    for start, end in segments:
        at = start
        while at < end:
            found = natively(at, end)
            if found is None:
                yield from in_python(at, end)
                break
            yield from found
            at = found[-1] + step if len(found) == _MANY else end
