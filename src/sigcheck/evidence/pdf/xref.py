"""Cross-reference sections: tables, streams and hybrids of both (ISO 32000-2, 7.5.4 and 7.5.8)."""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Callable, ItemsView, Iterator, Sequence, ValuesView
from enum import StrEnum
from itertools import accumulate, chain, pairwise, repeat
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.pdf.filters import FilterError
from sigcheck.evidence.pdf.indirect import HEADER, IndirectReader
from sigcheck.evidence.pdf.lexer import SKIP, ParseError, parse_value
from sigcheck.evidence.pdf.objects import MAX_GENERATION, Dict, Entry, EntryKind, Obj, Stream

_MAX_RANGES = 16
"""Ranges of numbers that are searched one after the other; honest streams have a few."""
_WORTH = 64
"""Entries from which on it pays."""
_IN_USE, _PACKED = 1, 2
_NOT_ZERO = bytes((0, *(1,) * 255))

SpellOut: TypeAlias = "Callable[[], dict[int, Entry]]"


class PackedEntries:
    """Entries by number, as the rows of one stream have them, in their order."""

    __slots__ = ("_base", "_ends", "_made", "_ranges", "_rows", "_spell_out", "_whole", "_width")

    def __init__(
        self, rows: bytes, sizes: Sequence[int], ranges: Sequence[range], base: int,
        spell_out: SpellOut,
    ) -> None:  # fmt: skip
        """Take the rows with the widths of their fields and their numbers.

        `base` is added to offsets; `spell_out` makes all entries at once.
        """
        self._rows = rows
        self._width = sum(sizes)
        self._ends = (sizes[0], sizes[0] + sizes[1], sum(sizes[:3]))
        self._base = base
        self._ranges = [*zip(ranges, accumulate(map(len, ranges), initial=0), strict=False)]
        self._made: dict[int, Entry] = {}
        self._spell_out = spell_out
        self._whole: dict[int, Entry] | None = None

    @staticmethod
    def suit(ranges: Sequence[range], sizes: Sequence[int]) -> bool:
        """Say whether entries may be kept like this: no number twice, kinds of one byte."""
        if not 1 <= len(ranges) <= _MAX_RANGES or sizes[0] != 1 or sum(map(len, ranges)) < _WORTH:
            return False
        ordered = sorted(ranges, key=lambda numbers: numbers.start)
        return all(a.stop <= b.start for a, b in pairwise(ordered))

    def __len__(self) -> int:
        """Return how many there are."""
        numbers, start = self._ranges[-1]
        return start + len(numbers)

    def __iter__(self) -> Iterator[int]:
        """Yield their numbers."""
        return chain.from_iterable(numbers for numbers, _ in self._ranges)

    def __getitem__(self, num: int) -> Entry:
        """Return a number's entry; raises KeyError."""
        return self.whole()[num]

    def get(self, num: int) -> Entry | None:
        """Return a number's entry, None where there is none."""
        known = self._made.get(num)
        if known is not None:
            return known
        for numbers, start in self._ranges:
            if num in numbers:
                entry = self._made[num] = self._entry(num, start + num - numbers.start)
                return entry
        return None

    def items(self) -> ItemsView[int, Entry]:
        """Return all numbers with their entries."""
        return self.whole().items()

    def values(self) -> ValuesView[Entry]:
        """Return all entries."""
        return self.whole().values()

    def whole(self) -> dict[int, Entry]:
        """Return all of them as a dictionary."""
        if self._whole is None:
            self._whole = self._spell_out()
        return self._whole

    def placed(self) -> list[Entry]:
        """Return those that stand in the file by themselves, in their order."""
        found: list[Entry] = []
        kinds = self._rows[:: self._width]
        for numbers, start in self._ranges:
            stop = start + len(numbers)
            at = kinds.find(_IN_USE, start, stop)
            while at >= 0:
                found.append(self._entry(numbers[at - start], at))
                at = kinds.find(_IN_USE, at + 1, stop)
        return found

    def containers(self) -> frozenset[int]:
        """Return the numbers of the object streams that hold the others."""
        rows, width, (first, second, _) = self._rows, self._width, self._ends
        changes = self._changes()
        found: set[bytes] = set()
        at = 0
        while at >= 0:
            start = at * width
            if rows[start] == _PACKED:
                found.add(rows[start + first : start + second])
            at = changes.find(1, at + 1)
        return frozenset([int.from_bytes(number, "big") for number in found])

    def _changes(self) -> bytes:
        """Return 1 for each row of another kind or container than the one before it.

        All rows are compared at once, as one large number: an object stream has a hundred objects.
        """
        count, end = len(self), self._ends[1]
        changes = 0
        for place in range(end):
            column = int.from_bytes(self._rows[place :: self._width][:count], "big")
            changes |= column ^ (column >> 8)
        return changes.to_bytes(count, "big").translate(_NOT_ZERO)

    def _entry(self, num: int, row: int) -> Entry:
        at = row * self._width
        first, second, third = self._ends
        kind = self._rows[at]
        value = int.from_bytes(self._rows[at + first : at + second], "big")
        last = int.from_bytes(self._rows[at + second : at + third], "big")
        if kind == _PACKED:
            return Entry(num, 0, EntryKind.COMPRESSED, 0, value, last)
        if kind == _IN_USE:
            return Entry(num, last, EntryKind.OFFSET, value + self._base)
        # Type 0 is free; an unknown type is a reference to null (7.5.8.3).
        return Entry(num, min(last, MAX_GENERATION), EntryKind.FREE, 0)


Entries: TypeAlias = "dict[int, Entry] | PackedEntries"


def whole(entries: Entries) -> dict[int, Entry]:
    """Return all entries as a dictionary, which may be the very same one."""
    return entries.whole() if isinstance(entries, PackedEntries) else entries


# --- Cross-reference sections: tables, streams and hybrids of both

_KEYWORD = re.compile(SKIP + rb"xref(?=[\x00\t\n\f\r ])")
_SUBSECTION = re.compile(SKIP + rb"(\d{1,10})[\x00\t\n\f\r ]++(\d{1,10})[ ]*+(?:\r\n|\n|\r)?")
_TRAILER = re.compile(SKIP + rb"trailer")
_ROW = re.compile(rb"(\d{10}) (\d{5}) ([nf])(?: \r| \n|\r\n)")
_LOOSE_ROW = re.compile(
    rb"[\x00\t\n\f\r ]*+(\d{1,20})[\x00\t\n\f\r ]++(\d{1,10})[\x00\t\n\f\r ]++([nf])(?![a-z])"
)
_ROW_WIDTH = 20
_NEARBY = 16
_FIELDS, _MAX_WIDTH = 3, 8


class XrefError(ValueError):
    """No usable cross-reference section where one should be."""


class XrefKind(StrEnum):
    """How a revision's cross-references are written."""

    TABLE = "table"
    STREAM = "stream"
    HYBRID = "hybrid"
    REBUILT = "rebuilt"
    """Not written at all, or not readably: found by scanning."""


class Section(Struct, frozen=True):
    """One cross-reference section with its trailer."""

    offset: int
    end: int
    """Offset after the trailer dictionary, or after the stream's object."""
    kind: XrefKind
    entries: Entries
    trailer: Dict
    spans: tuple[tuple[int, int], ...]
    """The bytes of this section: one span, two for a hybrid."""
    named: int = -1
    """The offset that led here, where it is not the true one."""


class XrefReader:
    """Reads sections, counting their entries against the limit on objects."""

    __slots__ = ("_left", "_lenient", "reader")

    def __init__(self, reader: IndirectReader, *, lenient: bool = False) -> None:
        """Read through `reader`; `lenient` looks around a wrong offset."""
        self.reader = reader
        self._lenient = lenient
        self._left = reader.context.budget.limits.max_objects

    def read(self, at: int) -> Section:
        """Read the section at `at`; raises XrefError."""
        try:
            if _KEYWORD.match(self.reader.context.data, at):
                return self._table_section(at)
            near = self._near(at) if self._lenient else None
            if near is not None:
                self.reader.context.note("xref-offset-wrong", near, f"{at}")
                return replace(self._table_section(near), named=at)
            return self._stream_section(at)
        except (ParseError, FilterError) as error:
            raise XrefError(f"{error} in the section at {at}") from error

    def _near(self, at: int) -> int | None:
        """Look for the keyword a few bytes around a wrong offset, as viewers do."""
        if self.reader.header(at) is not None:
            return None
        start = max(0, at - _NEARBY)
        place = self.reader.context.data.find(b"\nxref", start, at + _NEARBY)
        return place + 1 if place >= 0 else None

    def _count(self, size: int) -> None:
        self._left -= size
        self.reader.context.budget.check_time()
        if self._left < 0:
            limit = self.reader.context.budget.limits.max_objects
            raise LimitExceededError(f"more than {limit} entries", code="LIMIT-OBJECTS")

    # Tables

    def _table_section(self, start: int) -> Section:
        context = self.reader.context
        keyword = _KEYWORD.match(context.data, start)
        entries, at = self._table(start, keyword.end() if keyword else start)
        depth = context.budget.limits.max_nesting
        trailer, end = parse_value(context.data, at, context.note, depth)
        if not isinstance(trailer, Dict):
            raise XrefError(f"no trailer dictionary at {at}")
        section = Section(start, end, XrefKind.TABLE, entries, trailer, ((start, end),))
        hidden = trailer.get("XRefStm")
        return self._hybrid(section, hidden) if isinstance(hidden, int) else section

    def _table(self, start: int, at: int) -> tuple[dict[int, Entry], int]:
        """Read the entries behind the keyword, and where the trailer's dictionary begins."""
        context = self.reader.context
        entries: dict[int, Entry] = {}
        while subsection := _SUBSECTION.match(context.data, at):
            at = self._subsection(subsection, entries)
        word = _TRAILER.match(context.data, at)
        if word is None:
            raise XrefError(f"no trailer after the table at {start}")
        return entries, word.end()

    def _subsection(self, head: re.Match[bytes], entries: dict[int, Entry]) -> int:
        data = self.reader.context.data
        first, count = int(head[1]), int(head[2])
        stop = head.end() + count * _ROW_WIDTH
        rows = _ROW.findall(data[head.end() : stop]) if stop <= len(data) else []
        if len(rows) == count and (not count or rows):
            self._count(count)
            end = stop
        else:
            rows, end = self._loose_rows(head.end(), count)
        first = self._true_start(first, rows, head.start(1))
        known = len(entries)
        _add_rows(rows, first, entries, self.reader.context.base)
        if len(entries) - known != len(rows):
            self.reader.context.note("xref-duplicate-entry", head.start(1))
        return end

    def _loose_rows(self, at: int, count: int) -> tuple[list[tuple[bytes, ...]], int]:
        """Read rows that are not twenty bytes wide, or fewer than announced."""
        data = self.reader.context.data
        self.reader.context.note("xref-entry-width", at)
        rows: list[tuple[bytes, ...]] = []
        while len(rows) < count and (row := _LOOSE_ROW.match(data, at)):
            rows.append((row[1], row[2], row[3]))
            at = row.end()
            if not len(rows) % 4096:
                self._count(4096)
        if len(rows) < count:
            self.reader.context.note("xref-subsection-short", at, f"{len(rows)} of {count}")
        return rows, at

    def _true_start(self, first: int, rows: list[tuple[bytes, ...]], at: int) -> int:
        """Correct a subsection that starts at the wrong number, such as 1 instead of 0."""
        context = self.reader.context
        if first and rows and rows[0][2] == b"f" and rows[0][1] == b"65535":
            # The head of the free list is object 0, and nothing else (7.5.4).
            if int(rows[0][0]) == 0 or first == 1:
                in_use = next((i for i, row in enumerate(rows) if row[2] == b"n"), None)
                if in_use is not None and self._number_at(rows[in_use]) == in_use:
                    context.note("xref-subsection-shifted", at, f"{first} for 0")
                    return 0
            return first
        for index, row in enumerate(rows[:2]):
            if row[2] == b"n":
                found = self._number_at(row)
                if found is not None and found != first + index and abs(found - first) <= 1:
                    context.note("xref-subsection-shifted", at, f"{first} for {found - index}")
                    return max(0, found - index)
                break
        return first

    def _number_at(self, row: tuple[bytes, ...]) -> int | None:
        context = self.reader.context
        offset = int(row[0]) + context.base
        header = HEADER.match(context.data, offset) if offset < len(context.data) else None
        return int(header[1]) if header else None

    def _hybrid(self, table: Section, at: int) -> Section:
        """Add the entries a hybrid file keeps in a stream (7.5.8.4): below the table's own."""
        context = self.reader.context
        try:
            hidden = self._stream_section(at + context.base)
        except (XrefError, ParseError, FilterError) as error:
            context.note("xref-hybrid-broken", at, str(error))
            return table
        entries = whole(table.entries)
        for num, entry in hidden.entries.items():
            known = entries.get(num)
            if known is None or known.kind is EntryKind.FREE:
                entries[num] = entry
        return Section(
            table.offset, table.end, XrefKind.HYBRID, entries, table.trailer,
            (*table.spans, (hidden.offset, hidden.end)),
        )  # fmt: skip

    # Streams

    def _stream_section(self, at: int) -> Section:
        found = self.reader.read(at, _unresolved)
        stream = found.value
        if not isinstance(stream, Stream) or stream.dict.get("Type") != "XRef":
            raise XrefError(f"no cross-reference section at {at}")
        entries = self._stream_entries(stream)
        span = ((found.start, found.end),)
        # A pointer at the white space before the object names the same section (7.5.5).
        section = Section(found.start, found.end, XrefKind.STREAM, entries, stream.dict, span)
        return replace(section, named=at) if at != found.start else section

    def _stream_entries(self, stream: Stream) -> Entries:
        widths = stream.dict.get("W")
        if not isinstance(widths, list) or len(widths) < _FIELDS:
            raise XrefError("no /W")
        sizes = [w for w in widths if isinstance(w, int) and 0 <= w <= _MAX_WIDTH]
        row = sum(sizes)
        if len(sizes) != len(widths) or not row:
            raise XrefError("malformed /W")
        data = stream.decode()
        count = len(data) // row
        self._count(count)
        numbers = self._numbers(stream.dict, count)
        base = self.reader.context.base

        def spell_out() -> dict[int, Entry]:
            return _spelt(data[: count * row], sizes, [*chain.from_iterable(numbers)], base)

        if PackedEntries.suit(numbers, sizes):
            return PackedEntries(data, sizes, numbers, base, spell_out)
        entries = spell_out()
        if len(entries) != sum(map(len, numbers)):
            self.reader.context.note("xref-duplicate-entry", stream.dict.start)
        return entries

    def _numbers(self, dictionary: Dict, count: int) -> list[range]:
        """Spell out /Index, default [0 Size] (table 17)."""
        index = dictionary.get("Index")
        if not isinstance(index, list):
            index = [0, dictionary.get("Size")]
        numbers: list[range] = []
        left = count
        for first, length in zip(index[::2], index[1::2], strict=False):
            if not isinstance(first, int) or not isinstance(length, int) or first < 0:
                raise XrefError("malformed /Index")
            stop = first + max(0, min(length, left))
            left -= stop - first
            if numbers and numbers[-1].stop == first:
                numbers[-1] = range(numbers[-1].start, stop)
            else:
                numbers.append(range(first, stop))
        if left:
            self.reader.context.note("xref-stream-surplus", dictionary.start)
        return numbers


def _unresolved(value: Obj) -> Obj:
    """Resolve nothing: while cross-references are read, there is nothing to look up."""
    return value


def _add_rows(
    rows: list[tuple[bytes, ...]], first: int, entries: dict[int, Entry], base: int
) -> None:
    in_use, free = EntryKind.OFFSET, EntryKind.FREE
    for num, (offset, gen, kind) in enumerate(rows, first):
        if kind == b"n":
            place = int(offset) + base
            entry = Entry(num, int(gen), in_use if place > base else free, place)
        else:
            entry = Entry(num, int(gen), free, 0)
        # A number listed twice in one section: the first row counts, as in the common viewers.
        entries.setdefault(num, entry)


def _spelt(data: bytes, sizes: list[int], numbers: list[int], base: int) -> dict[int, Entry]:
    entries: dict[int, Entry] = {}
    _add_columns(numbers, _columns(data, sizes, sum(sizes)), entries, base)
    return entries


def _columns(data: bytes, sizes: list[int], row: int) -> list[list[int] | bytes]:
    """Split the rows into their first three fields, each as one sequence of integers."""
    columns: list[list[int] | bytes] = []
    at = 0
    count = len(data) // row
    for index, size in enumerate(sizes[:_FIELDS]):
        if size:
            parts = [data[at + i :: row] for i in range(size)]
            columns.append(_joined(parts))
        else:
            columns.append([1 if index == 0 else 0] * count)
        at += size
    return columns


def _joined(parts: list[bytes]) -> list[int] | bytes:
    if len(parts) == 1:
        return parts[0]
    # As integers of eight bytes, all of them in one go.
    wide = bytearray(8 * len(parts[0]))
    for place, digits in enumerate(parts, 8 - len(parts)):
        wide[place::8] = digits
    numbers = array("Q", wide)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers.tolist()


def _add_columns(
    numbers: list[int],
    columns: list[list[int] | bytes],
    entries: dict[int, Entry],
    base: int,
) -> None:
    in_use, free, packed = EntryKind.OFFSET, EntryKind.FREE, EntryKind.COMPRESSED
    kinds, second, third = columns
    # Nearly all objects of such a file are packed: they come first, all at once.
    row = zip(numbers, repeat(0), repeat(packed), repeat(0), second, third)
    made = [*map(Entry._make, row)]
    for at, kind in enumerate(kinds[: len(made)]):
        if kind == _PACKED:
            continue
        num = numbers[at]
        if kind == _IN_USE:
            made[at] = Entry(num, third[at], in_use, second[at] + base)
        else:
            # Type 0 is free; an unknown type is a reference to null (7.5.8.3).
            made[at] = Entry(num, min(third[at], MAX_GENERATION), free, 0)
    entries.update(zip(numbers, made, strict=False))
    if len(entries) < len(made):
        # A number listed twice: the first row counts, as in the common viewers.
        entries.update(zip(reversed(numbers[: len(made)]), reversed(made), strict=True))
