"""Reading a file whose cross-references are damaged: by scanning for objects, as viewers do."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct, field

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.pdf.filters import FilterError
from sigcheck.evidence.pdf.indirect import Found, IndirectReader, header_before
from sigcheck.evidence.pdf.lexer import ParseError, parse_value
from sigcheck.evidence.pdf.objects import Dict, Entry, EntryKind, Obj, Ref, Stream
from sigcheck.evidence.pdf.revision import Revision, compute_changes
from sigcheck.evidence.pdf.store import open_object_stream
from sigcheck.evidence.pdf.xref import XrefKind

_LANDMARK = re.compile(
    rb"(?<=[\x00\t\n\f\r ])(obj)\b|(trailer)(?=[\x00\t\n\f\r ]*+<<)|%%EOF(\r\n|\n|\r)?"
)
_SHORT = 4_096
"""Bytes within which a plain object ends; a longer one is parsed."""
_TRAILER_KEYS = ("Root", "Info", "ID", "Encrypt", "Size")


class _Draft(Struct):
    """A revision while the scan collects it."""

    start: int
    entries: dict[int, Entry] = field(default_factory=dict)
    trailer: Dict = field(default_factory=Dict)
    packed: list[tuple[int, Stream]] = field(default_factory=list)
    catalog: int | None = None


def rebuild(reader: IndirectReader) -> list[Revision]:
    """Return the revisions a scan finds, at least one when there is any object; else none."""
    context = reader.context
    drafts: list[tuple[_Draft, int, int]] = []
    draft = _Draft(0)
    scan = _Scan(reader)
    for landmark in scan.landmarks():
        if landmark[1]:
            scan.take(landmark, draft)
        elif landmark[2]:
            _take_trailer(reader, landmark.end(), draft)
        elif draft.entries:
            line_end = len(landmark[3] or b"")
            drafts.append((draft, landmark.end() - line_end, landmark.end()))
            draft = _Draft(landmark.end())
            if len(drafts) > context.budget.limits.max_revisions:
                raise LimitExceededError("too many %%EOF", code="LIMIT-REVISIONS")
    if draft.entries:
        drafts.append((draft, len(context.data), len(context.data)))
    return _finished(reader, drafts)


class _Scan:
    """Walks over the file from object to object."""

    def __init__(self, reader: IndirectReader) -> None:
        self._reader = reader
        self._at = 0
        self._lengths: dict[int, int] = {}
        self._left = reader.context.budget.limits.max_objects

    def landmarks(self) -> Iterator[re.Match[bytes]]:
        """Yield headers, trailers and end markers that no stream holds."""
        data = self._reader.context.data
        while landmark := _LANDMARK.search(data, self._at):
            self._at = landmark.end()
            yield landmark

    def take(self, landmark: re.Match[bytes], draft: _Draft) -> None:
        """Take the object at a header; continue the scan after it, or inside if unreadable."""
        header = header_before(self._reader.context.data, landmark.start())
        if header is None:
            return
        self._left -= 1
        if self._left < 0:
            raise LimitExceededError("too many objects", code="LIMIT-OBJECTS")
        num, gen, start = header
        draft.entries[num] = Entry(num, gen, EntryKind.OFFSET, start)
        if self._plain(landmark.end()):
            return
        try:
            found = self._reader.read(start, self._resolve)
        except ParseError as error:
            self._reader.context.note("object-unreadable", start, str(error))
            return
        self._remember(found, draft)
        if isinstance(found.value, Stream):
            self._at = max(self._at, found.end)

    def _plain(self, at: int) -> bool:
        """Say whether an object is of no interest to a scan, which then needn't parse it."""
        data = self._reader.context.data
        end = data.find(b"endobj", at, at + _SHORT)
        if end < 0:
            return False
        body = data[at:end]
        return b"stream" not in body and b"/Catalog" not in body and not body.strip().isdigit()

    def _resolve(self, value: Obj) -> Obj:
        """Look up lengths only, among the numbers met so far."""
        return self._lengths.get(value[0]) if isinstance(value, tuple) else value

    def _remember(self, found: Found, draft: _Draft) -> None:
        value = found.value
        if isinstance(value, int) and not isinstance(value, bool):
            self._lengths[found.num] = value
        elif isinstance(value, Dict) and value.get("Type") == "Catalog":
            draft.catalog = found.num
        elif isinstance(value, Stream):
            if value.dict.get("Type") == "XRef":
                _add_trailer(value.dict, draft)
            elif value.dict.get("Type") == "ObjStm":
                draft.packed.append((found.num, value))


def _take_trailer(reader: IndirectReader, at: int, draft: _Draft) -> None:
    context = reader.context
    try:
        trailer, _ = parse_value(context.data, at, context.note, context.budget.limits.max_nesting)
    except ParseError:
        context.note("trailer-unreadable", at)
        return
    if isinstance(trailer, Dict):
        _add_trailer(trailer, draft)


def _add_trailer(trailer: Dict, draft: _Draft) -> None:
    draft.trailer.update({k: trailer[k] for k in _TRAILER_KEYS if k in trailer})


def _finished(reader: IndirectReader, drafts: list[tuple[_Draft, int, int]]) -> list[Revision]:
    revisions: list[Revision] = []
    trailer = Dict()
    for draft, marker_end, end in drafts:
        _unpack(reader, draft)
        trailer = Dict({**trailer, **draft.trailer})
        if draft.catalog is not None and "Root" not in trailer:
            trailer["Root"] = _catalog_ref(draft)
        revisions.append(
            Revision(
                len(revisions) + 1,
                draft.start,
                end,
                marker_end,
                0,
                trailer,
                draft.entries,
                XrefKind.REBUILT,
            )
        )
    compute_changes(reader.context, revisions)
    return revisions


def _catalog_ref(draft: _Draft) -> Obj:
    num = draft.catalog or 0
    return Ref(num, draft.entries[num].gen)


def _unpack(reader: IndirectReader, draft: _Draft) -> None:
    """Add the objects inside object streams; those written in the open come first."""
    for container, stream in draft.packed:
        try:
            numbers = open_object_stream(stream, reader.context).numbers
        except (ParseError, FilterError) as error:
            reader.context.note("object-stream-unreadable", stream.start, str(error))
            continue
        for index, num in enumerate(numbers):
            entry = Entry(num, 0, EntryKind.COMPRESSED, 0, container, index)
            draft.entries.setdefault(num, entry)
