"""One later revision, read by a strict grammar (ISO 32000-2, 7.2, 7.3, 7.5; design, *one reading*).

What a revision wrote - the bytes from the end of the one before it to its own end - consists of
objects, cross-reference sections, trailers, `startxref` and `%%EOF` with white space and comments
between them, and of nothing else. Each deviation is an ambiguity with a code; what a code is worth
stands in `data/ambiguity.toml`. The lenient reader stays the one that everything else is based on:
here is only found out whether there is a second way of reading the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from sigcheck.evidence.pdf.budget import Budget
from sigcheck.evidence.pdf.lexer import REGULAR, WS, is_white_space
from sigcheck.evidence.pdf.objects import (
    MAX_GENERATION,
    Buffer,
    Dict,
    Entry,
    EntryKind,
    Obj,
    PdfString,
    Ref,
    numbers_in,
)
from sigcheck.evidence.pdf.store import Decryptor
from sigcheck.evidence.pdf.strict.containers import (
    check_filters,
    decode,
    inflated_size,
    packed_objects,
)
from sigcheck.evidence.pdf.strict.sections import (
    StrictSection,
    is_possible_size,
    read_stream,
    read_table,
)
from sigcheck.evidence.pdf.strict.tokens import (
    COMMENT,
    LOOK_ALIKE,
    MAX_OBJECT_NUMBER,
    SPACE,
    StrictLexer,
    StrictSyntaxError,
    looks_like_structure,
)
from sigcheck.model.evidence import Ambiguity

_HEADER = re.compile(
    rb"(\d{1,10})(" + WS + rb"++)(\d{1,5})(" + WS + rb"++)obj(?!" + REGULAR + rb")"
)
_XREF = re.compile(rb"xref(?!" + REGULAR + rb")")
_STARTXREF = re.compile(rb"startxref(" + WS + rb"++)(\d++)(?!" + REGULAR + rb")")
_ENDOBJ = re.compile(rb"endobj(?!" + REGULAR + rb")")
_STREAM = re.compile(rb"stream(\r\n|\n|)")
_ENDSTREAM = re.compile(rb"(\r\n|\n|\r|)endstream(?!" + REGULAR + rb")")
_END_MARKER = re.compile(rb"%%EOF(\r\n|\n|\r|\Z)")
_POINTERS = ("Root", "Info", "ID", "Encrypt", "Size")
_MAX_INFLATED = 1 << 26
"""Bytes to which the streams of one update may expand, images aside."""
_FARTHEST = 100_000
"""Numbers by which an update may go beyond those there were: MuPDF is lost in a million."""
_OFFSET_DIGITS = 10
"""Digits of an offset in a table (7.5.4), so of any."""
_LINE_ENDS = (b"\n", b"\r")
_EXACT_LINE_ENDS = (b"\r\n", b"\n", b"\r")


class Before(NamedTuple):
    """What an update is added to."""

    revision: int
    """Number of the update."""
    entry: Callable[[int], Entry | None]
    """The entry in force for an object number."""
    size: int
    """/Size of the trailer before; 0 where there is none."""
    sections: frozenset[int]
    """What /Prev may say: where the section before is, and where its `startxref` says so."""
    base: int
    """What offsets are counted from: the place of the header where bytes precede it."""


class WrittenObject(NamedTuple):
    """An object an update wrote."""

    number: int
    generation: int
    start: int
    end: int
    value: Obj
    data: tuple[int, int] | None
    """Where the data of a stream begin and end."""


class StrictUpdate(NamedTuple):
    """What was found in one update."""

    ambiguities: list[Ambiguity]
    objects: dict[int, WrittenObject]
    """By number; of a number defined twice the last."""
    packed: dict[int, tuple[int, int, Obj]]
    """Objects in object streams: container, index, value."""
    entries: dict[int, Entry]
    """What its cross-references say, offsets counted from the file's start."""

    def values(self) -> dict[int, Obj]:
        """Return every object it wrote by number; of one written both ways, the packed one."""
        alone = {number: written.value for number, written in self.objects.items()}
        return alone | {number: value for number, (_, _, value) in self.packed.items()}


class UpdateReader:
    """Reads one update; make one for each, and call `read`."""

    def __init__(
        self,
        data: Buffer,
        span: tuple[int, int],
        before: Before,
        budget: Budget,
        resolve: Callable[[Obj], Obj],
        decryptor: Decryptor | None = None,
    ) -> None:
        """Read the bytes of `span`.

        `resolve` looks up a /Length that is a reference; `decryptor` is that of an encrypted
        document.
        """
        self._data = data
        self._start, self._end = span
        self._before = before
        self._budget = budget
        self._resolve = resolve
        self._decryptor = decryptor
        self._number: int | None = None
        self._found: list[Ambiguity] = []
        self._lexer = StrictLexer(data, self._note, self._end)
        self._objects: dict[int, WrittenObject] = {}
        self._packed: dict[int, tuple[int, int, Obj]] = {}
        self._tables: list[StrictSection] = []
        self._streams: list[StrictSection] = []
        self._pointer: tuple[int, int] | None = None
        self._entries: dict[int, Entry] = {}
        self._room = _MAX_INFLATED

    def read(self) -> StrictUpdate:
        """Return what was found; after a syntax error nothing more is looked at."""
        try:
            self._items()
            if self._decryptor is not None:
                self._check_encryption(self._decryptor)
            self._number = None
            self._open_containers()
            self._number = None
            self._compare()
        except StrictSyntaxError as error:
            self._note(error.code, error.at, error.detail)
        return StrictUpdate(self._found, self._objects, self._packed, self._entries)

    def _note(self, code: str, offset: int, detail: str = "") -> None:
        self._found.append(Ambiguity(code, self._before.revision, offset, self._number, detail))

    # The sequence of what an update consists of

    def _items(self) -> None:
        data, end = self._data, self._end
        at = self._start
        while True:
            at = self._between(at)
            if at >= end:
                break
            header = _HEADER.match(data, at, end)
            if header is not None:
                at = self._object(header)
            elif _XREF.match(data, at, end):
                section = read_table(self._lexer, at, self._note)
                self._tables.append(section)
                at = section.end
            elif (pointer := _STARTXREF.match(data, at, end)) is not None:
                at = self._startxref(pointer)
                if at != end and self._pointer is not None:
                    raise StrictSyntaxError("bytes-after-end", at, f"{end - at}")
            else:
                raise StrictSyntaxError("bytes-foreign", at, repr(bytes(data[at : at + 16])))

    def _between(self, at: int) -> int:
        """Skip white space and comments between objects."""
        while True:
            at = self._white_space(at)
            comment = COMMENT.match(self._data, at, self._end)
            if comment is None:
                return at
            text = comment[0]
            if looks_like_structure(text, 0, len(text)):
                self._note("comment-look-alike", at, text[:32].decode("latin-1"))
            elif not text.isascii():
                self._note("comment-binary", at, "")
            else:
                self._note("comment-between-objects", at, text[:32].decode("latin-1"))
            at = comment.end()

    def _white_space(self, at: int) -> int:
        space = SPACE.match(self._data, at, self._end)
        return space.end() if space else at

    def _startxref(self, pointer: re.Match[bytes]) -> int:
        if len(pointer[2]) > _OFFSET_DIGITS:
            raise StrictSyntaxError("startxref-form", pointer.start())
        self._pointer = (pointer.start(), int(pointer[2]))
        if pointer[1] not in _EXACT_LINE_ENDS:
            self._note("startxref-form", pointer.start(), repr(pointer[1][:8]))
        if len(pointer[2]) > 1 and pointer[2][:1] == b"0":
            self._note("startxref-form", pointer.start(), pointer[2].decode())
        at = gap_start = pointer.end()
        while True:
            at = self._white_space(at)
            marker = _END_MARKER.match(self._data, at)
            if marker is not None:
                break
            comment = COMMENT.match(self._data, at, self._end)
            if comment is None:
                return self._next_pointer(at)
            if looks_like_structure(comment[0], 0, len(comment[0])) or not comment[0].isascii():
                self._note("comment-look-alike", at, comment[0][:32].decode("latin-1"))
            else:
                self._note("comment-after-startxref", at, comment[0][:32].decode("latin-1"))
            at = gap_start = comment.end()
        if self._data[gap_start : marker.start()] not in _EXACT_LINE_ENDS:
            self._note("eof-marker-form", at, repr(self._data[gap_start : marker.start()][:8]))
        return min(marker.end(), self._end)

    def _next_pointer(self, at: int) -> int:
        """Return where the true pointer stands behind one that was left standing."""
        true = self._data.find(b"startxref", at, self._end)
        between = self._data[at:true]
        if true < 0 or looks_like_structure(between, 0, len(between)) or not between.isascii():
            raise StrictSyntaxError("eof-marker-missing", at)
        self._note("startxref-stale", at, repr(between[:24]))
        self._pointer = None
        return true

    # Objects

    def _object(self, header: re.Match[bytes]) -> int:
        number, generation = int(header[1]), int(header[3])
        at = header.start()
        self._number = number
        if (header[2], header[4]) != (b" ", b" ") or b"%d %d" % (number, generation) != (
            header[1] + b" " + header[3]
        ):
            self._note("object-header-form", at, repr(header[0][:32]))
        if at and self._data[at - 1 : at] not in _LINE_ENDS:
            self._note("object-header-line", at)
        if not 0 < number <= MAX_OBJECT_NUMBER:
            self._note("object-number-range", at, str(number))
        if number in self._objects:
            self._note("object-twice", at)
        self._budget.parsed()
        value, end = self._lexer.value(header.end())
        end = self._lexer.skip(end)
        stream = _STREAM.match(self._data, end, self._end)
        span = None
        if stream is not None and isinstance(value, Dict):
            span, end = self._stream(value, stream)
        last = _ENDOBJ.match(self._data, end, self._end)
        if last is None:
            raise StrictSyntaxError("endobj-missing", end, repr(bytes(self._data[end : end + 16])))
        self._objects[number] = WrittenObject(number, generation, at, last.end(), value, span)
        self._number = None
        return last.end()

    def _stream(self, made: Dict, keyword: re.Match[bytes]) -> tuple[tuple[int, int], int]:
        at = keyword.start()
        if not keyword[1]:
            raise StrictSyntaxError("stream-line-end", at, repr(self._data[at : at + 12]))
        check_filters(made, self._note, at)
        length = made.get("Length")
        start = keyword.end()
        if isinstance(length, Ref):
            length = self._resolve(length)
        elif length is None:
            length = self._length_by_search(start)
            self._note("stream-length-missing", at)
        if type(length) is not int or not 0 <= length <= self._end - start:
            raise StrictSyntaxError("stream-length", at, str(length)[:20])
        stop = _ENDSTREAM.match(self._data, start + length, self._end)
        if stop is None:
            raise StrictSyntaxError("stream-length", at, str(length))
        if not stop[1]:
            self._note("endstream-line", stop.start())
        if self._decryptor is None:
            self._check_data(made, self._data[start : start + length], at)
        if looks_like_structure(self._data, start, start + length):
            trace = LOOK_ALIKE.search(self._data, start, start + length)
            self._note("stream-look-alike", trace.start() if trace else start, "")
        return (start, start + length), self._lexer.skip(stop.end())

    def _check_data(self, made: Dict, data: bytes, at: int) -> None:
        size = inflated_size(made, data, self._room)
        if size is None:
            self._note("stream-data", at)
        else:
            self._room -= size

    def _length_by_search(self, start: int) -> int:
        """Return the length up to the first `endstream`, which is what viewers fall back on."""
        stop = self._data.find(b"endstream", start, self._end)
        if self._data[stop - 2 : stop] == b"\r\n":
            stop -= 2
        elif self._data[stop - 1 : stop] in _LINE_ENDS:
            stop -= 1
        return stop - start

    def _check_encryption(self, decryptor: Decryptor) -> None:
        """Find what does not decrypt: some programs show it as it stands, some show nothing."""
        for written in self._objects.values():
            if _is_section(written.value):
                continue
            self._number = written.number
            value, key = written.value, (written.number, written.generation)
            if written.number > MAX_OBJECT_NUMBER or written.generation > MAX_GENERATION:
                continue  # named already, and of no use for a key
            if decryptor.undecryptable(value, *key):
                self._note("string-undecryptable", written.start)
            if written.data is not None and isinstance(value, Dict):
                raw = bytes(self._data[written.data[0] : written.data[1]])
                plain = decryptor.stream_data(value, raw, *key) if raw else raw
                if plain is None:
                    self._note("stream-undecryptable", written.start)
                else:
                    self._check_data(value, plain, written.start)

    # Streams of structure

    def _open_containers(self) -> None:
        for written in list(self._objects.values()):
            value, span = written.value, written.data
            if span is None or not isinstance(value, Dict):
                continue
            kind = value.get("Type")
            if kind not in ("XRef", "ObjStm"):
                continue
            self._number = written.number
            if written.generation:
                self._note("container-generation", written.start, str(written.generation))
            try:
                self._open(written, value, span, is_section=kind == "XRef")
            except StrictSyntaxError as error:
                raise StrictSyntaxError(error.code, written.start, error.detail) from error

    def _open(
        self, written: WrittenObject, value: Dict, span: tuple[int, int], *, is_section: bool
    ) -> None:
        raw: bytes | None = bytes(self._data[span[0] : span[1]])
        if self._decryptor is not None and raw and not is_section:
            raw = self._decryptor.stream_data(value, raw, written.number, written.generation)
        if raw is None:
            return  # said already
        data = decode(value, raw, self._budget)
        if is_section:
            place = (written.start, written.end)
            self._streams.append(read_stream(value, data, place, self._note))
            return
        found = packed_objects(value, data, self._note, written.start)
        for index, (number, packed) in enumerate(found.items()):
            if number in self._packed or number in self._objects:
                self._note("object-twice", written.start, str(number))
            self._packed[number] = (written.number, index, packed)

    # What the sections say, against what is there

    def _compare(self) -> None:
        section = self._section()
        chain = self._chain(section)
        self._trailer(section, chain[-1].trailer.get("Prev"))
        entries = self._with_hidden(section)
        for other in chain[1:]:
            entries = {**other.entries, **entries}
        base = self._before.base
        in_use = EntryKind.OFFSET
        self._entries = {
            number: entry._replace(offset=entry.offset + base) if entry.kind is in_use else entry
            for number, entry in entries.items()
        }
        for number, entry in entries.items():
            self._number = number
            if entry.kind is EntryKind.OFFSET:
                self._placed(entry, base, section.start)
            elif entry.kind is EntryKind.COMPRESSED:
                self._packed_entry(entry, section.start)
            else:
                self._freed(entry, section.start)
        for number, written in self._objects.items():
            self._number = number
            if number not in entries:
                code = "xref-stream-unlisted" if _is_section(written.value) else "object-unlisted"
                self._note(code, written.start)
        for number, (container, _, _) in self._packed.items():
            self._number = number
            if number not in entries:
                self._note("object-unlisted", self._objects[container].start)

    def _section(self) -> StrictSection:
        if self._pointer is None:
            raise StrictSyntaxError("startxref-missing", self._end)
        at, named = self._pointer
        sections = [*self._tables, *self._streams]
        target = named + self._before.base
        for section in sections:
            if section.start == target:
                break
            if target < section.start and is_white_space(self._data, target, section.start):
                code = "startxref-before-table" if section.is_table else "startxref-before-stream"
                self._note(code, at, f"{section.start - target}")
                break
        else:
            raise StrictSyntaxError("startxref-elsewhere", at, str(named))
        return section

    def _chain(self, section: StrictSection) -> list[StrictSection]:
        """Return the section that counts, and the tables of this update it leads to by /Prev.

        Programs follow them as they follow those of earlier revisions. What two of them say
        otherwise, and a table that none of them leads to, is a second reading.
        """
        chain = [section]
        while (earlier := self._table_before(chain[-1])) is not None and earlier not in chain:
            chain.append(earlier)
        for table in self._tables:
            if table not in chain:
                self._note("xref-section-twice", table.start)
        for table in chain[1:]:
            hybrid = "XRefStm" in {*section.trailer, *table.trailer}
            apart = section.entries.keys().isdisjoint(table.entries) and not hybrid
            same = all(section.trailer.get(k) == table.trailer.get(k) for k in _POINTERS)
            code = "xref-sections-chained" if apart and same else "xref-section-twice"
            self._note(code, table.start)
        return chain

    def _table_before(self, section: StrictSection) -> StrictSection | None:
        previous = section.trailer.get("Prev")
        place = previous + self._before.base if type(previous) is int else -1
        return next((table for table in self._tables if table.start == place), None)

    def _size(self, section: StrictSection) -> None:
        """Compare /Size with the numbers there are, and with those there were."""
        trailer, at = section.trailer, section.start
        size = trailer.get("Size")
        highest = max([*section.entries, *self._objects, *self._packed], default=0)
        if highest > self._before.size + _FARTHEST:
            self._note("object-number-range", at, str(highest))
        if not is_possible_size(size):
            self._note("trailer-size", at, str(size)[:20])
        elif size <= highest:
            self._note("trailer-size-short", at, f"{size} for {highest}")
        elif size < self._before.size:
            # One too small for the catalog itself is the writer's count of its own table.
            root = trailer.get("Root")
            below = isinstance(root, Ref) and size <= root.num
            own = highest and size == highest + 1
            code = "trailer-size-of-update" if own else "trailer-size-shrunk"
            code = "trailer-size-below-root" if below else code
            self._note(code, at, f"{size} for {self._before.size}")

    def _trailer(self, section: StrictSection, previous: Obj) -> None:
        """Look at the trailer; `previous` is the /Prev that leads out of the update."""
        trailer, at = section.trailer, section.start
        self._size(section)
        if type(previous) is not int:
            self._note("trailer-prev", at, str(previous)[:20])
        elif previous not in self._before.sections:
            self._note("trailer-prev-elsewhere", at, str(previous))
        if not isinstance(trailer.get("Root"), Ref):
            self._note("trailer-root" if "Root" in trailer else "trailer-root-missing", at)
        if "ID" in trailer and not _pair(trailer["ID"]):
            self._note("trailer-id", at)
        if not section.is_table and "XRefStm" in trailer:
            self._note("hybrid-in-stream", at)
        for key in ("Type", "W", "Index") if section.is_table else ():
            if key in trailer:
                self._note("trailer-key-foreign", at, key)

    def _with_hidden(self, section: StrictSection) -> dict[int, Entry]:
        """Return the entries of the section with those of a hybrid's stream (7.5.8.4)."""
        if "XRefStm" not in section.trailer or not section.is_table:
            for other in self._streams:
                if other is not section:
                    # Written beside the table that counts, and named by nobody: PDFBox does it.
                    same = _agree(other.entries, section.entries)
                    root = section.trailer.get("Root")
                    same &= other.trailer.get("Root", root) == root
                    self._note("xref-stream-spare" if same else "xref-section-twice", other.start)
            return section.entries
        named = section.trailer["XRefStm"]
        place = named + self._before.base if type(named) is int else -1
        hidden = [stream for stream in self._streams if stream.start == place]
        if not self._streams and 0 < place < self._start and self._was_section(place):
            self._note("hybrid-pointer-earlier", section.start, str(named))
            return section.entries
        if len(hidden) != 1 or len(self._streams) != 1:
            raise StrictSyntaxError("hybrid-pointer", section.start, str(named)[:20])
        self._note("hybrid", section.start)
        entries = dict(section.entries)
        for number, entry in hidden[0].entries.items():
            known = entries.get(number)
            before = self._before.entry(number)
            self._number = number
            if known is not None and known.kind is not EntryKind.FREE:
                if known != entry:
                    self._note("hybrid-conflict", section.start)
            elif before is not None and before.kind is not EntryKind.FREE and known is not None:
                self._note("hybrid-frees-listed", section.start)
            entries[number] = entry
        self._number = None
        return entries

    def _was_section(self, at: int) -> bool:
        """Say whether a cross-reference stream of an earlier revision stands there."""
        header = _HEADER.match(self._data, at)
        return header is not None and _is_section(self._lexer.value(header.end())[0])

    def _placed(self, entry: Entry, base: int, at: int) -> None:
        before = self._before.entry(entry.num)
        offset = entry.offset + base
        written = self._objects.get(entry.num)
        if written is None:
            same = before == entry._replace(offset=offset)
            code = "xref-entry-repeated" if same else "xref-entry-elsewhere"
            self._note(code, at, f"{entry.num} at {entry.offset}")
            return
        if written.start != offset:
            code = "xref-entry-misses"
            if offset < written.start and is_white_space(self._data, offset, written.start):
                code = "xref-entry-before-object"
            self._note(code, at, f"{entry.num} at {entry.offset}")
        if written.generation != entry.gen:
            self._note("generation-differs", at, f"{written.generation} for {entry.gen}")
        self._generation(before, entry, at)

    def _generation(self, before: Entry | None, entry: Entry, at: int) -> None:
        """An object keeps its generation; a number used again has that of its free entry."""
        if before is None:
            if entry.gen:
                used = any(entry.num in numbers_in(value) for value in self._values())
                code = "generation-new" if used else "generation-new-unused"
                self._note(code, at, str(entry.gen))
        elif before.gen != entry.gen:
            code = "generation-reused" if before.kind is EntryKind.FREE else "generation-changed"
            self._note(code, at, f"{entry.gen} for {before.gen}")

    def _values(self) -> Iterator[Obj]:
        """Yield all that the update says: its objects, packed ones too, and its trailers."""
        yield from (written.value for written in self._objects.values())
        yield from (value for _, _, value in self._packed.values())
        yield from (section.trailer for section in (*self._tables, *self._streams))

    def _packed_entry(self, entry: Entry, at: int) -> None:
        found = self._packed.get(entry.num)
        if found is not None and found[:2] == (entry.container, entry.position):
            before = self._before.entry(entry.num)
            if before is not None and before.gen:
                self._note("generation-changed", at, f"0 for {before.gen}")
            return
        same = found is None and self._before.entry(entry.num) == entry
        if same and entry.container not in self._objects:
            self._note("xref-entry-repeated", at)
        else:
            self._note("xref-entry-misses", at, f"{entry.num} in {entry.container}")

    def _freed(self, entry: Entry, at: int) -> None:
        written = self._objects.get(entry.num)
        if written is not None and _is_section(written.value):
            self._note("xref-stream-unlisted", written.start)
        elif written is not None or entry.num in self._packed:
            self._note("object-freed-and-written", at)
        before = self._before.entry(entry.num)
        if before is None or before.kind is EntryKind.FREE or not entry.num:
            return
        if entry.gen not in (before.gen + 1, 65_535):
            self._note("generation-freed", at, f"{entry.gen} after {before.gen}")


def _is_section(value: Obj) -> bool:
    """Say whether an object is a cross-reference stream."""
    return isinstance(value, Dict) and value.get("Type") == "XRef"


def _pair(value: Obj) -> bool:
    """Say whether it is two strings, as /ID is (14.4), or a reference, which the view follows."""
    if isinstance(value, Ref):
        return True
    return isinstance(value, list) and [isinstance(part, PdfString) for part in value] == [True] * 2


def _agree(spare: dict[int, Entry], entries: dict[int, Entry]) -> bool:
    """Say whether a section that nothing names says what the one that counts says."""
    for number, entry in spare.items():
        known = entries.get(number)
        both_free = known is not None and known.kind is entry.kind is EntryKind.FREE
        if known != entry and not both_free:
            return False
    return True
