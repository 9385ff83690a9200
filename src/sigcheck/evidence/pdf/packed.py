"""The entries of a cross-reference stream, each made when it is asked for.

A document of ten thousand objects has as many entries, of which a verification uses a hundred.
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, Sequence, ValuesView
from itertools import accumulate, chain, pairwise
from typing import TypeAlias

from sigcheck.evidence.pdf.objects import MAX_GENERATION, Entry, EntryKind

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
