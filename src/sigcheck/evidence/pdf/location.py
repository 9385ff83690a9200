"""Where one signature dictionary stands, and since which revision it has stood there."""

from __future__ import annotations

from enum import StrEnum
from typing import cast

from msgspec import Struct

from sigcheck.evidence.pdf.document import PdfDocument
from sigcheck.evidence.pdf.fields import Field, WidgetNode
from sigcheck.evidence.pdf.lexer import ParseError, value_spans
from sigcheck.evidence.pdf.objects import Dict, Obj, PdfString, Ref
from sigcheck.evidence.pdf.permissions import Transforms, transforms
from sigcheck.evidence.pdf.view import View

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
