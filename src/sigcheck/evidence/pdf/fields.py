"""The interactive form's fields, nested and merged, with inherited values (ISO 32000-2, 12.7.4)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from sigcheck.evidence.pdf.context import Context
from sigcheck.evidence.pdf.objects import Dict, Obj, PdfString, Ref
from sigcheck.evidence.pdf.text import text
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
