"""Every signature of a document: in fields, replaced, removed and orphaned (ISO 32000-2, 12.8)."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter

from msgspec import Struct
from msgspec.structs import replace

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.pdf.document import PdfDocument
from sigcheck.evidence.pdf.fields import Field, form_fields
from sigcheck.evidence.pdf.indirect import header_before
from sigcheck.evidence.pdf.lexer import ParseError
from sigcheck.evidence.pdf.location import SignatureLocation, Standing, locate
from sigcheck.evidence.pdf.objects import Dict, Ref
from sigcheck.evidence.pdf.placement import Written, enclosing_objects, open_segments
from sigcheck.evidence.pdf.scan import signature_traces
from sigcheck.evidence.pdf.view import View

_MAX_STRAYS = 64
"""Places in no object that are looked at one by one."""
_STRAY_WITHIN = 1 << 16
"""How far before its /ByteRange or /Type the header of such an object may stand."""
_SIGNATURE_TYPES = ("Sig", "DocTimeStamp")


class Survey(Struct, frozen=True):
    """What a search for signatures found."""

    signatures: tuple[SignatureLocation, ...]
    """In order of revision, then of place in the file."""
    unsigned: tuple[Field, ...]
    """Signature fields of the last revision without a value."""


def signature_dictionaries(document: PdfDocument) -> list[SignatureLocation]:
    """Return every signature dictionary, in order of revision and place.

    Each is read by itself: what is malformed is noted, and never hides the others.
    Raises LimitExceededError with LIMIT-SIGNATURES.
    """
    return list(survey(document).signatures)


def unsigned_signature_fields(document: PdfDocument) -> list[Field]:
    """Return the signature fields of the last revision that have no value."""
    return list(survey(document).unsigned)


def survey(document: PdfDocument) -> Survey:
    """Search a document once, and remember the answer."""
    if document.survey is None:
        document.survey = _survey(document)
    if not isinstance(document.survey, Survey):  # pragma: no cover - nobody else sets it
        raise TypeError("survey")
    return document.survey


def _survey(document: PdfDocument) -> Survey:
    view = document.view()
    unsigned: list[Field] = []
    current: list[SignatureLocation] = []
    for owner in form_fields(view, document.context):
        found = _of_field(document, view, owner)
        if found is not None:
            current.append(found)
            _within_limit(document, len(current))
        elif owner.type == "Sig":
            unsigned.append(owner)
    known = _merge_shared(current)
    earlier = _unreached(document, known)
    _within_limit(document, len(known) + len(earlier))
    ordered = sorted(known + earlier, key=lambda s: (s.revision, s.dictionary.start or 0))
    return Survey(tuple(ordered), tuple(unsigned))


def _within_limit(document: PdfDocument, count: int) -> None:
    limit = document.context.budget.limits.max_signatures
    if count > limit:
        raise LimitExceededError(f"more than {limit}", code="LIMIT-SIGNATURES")


def _of_field(document: PdfDocument, view: View, owner: Field) -> SignatureLocation | None:
    if owner.value is None or (owner.type != "Sig" and not isinstance(owner.value, Ref | Dict)):
        return None
    found = locate(document, view, owner, owner.value, Standing.CURRENT, owner.value_holder)
    if found is None:
        return None
    if owner.type != "Sig":
        if not is_signature(found.dictionary):
            return None
        document.context.note("field-type-missing", None, owner.name)
    return found


def is_signature(value: Dict) -> bool:
    """Say whether a dictionary is, or plays, a signature dictionary (table 255)."""
    return value.get("Type") in _SIGNATURE_TYPES or ("ByteRange" in value and "Contents" in value)


def _merge_shared(found: list[SignatureLocation]) -> list[SignatureLocation]:
    """Keep one location for fields that share a dictionary; it names the others."""
    by_key: dict[tuple[int | None, int | None], list[SignatureLocation]] = {}
    for location in found:
        by_key.setdefault(location.key, []).append(location)
    names = Counter(group[0].field_name for group in by_key.values())
    return [
        replace(
            group[0],
            shared_with=tuple(other.field_name for other in group[1:]),
            namesakes=(group[0].field_name,) if names[group[0].field_name] > 1 else (),
        )
        for group in by_key.values()
    ]


def _unreached(document: PdfDocument, known: list[SignatureLocation]) -> list[SignatureLocation]:
    """Find the dictionaries no field of the last revision leads to."""
    traces = _traces_outside(document, known)
    if not traces:
        return []
    owners = _Owners(document, {s.number for s in known if s.number is not None})
    found: dict[int, SignatureLocation] = {}
    outside: list[int] = []
    for written in enclosing_objects(document, traces, outside):
        _within_limit(document, len(found))
        location = owners.describe(written)
        if location is not None and location.dictionary.start is not None:
            found.setdefault(location.dictionary.start, location)
    for place in outside[:_MAX_STRAYS]:
        location = _stray(document, place)
        if location is not None and location.dictionary.start is not None:
            found.setdefault(location.dictionary.start, location)
    reached = {s.dictionary.start for s in known}
    return [location for start, location in found.items() if start not in reached]


def _stray(document: PdfDocument, place: int) -> SignatureLocation | None:
    """Describe a signature dictionary no cross-reference knows: another file was put behind it."""
    at = document.data.rfind(b"obj", max(0, place - _STRAY_WITHIN), place)
    header = header_before(document.data, at) if at >= 0 else None
    if header is None:
        return None
    number = next((r.number for r in document.revisions if place < r.end), len(document.revisions))
    view = document.view(number)
    try:
        found = document.store.reader.read(header[2], view.get)
    except ParseError:
        return None
    if not isinstance(found.value, Dict) or place >= found.end or not is_signature(found.value):
        return None
    return locate(document, view, None, found.value, Standing.ORPHAN)


def _traces_outside(document: PdfDocument, known: list[SignatureLocation]) -> list[int]:
    """Return the places that look like a signature dictionary and belong to none yet known."""
    spans = [(s.dictionary.start, s.dictionary.end or 0) for s in known if s.dictionary.start]
    # A trailer may carry a MAC with a /ByteRange of its own (ISO/TS 32004), which is no signature.
    spans += [span for revision in document.revisions for span in revision.spans]
    spans.sort()
    starts = [start for start, _ in spans]
    outside = []
    for trace in signature_traces(document.data, open_segments(document)):
        index = bisect_right(starts, trace) - 1
        if index < 0 or trace >= spans[index][1]:
            outside.append(trace)
    return outside


class _Owners:
    """Which field led to a dictionary in the revision that wrote it; each form is walked once."""

    def __init__(self, document: PdfDocument, current: set[int]) -> None:
        self._document = document
        self._current = current
        self._by_revision: dict[int, dict[int, Field]] = {}
        self._names = frozenset(f.name for f in form_fields(document.view(), document.context))

    def describe(self, written: Written) -> SignatureLocation | None:
        """Describe a dictionary that a revision wrote and the last one does not use."""
        document = self._document
        view = document.view(written.revision)
        value = view.object(written.num)
        if not isinstance(value, Dict):
            return None
        owner = self._fields(view).get(written.num)
        if owner is not None:
            standing = Standing.REPLACED if owner.name in self._names else Standing.REMOVED
            return locate(document, view, owner, owner.value, standing, owner.value_holder)
        if not is_signature(value):
            return None
        standing = Standing.REPLACED if written.num in self._current else Standing.ORPHAN
        return locate(document, view, None, Ref(written.num, 0), standing)

    def _fields(self, view: View) -> dict[int, Field]:
        """Index a form by the object of each field's signature, or by the field holding it."""
        known = self._by_revision.get(view.number)
        if known is None:
            known = {}
            for owner in form_fields(view, self._document.context):
                if isinstance(owner.value, Ref):
                    known.setdefault(owner.value.num, owner)
                elif isinstance(owner.value, Dict) and is_signature(owner.value):
                    known.setdefault(owner.value_holder.num if owner.value_holder else 0, owner)
            self._by_revision[view.number] = known
        return known
