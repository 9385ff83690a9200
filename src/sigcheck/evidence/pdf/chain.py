"""From the last `startxref` back along /Prev (ISO 32000-2, 7.5.5 to 7.5.8)."""

from __future__ import annotations

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.pdf.objects import Obj
from sigcheck.evidence.pdf.revision import STARTXREF
from sigcheck.evidence.pdf.xref import Section, XrefError, XrefReader


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
