"""Object streams (ISO 32000-2, 7.5.7): each decoded once, its objects parsed one by one."""

from __future__ import annotations

import re

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.pdf.context import Context
from sigcheck.evidence.pdf.lexer import ParseError, parse_value
from sigcheck.evidence.pdf.objects import Obj, Stream

_NUMBER = re.compile(rb"\d{1,10}")


class ObjectStream:
    """A decoded object stream; its table is read when an object of it is first asked for."""

    __slots__ = ("_by_number", "_context", "_count", "_first", "_table", "data", "start")

    def __init__(self, data: bytes, count: int, first: int, start: int, context: Context) -> None:
        """Take the data with /N and /First; `start` is where they begin in the file."""
        self.data = data
        self.start = start
        self._count = count
        self._first = first
        self._context = context
        self._table: tuple[list[int], list[int]] | None = None
        self._by_number: dict[int, int] = {}

    @property
    def numbers(self) -> list[int]:
        """Return the objects' numbers in the order of the table."""
        return self._places()[0]

    @property
    def offsets(self) -> list[int]:
        """Return where each object begins in the data."""
        return self._places()[1]

    def _places(self) -> tuple[list[int], list[int]]:
        if self._table is None:
            first, count = self._first, self._count
            table = _numbers(self.data[:first])[: 2 * count]
            if len(table) < 2 * count:
                self._context.note("object-stream-short", self.start)
            pairs = len(table) // 2
            offsets = [first + offset for offset in table[1 : 2 * pairs : 2]]
            self._table = table[0 : 2 * pairs : 2], offsets
        return self._table

    def place(self, num: int, index: int) -> int | None:
        """Return the offset of object `num`, looked for at `index` first."""
        if index < len(self.numbers) and self.numbers[index] == num:
            return self.offsets[index]
        if not self._by_number:
            self._by_number.update(zip(self.numbers, self.offsets, strict=True))
        return self._by_number.get(num)

    def read(self, context: Context, num: int, index: int) -> Obj:
        """Return object `num`; raises ParseError."""
        at = self.place(num, index)
        if at is None:
            raise ParseError(f"object {num} is not in its stream")
        if index >= len(self.numbers) or self.numbers[index] != num:
            context.note("object-stream-index-wrong", None, str(num))
        context.budget.parsed()
        depth = context.budget.limits.max_nesting

        def note(code: str, _: int | None = None, detail: str = "") -> None:
            context.note(code, self.start, detail)  # its own offsets are not the file's

        try:
            value, end = parse_value(self.data, at, note, depth, placed=False)
        except ParseError as error:
            context.budget.scanned(error.at - at, len(context.data))
            raise
        context.budget.scanned(end - at, len(context.data))
        return value


def open_object_stream(stream: Stream, context: Context) -> ObjectStream:
    """Decode an object stream.

    Raises ParseError, FilterError, LimitExceededError.
    """
    count = stream.resolve(stream.dict.get("N"))
    first = stream.resolve(stream.dict.get("First"))
    if not isinstance(count, int) or not isinstance(first, int) or count < 0 or first < 0:
        raise ParseError("object stream without /N or /First")
    if count > context.budget.limits.max_objects:
        raise LimitExceededError(f"object stream with {count} objects", code="LIMIT-OBJECTS")
    return ObjectStream(stream.decode(), count, first, stream.start, context)


def _numbers(head: bytes) -> list[int]:
    """Return the whole numbers in a table; a table as it should be needs no pattern."""
    parts = head.split()
    if (
        not head.translate(None, b"0123456789 \t\n\f\r")
        and len(max(parts, key=len, default=b"")) < 11
    ):
        return [*map(int, parts)]
    return [int(digits) for digits in _NUMBER.findall(head)]
