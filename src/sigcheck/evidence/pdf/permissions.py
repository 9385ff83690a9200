"""What a signature permits later: DocMDP, FieldMDP and /Lock (ISO 32000-2, 12.8.2 and 12.7.5.5)."""

from __future__ import annotations

from msgspec import Struct

from sigcheck.evidence.pdf.objects import Dict, Obj, PdfString
from sigcheck.evidence.pdf.text import text
from sigcheck.evidence.pdf.view import View

_DEFAULT_P = 2
_MAX_REFERENCES = 32
"""Entries of /Reference that are read; honest dictionaries have one or two."""


class FieldLock(Struct, frozen=True):
    """Which fields a FieldMDP transform or a field's /Lock freezes."""

    action: str
    """All, Include or Exclude; empty when missing."""
    fields: tuple[str, ...]


class Transforms(Struct, frozen=True):
    """The transforms of one signature dictionary, and its field's /Lock."""

    doc_mdp: int | None = None
    """P of the DocMDP transform: 1, 2 or 3, default 2; None without one."""
    field_mdp: FieldLock | None = None
    lock: FieldLock | None = None
    """The field's own /Lock."""
    lock_p: int | None = None
    """/P of the field's /Lock (PDF 2.0)."""
    other: tuple[str, ...] = ()
    """Further transform methods, such as UR3."""
    malformed: bool = False
    """A transform without usable parameters: a checker must not fall back to less."""


def transforms(view: View, dictionary: Dict, field: Dict | None) -> Transforms:
    """Read /Reference of a signature dictionary, and /Lock of its field."""
    doc_mdp: int | None = None
    field_mdp: FieldLock | None = None
    other: list[str] = []
    malformed = False
    references = view.get(dictionary.get("Reference"))
    for item in references[:_MAX_REFERENCES] if isinstance(references, list) else []:
        reference = view.dict(item)
        method = view.get(reference.get("TransformMethod"))
        parameters = view.dict(reference.get("TransformParams"))
        if method == "DocMDP":
            p, odd = _level(view, parameters)
            doc_mdp = p if doc_mdp is None else min(doc_mdp, p)
            malformed |= odd
        elif method == "FieldMDP":
            field_mdp = _lock(view, parameters)
        elif isinstance(method, str):
            other.append(str(method))
    lock = view.dict(field.get("Lock")) if field else Dict()
    level = view.get(lock.get("P"))
    return Transforms(
        doc_mdp, field_mdp, _lock(view, lock) if lock else None,
        level if isinstance(level, int) else None, tuple(other), malformed,
    )  # fmt: skip


def _level(view: View, parameters: Dict) -> tuple[int, bool]:
    """Return P, and whether it was written oddly; nonsense is read as the strictest level."""
    value: Obj = view.get(parameters.get("P"))
    if value is None:
        return _DEFAULT_P, False
    if isinstance(value, int) and not isinstance(value, bool) and value in (1, 2, 3):
        return value, False
    return 1, True


def _lock(view: View, parameters: Dict) -> FieldLock:
    action = view.get(parameters.get("Action"))
    names = [view.get(item) for item in view.list(parameters.get("Fields"))]
    fields = tuple(text(name) for name in names if isinstance(name, PdfString))
    return FieldLock(str(action) if isinstance(action, str) else "", fields)


def certifying_signature(view: View) -> Obj:
    """Return what the catalog's /Perms /DocMDP leads to, a reference where it is one (12.8.6)."""
    return view.dict(view.catalog.get("Perms")).get("DocMDP")
