"""One pass over the file for what viewers may use and the structure does not explain."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from operator import attrgetter

from sigcheck.evidence.pdf.document import PdfDocument
from sigcheck.evidence.pdf.indirect import header_before
from sigcheck.evidence.pdf.lexer import places
from sigcheck.evidence.pdf.objects import MAX_GENERATION, Entry, EntryKind, Ref
from sigcheck.evidence.pdf.revision import STARTXREF, Revision
from sigcheck.evidence.pdf.signatures import Written, open_segments, survey, written_objects
from sigcheck.evidence.pdf.xref import XrefKind

_MAX_SUSPECTS = 2_000
"""Unaccounted objects looked at one by one; a hostile file may have a million."""
_MAX_PAGES = 2_000
"""Pages that count among what must be defined once."""
_MAX_HIDDEN = 10_000
"""Object numbers looked at behind a /Size that shrank."""
_OFFSET = EntryKind.OFFSET
_offset = attrgetter("offset")


def audit(document: PdfDocument) -> None:
    """Add to the document's anomalies what a scan of all its bytes finds; once is enough."""
    scan = _Scan(document)
    scan.objects()
    if document.revisions[-1].kind is not XrefKind.REBUILT:
        scan.pointers()
        scan.trailers()
    for revision in document.revisions:
        _check_entries(document, revision)
    _check_sizes(document)
    for start, end in document.unexplained():
        document.context.note("bytes-unexplained", start, f"{end - start} bytes")


class _Scan:
    """Looks at every landmark of the file."""

    def __init__(self, document: PdfDocument) -> None:
        self._document = document
        self._data = document.data
        self._note = document.context.note
        self._spans = sorted(span for r in document.revisions for span in r.spans)

    def objects(self) -> None:
        """Find object headers that no entry points at."""
        suspects = 0
        for at in self._places(b"obj", self._expected(), b"end"):
            header = header_before(self._data, at)
            if header is None:
                continue
            self._suspect(header[2], header[0])
            suspects += 1
            if suspects >= _MAX_SUSPECTS:
                self._note("objects-unaccounted-many", at, "")
                break

    def _expected(self) -> list[int]:
        """Return where `obj` must stand if every header is written `N 0 obj`."""
        size = len(self._data)
        return [
            offset + len(str(num)) + len(str(gen)) + 2
            for revision in self._document.revisions
            for num, gen, _, offset, _, _ in revision.placed
            if offset < size
        ]

    def _suspect(self, start: int, num: int) -> None:
        holder = self._holder(start)
        if holder is not None and holder.offset == start:
            if holder.num != num:
                self._note("object-header-mismatch", start, str(holder.num))
        elif not (
            self._in_section(start) or self._inside(start) or self._points_before(start, num)
        ):
            known = self._document.view().entry(num)
            code = "object-redefined" if known else "object-unreferenced"
            self._note(code, start, f"{num} in revision {self._revision_at(start)}")
            if num in self._keystones:
                self._note("keystone-redefined", start, str(num))

    @cached_property
    def _keystones(self) -> set[int]:
        """What decides what is shown and what was signed: catalog, form, pages, signatures."""
        view = self._document.view()
        values = [view.trailer.get("Root"), view.catalog.get("Pages"), view.catalog.get("AcroForm")]
        for reference, page in view.pages()[:_MAX_PAGES]:
            contents = page.get("Contents")
            values += [reference, *(contents if isinstance(contents, list) else [contents])]
        found = {value.num for value in values if isinstance(value, Ref)}
        return found | {s.number for s in survey(self._document).signatures if s.number}

    def _points_before(self, start: int, num: int) -> bool:
        """Say whether an entry points at the white space before the header, as some writers do."""
        holder = self._holder(start)
        if holder is None or holder.num != num:
            return False
        return not self._data[holder.offset : start].strip(b"\x00\t\n\f\r ")

    def pointers(self) -> None:
        """Find `startxref` that belong to no revision."""
        known = {revision.pointer for revision in self._document.revisions}
        stale = {a.offset for a in self._document.anomalies if a.code == "startxref-stale"}
        for at in self._places(b"startxref"):
            if at in known or at in stale or self._inside(at):
                continue
            pointer = STARTXREF.match(self._data, at)
            if self._document.linearized and pointer is not None and int(pointer[1]) == 0:
                continue  # the first-page section's own (annex F.3.4)
            self._note("startxref-unchained", at, pointer[1].decode() if pointer else "")

    def trailers(self) -> None:
        """Find trailers that belong to no section."""
        for at in self._places(b"trailer"):
            if not self._in_section(at) and not self._inside(at):
                self._note("trailer-unchained", at, "")

    def _places(self, word: bytes, known: Sequence[int] = (), after: bytes = b"") -> Iterator[int]:
        return places(self._data, open_segments(self._document), word, after, known)

    def _in_section(self, at: int) -> bool:
        index = bisect_right(self._spans, (at, len(self._data))) - 1
        return index >= 0 and at < self._spans[index][1]

    @cached_property
    def _written(self) -> list[Written]:
        return written_objects(self._document)

    @cached_property
    def _starts(self) -> list[int]:
        return [item.offset for item in self._written]

    def _holder(self, at: int) -> Written | None:
        """Return the last object that starts at or before a place."""
        index = bisect_right(self._starts, at) - 1
        return self._written[index] if index >= 0 else None

    def _inside(self, at: int) -> bool:
        """Say whether a place lies inside an object, such as a stream with an embedded file."""
        holder = self._holder(at)
        if holder is None:
            return False
        found = self._document.view(holder.revision).found(holder.num)
        if found is None:
            return False
        # What a stream without an end draws in from later revisions is not inside it.
        end = min(found.end, self._document.revisions[holder.revision - 1].end)
        return found.start < at < end

    def _revision_at(self, at: int) -> int:
        return next((r.number for r in self._document.revisions if at < r.end), 0)


def _check_entries(document: PdfDocument, revision: Revision) -> None:
    """Look at where a revision's own entries point."""
    start, end = 0 if revision.number == 1 else revision.start, revision.end
    own: list[Entry] = []
    for entry in revision.placed:
        if start <= entry.offset < end:
            own.append(entry)
        elif entry.offset >= end:
            document.context.note("entry-points-forward", entry.offset, _said(entry, revision))
        elif not _was_hidden(document, revision, entry):
            _note_entry(document, "entry-points-back", entry, revision)
    if revision.number > 1:
        _check_headers(document, revision)
        _check_overlaps(document, revision, own)


def _check_sizes(document: PdfDocument) -> None:
    """Find a last update whose /Size leaves out objects there were (7.5.5, table 15).

    Viewers go by the last trailer. A number too small for the catalog itself hides nothing from
    them: it is a writer's count of its own table.
    """
    last = document.revisions[-1]
    sizes = [revision.trailer.get("Size") for revision in document.revisions]
    root, size = last.trailer.get("Root"), sizes[-1]
    if not isinstance(size, int) or (isinstance(root, Ref) and size <= root.num):
        return
    before = max((s for s in sizes[:-1] if isinstance(s, int)), default=0)
    view = document.view()
    hidden = (view.entry(n) for n in range(size, min(before, size + _MAX_HIDDEN)))
    if size < before and any(e is not None and e.kind is not EntryKind.FREE for e in hidden):
        document.context.note("size-shrunk", _place(last), f"{size} for {before}")


def _said(entry: Entry, revision: Revision) -> str:
    return f"{entry.num} at {entry.offset} in revision {revision.number}"


def _note_entry(document: PdfDocument, code: str, entry: Entry, revision: Revision) -> None:
    """Note what an update's entry does at the place of the update, not of the old bytes it uses."""
    document.context.note(code, _place(revision), _said(entry, revision))


def _place(revision: Revision) -> int:
    return max(revision.pointer, *(at for at, _ in revision.spans), revision.start)


def _check_headers(document: PdfDocument, revision: Revision) -> None:
    """Find entries of an update that point at another object, or into the middle of a number."""
    for entry in revision.changed.values():
        if entry.kind is _OFFSET:
            if not _is_at_header(document, entry):
                _note_entry(document, "entry-misses-object", entry, revision)
        elif entry.kind is EntryKind.COMPRESSED and not _packed_there(document, revision, entry):
            _note_entry(document, "entry-misses-object", entry, revision)


def _is_at_header(document: PdfDocument, entry: Entry) -> bool:
    num, gen, _, at, _, _ = entry
    data = document.data
    if at > 0 and data.startswith(b"%d %d obj" % (num, gen), at) and gen <= MAX_GENERATION:
        return not data[at - 1 : at].isdigit()
    header = document.store.reader.header(at)
    return header is not None and header[0] == num and not data[header[2] - 1 : header[2]].isdigit()


def _packed_there(document: PdfDocument, revision: Revision, entry: Entry) -> bool:
    """Say whether the object is at its index: some readers go by it, others by the number."""
    view = document.view(revision.number)
    holder = view.entry(entry.container)
    if holder is None or holder.kind is not _OFFSET:
        return False
    packed = document.store.container(holder, view.get)
    return packed is None or packed.numbers[entry.position : entry.position + 1] == [entry.num]


def _was_hidden(document: PdfDocument, revision: Revision, entry: Entry) -> bool:
    """Say whether a hybrid's stream reveals an object its table had hidden (7.5.8.4).

    Common word processors write the table of such a file first, and the stream's pointer after it.
    """
    if revision.kind is not XrefKind.HYBRID:
        return False
    before = document.view(revision.number - 1).entry(entry.num)
    return before is None or before.kind is EntryKind.FREE


def _check_overlaps(document: PdfDocument, revision: Revision, own: list[Entry]) -> None:
    """Find entries that point inside another object of the same update.

    Of the first revision this isn't asked: whoever signed it signed all its bytes.
    """
    found_at, resolve = document.store.found, document.view(revision.number).get
    own.sort(key=_offset)
    for entry, after in pairwise(own):
        found = found_at(entry, resolve)
        if found is not None and found.start != after.offset and found.end > after.offset:
            document.context.note("entry-inside-object", after.offset, str(after.num))
