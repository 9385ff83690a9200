"""The byte layer: what a /ByteRange says, and what it leaves out (ISO 32000-2, 12.8.1)."""

from __future__ import annotations

import re

from sigcheck.evidence.pdf.document import PdfDocument
from sigcheck.evidence.pdf.objects import Obj
from sigcheck.evidence.pdf.revision import FARTHEST_POINTER
from sigcheck.evidence.pdf.signatures import SignatureLocation
from sigcheck.model.evidence import ByteRangeFacts, ChangeClass, Coverage

_HEX_TOKEN = re.compile(rb"<[0-9A-Fa-f\t\n\f\r ]*+>")
"""White space in it says nothing (7.3.4.3), and shows nothing."""
_FOUR = 4
_MAX_VALUES = 16
_LINE_ENDS = b"\r\n"
_LINE_END = re.compile(rb"\r\n|\r|\n")
_MAX_LINE_ENDS = 16
_MAX_TEXT = 512
_PRINTABLE = re.compile(rb"[\t\n\r -~]*+\Z")
_KEYWORD = re.compile(rb"%%EOF|%PDF|obj|stream|xref|trailer|/|<<|\d\s+\d+\s+R")
"""What makes text more than text to a program that searches the file's end."""


def byte_range_facts(document: PdfDocument, location: SignatureLocation) -> ByteRangeFacts:
    """Answer every question of the byte layer about one signature."""
    values = _integers(location.byte_range)
    revision = document.revisions[location.revision - 1]
    trailing = trailing_bytes(document)
    if values is None or len(values) != _FOUR or min(values) < 0 or _twice(location):
        return ByteRangeFacts(
            values=values or (), well_formed=False, starts_at_zero=False, inside_file=False,
            gap_is_hex_string=False, gap_is_own_contents=False, end=None,
            revision_end=revision.end, covers_revision=False, covers_file=False,
            trailing_bytes=trailing, unexplained_bytes=0, coverage=Coverage.UNCLEAR,
            problem=_malformed(location, values),
        )  # fmt: skip
    start, first, second, length = values
    gap, end = (start + first, second), second + length
    inside = gap[0] <= gap[1] and end <= len(document.data)
    is_hex = gap[0] <= gap[1] and _is_hex_token(document, gap)
    twice = location.dictionary.duplicates  # which of two values counts is the reader's choice
    own = is_hex and location.contents_span == gap and "Contents" not in twice
    reaches = (
        inside
        and revision.sound
        and _only_line_ends(document, end, revision.marker_end, revision.end)
    )
    whole = inside and _rest_is_line_ends(document, end)
    facts = {
        "starts-after-zero": start == 0, "outside-file": inside, "gap-not-hex": is_hex,
        "gap-not-own-contents": own,
        "indirect": not location.byte_range_indirect,
    }  # fmt: skip
    problem = next((name for name, good in facts.items() if not good), None)
    return ByteRangeFacts(
        values=values, well_formed=not location.byte_range_indirect, starts_at_zero=start == 0,
        inside_file=inside, gap_is_hex_string=is_hex, gap_is_own_contents=own, end=end,
        revision_end=revision.end, covers_revision=reaches, covers_file=whole,
        trailing_bytes=trailing, unexplained_bytes=_unexplained_after(document, end),
        coverage=_coverage(
            clear=problem in (None, "indirect") and (reaches or not whole),
            whole=whole,
            reaches=reaches,
        ),
        problem=problem,
    )  # fmt: skip


def _integers(value: Obj) -> tuple[int, ...] | None:
    """Return the integers of /ByteRange; None when it is not an array of integers only."""
    if not isinstance(value, list):
        return None
    whole = [item for item in value if type(item) is int]
    return tuple(whole[:_MAX_VALUES]) if len(whole) == len(value) else None


def _twice(location: SignatureLocation) -> bool:
    """Say whether /ByteRange is there more than once: readers differ in which one counts."""
    return "ByteRange" in location.dictionary.duplicates


def _malformed(location: SignatureLocation, values: tuple[int, ...] | None) -> str:
    if _twice(location):
        return "duplicate-key"
    if location.byte_range is None:
        return "missing"
    if values is None:
        return "not-integers"
    return "negative" if values and min(values) < 0 else "not-four-values"


def _is_hex_token(document: PdfDocument, gap: tuple[int, int]) -> bool:
    token = _HEX_TOKEN.match(document.data, gap[0])
    return token is not None and token.end() == gap[1]


def _only_line_ends(document: PdfDocument, end: int, marker_end: int, revision_end: int) -> bool:
    """Say whether the range reaches %%EOF, and stops there or within the line ends that follow."""
    if end < marker_end:
        return False
    return not document.data[min(end, revision_end) : max(end, revision_end)].strip(_LINE_ENDS)


def _rest_is_line_ends(document: PdfDocument, end: int) -> bool:
    tail = document.data[end : end + 16]
    few = end + 16 >= len(document.data) and not tail.strip(_LINE_ENDS)
    return few and trailing_kind(document, end)[0] is not ChangeClass.TRAILING


def _coverage(*, clear: bool, whole: bool, reaches: bool) -> Coverage:
    if not clear:
        return Coverage.UNCLEAR
    if whole:
        return Coverage.FILE
    return Coverage.REVISION if reaches else Coverage.FROM_START


def trailing_kind(document: PdfDocument, end: int) -> tuple[ChangeClass | None, int]:
    """Say what stands behind the last revision and behind `end`, and how many bytes it has.

    None where there is nothing. The bounds are those within which PDFium, MuPDF and Poppler still
    find the last `startxref`: MuPDF looks for it in the last 1024 bytes, PDFium in 4096.
    """
    start = max(end, *(r.end for r in document.revisions))
    rest = document.data[start:]
    if not rest:
        return None, 0
    last = max(document.revisions, key=lambda revision: revision.end)
    if last.pointer >= 0 and len(document.data) - last.pointer > FARTHEST_POINTER:
        return ChangeClass.TRAILING, len(rest)
    line_ends = _LINE_END.findall(rest)
    if not rest.strip(_LINE_ENDS):
        short = len(line_ends) <= _MAX_LINE_ENDS
        return (ChangeClass.TRAILING_LINE_ENDS if short else ChangeClass.TRAILING), len(rest)
    text = len(rest) <= _MAX_TEXT and _PRINTABLE.match(rest) and not _KEYWORD.search(rest)
    return (ChangeClass.TRAILING_TEXT if text else ChangeClass.TRAILING), len(rest)


def trailing_bytes(document: PdfDocument) -> int:
    """Count the bytes after the last revision, line ends not counted."""
    return _but_line_ends(document, max(r.end for r in document.revisions), len(document.data))


def _but_line_ends(document: PdfDocument, start: int, end: int) -> int:
    rest = document.data[start:end]
    return len(rest) - rest.count(b"\r") - rest.count(b"\n")


def _unexplained_after(document: PdfDocument, end: int) -> int:
    """Count the bytes after `end` that belong to no later revision (rule 2)."""
    later = [span for span in document.unexplained() if span[1] > end]
    return sum(_but_line_ends(document, max(start, end), stop) for start, stop in later)
