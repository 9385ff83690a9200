"""The signature dictionary's own words, its kind and what it permits (ISO 32000-2, 12.8.1)."""

from __future__ import annotations

from sigcheck.evidence.dates import pdf_date
from sigcheck.evidence.pdf import Obj, PdfString, SignatureLocation, View, text
from sigcheck.evidence.pdf.permissions import FieldLock, Transforms
from sigcheck.model.evidence import DictionaryFacts, Permission, SignatureKind

_PERMISSIONS = {1: Permission.P1, 2: Permission.P2, 3: Permission.P3}
_MAX_TEXT = 2_000
"""Characters of one text kept; real reasons stay below 200."""


def dictionary_facts(view: View, location: SignatureLocation) -> DictionaryFacts:
    """Return the texts, the claimed time and the permission; whatever is odd is left empty."""
    source = location.dictionary
    raw_time = _text(view.get(source.get("M")))
    return DictionaryFacts(
        name=_text(view.get(source.get("Name"))),
        reason=_text(view.get(source.get("Reason"))),
        location=_text(view.get(source.get("Location"))),
        contact_info=_text(view.get(source.get("ContactInfo"))),
        filter=_name(view.get(source.get("Filter"))),
        sub_filter=_name(view.get(source.get("SubFilter"))),
        producer=_producer(view, source.get("Prop_Build")),
        claimed_time=pdf_date(raw_time),
        claimed_time_raw=raw_time[:64],
        permission=_permission(location.transforms),
        type=_name(view.get(source.get("Type"))),
        locked_fields=_locked(location.transforms),
    )


def kind_of(facts: DictionaryFacts) -> SignatureKind:
    """Return the kind of signature; a token is one by its /SubFilter, whatever /Type says."""
    if facts.sub_filter == "ETSI.RFC3161":
        return SignatureKind.DOCUMENT_TIMESTAMP
    if facts.permission is not Permission.APPROVAL:
        return SignatureKind.CERTIFICATION
    return SignatureKind.APPROVAL


def _text(value: Obj) -> str:
    return text(value)[:_MAX_TEXT] if isinstance(value, PdfString) else ""


def _name(value: Obj) -> str:
    return str(value)[:_MAX_TEXT] if isinstance(value, str) else ""


def _producer(view: View, build: Obj) -> str:
    app = view.dict(view.dict(build).get("App"))
    name = view.get(app.get("Name"))
    return _text(name) or _name(name)


def _permission(found: Transforms) -> Permission:
    if found.doc_mdp is None:
        return Permission.APPROVAL
    # Parameters that make no sense are held to the strictest level, never to less.
    return Permission.P1 if found.malformed else _PERMISSIONS[found.doc_mdp]


def _locked(found: Transforms) -> tuple[str, ...] | None:
    return _frozen(found.field_mdp) if found.field_mdp else None


def _frozen(lock: FieldLock) -> tuple[str, ...]:
    if lock.action == "Include":
        return lock.fields
    # NOTE: Exclude is held as All but the listed: "!NAME" names an exception.
    return ("*", *(f"!{name}" for name in lock.fields if lock.action == "Exclude"))
