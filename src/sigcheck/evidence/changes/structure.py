"""The structure tree: an update that adds a widget may tag it (ISO 32000-2, 14.7)."""

from __future__ import annotations

from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.changes.values import same
from sigcheck.evidence.pdf import Dict, Name, Obj, PdfString, Ref, View
from sigcheck.model.evidence import ChangeClass

_PATH = "/Root/StructTreeRoot"
_ELEMENT_KEYS = frozenset(
    {"Type", "S", "P", "Pg", "K", "ID", "T", "Lang", "A", "C", "R", "Alt", "NS", "Ref"}
)
_TREE_KEYS = frozenset({"Nums", "Names", "Kids", "Limits", "Type"})
_MAX_NEW = 20_000
"""New structure elements looked at in one update."""


def judge_structure(pair: Pair, before: Obj, after: Obj, number: int) -> None:
    """/StructTreeRoot: elements may be added; what was tagged stays as it was."""
    was, now = pair.old.dict(before), pair.new.get(after)
    if not isinstance(now, Dict):
        pair.undefined("structure-tree", _PATH, num=number, before=before, after=after)
        return
    pair.settle(after)
    holder = after.num if isinstance(after, Ref) else number
    for key in pair.differing(was, now, ("K", "ParentTree", "IDTree")):
        if not _root_entry(pair, key, was, now, fresh=not was):
            pair.undefined(
                "structure-tree",
                f"{_PATH}/{key}",
                num=holder,
                before=was.get(key),
                after=now.get(key),
            )
            return
    pair.adopt(now)
    pair.report(ChangeClass.EXTENSION, "structure-tree", _PATH, num=holder, before=was, after=now)


def _root_entry(pair: Pair, key: str, was: Dict, now: Dict, *, fresh: bool) -> bool:
    value = now.get(key)
    if key == "K":
        return _kids_added(pair, was.get(key), value)
    if key == "ParentTreeNextKey":
        return isinstance(pair.new.get(value), int)
    if key in ("ParentTree", "IDTree"):
        return _tree(pair, was.get(key), value)
    return key == "Type" or (fresh and key in ("RoleMap", "ClassMap", "Namespaces"))


def judge_element(pair: Pair, num: int, old: Dict, new: Dict) -> bool:
    """Judge an altered structure element; False when it isn't one."""
    if not is_element(old) or not is_element(new):
        return False
    changed = pair.differing(old, new, ("K",))
    bad = next((key for key in changed if not _element_entry(pair, key, old, new)), None)
    pair.settle_object(num)
    if bad is None:
        pair.report(
            ChangeClass.EXTENSION, "structure-element", _PATH, num=num, before=old, after=new
        )
    else:
        pair.undefined(
            "structure-element", f"{_PATH}//{bad}", num=num, before=old.get(bad), after=new.get(bad)
        )
    return True


def _element_entry(pair: Pair, key: str, old: Dict, new: Dict) -> bool:
    if key in ("P", "Pg"):
        return same(old.get(key), new.get(key))
    return key == "K" and _kids_added(pair, old.get(key), new.get(key))


def is_element(value: Obj) -> bool:
    """Say whether a value is a structure element (table 355)."""
    return (
        isinstance(value, Dict)
        and (value.get("Type") == "StructElem" or ("S" in value and "P" in value))
        and "Subtype" not in value
    )


def _kids_added(pair: Pair, before: Obj, after: Obj) -> bool:
    """Every kid that was there is still there, in order; those that came are honest elements."""
    was, now = _as_list(pair.old.get(before), before), _as_list(pair.new.get(after), after)
    if isinstance(pair.new.get(after), list):
        pair.settle(after)
    added: list[Obj] = []
    at = 0
    for kid in now:
        if at < len(was) and same(was[at], kid):
            at += 1
        else:
            added.append(kid)
    return at == len(was) and all(_honest(pair, kid, 0) for kid in added)


def _as_list(value: Obj, raw: Obj) -> list[Obj]:
    if isinstance(value, list):
        return value
    return [] if value is None else [raw]


def _honest(pair: Pair, kid: Obj, depth: int) -> bool:
    """A new element tags annotations: it brings no words of its own for what the page shows."""
    value = pair.new.get(kid)
    if not isinstance(value, Dict) or depth > 64:
        return False
    if isinstance(kid, Ref) and kid.num not in pair.fresh:
        return False
    if isinstance(kid, Ref):
        pair.settle_object(kid.num)
    if value.get("Type") == "OBJR":
        return True
    if not value.keys() <= _ELEMENT_KEYS or not isinstance(value.get("S"), Name):
        return False
    kids = _as_list(pair.new.get(value.get("K")), value.get("K"))
    return all(_honest(pair, inner, depth + 1) for inner in kids[:_MAX_NEW])


def _tree(pair: Pair, before: Obj, after: Obj) -> bool:
    """A number or name tree of elements: entries may be added or extended."""
    was, now = pair.old.dict(before), pair.new.get(after)
    if not isinstance(now, Dict) or not now.keys() <= _TREE_KEYS:
        return False
    pair.settle(after)
    return _leaf(pair, was, now) and _inner(pair, was, now)


def judge_tree_node(pair: Pair, num: int, old: Dict, new: Dict) -> bool:
    """Judge an altered node of the parent tree; False when it isn't one."""
    if not new.keys() | old.keys() <= _TREE_KEYS or num not in _tree_parts(pair.new):
        return False
    if not (_leaf(pair, old, new) and _inner(pair, old, new)):
        return False
    pair.settle_object(num)
    pair.adopt(new)
    pair.report(
        ChangeClass.EXTENSION,
        "structure-tree",
        f"{_PATH}/ParentTree",
        num=num,
        before=old,
        after=new,
    )
    return True


def judge_tree_array(pair: Pair, num: int, old: list[Obj], new: list[Obj]) -> bool:
    """Judge an altered array of a page's elements; False when it isn't one, or lost any."""
    holder = _tree_parts(pair.new).get(num)
    if holder is None or not same(old, new[: len(old)]):
        return False
    if not all(_points_at_element(pair, value) for value in new[len(old) :]):
        return False
    pair.own(Ref(num, 0), holder)
    pair.report(ChangeClass.EXTENSION, "structure-tree", f"{_PATH}/ParentTree", num=num)
    return True


def _tree_parts(view: View) -> dict[int, int]:
    """Return the parent tree's nodes and arrays, and the object that holds each."""
    root = view.dict(view.catalog.get("StructTreeRoot"))
    held: dict[int, int] = {}
    stack = [(root.get(key), 0) for key in ("ParentTree", "IDTree")]
    while stack:
        item, holder = stack.pop()
        if isinstance(item, Ref):
            if item.num in held:
                continue
            held[item.num] = holder
            holder = item.num
        node = view.get(item)
        if isinstance(node, Dict) and node.keys() <= _TREE_KEYS:
            stack += [(kid, holder) for kid in view.list(node.get("Kids"))]
            arrays = [v for v in view.list(node.get("Nums"))[1::2] if isinstance(v, Ref)]
            held.update((ref.num, holder) for ref in arrays if ref.num not in held)
    return held


def _inner(pair: Pair, was: Dict, now: Dict) -> bool:
    known = {ref.num for ref in pair.old.list(was.get("Kids")) if isinstance(ref, Ref)}
    kids = [ref for ref in pair.new.list(now.get("Kids")) if isinstance(ref, Ref)]
    if not known <= {ref.num for ref in kids}:
        return False
    pair.settle(now.get("Kids"))
    return all(
        _tree(pair, None, ref) for ref in kids if ref.num not in known and ref.num in pair.fresh
    )


def _leaf(pair: Pair, was: Dict, now: Dict) -> bool:
    for key in ("Nums", "Names"):
        before, after = _entries(pair.old.list(was.get(key))), _entries(pair.new.list(now.get(key)))
        if before is None or after is None or not before.keys() <= after.keys():
            return False
        pair.settle(now.get(key))
        if not all(_slot(pair, before.get(k), value) for k, value in after.items()):
            return False
    return True


def _entries(values: list[Obj]) -> dict[int | PdfString, Obj] | None:
    keys = values[::2]
    if len(values) % 2 or not all(isinstance(key, int | PdfString) for key in keys):
        return None
    return dict(zip(keys, values[1::2], strict=True))  # type: ignore[arg-type]


def _slot(pair: Pair, before: Obj, after: Obj) -> bool:
    """One slot: an element, or the array of a page's elements, which may grow."""
    if same(before, after) and not pair.touched(after):
        return True
    was, now = pair.old.get(before), pair.new.get(after)
    if isinstance(now, list):
        pair.settle(after)
        old = was if isinstance(was, list) else []
        return same(old, now[: len(old)]) and all(
            _points_at_element(pair, value) for value in now[len(old) :]
        )
    return _points_at_element(pair, after) and (was is None or same(before, after))


def _points_at_element(pair: Pair, value: Obj) -> bool:
    if value is None:
        return True
    found = pair.new.get(value)
    return isinstance(value, Ref) and isinstance(found, Dict) and is_element(found)
