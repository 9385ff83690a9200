"""Indirect objects, alone or in object streams, by cross-reference entry.

See ISO 32000-2, 7.3.10, 7.5.4, 7.5.7.
Each object is parsed once, whichever revision asks for it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Any, Protocol

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.pdf.filters import FilterError
from sigcheck.evidence.pdf.indirect import Found, IndirectReader, header_before
from sigcheck.evidence.pdf.lexer import ParseError, parse_value
from sigcheck.evidence.pdf.objects import Context, Dict, Entry, EntryKind, Obj, Stream
from sigcheck.evidence.pdf.revision import Revision

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


# --- Objects by cross-reference entry: parsed once, whichever revision asks

_KEYWORD = re.compile(rb"(?<=[\x00\t\n\f\r ])obj\b")
_MAX_PENDING = 32
"""Objects whose reading waits for another one (a /Length that is a reference, and so on)."""

_UNREAD: Any = object()

Resolve = Callable[[Obj], Obj]


class Decryptor(Protocol):
    """Undoes the encryption of one object's strings and streams (7.6)."""

    def decrypt(self, value: Obj, num: int, gen: int, /) -> Obj:
        """Return the value with its strings and streams in the clear."""
        ...

    def stream_data(self, dictionary: Dict, data: bytes, num: int, gen: int, /) -> bytes | None:
        """Return a stream's data in the clear, None where they do not decrypt."""
        ...

    def undecryptable(self, value: Obj, num: int, gen: int, /) -> bool:
        """Say whether a string in a value does not decrypt."""
        ...


class ObjectStore:
    """Loads objects and keeps them; shared by all views of one document."""

    def __init__(self, reader: IndirectReader, revisions: list[Revision]) -> None:
        """Index the revisions' entries."""
        self.reader = reader
        self.context = reader.context
        self.revisions = revisions
        self.decryptor: Decryptor | None = None
        self.unreadable: set[int] = set()
        """Offsets of objects that could not be read; their value is null."""
        self._base = revisions[0].entries if revisions else {}
        self._later: dict[int, tuple[list[int], list[Entry]]] = {}
        """Of each number written again: by which revisions, and their entries, oldest first."""
        for revision in revisions[1:]:
            for num, entry in revision.changed.items():
                numbers, entries = self._later.setdefault(num, ([], []))
                numbers.append(revision.number)
                entries.append(entry)
        self._objects: dict[tuple[int, int], Found | None] = {}
        self._packed: dict[tuple[int, int, int], Obj] = {}
        self._containers: dict[int, ObjectStream | None] = {}
        self._pending: set[tuple[int, int]] = set()
        self._headers: dict[int, list[int]] | None = None

    def forget(self) -> None:
        """Release all objects: a stream holds a view, which holds this store and the file."""
        self._objects.clear()
        self._packed.clear()
        self._containers.clear()

    def entry(self, num: int, revision: int) -> Entry | None:
        """Return the entry in force for object `num` at a revision."""
        later = self._later.get(num)
        if later is not None and (place := bisect_right(later[0], revision)):
            return later[1][place - 1]
        return self._base.get(num)

    def history(self, num: int) -> list[tuple[int, Entry]]:
        """Return (revision, entry) for every revision that wrote object `num`, oldest first."""
        first = self._base.get(num)
        numbers, entries = self._later.get(num, ((), ()))
        return [*([(1, first)] if first else ()), *zip(numbers, entries, strict=True)]

    def found(self, entry: Entry, resolve: Resolve) -> Found | None:
        """Return the object an OFFSET entry points at, None where it cannot be read."""
        key = (entry.num, entry.offset)
        known: Found | None = self._objects.get(key, _UNREAD)
        if known is not _UNREAD:
            return known
        if key in self._pending or len(self._pending) >= _MAX_PENDING:
            self.context.note("object-needs-itself", entry.offset, str(entry.num))
            return None
        self._pending.add(key)
        try:
            found = self._objects[key] = self._read(entry, resolve)
        finally:
            self._pending.discard(key)
        return found

    def _read(self, entry: Entry, resolve: Resolve) -> Found | None:
        try:
            found = self._at_header(entry, resolve)
        except ParseError as error:
            self.context.note("object-unreadable", entry.offset, str(error))
            self.unreadable.add(entry.offset)
            return None
        if found and self.decryptor:
            value = self.decryptor.decrypt(found.value, found.num, found.gen)
            found = found._replace(value=value)
        return found

    def _at_header(self, entry: Entry, resolve: Resolve) -> Found | None:
        header = self.reader.header(entry.offset)
        if header is None or header[0] != entry.num:
            return self._elsewhere(entry, resolve)
        start = header[2]
        if header[1] != entry.gen:
            self.context.note("object-header-generation", start, f"{entry.num} {entry.gen}")
        if start and self.context.data[start - 1 : start].isdigit():
            self.context.note("object-header-glued", start, str(entry.num))
        return self.reader.read(start, resolve)

    def _elsewhere(self, entry: Entry, resolve: Resolve) -> Found | None:
        """Look for an object that isn't where its entry says: the last before its revision ends."""
        self.context.note("object-header-mismatch", entry.offset, str(entry.num))
        self.context.budget.parsed()
        places = self.header_index().get(entry.num, [])
        numbers = [number for number, other in self.history(entry.num) if other == entry]
        end = self.revisions[numbers[-1] - 1].end if numbers else 0
        index = bisect_left(places, end) - 1
        if index < 0:
            self.unreadable.add(entry.offset)
            return None
        return self.reader.read(places[index], resolve)

    def header_index(self) -> dict[int, list[int]]:
        """Return the offsets of everything that looks like an object header, by number."""
        if self._headers is None:
            self._headers = {}
            for keyword in _KEYWORD.finditer(self.context.data):
                header = header_before(self.context.data, keyword.start())
                if header is not None:
                    self._headers.setdefault(header[0], []).append(header[2])
        return self._headers

    def packed(self, entry: Entry, holder: Entry | None, resolve: Resolve) -> Obj:
        """Return the object a COMPRESSED entry names; `holder` is its object stream's entry."""
        if holder is None or holder.kind is not EntryKind.OFFSET:
            self.context.note("object-stream-missing", None, f"{entry.container}")
            return None
        key = (entry.num, holder.offset, entry.position)
        if key not in self._packed:
            self._packed[key] = self._read_packed(entry, holder, resolve)
        return self._packed[key]

    def _read_packed(self, entry: Entry, holder: Entry, resolve: Resolve) -> Obj:
        container = self.container(holder, resolve)
        if container is None:
            return None
        try:
            return container.read(self.context, entry.num, entry.position)
        except ParseError as error:
            self.context.note("object-unreadable", holder.offset, f"{entry.num}: {error}")
            self.unreadable.add(holder.offset)
            return None

    def container(self, holder: Entry, resolve: Resolve) -> ObjectStream | None:
        """Return the object stream at an entry, None where it cannot be read."""
        at = holder.offset
        if at not in self._containers:
            self._containers[at] = None  # an object stream that needs itself finds nothing
            found = self.found(holder, resolve)
            if found and isinstance(found.value, Stream):
                self._containers[at] = self._open(found.value, at)
            else:
                self.context.note("object-stream-missing", at)
        return self._containers[at]

    def _open(self, stream: Stream, at: int) -> ObjectStream | None:
        try:
            return open_object_stream(stream, self.context)
        except (ParseError, FilterError) as error:
            self.context.note("object-stream-unreadable", at, str(error))
            self.unreadable.add(at)
            return None
