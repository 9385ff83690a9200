"""Annotations that come, go or change (ISO 32000-2, 12.5)."""

from __future__ import annotations

from sigcheck.evidence.changes.fieldtree import qualified_name
from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.changes.values import text
from sigcheck.evidence.changes.widgets import (
    appearance_touched,
    area_of,
    covers,
    normal_appearance,
    pages_of,
)
from sigcheck.evidence.pdf import Dict, Obj, Ref
from sigcheck.model.evidence import ChangeClass

_KNOWN = frozenset(
    {"Text", "FreeText", "Line", "Square", "Circle", "Polygon", "PolyLine", "Highlight",
     "Underline", "Squiggly", "StrikeOut", "Stamp", "Caret", "Ink", "Popup", "FileAttachment",
     "Redact"}
)  # fmt: skip
"""Subtypes that comment on a page; the others act, play or lead elsewhere."""
_MARKS = frozenset({"Highlight", "Underline", "Squiggly", "StrikeOut", "Ink", "Line", "Caret"})
"""Subtypes that leave what lies below readable, unless their appearance paints areas."""


def judge_added(pair: Pair, node: Obj, page: int, path: str) -> None:
    """Judge an annotation that a page did not have before."""
    value = pair.new.get(node)
    num = node.num if isinstance(node, Ref) else None
    if not isinstance(value, Dict):
        if value is not None:
            pair.undefined("annotation-malformed", path, num=num, page=page, after=node)
        return
    if value.get("Subtype") == "Widget":
        _added_widget(pair, node, value, page, path)
        return
    pair.settle(node)
    _report(pair, value, num, page, path, "annotation-added", None)


def _added_widget(pair: Pair, node: Obj, value: Dict, page: int, path: str) -> None:
    if isinstance(node, Ref) and node.num in pair.explained_widgets:
        return
    num = node.num if isinstance(node, Ref) else None
    name = qualified_name(pair.new, value)
    pair.undefined("widget-added", path, num=num, page=page, name=name, after=node)


def judge_removed(pair: Pair, node: Ref, page: int, path: str) -> None:
    """Judge an annotation that a page no longer has."""
    value = pair.old.get(node)
    pair.settle(node)
    if not isinstance(value, Dict):
        return
    if value.get("Subtype") == "Widget":
        name = qualified_name(pair.old, value)
        pair.undefined("widget-removed", path, num=node.num, page=page, name=name, before=value)
        return
    known = value.get("Subtype") in _KNOWN
    pair.report(
        ChangeClass.ANNOTATION if known else ChangeClass.UNDEFINED,
        "annotation-removed", path, num=node.num, page=page,
        rect=area_of(pair, value), before=value,
    )  # fmt: skip


def is_annotation(value: Obj) -> bool:
    """Say whether a dictionary is an annotation other than a widget (table 166)."""
    return (
        isinstance(value, Dict)
        and "Rect" in value
        and "Subtype" in value
        and value["Subtype"] != "Widget"
    )


def judge_annotation(pair: Pair, num: int, old: Dict, new: Dict) -> bool:
    """Judge an altered annotation; False when no page lists it."""
    pages = pages_of(pair, num)
    if not pages:
        return False
    pair.settled.add(num)
    changed = pair.differing(old, new)
    if "AP" not in changed and appearance_touched(pair, new):
        changed.append("AP")
    path = f"/Root/Pages//Page[{pages[0]}]/Annots//{','.join(changed)}"
    if old.get("Subtype") != new.get("Subtype"):
        pair.undefined("annotation-type", path, num=num, page=pages[0], before=old, after=new)
    elif changed in (["Popup"], ["M"]):
        pair.adopt(new)
        pair.report(
            ChangeClass.ANNOTATION, "annotation-changed", path, num=num, page=pages[0],
            before=old.get(changed[0]), after=new.get(changed[0]),
        )  # fmt: skip
    else:
        _report(pair, new, num, pages[0], path, "annotation-changed", old)
    return True


def _report(
    pair: Pair, value: Dict, num: int | None, page: int, path: str, rule: str, old: Dict | None
) -> None:
    problem = _problem(pair, value)
    if problem:
        pair.undefined(problem, path, num=num, page=page, before=old, after=value)
        return
    pair.adopt(value)
    over = covers(pair, value, num) if _opaque(pair, value) else ()
    pair.report(
        ChangeClass.ANNOTATION_HIDING if over else ChangeClass.ANNOTATION,
        rule, path, num=num, page=page, rect=area_of(pair, value),
        before=old if old is not None else "", after=value, covers=over,
    )  # fmt: skip


def _problem(pair: Pair, value: Dict) -> str:
    """Say why an annotation is more than a comment; empty when it isn't."""
    if "A" in value or "AA" in value or "PA" in value:
        return "annotation-action"
    if text(pair.new.get(value.get("Subtype"))) not in _KNOWN:
        return "annotation-type"
    return ""


def _opaque(pair: Pair, value: Dict) -> bool:
    """Say whether an annotation can hide what lies below it.

    One without an appearance is drawn by the viewer: a fill of its own (/IC), free text and
    redactions then count.
    """
    subtype = text(pair.new.get(value.get("Subtype")))
    appearance = normal_appearance(pair.new, value)
    if subtype in ("Popup", "Text", "FileAttachment") and appearance is None:
        return False
    if appearance is None:
        return subtype in ("FreeText", "Stamp", "Redact") or bool(pair.new.list(value.get("IC")))
    if subtype in _MARKS:
        from sigcheck.evidence.changes.painting import multiplies, paints_areas

        return paints_areas(pair.new, appearance) and not multiplies(pair.new, appearance)
    return True
