"""The catalog's entries: each has its rule, and an entry without one may not change (7.7.2)."""

from __future__ import annotations

from collections.abc import Callable

from sigcheck.evidence.changes.acroform import judge_form
from sigcheck.evidence.changes.bookkeeping import (
    judge_extensions,
    judge_mark_info,
    judge_names,
    judge_permissions,
    judge_private,
    judge_version,
)
from sigcheck.evidence.changes.dss import judge_dss, rewritten_below
from sigcheck.evidence.changes.equivalence import equivalent
from sigcheck.evidence.changes.metadata import judge_metadata
from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.changes.structure import judge_structure
from sigcheck.evidence.pdf import Dict, Obj, Ref
from sigcheck.model.evidence import ChangeClass

Rule = Callable[[Pair, Obj, Obj, int], None]
"""Takes the pair, an entry as it was and is, and the number of the object that holds it."""


_RULES: dict[str, Rule] = {
    "AcroForm": judge_form,
    "DSS": judge_dss,
    "Extensions": judge_extensions,
    "MarkInfo": judge_mark_info,
    "Metadata": judge_metadata,
    "Names": judge_names,
    "Perms": judge_permissions,
    "PieceInfo": judge_private,
    "LastModified": judge_private,
    "StructTreeRoot": judge_structure,
    "Version": judge_version,
}
_NAMED = {
    "AA": "active-content",
    "Collection": "active-content",
    "OCProperties": "optional-content",
    "OpenAction": "active-content",
    "Pages": "page-tree",
}
"""Rules under which the worst of the others are reported."""


def judge_catalog(pair: Pair) -> None:
    """Compare two catalogs entry by entry."""
    old, new = pair.old.catalog, pair.new.catalog
    root = pair.new.trailer.get("Root")
    number = root.num if isinstance(root, Ref) else 0
    if not new and old:
        pair.undefined("catalog-missing", "/Root", num=number)
        return
    pair.settle(root)
    changed = pair.differing(old, new, _RULES)
    for key in changed:
        if key in _RULES:
            _RULES[key](pair, old.get(key), new.get(key), number)
        else:
            _without_rule(pair, key, old, new, number)
    _spine(pair, old, new, number, changed)


def _without_rule(pair: Pair, key: str, old: Dict, new: Dict, number: int) -> None:
    rule = _NAMED.get(key, "catalog-entry")
    if equivalent(pair.old, old.get(key), pair.new, new.get(key)):
        pair.adopt(new.get(key))
        pair.report(ChangeClass.EXTENSION, "same-value", f"/Root/{key}", num=number)
        return
    pair.undefined(rule, f"/Root/{key}", num=number, before=old.get(key), after=new.get(key))


def _spine(pair: Pair, old: Dict, new: Dict, number: int, changed: list[str]) -> None:
    """Look behind entries that are the same reference to an array or dictionary of references."""
    form = new.get("AcroForm")
    if form is not None and "AcroForm" not in changed:
        inner = pair.new.dict(form)
        parts = [inner.get("Fields"), inner.get("DR"), *pair.new.dict(inner.get("DR")).values()]
        if any(pair.dirty(part) for part in parts):
            judge_form(pair, old.get("AcroForm"), form, number)
    store = new.get("DSS")
    if store is not None and "DSS" not in changed:
        kinds = (type(pair.new.object(num)) for num in pair.altered - pair.settled)
        if any(kind in (list, Dict) for kind in kinds) and rewritten_below(pair, store):
            judge_dss(pair, old.get("DSS"), store, number)
