"""Revisions: what each incremental update wrote, and where it ends.

See ISO 32000-2, 7.5.5 to 7.5.8.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice, pairwise

from msgspec import Struct, field

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.pdf.objects import Buffer, Context, Dict, Entry, EntryKind, Obj
from sigcheck.evidence.pdf.xref import (
    Entries,
    PackedEntries,
    Section,
    XrefError,
    XrefKind,
    XrefReader,
    whole,
)

STARTXREF = re.compile(rb"startxref[\x00\t\n\f\r ]*+(\d{1,20})")
_LINE_END = re.compile(rb"\r\n|\n|\r")
_STALE_POINTERS = 2
_LINEARIZED = re.compile(rb"/Linearized[\x00\t\n\f\r ]")
_HEAD = 1024
"""Within which a linearization dictionary stands (annex F.3.1)."""
EOF_MARKER = re.compile(
    rb"[\x00\t\n\f\r ]*+(?>(?:%(?!%EOF)[^\r\n]{0,200}+[\x00\t\n\f\r ]++){0,4})%%EOF(\r\n|\n|\r)?"
)
"""Some tools write a comment with their version before it."""


class Revision(Struct, eq=False):
    """The document as one update left it."""

    number: int
    """Counted from 1."""
    start: int
    """Where the one before ends; 0 for the first."""
    end: int
    """Offset after its `%%EOF` and the line end that follows."""
    marker_end: int
    """Offset after its `%%EOF` itself: many signatures end here."""
    startxref: int
    """The offset its `startxref` names."""
    trailer: Dict
    entries: Entries
    """All entries of its sections, those of a hybrid's stream included."""
    kind: XrefKind
    spans: tuple[tuple[int, int], ...] = ()
    """Bytes of its cross-reference sections and trailers."""
    pointer: int = -1
    """Where its `startxref` stands; -1 where there is none."""
    sound: bool = True
    """Its `startxref` names its own section: whoever opened the file then saw this revision."""
    searched: bool = False
    """A table of it was found near the offset that should lead to it, and not there."""
    changed: Entries = field(default_factory=dict)
    """Entries that differ from the revision before: new, re-pointed or freed."""
    placed: list[Entry] = field(default_factory=list)
    """Those of them that stand in the file by themselves."""
    containers: frozenset[int] = frozenset()
    """Numbers of the object streams that hold the others."""


def revisions_of(context: Context, newest_first: list[Section]) -> list[Revision]:
    """Group the chain of sections into revisions, oldest first."""
    revisions: list[Revision] = []
    start = 0
    for group in _groups(context.data, newest_first):
        revision = _revision(context, len(revisions) + 1, start, group)
        if revision.end <= start and revisions:
            context.note("revision-order", max(revision.pointer, revision.startxref))
        revisions.append(revision)
        start = max(start, revision.end)
    compute_changes(context, revisions)
    return revisions


def _groups(data: Buffer, newest_first: list[Section]) -> Iterable[list[Section]]:
    """Yield the sections of each revision, oldest revision first, newest section first within.

    A /Prev that points forward joins two sections: in a linearised file the first-page section
    stands before the main one, and both were written at once (annex F.3). So does the lack of a
    `startxref` between two: the earlier one never was the end of a file.
    """
    groups: list[list[Section]] = []
    for section in newest_first:
        newer = groups[-1][-1] if groups else None
        if newer and (section.offset > newer.offset or _is_unended(data, section, newer)):
            groups[-1].append(section)
        else:
            groups.append([section])
    return reversed(groups)


def _is_unended(data: Buffer, section: Section, newer: Section) -> bool:
    return section.end <= newer.offset and not STARTXREF.search(data, section.end, newer.offset)


def _revision(context: Context, number: int, start: int, group: list[Section]) -> Revision:
    body_end = max(section.end for section in group)
    offsets = {group[0].offset - context.base, group[0].named - context.base}
    pointer, named, marker_end, end = _end_after(context, body_end, offsets)
    if len(group) > 1 and not (number == 1 and _LINEARIZED.search(context.data, 0, _HEAD)):
        is_forward = any(newer.offset < older.offset for newer, older in pairwise(group))
        code = "prev-points-forward" if is_forward else "xref-sections-chained"
        context.note(code, max(pointer, group[0].offset))
    entries = group[-1].entries
    for section in reversed(group[:-1]):
        entries = {**whole(entries), **whole(section.entries)}
    return Revision(
        number, start, end, marker_end, group[0].offset, group[0].trailer, entries,
        group[0].kind, tuple(span for section in group for span in section.spans),
        pointer, pointer >= 0 and named in offsets,
        any(section.named >= 0 and section.kind is not XrefKind.STREAM for section in group),
    )  # fmt: skip


def _end_after(context: Context, at: int, offsets: set[int]) -> tuple[int, int, int, int]:
    """Return the offset of the revision's startxref and the one it names, each -1 without one.

    Then come the offsets after its %%EOF, and after the line end.
    """
    data = context.data
    pointer = _pointer_after(context, at, offsets)
    if pointer is None:
        context.note("startxref-missing", at)
        return -1, -1, at, at
    place, named = pointer.start(), int(pointer[1])
    marker = EOF_MARKER.match(data, pointer.end())
    if marker is None:
        context.note("eof-marker-missing", pointer.end())
        line_end = _LINE_END.match(data, pointer.end())
        return place, named, pointer.end(), line_end.end() if line_end else pointer.end()
    return place, named, marker.end() - len(marker[1] or b""), marker.end()


def _pointer_after(context: Context, at: int, offsets: set[int]) -> re.Match[bytes] | None:
    """Return the first `startxref` that names one of the offsets; else the first of all.

    A few only are looked at: some tools leave a stale pointer before the true one.
    """
    first = STARTXREF.search(context.data, at)
    if first is None or int(first[1]) in offsets:
        return first
    for pointer in islice(STARTXREF.finditer(context.data, first.end()), _STALE_POINTERS - 1):
        if int(pointer[1]) in offsets:
            context.note("startxref-stale", first.start(), f"{int(first[1])}")
            return pointer
    context.note("startxref-unchained", first.start(), f"{int(first[1])}")
    return first


def compute_changes(context: Context, revisions: list[Revision]) -> None:
    """Fill in `changed`: what each revision's entries say that the one before didn't."""
    state = _State()
    contents = _Contents()
    for revision in revisions:
        if len(state.first):
            changed = _differences(revision.entries, state)
            moved = contents.of(changed)
            _moved_containers(context, revision.pointer, changed, state, moved)
            state.later.update(changed)
            revision.changed = changed
        else:
            revision.changed = state.first = revision.entries
        _sort(revision)
        contents.add(revision)


class _State:
    """What all numbers mean at one time: the first entries there were, and what came later."""

    def __init__(self) -> None:
        self.first: Entries = {}
        self.later: dict[int, Entry] = {}

    def get(self, num: int) -> Entry | None:
        return self.later.get(num) or self.first.get(num)


def _sort(revision: Revision) -> None:
    """Sort the changed entries by kind, once for all who ask."""
    if isinstance(revision.changed, PackedEntries):
        revision.placed = revision.changed.placed()
        revision.containers = revision.changed.containers()
        return
    entries = revision.changed.values()
    in_use, packed = EntryKind.OFFSET, EntryKind.COMPRESSED
    revision.placed = [entry for entry in entries if entry.kind is in_use]
    revision.containers = frozenset([e.container for e in entries if e.kind is packed])


class _Contents:
    """Which objects each object stream holds; worked out only when a stream is replaced, rarely."""

    def __init__(self) -> None:
        self._waiting: list[Revision] = []
        self._streams: set[int] = set()
        self._held: dict[int, list[int]] = {}

    def add(self, revision: Revision) -> None:
        self._streams |= revision.containers
        self._waiting.append(revision)

    def of(self, changed: dict[int, Entry]) -> dict[int, list[int]]:
        """Return the contents of the streams among the changed objects."""
        replaced = self._streams & changed.keys()
        if not replaced:
            return {}
        for revision in self._waiting:
            for entry in revision.changed.values():
                if entry.kind is EntryKind.COMPRESSED:
                    self._held.setdefault(entry.container, []).append(entry.num)
        self._waiting.clear()
        return {num: self._held[num] for num in sorted(replaced)}


def _differences(entries: Entries, state: _State) -> dict[int, Entry]:
    known_as = state.get
    changed = {num: e for num, e in entries.items() if known_as(num) != e}
    free = EntryKind.FREE
    for num in [num for num, e in changed.items() if e.kind is free]:
        known = known_as(num)
        if known is None or known.kind is free:
            # Free before and free now: only the free list was re-threaded.
            del changed[num]
    return changed


def _moved_containers(
    context: Context,
    pointer: int,
    changed: dict[int, Entry],
    state: _State,
    containers: dict[int, list[int]],
) -> None:
    """Count the objects of an object stream as changed when the stream itself was replaced."""
    for num, held in containers.items():
        inside = {
            n: known for n in held
            if n not in changed and (known := state.get(n)) is not None
            and known.container == num and known.kind is EntryKind.COMPRESSED
        }  # fmt: skip
        if inside:
            context.note("object-stream-replaced", pointer, str(num))
            changed.update(inside)


# --- From the last `startxref` back along /Prev


def read_chain(xrefs: XrefReader) -> list[Section]:
    """Return the sections, newest first; raises XrefError when one cannot be read."""
    context = xrefs.reader.context
    at: int | None = last_startxref(xrefs)
    sections: list[Section] = []
    seen: set[int] = set()
    limit = context.budget.limits.max_revisions
    while at is not None:
        if at in seen:
            context.note("prev-loop", at)
            break
        if len(sections) >= limit:
            raise LimitExceededError(f"more than {limit} sections", code="LIMIT-REVISIONS")
        seen.add(at)
        section = xrefs.read(at)
        sections.append(section)
        at = _previous(xrefs, section, section.trailer.get("Prev"))
    return sections


def last_startxref(xrefs: XrefReader) -> int:
    """Return the offset the file's last `startxref` names; raises XrefError.

    Found from the end without asking for %%EOF: an update whose marker is missing is still what
    viewers show (the incremental saving attack).
    """
    context = xrefs.reader.context
    place = context.data.rfind(b"startxref")
    pointer = STARTXREF.match(context.data, place) if place >= 0 else None
    if pointer is None:
        raise XrefError("no startxref")
    return _placed(xrefs, int(pointer[1]))


def _placed(xrefs: XrefReader, offset: int) -> int:
    offset += xrefs.reader.context.base
    if offset >= len(xrefs.reader.context.data):
        raise XrefError(f"section at {offset} is outside the file")
    return offset


def _previous(xrefs: XrefReader, section: Section, previous: Obj) -> int | None:
    if previous is None:
        return None
    if isinstance(previous, float) and previous.is_integer():
        previous = int(previous)
    if not isinstance(previous, int) or previous < 0:
        raise XrefError(f"malformed /Prev in the section at {section.offset}")
    if previous == 0:
        # Written by tools that had no earlier section; a real one cannot stand on the header.
        xrefs.reader.context.note("prev-zero", section.offset)
        return None
    return _placed(xrefs, previous)


# --- Bytes between revisions, and after the last one, that nothing parsed explains

_LINE_ENDS = b"\r\n"
_BETWEEN = re.compile(rb"(?:[\x00\t\n\f\r ]|%(?!PDF-|%EOF)[ -~\t]*+[\r\n])*")
Span = tuple[int, int]


FARTHEST_POINTER = 600
"""Bytes from `startxref` to the end of what a program is given; MuPDF looks for it in 1024."""


def ends_unlike_a_file(data: Buffer, revision: Revision, following: Revision) -> bool:
    """Say whether some programs had to search the file as it ended with a revision (7.5.5).

    MuPDF where `startxref` stands far from the end, PDFium where `%%EOF` is missing.
    """
    if revision.pointer < 0:
        return False  # that there is none has a code of its own
    far = _body_start(following) - revision.pointer > FARTHEST_POINTER
    return far or data.find(b"%%EOF", revision.pointer, revision.marker_end) < 0


def unexplained_spans(data: Buffer, revisions: list[Revision]) -> list[Span]:
    """Return spans that belong to no revision's objects, cross-references or trailer.

    Looked at are the bytes from one revision's end to the first object or section of the next,
    where white space and comments may stand, which the strict grammar reads; and those after the
    last revision, where line ends alone are no span (design, rule 2).
    """
    between = ((before.end, _body_start(revision)) for before, revision in pairwise(revisions))
    spans = [
        (start, end)
        for start, end in between
        if not _BETWEEN.fullmatch(data, start, max(start, end))
    ]
    behind = max(r.end for r in revisions)
    return [*spans, (behind, len(data))] if data[behind:].strip(_LINE_ENDS) else spans


def _body_start(revision: Revision) -> int:
    """Return the offset of the first thing a revision wrote."""
    start, end = revision.start, revision.end
    first = min((at for at, _ in revision.spans if at >= start), default=end)
    for entry in revision.placed:
        if start <= entry.offset < first:
            first = entry.offset
    return first
