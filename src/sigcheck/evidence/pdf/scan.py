"""Looking for words in the raw bytes of a file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from sigcheck.evidence.pdf.objects import Buffer

_TRACE = re.compile(
    rb"/(?:ByteRange|Type[\x00\t\n\f\r ]*/(?:Sig|DocTimeStamp))(?![^\x00\t\n\f\r ()<>\[\]{}/%])"
)
"""What every signature dictionary written in the open contains."""

Segments = Iterable[tuple[int, int]]


def places(
    data: Buffer, segments: Segments, word: bytes, after: bytes = b"", known: Collection[int] = ()
) -> Iterator[int]:
    """Yield each offset of a word, but not right after another one, nor any offset in `known`.

    Of occurrences that overlap the first counts.
    """
    passed_over = frozenset(known)
    for start, end in segments:
        place = data.find(word, start, end)
        while place >= 0:
            if place not in passed_over and not _follows(data, place, after):
                yield place
            place = data.find(word, place + len(word), end)


def _follows(data: Buffer, at: int, word: bytes) -> bool:
    return bool(word) and data[max(0, at - len(word)) : at] == word


def signature_traces(data: Buffer, segments: Segments) -> Iterator[int]:
    """Yield where something starts that only signature dictionaries hold."""
    for start, end in segments:
        yield from (trace.start() for trace in _TRACE.finditer(data, start, end))
