"""One pass over the file for what viewers may use and the structure does not explain.

What an update writes is read by the strict grammar besides (`strict.update`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from sigcheck.evidence.pdf.document import PdfDocument
from sigcheck.evidence.pdf.indirect import header_before
from sigcheck.evidence.pdf.lexer import is_white_space, places
from sigcheck.evidence.pdf.objects import EntryKind
from sigcheck.evidence.pdf.revision import STARTXREF
from sigcheck.evidence.pdf.signatures import Written, open_segments, written_objects
from sigcheck.evidence.pdf.xref import XrefKind

_MAX_SUSPECTS = 2_000
"""Unaccounted objects looked at one by one; a hostile file may have a million."""


class HiddenDefinition(NamedTuple):
    """An object in the file that no cross-reference entry leads to."""

    number: int
    offset: int
    revision: int
    """The revision in whose bytes it lies; 0 behind the last."""
    behind: bool
    """It stands behind the one that counts at that revision: a viewer that searches takes it."""


def audit(document: PdfDocument) -> tuple[HiddenDefinition, ...]:
    """Add to the document's anomalies what a scan of all its bytes finds; once is enough.

    Returns the objects that no entry leads to.
    """
    scan = _Scan(document)
    scan.objects()
    if document.revisions[-1].kind is not XrefKind.REBUILT:
        scan.pointers()
        scan.trailers()
    for start, end in document.unexplained():
        document.context.note("bytes-unexplained", start, f"{end - start} bytes")
    return tuple(scan.hidden)


class _Scan:
    """Looks at every landmark of the file."""

    def __init__(self, document: PdfDocument) -> None:
        self._document = document
        self._data = document.data
        self._note = document.context.note
        self._spans = sorted(span for r in document.revisions for span in r.spans)
        self.hidden: list[HiddenDefinition] = []

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
            self._add_hidden(start, num)

    def _add_hidden(self, start: int, num: int) -> None:
        """Note an object that no entry leads to, and whether one that counts stands before it."""
        number = self._revision_at(start)
        known = self._document.view().entry(num)
        behind = self._stands_behind(start, num, number or len(self._document.revisions))
        code = "object-redefined" if known else "object-unreferenced"
        detail = f"{num} in revision {number}"
        self._note("object-redefined-behind" if behind else code, start, detail)
        self.hidden.append(HiddenDefinition(num, start, number, behind))

    def _stands_behind(self, start: int, num: int, revision: int) -> bool:
        view = self._document.view(revision)
        live = view.entry(num)
        if live is not None and live.kind is EntryKind.COMPRESSED:
            live = view.entry(live.container)
        return live is not None and live.kind is EntryKind.OFFSET and live.offset < start

    def _points_before(self, start: int, num: int) -> bool:
        """Say whether an entry points at the white space before the header, as some writers do."""
        holder = self._holder(start)
        if holder is None or holder.num != num:
            return False
        return is_white_space(self._data, holder.offset, start)

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
