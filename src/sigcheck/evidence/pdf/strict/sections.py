"""Cross-reference tables and streams by the letter (ISO 32000-2, 7.5.4 and 7.5.8)."""

from __future__ import annotations

import re
from typing import NamedTuple, TypeGuard

from sigcheck.evidence.pdf.objects import MAX_GENERATION, Buffer, Dict, Entry, EntryKind, Obj
from sigcheck.evidence.pdf.strict.tokens import (
    MAX_OBJECT_NUMBER,
    Note,
    StrictLexer,
    StrictSyntaxError,
)
from sigcheck.evidence.pdf.xref import XrefKind

_KEYWORD = re.compile(rb"xref([ ]*+)(\r\n|\n|\r)")
_SUBSECTION = re.compile(rb"(\d{1,10}) (\d{1,10})( *+)(\r\n|\n|\r)")
_ROW = re.compile(rb"(\d{10}) (\d{5}) ([nf])(?: \r| \n|\r\n)")
_ROW_WIDTH = 20
_TRAILER = re.compile(rb"([\r\n]*+)trailer(?=[\x00\t\n\f\r <])")
_MAX_WIDTHS = (4, 8, 4)
"""Bytes of the three fields of a row: Poppler takes no wider ones."""
_FREE, _IN_USE, _PACKED = 0, 1, 2
_MAX_ROWS = 1_000_000


class StrictSection(NamedTuple):
    """One cross-reference section of an update."""

    start: int
    """Offset of `xref`, or of the stream's object header."""
    end: int
    kind: XrefKind
    """A table or a stream."""
    entries: dict[int, Entry]
    """Offsets as written; what they are counted from is the caller's to add."""
    trailer: Dict

    @property
    def is_table(self) -> bool:
        """Say whether it is a table."""
        return self.kind is XrefKind.TABLE


def is_possible_size(size: Obj) -> TypeGuard[int]:
    """Say whether /Size is a number of objects that programs can have (7.5.5)."""
    return type(size) is int and 0 < size <= MAX_OBJECT_NUMBER + 1


def read_table(lexer: StrictLexer, at: int, note: Note) -> StrictSection:
    """Read the table whose `xref` is at `at`, and its trailer; raises StrictSyntaxError."""
    keyword = _KEYWORD.match(lexer.data, at, lexer.end)
    if keyword is None:
        raise StrictSyntaxError("xref-keyword", at)
    if keyword[1]:
        note("xref-keyword-space", at, "")
    entries, place = _read_subsections(lexer, keyword.end(), note)
    word = _TRAILER.match(lexer.data, place, lexer.end)
    if word is None:
        found = bytes(lexer.data[place : place + 24])
        raise StrictSyntaxError("xref-table-form", place, repr(found))
    if word[1]:
        note("xref-blank-line", place, repr(word[1][:8]))
    trailer, end = lexer.value(word.end())
    if not isinstance(trailer, Dict):
        raise StrictSyntaxError("trailer-form", word.end())
    return StrictSection(at, end, XrefKind.TABLE, entries, trailer)


def _read_subsections(lexer: StrictLexer, place: int, note: Note) -> tuple[dict[int, Entry], int]:
    data = lexer.data
    entries: dict[int, Entry] = {}
    previous = -1
    while head := _SUBSECTION.match(data, place, lexer.end):
        if head[3]:
            note("xref-subsection-space", place, "")
        first, count = int(head[1]), int(head[2])
        if len(head[1]) > 1 and head[1][:1] == b"0":
            note("xref-subsection-form", place, head[1].decode())
        if not count:
            note("xref-subsection-empty", place, "")
        if first <= previous:
            note("xref-subsection-order", place, str(first))
        _read_rows(data, head.end(), first, count, entries, lexer.end, note)
        place = head.end() + count * _ROW_WIDTH
        previous = first + max(count, 1) - 1
    return entries, place


def _read_rows(
    data: Buffer, at: int, first: int, count: int, entries: dict[int, Entry], end: int, note: Note
) -> None:
    if count > _MAX_ROWS or at + count * _ROW_WIDTH > end:
        raise StrictSyntaxError("xref-subsection-short", at, str(count))
    for number in range(first, first + count):
        row = _ROW.match(data, at)
        if row is None:
            raise StrictSyntaxError("xref-row-form", at, repr(bytes(data[at : at + _ROW_WIDTH])))
        kind = EntryKind.OFFSET if row[3] == b"n" else EntryKind.FREE
        offset, generation = int(row[1]), int(row[2])
        _add(entries, Entry(number, generation, kind, offset), note, at)
        at += _ROW_WIDTH


def _add(entries: dict[int, Entry], entry: Entry, note: Note, at: int) -> None:
    if entry.num in entries:
        note("xref-number-twice", at, str(entry.num))
        return
    if entry.num > MAX_OBJECT_NUMBER:
        note("object-number-range", at, str(entry.num))
    if entry.gen > MAX_GENERATION:
        note("generation-range", at, f"{entry.num} {entry.gen}")
    if not entry.num and (entry.kind is not EntryKind.FREE):
        note("xref-number-zero", at, "")
    entries[entry.num] = entry


def read_stream(dictionary: Dict, data: bytes, span: tuple[int, int], note: Note) -> StrictSection:
    """Read a decoded cross-reference stream; raises StrictSyntaxError at the start of its span."""
    at = span[0]
    widths = dictionary.get("W")
    if (
        not isinstance(widths, list)
        or len(widths) != len(_MAX_WIDTHS)
        or any(
            type(width) is not int or not 0 <= width <= most
            for width, most in zip(widths, _MAX_WIDTHS, strict=True)
        )
    ):
        raise StrictSyntaxError("xref-stream-widths", at, str(widths)[:40])
    kind_width, second, third = (width for width in widths if isinstance(width, int))
    numbers = _numbers(dictionary, at, note)
    row = kind_width + second + third
    if not second or len(data) != row * len(numbers):
        raise StrictSyntaxError("xref-stream-rows", at, f"{len(data)} bytes, {len(numbers)} rows")
    entries: dict[int, Entry] = {}
    for index, number in enumerate(numbers):
        place = index * row
        kind = int.from_bytes(data[place : place + kind_width], "big") if kind_width else _IN_USE
        place += kind_width
        value = int.from_bytes(data[place : place + second], "big")
        last = int.from_bytes(data[place + second : place + second + third], "big")
        if kind == _PACKED:
            entry = Entry(number, 0, EntryKind.COMPRESSED, 0, value, last)
        elif kind == _IN_USE:
            entry = Entry(number, last, EntryKind.OFFSET, value)
        elif kind == _FREE:
            entry = Entry(number, last, EntryKind.FREE, value)
        else:
            raise StrictSyntaxError("xref-stream-type", at, f"{number}: {kind}")
        _add(entries, entry, note, at)
    return StrictSection(at, span[1], XrefKind.STREAM, entries, dictionary)


def _numbers(dictionary: Dict, at: int, note: Note) -> list[int]:
    """Spell out /Index, default [0 Size] (table 17)."""
    size = dictionary.get("Size")
    if type(size) is not int or size < 0:
        raise StrictSyntaxError("trailer-size", at, str(size)[:20])
    index = dictionary.get("Index", [0, size])
    if not isinstance(index, list) or len(index) % 2 or any(type(n) is not int for n in index):
        raise StrictSyntaxError("xref-stream-index", at, str(index)[:40])
    pairs = [n for n in index if isinstance(n, int)]
    numbers: list[int] = []
    for first, count in zip(pairs[::2], pairs[1::2], strict=True):
        if first < 0 or count < 0 or len(numbers) + count > _MAX_ROWS:
            raise StrictSyntaxError("xref-stream-index", at, str(index)[:40])
        if numbers and first <= numbers[-1]:
            note("xref-subsection-order", at, str(first))
        if not count:
            note("xref-subsection-empty", at, str(first))
        numbers.extend(range(first, first + count))
    return numbers
