"""Reading one indirect object at its place in the file (ISO 32000-2, 7.3.8 and 7.3.10)."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from typing import NamedTuple

from sigcheck.evidence.pdf.lexer import SKIP, ParseError, parse_value
from sigcheck.evidence.pdf.objects import Buffer, Context, Dict, Obj, Stream

_WS1 = rb"[\x00\t\n\f\r ]++"
HEADER = re.compile(rb"[\x00\t\n\f\r ]{0,32}+(\d{1,10})" + _WS1 + rb"(\d{1,5})" + _WS1 + rb"obj")
"""`N G obj`, a little white space before it allowed."""
_AFTER = re.compile(SKIP + rb"(?:(endobj)|(stream)(?: {0,8}(?=[\r\n]))(\r\n|\n|\r(?!\n))|(stream))")
_ENDSTREAM = re.compile(rb"[\x00\t\n\f\r ]{0,8}endstream")

_BEFORE = re.compile(
    rb"(?<![0-9])([0-9]{1,10}+)[\x00\t\n\f\r ]{1,8}([0-9]{1,5})[\x00\t\n\f\r ]{1,8}\Z"
)
_LONGEST_HEADER = 32


def header_before(data: Buffer, at: int) -> tuple[int, int, int] | None:
    """Return number, generation and offset of the header whose `obj` stands at `at`.

    Looking back from the keyword is how a scan stays fast: digits are everywhere.
    """
    header = _BEFORE.search(data[max(0, at - _LONGEST_HEADER) : at])
    if header is None:
        return None
    return int(header[1]), int(header[2]), at - len(header[0])


class Found(NamedTuple):
    """An indirect object as it stands in the file."""

    num: int
    gen: int
    value: Obj
    start: int
    """Offset of the header's first digit."""
    end: int
    """Offset after `endobj`, or after the value where that is missing."""


class StreamEnds:
    """Every `endstream` of the file, found once, for streams whose /Length lies."""

    __slots__ = ("_data", "_positions")

    def __init__(self, data: Buffer) -> None:
        """Look at nothing yet."""
        self._data = data
        self._positions: list[int] | None = None

    def after(self, at: int) -> int | None:
        """Return the offset of the first `endstream` at or after `at`."""
        if self._positions is None:
            self._positions = [m.start() for m in re.finditer(rb"endstream", self._data)]
        index = bisect_left(self._positions, at)
        return self._positions[index] if index < len(self._positions) else None


class IndirectReader:
    """Parses objects at given offsets; knows nothing of cross-references."""

    __slots__ = ("_ends", "context")

    def __init__(self, context: Context) -> None:
        """Read from the context's bytes."""
        self.context = context
        self._ends = StreamEnds(context.data)

    def header(self, at: int) -> tuple[int, int, int] | None:
        """Return number, generation and true offset of the header at `at`, if there is one."""
        header = HEADER.match(self.context.data, at) if at >= 0 else None
        return (int(header[1]), int(header[2]), header.start(1)) if header else None

    def read(self, at: int, resolve: Callable[[Obj], Obj]) -> Found:
        """Read the object whose header is at `at`; raises ParseError.

        `resolve` looks up a /Length that is a reference.
        """
        context = self.context
        depth = context.budget.limits.max_nesting
        context.budget.parsed()
        header = HEADER.match(context.data, at)
        if header is None:
            raise ParseError(f"no object at {at}")
        try:
            value, end = parse_value(context.data, header.end(), context.note, depth)
        except ParseError as error:
            context.budget.scanned(error.at - at, len(context.data))
            raise
        context.budget.scanned(end - at, len(context.data))
        after = _AFTER.match(context.data, end)
        if after is None:
            context.note("endobj-missing", end)
        elif after[1]:
            end = after.end()
        elif isinstance(value, Dict):
            if after[3] in (None, b"\r"):
                context.note("stream-keyword-line-end", after.end())
            value, end = self._stream(value, after.end(), resolve)
        return Found(int(header[1]), int(header[2]), value, header.start(1), end)

    def _stream(self, made: Dict, start: int, resolve: Callable[[Obj], Obj]) -> tuple[Stream, int]:
        data, budget = self.context.data, self.context.budget
        length = resolve(made.get("Length"))
        honest = isinstance(length, int) and self._ends_at(start, length)
        if not isinstance(length, int) or not honest:
            length = self._true_length(start)
        stop = _ENDSTREAM.match(data, start + length)
        end = stop.end() if stop else start + length
        after = _AFTER.match(data, end)
        if after is None or not after[1]:
            self.context.note("endobj-missing", end)
        else:
            end = after.end()
        return Stream(made, data, start, length, resolve, budget, length_true=honest), end

    def _ends_at(self, start: int, length: int) -> bool:
        if length < 0 or start + length > len(self.context.data):
            return False
        return _ENDSTREAM.match(self.context.data, start + length) is not None

    def _true_length(self, start: int) -> int:
        """Find `endstream` where /Length is missing or wrong, as viewers do."""
        self.context.note("stream-length-wrong", start)
        stop = self._ends.after(start)
        if stop is None:
            self.context.note("endstream-missing", start)
            return len(self.context.data) - start
        data = self.context.data
        if data[stop - 2 : stop] == b"\r\n":
            stop -= 2
        elif stop > start and data[stop - 1 : stop] in (b"\n", b"\r"):
            stop -= 1
        return max(0, stop - start)
