"""The interactive form's fields and what signatures permit later.

See ISO 32000-2, 12.7.4, 12.7.5.5 and 12.8.2.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from sigcheck.evidence.pdf.lexer import text
from sigcheck.evidence.pdf.objects import Context, Dict, Obj, PdfString, Ref
from sigcheck.evidence.pdf.view import View

_MAX_STEPS = 1_000_000
"""Kids looked at, the same ones counted again: fields may share one long array."""
_MAX_NAME = 2_048
"""Characters of a field's name that are kept; names of kids repeat those of their parents."""
_MAX_DEPTH = 64
"""Levels of /Kids below one field; honest forms have fewer than ten."""


class WidgetNode(Struct, frozen=True):
    """One widget annotation of a field: its own object, or merged with the field."""

    ref: Ref | None
    dict: Dict


class Field(Struct, frozen=True):
    """A terminal field with what it inherits."""

    name: str
    """Fully qualified (12.7.4.2)."""
    ref: Ref | None
    """None where the form holds the dictionary itself."""
    dict: Dict
    type: str
    """/FT: Sig, Tx, Btn, Ch; empty when there is none."""
    value: Obj
    """/V as written: a reference stays one."""
    value_holder: Ref | None
    """The object in which /V is written: this field or an ancestor."""
    widgets: tuple[WidgetNode, ...]


class _Inherited(Struct, frozen=True):
    name: str = ""
    type: str = ""
    value: Obj = None
    holder: Ref | None = None
    depth: int = 0


def form_fields(view: View, context: Context) -> Iterator[Field]:
    """Yield the terminal fields of the form in order; loops are cut and noted."""
    seen: set[Ref] = set()
    steps = 0
    roots = view.list(view.acroform.get("Fields"))
    stack: list[tuple[Obj, _Inherited]] = [(node, _Inherited()) for node in reversed(roots)]
    while stack:
        node, above = stack.pop()
        ref = node if isinstance(node, Ref) else None
        if ref is not None and ref in seen:
            context.note("field-listed-twice", None, f"{ref.num}")
            continue
        if ref is not None:
            seen.add(ref)
        value = view.get(node)
        if not isinstance(value, Dict) or above.depth > _MAX_DEPTH:
            context.note("field-malformed", None, f"{node!r}"[:40])
            continue
        here = _inherit(view, value, ref, above)
        children, widgets = _kids(view, value, seen)
        steps += 1 + len(children) + len(widgets)
        if steps > _MAX_STEPS:
            context.note("form-too-large")
            return
        stack.extend((kid, here) for kid in reversed(children))
        if not children:
            own = (WidgetNode(ref, value),) if not widgets else ()
            yield Field(here.name, ref, value, here.type, here.value, here.holder, own + widgets)


def _inherit(view: View, node: Dict, ref: Ref | None, above: _Inherited) -> _Inherited:
    own = view.get(node.get("T"))
    name = above.name
    if isinstance(own, PdfString):
        part = text(own[: 4 * _MAX_NAME])
        name = (f"{above.name}.{part}" if above.name else part)[:_MAX_NAME]
    kind = view.get(node.get("FT"))
    value, holder = above.value, above.holder
    if node.get("V") is not None:
        value, holder = node["V"], ref if ref is not None else above.holder
    return _Inherited(
        name, str(kind) if isinstance(kind, str) else above.type, value, holder, above.depth + 1
    )


def _kids(view: View, node: Dict, seen: set[Ref]) -> tuple[list[Obj], tuple[WidgetNode, ...]]:
    """Split /Kids into fields of their own and widgets of this one (12.7.4.1)."""
    children: list[Obj] = []
    widgets: list[WidgetNode] = []
    for kid in view.list(node.get("Kids")):
        value = view.get(kid)
        if not isinstance(value, Dict) or (isinstance(kid, Ref) and kid in seen):
            continue  # a loop: the field stays the last of its line
        if "T" in value or "Kids" in value or value.get("V") is not None:
            children.append(kid)
        else:
            widgets.append(WidgetNode(kid if isinstance(kid, Ref) else None, value))
    return children, tuple(widgets)


# --- What a signature permits later: DocMDP, FieldMDP and /Lock

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
    field_mdp: tuple[FieldLock, ...] = ()
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
    field_mdp: list[FieldLock] = []
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
            field_mdp.append(_lock(view, parameters))
        elif isinstance(method, str):
            other.append(str(method))
    lock = view.dict(field.get("Lock")) if field else Dict()
    level = view.get(lock.get("P"))
    return Transforms(
        doc_mdp, tuple(field_mdp), _lock(view, lock) if "Action" in lock else None,
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
