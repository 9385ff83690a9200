"""Objects by cross-reference entry: parsed once, whichever revision asks (ISO 32000-2, 7.5.4)."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Any, Protocol

from sigcheck.evidence.pdf.filters import FilterError
from sigcheck.evidence.pdf.indirect import Found, IndirectReader, header_before
from sigcheck.evidence.pdf.lexer import NestingError, ParseError
from sigcheck.evidence.pdf.objects import Entry, EntryKind, Obj, Stream
from sigcheck.evidence.pdf.objstm import ObjectStream, open_object_stream
from sigcheck.evidence.pdf.revision import Revision

_KEYWORD = re.compile(rb"(?<=[\x00\t\n\f\r ])obj\b")
_MAX_PENDING = 32
"""Objects whose reading waits for another one (a /Length that is a reference, and so on)."""

_UNREAD: Any = object()

Resolve = Callable[[Obj], Obj]


class Decryptor(Protocol):
    """Undoes the encryption of one object's strings and streams (7.6)."""

    def decrypt(self, value: Obj, num: int, gen: int) -> Obj:
        """Return the value with its strings and streams in the clear."""
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
        """Let go of all objects: a stream holds a view, which holds this store and the file."""
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
            code = "nesting" if isinstance(error, NestingError) else "object-unreadable"
            self.context.note(code, entry.offset, str(error))
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
            code = "nesting" if isinstance(error, NestingError) else "object-unreadable"
            self.context.note(code, holder.offset, f"{entry.num}: {error}")
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
