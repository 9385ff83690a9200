"""Objects that an update rewrote: each goes to the rule of what it is."""

from __future__ import annotations

from collections import Counter

from sigcheck.evidence.changes.acroform import judge_field_list
from sigcheck.evidence.changes.annotations import is_annotation, judge_annotation
from sigcheck.evidence.changes.fieldtree import qualified_name
from sigcheck.evidence.changes.pages import (
    is_node,
    is_page,
    judge_annotation_array,
    judge_page,
)
from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.pdf import Dict, Obj, Ref, Stream
from sigcheck.evidence.pdf.signatures import is_signature

_CONTAINERS = ("ObjStm", "XRef")


def judge_altered(pair: Pair) -> None:
    """Judge every altered object that the walk from the trailer has not met: pages first."""
    order = {num: _rank(pair.new.object(num)) for num in pair.altered - pair.settled}
    for num in sorted(order, key=lambda n: (order[n], n)):
        if num not in pair.settled:
            _judge(pair, num, pair.old.object(num), pair.new.object(num))


def _rank(value: Obj) -> int:
    """Fields before pages, so that a page's new widgets are known; streams last."""
    if is_page(value):
        return 1
    if isinstance(value, list | Stream):
        return 2
    return 0


def _judge(pair: Pair, num: int, old: Obj, new: Obj) -> None:
    if isinstance(old, Stream) and isinstance(new, Stream):
        _container(pair, num, old, new)
    elif isinstance(old, list) and isinstance(new, list):
        _array(pair, num, old, new)
    elif isinstance(old, Dict) and isinstance(new, Dict):
        _dictionary(pair, num, old, new)


def _container(pair: Pair, num: int, old: Stream, new: Stream) -> None:
    """An object stream: its objects are judged one by one, and nothing may use it as a stream."""
    kinds = {old.dict.get("Type"), new.dict.get("Type")}
    if len(kinds) == 1 and kinds <= set(_CONTAINERS):
        pair.settled.add(num)
        pair.owners.setdefault(num, Counter())


def _array(pair: Pair, num: int, old: list[Obj], new: list[Obj]) -> None:
    if judge_annotation_array(pair, num, old, new):
        return
    owner = pair.kids_arrays.get(num)
    if owner is not None:
        pair.own(Ref(num, 0), owner.num)
        name = qualified_name(pair.new, pair.new.dict(owner))
        judge_field_list(pair, old, new, f"/Root/AcroForm//{name}/Kids", name)
    else:
        from sigcheck.evidence.changes.structure import judge_tree_array

        judge_tree_array(pair, num, old, new)


def _dictionary(pair: Pair, num: int, old: Dict, new: Dict) -> None:
    if is_page(new) and is_page(old):
        judge_page(pair, num, old, new)
    elif is_node(new) or is_node(old):
        _page_node(pair, num, old, new)
    elif is_signature(old) or is_signature(new):
        pair.undefined("signature-dictionary", f"//{num} 0 R", num=num, before=old, after=new)
        pair.settled.add(num)
    else:
        _rarer(pair, num, old, new)


def _rarer(pair: Pair, num: int, old: Dict, new: Dict) -> None:
    """What an update that signs seldom rewrites; the rules are imported with the first."""
    from sigcheck.evidence.changes.fields import is_field, judge_field
    from sigcheck.evidence.changes.structure import judge_element, judge_tree_node

    if is_field(pair, new) or is_field(pair, old):
        judge_field(pair, num, old, new)
    elif is_annotation(new) and is_annotation(old):
        judge_annotation(pair, num, old, new)
    elif not judge_element(pair, num, old, new):
        judge_tree_node(pair, num, old, new)


def _page_node(pair: Pair, num: int, old: Dict, new: Dict) -> None:
    pair.shared.pages = None
    pair.settled.add(num)
    for key in pair.differing(old, new):
        pair.undefined(
            "page-tree", f"/Root/Pages//{key}", num=num, before=old.get(key), after=new.get(key)
        )
