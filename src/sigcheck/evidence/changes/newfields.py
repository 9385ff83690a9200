"""Fields that an update adds: signature fields, signed or not (ISO 32000-2, 12.7.5.5)."""

from __future__ import annotations

from collections.abc import Iterator

from sigcheck.evidence.changes.fieldtree import field_type, qualified_name
from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.changes.values import text
from sigcheck.evidence.changes.widgets import place_of, widget_covers
from sigcheck.evidence.pdf import Dict, Obj, PdfString, Ref
from sigcheck.evidence.pdf.signatures import is_signature
from sigcheck.model.evidence import ChangeClass

_MAX_DEPTH = 32
_ACTIONS = ("A", "AA")


def judge_new_field(pair: Pair, node: Obj, path: str, above: str, depth: int = 0) -> None:
    """Judge a field that was not in the form before."""
    value = pair.new.get(node)
    num = node.num if isinstance(node, Ref) else None
    if not isinstance(value, Dict) or depth > _MAX_DEPTH:
        pair.undefined("new-field-malformed", path, num=num, after=node)
        return
    problem = _problem(pair, node, value)
    name = qualified_name(pair.new, value) if isinstance(node, Ref) else _joined(above, value)
    pair.settle(node)
    if problem:
        pair.explained_widgets.add(num or 0)
        pair.undefined(problem, path, num=num, name=name, after=node)
        return
    named_kids = [kid for kid in pair.new.list(value.get("Kids")) if _named(pair, kid)]
    if named_kids:
        for index, kid in enumerate(named_kids):
            judge_new_field(pair, kid, f"{path}/Kids[{index}]", name, depth + 1)
    else:
        _terminal(pair, value, num, path, name)


def _joined(above: str, value: Dict) -> str:
    own = text(value.get("T"))
    return f"{above}.{own}" if above else own


def _named(pair: Pair, kid: Obj) -> bool:
    value = pair.new.get(kid)
    return isinstance(value, Dict) and ("T" in value or "Kids" in value)


def _problem(pair: Pair, node: Obj, value: Dict) -> str:
    """Say what is wrong with a new field by itself; empty when nothing is."""
    own = pair.new.get(value.get("T"))
    if isinstance(node, Ref) and node.num not in pair.fresh:
        return "old-object-as-field"
    if not isinstance(own, PdfString) or not own:
        return "field-name-missing"
    if "." in text(own):
        return "field-name-malformed"
    if any(key in value for key in _ACTIONS):
        return "field-action"
    kind = field_type(pair.new, value)
    if kind and kind != "Sig":
        return "new-form-field"
    return ""


def _terminal(pair: Pair, value: Dict, num: int | None, path: str, name: str) -> None:
    names = pair.shared.field_names(pair.old)
    if name in names:
        pair.undefined("field-name-duplicate", path, num=num, name=name, after=name)
        return
    names.add(name)
    problem = signature_problem(pair, value.get("V")) or _widget_problem(pair, value, num)
    if field_type(pair.new, value) != "Sig":
        problem = "field-type-missing"
    if problem:
        pair.undefined(problem, path, num=num, name=name, after=value.get("V"))
        return
    pair.adopt(value)
    report_signature(pair, value, num, path, name, "new-signature-field")


def signature_problem(pair: Pair, raw: Obj) -> str:
    """Say why a new /V is no new signature; empty when it is one, or when there is none."""
    if raw is None:
        return ""
    value = pair.new.get(raw)
    if value is None:
        return ""
    if not isinstance(value, Dict) or not is_signature(value):
        return "signature-malformed"
    if isinstance(raw, Ref) and raw.num not in pair.fresh:
        return "signature-recycled"
    return ""


def report_signature(
    pair: Pair, value: Dict, num: int | None, path: str, name: str, rule: str
) -> None:
    """Name a field that is signed now, or a new one left unsigned, with each of its widgets."""
    signed = pair.new.get(value.get("V"))
    kind = _class_of(signed)
    if kind is ChangeClass.EXTENSION:
        rule = "document-timestamp"
    elif kind is ChangeClass.NEW_FIELD:
        rule = "unsigned-signature-field"
    for widget, number in _widgets(pair, value, num):
        pair.explained_widgets.add(number or 0)
        page, rect = place_of(pair, widget, number)
        over = widget_covers(pair, widget, number)
        pair.report(
            kind if not (over and kind is ChangeClass.EXTENSION) else ChangeClass.SIGNATURE,
            rule, path, num=num, page=page, rect=rect, name=name,
            after=_summary(signed),
            covers=over,
        )  # fmt: skip


def _class_of(signed: Obj) -> ChangeClass:
    if not isinstance(signed, Dict):
        return ChangeClass.NEW_FIELD
    if signed.get("Type") == "DocTimeStamp" or signed.get("SubFilter") == "ETSI.RFC3161":
        return ChangeClass.EXTENSION
    return ChangeClass.SIGNATURE


def _widget_problem(pair: Pair, value: Dict, num: int | None) -> str:
    """Say what is wrong with a new field's widgets: they are new themselves, and do not act."""
    for widget, number in _widgets(pair, value, num):
        if number is not None and number not in pair.fresh:
            return "old-object-as-field"
        if any(key in widget for key in _ACTIONS):
            return "field-action"
    return ""


def _summary(signed: Obj) -> str:
    if not isinstance(signed, Dict):
        return ""
    return f"/{text(signed.get('Type')) or 'Sig'} {text(signed.get('SubFilter'))}".strip()


def _widgets(pair: Pair, value: Dict, num: int | None) -> Iterator[tuple[Dict, int | None]]:
    """Yield the field's widgets: itself, its nameless kids, or itself when there are none."""
    kids = [kid for kid in pair.new.list(value.get("Kids")) if isinstance(pair.new.get(kid), Dict)]
    if not kids:
        yield value, num
    for kid in kids[:64]:
        found = pair.new.get(kid)
        if isinstance(found, Dict):
            yield found, kid.num if isinstance(kid, Ref) else None
