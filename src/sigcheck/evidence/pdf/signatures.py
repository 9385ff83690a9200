"""Every signature of a document: in fields, replaced, removed and orphaned (ISO 32000-2, 12.8)."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple, cast

from msgspec import Struct
from msgspec.structs import replace

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.pdf.document import PdfDocument
from sigcheck.evidence.pdf.fields import Field, Transforms, WidgetNode, form_fields, transforms
from sigcheck.evidence.pdf.indirect import Found, header_before
from sigcheck.evidence.pdf.lexer import ParseError, signature_traces, text, value_spans
from sigcheck.evidence.pdf.objects import Dict, EntryKind, Obj, PdfString, Ref, Stream
from sigcheck.evidence.pdf.view import View

_LARGE = 1 << 16
"""Bytes of stream data worth skipping."""
_SPARSE = 4_096
"""Bytes of file for each object, from which on looking for large streams pays."""


class Written(NamedTuple):
    """An object as one revision wrote it."""

    offset: int
    num: int
    revision: int


def written_objects(document: PdfDocument) -> list[Written]:
    """Return every object any revision points at, by place in the file."""
    return sorted(
        Written(entry.offset, entry.num, revision.number)
        for revision in document.revisions
        for entry in revision.placed
    )


def enclosing_objects(
    document: PdfDocument, places: list[int], outside: list[int]
) -> Iterator[Written]:
    """Yield the objects that contain the given places, each once, streams' data left out.

    Places that lie in no object any revision points at are added to `outside`.
    """
    objects = written_objects(document)
    starts = [item.offset for item in objects]
    given: set[int] = set()
    for place in places:
        index = bisect_right(starts, place) - 1
        holder = objects[index] if index >= 0 else None
        found = document.view(holder.revision).found(holder.num) if holder else None
        if holder is None or found is None or place >= found.end:
            document.context.note("signature-outside-objects", place)
            outside.append(place)
        elif index not in given and not inside_stream(found, place):
            given.add(index)
            yield holder


def inside_stream(found: Found, place: int) -> bool:
    """Say whether a place lies in the data of a stream."""
    value = found.value
    return isinstance(value, Stream) and value.start <= place < value.start + value.length


def open_segments(document: PdfDocument) -> list[tuple[int, int]]:
    """Return the file without the data of its large streams, where a scan has nothing to find.

    A stream is left out only where an entry leads to it, its data end where /Length says, and that
    is inside the revision that wrote it.
    """
    if document.segments is None:
        document.segments = list(_segments(document))
    return document.segments


def _segments(document: PdfDocument) -> Iterator[tuple[int, int]]:
    size = len(document.data)
    at = 0
    if size > _SPARSE * sum(len(revision.changed) for revision in document.revisions):
        for start, end in _large_streams(document):
            if start >= at:
                yield at, start
                at = end
    yield at, size


def _large_streams(document: PdfDocument) -> Iterator[tuple[int, int]]:
    last = Written(len(document.data), 0, 0)
    for written, after in pairwise([*written_objects(document), last]):
        if after.offset - written.offset < _LARGE:
            continue
        found = document.view(written.revision).found(written.num)
        value = found.value if found else None
        if isinstance(value, Stream) and value.length >= _LARGE and value.length_true:
            end = value.start + value.length
            if end <= min(after.offset, document.revisions[written.revision - 1].end):
                yield value.start, end


# --- Where one signature dictionary stands, and since which revision it has stood there

_MAX_FORMS = 64
"""Earlier versions of one dictionary that are compared, newest first."""


class Standing(StrEnum):
    """How the last revision leads to a signature dictionary."""

    CURRENT = "current"
    """It is the value of a field."""
    REPLACED = "replaced"
    """Its field still exists, but has another value now."""
    REMOVED = "removed"
    """Its field was removed in a later revision."""
    ORPHAN = "orphan"
    """No field ever led to it."""


class SignatureLocation(Struct, frozen=True):
    """A signature dictionary, the field it belongs to and its exact place in the file."""

    field_name: str
    """Fully qualified; empty for an orphan."""
    field_ref: Ref | None
    field: Dict | None
    widgets: tuple[WidgetNode, ...]
    dictionary: Dict
    """/V, also when the field holds it directly."""
    number: int | None
    """Object number of the dictionary; None when it is direct."""
    revision: int
    """The revision in which the dictionary first appeared in this form."""
    standing: Standing
    contents: PdfString | None
    """/Contents, never decrypted."""
    contents_span: tuple[int, int] | None
    """Where the /Contents token starts and ends in the file, delimiters included."""
    byte_range: Obj
    """/ByteRange, references resolved."""
    byte_range_indirect: bool
    """/ByteRange or one of its numbers was a reference: no careful writer does that."""
    transforms: Transforms
    shared_with: tuple[str, ...] = ()
    """Other fields whose /V is the same dictionary."""
    namesakes: tuple[str, ...] = ()
    """Other signed fields of the very same full name, which must be unique (12.7.4.2)."""

    @property
    def key(self) -> tuple[int | None, int | None]:
        """Return what tells dictionaries apart: object number and place."""
        return self.number, self.dictionary.start


def locate(
    document: PdfDocument,
    view: View,
    owner: Field | None,
    value: Obj,
    standing: Standing,
    holder: Ref | None = None,
) -> SignatureLocation | None:
    """Describe the signature dictionary that `value` leads to; None when there is nothing.

    Where something stands that is no dictionary, or one that cannot be read, it counts as an empty
    dictionary: a signature that was damaged is judged, never dropped.
    """
    ref = _last_ref(view, value)
    dictionary = view.get(value)
    if dictionary is None and (ref is None or view.readable(ref.num)):
        return None
    if not isinstance(dictionary, Dict):
        document.context.note("signature-value-malformed", None, owner.name if owner else "")
        dictionary = Dict()
    revision, dictionary = _first_form(document, view, ref or holder, dictionary, direct=not ref)
    span = _contents_span(document, dictionary)
    contents = view.get(dictionary.get("Contents"))
    ranges, indirect = _byte_range(view, dictionary)
    return SignatureLocation(
        owner.name if owner else "", owner.ref if owner else None, owner.dict if owner else None,
        owner.widgets if owner else (), dictionary, ref.num if ref else None, revision, standing,
        contents if isinstance(contents, PdfString) else None, span, ranges, indirect,
        transforms(view, dictionary, owner.dict if owner else None),
    )  # fmt: skip


def _last_ref(view: View, value: Obj) -> Ref | None:
    """Return the last reference before the dictionary itself."""
    ref = None
    for _ in range(_MAX_FORMS):
        if not isinstance(value, Ref):
            break
        ref = value
        value = view.object(value.num)
    return ref


def _first_form(
    document: PdfDocument, view: View, holder: Ref | None, newest: Dict, *, direct: bool
) -> tuple[int, Dict]:
    """Go back to the revision that first wrote the dictionary as it is now."""
    if holder is None:
        return view.number, newest
    revision, form = view.number, newest
    writes = [n for n, _ in document.store.history(holder.num) if n <= view.number]
    for index, number in enumerate(reversed(writes[-_MAX_FORMS:])):
        value = document.view(number).object(holder.num)
        if direct:
            value = value.get("V") if isinstance(value, Dict) else None
        if not isinstance(value, Dict) or (index and value != newest):
            break
        revision, form = number, value
    return revision, form


def _contents_span(document: PdfDocument, dictionary: Dict) -> tuple[int, int] | None:
    if dictionary.start is None:
        return None
    context = document.context
    try:
        spans = value_spans(
            document.data, dictionary.start, context.note, context.budget.limits.max_nesting
        )
    except ParseError:
        return None
    return spans.get("Contents")


def _byte_range(view: View, dictionary: Dict) -> tuple[Obj, bool]:
    raw = dictionary.get("ByteRange")
    value = view.get(raw)
    if not isinstance(value, list):
        return value, isinstance(raw, Ref)
    items = value[:16]
    resolved = [view.get(item) for item in items]
    indirect = isinstance(raw, Ref) or any(isinstance(item, Ref) for item in items)
    return cast("Obj", resolved), indirect


# --- Every signature of a document: in fields, replaced, removed and orphaned

_MAX_STRAYS = 64
"""Places in no object that are looked at one by one."""
_MAX_WIDGETS = 20_000
"""Annotations of all pages looked through for signatures the form does not list."""
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
    declared = [*form_fields(view, document.context)]
    for owner in (*declared, *_on_pages_only(document, view, declared)):
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


def _on_pages_only(document: PdfDocument, view: View, declared: list[Field]) -> Iterator[Field]:
    """Yield signature widgets that pages list and the form does not: viewers show them, too.

    Those with a value only: one without it is no signature, and no field of the form.
    """
    known = {field.ref for field in declared}
    known |= {widget.ref for field in declared for widget in field.widgets}
    left = _MAX_WIDGETS
    for _, page in view.pages():
        for item in view.list(page.get("Annots")):
            left -= 1
            if left < 0:
                return
            if not isinstance(item, Ref) or item in known:
                continue
            widget = view.dict(item)
            if widget.get("Subtype") != "Widget" or view.get(widget.get("FT")) != "Sig":
                continue
            if widget.get("V") is not None:
                known.add(item)
                title = view.get(widget.get("T"))
                name = text(title) if isinstance(title, PdfString) else ""
                document.context.note("field-on-page-only", None, name)
                nodes = (WidgetNode(item, widget),)
                yield Field(name, item, widget, "Sig", widget["V"], item, nodes)


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
    packed = _packed_signatures(document)
    if not traces and not packed:
        return []
    owners = _Owners(document, {s.number for s in known if s.number is not None})
    found: dict[int, SignatureLocation] = {}
    outside: list[int] = []
    for written in enclosing_objects(document, traces, outside):
        _within_limit(document, len(found))
        location = owners.describe(written)
        if location is not None and location.dictionary.start is not None:
            found.setdefault(location.dictionary.start, location)
    hidden: list[SignatureLocation] = []
    reached_numbers = {s.number for s in known}
    for written in packed:
        _within_limit(document, len(found) + len(hidden))
        location = owners.describe(written) if written.num not in reached_numbers else None
        if location is not None:
            hidden.append(location)
    for place in outside[:_MAX_STRAYS]:
        location = _stray(document, place)
        if location is not None and location.dictionary.start is not None:
            found.setdefault(location.dictionary.start, location)
    reached = {s.dictionary.start for s in known}
    loose = [location for start, location in found.items() if start not in reached]
    return [s for s in (*loose, *hidden) if not _grants_usage(document, s)]


def _packed_signatures(document: PdfDocument) -> list[Written]:
    """Return the signature dictionaries in object streams: one verdict however a file is packed."""
    found: dict[int, Written] = {}
    for revision in document.revisions:
        view = document.view(revision.number)
        suspects = {number for number in sorted(revision.containers) if _has_trace(view, number)}
        if not suspects:
            continue
        entries = (e for e in revision.changed.values() if e.kind is EntryKind.COMPRESSED)
        members = [entry for entry in entries if entry.container in suspects]
        for entry in sorted(members, key=lambda member: member.container):
            value = view.object(entry.num)
            if isinstance(value, Dict) and is_signature(value):
                found[entry.num] = Written(-1, entry.num, revision.number)
    return list(found.values())


def _has_trace(view: View, container: int) -> bool:
    stream = view.container(container)
    return stream is not None and any(signature_traces(stream.data, [(0, len(stream.data))]))


def _grants_usage(document: PdfDocument, location: SignatureLocation) -> bool:
    """Say whether a dictionary is a usage right (12.8.2.3): it enables features, signs nothing."""
    view = document.view(location.revision)
    permissions = view.dict(view.catalog.get("Perms"))
    granted = (permissions.get("UR3"), permissions.get("UR"))
    is_right = any(isinstance(ref, Ref) and ref.num == location.number for ref in granted)
    if is_right and location.number is not None:
        document.context.note("usage-rights", location.dictionary.start)
    return is_right and location.number is not None


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
