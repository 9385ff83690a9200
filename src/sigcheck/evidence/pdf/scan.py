"""Looking for words in the raw bytes of a file."""

from __future__ import annotations

import re
from array import array
from collections.abc import Collection, Iterable, Iterator

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
    packed = array("q", sorted(known)).tobytes() if _native_places is not None else b""
    passed_over: Collection[int] = ()
    for start, end in segments:
        at = start
        while at < end:
            found: list[int] | None = None
            if _native_places is not None:
                found = _native_places(data, at, end, word, after, packed)
            if found is None:
                passed_over = passed_over or frozenset(known)
                yield from _one_by_one(data, at, end, word, after, passed_over)
                break
            yield from found
            at = found[-1] + len(word) if len(found) == _MANY else end


def _one_by_one(
    data: Buffer, start: int, end: int, word: bytes, after: bytes, known: Collection[int]
) -> Iterator[int]:
    step, before = len(word), len(after)
    at = data.find(word, start, end)
    while at >= 0:
        if at not in known and not (after and data[max(0, at - before) : at] == after):
            yield at
        at = data.find(word, at + step, end)


def signature_traces(data: Buffer, segments: Segments) -> Iterator[int]:
    """Yield where something starts that only signature dictionaries hold."""
    for start, end in segments:
        at = start
        while at < end:
            found: list[int] | None = None
            if _native_traces is not None:
                found = _native_traces(data, at, end)
            if found is None:
                yield from (trace.start() for trace in _TRACE.finditer(data, at, end))
                break
            yield from found
            at = found[-1] + 1 if len(found) == _MANY else end
