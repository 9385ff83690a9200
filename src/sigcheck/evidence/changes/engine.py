"""The changes each update brought, judged once for all signatures (ISO 32000-2, 12.8.2.2)."""

from __future__ import annotations

from collections import Counter

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.changes.annotations import is_annotation, judge_annotation
from sigcheck.evidence.changes.catalog import judge_trailer
from sigcheck.evidence.changes.dangling import foreshadowed
from sigcheck.evidence.changes.fields import is_field, judge_field, judge_field_list
from sigcheck.evidence.changes.fieldtree import qualified_name
from sigcheck.evidence.changes.leftovers import judge_leftovers
from sigcheck.evidence.changes.pages import (
    is_box_rounded,
    is_node,
    is_page,
    judge_annotation_array,
    judge_page,
    nulled,
)
from sigcheck.evidence.changes.pair import Pair, Shared
from sigcheck.evidence.changes.structure import (
    judge_element,
    judge_tree_array,
    judge_tree_node,
)
from sigcheck.evidence.changes.uses import ANNOTATIONS, PAGES, STRUCTURE
from sigcheck.evidence.pdf import Dict, Obj, PdfDocument, Ref, Stream
from sigcheck.evidence.pdf.signatures import is_signature
from sigcheck.model.evidence import ChangeClass, ChangeItem

_CONTAINERS = ("ObjStm", "XRef")


def judge_altered(pair: Pair) -> None:
    """Judge every altered object that the walk from the trailer has not met: pages first."""
    order = {num: _rank(pair.new.object(num)) for num in pair.altered - pair.settled.keys()}
    for num in sorted(order, key=lambda n: (order[n], n)):
        if num not in pair.settled:
            pair.role = ANNOTATIONS
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
        pair.settle_object(num)
        pair.owners.setdefault(num, Counter())


def _array(pair: Pair, num: int, old: list[Obj], new: list[Obj]) -> None:
    if judge_annotation_array(pair, num, old, new):
        return
    owner = pair.form_tree.arrays.get(num)
    if owner is not None:
        pair.own(Ref(num, 0), owner.num)
        name = qualified_name(pair.new, pair.new.dict(owner))
        judge_field_list(pair, old, new, f"/Root/AcroForm//{name}/Kids", name)
    else:
        pair.role = STRUCTURE
        judge_tree_array(pair, num, old, new)


def _dictionary(pair: Pair, num: int, old: Dict, new: Dict) -> None:
    if is_page(new) and is_page(old):
        judge_page(pair, num, old, new)
    elif is_node(new) or is_node(old):
        _page_node(pair, num, old, new)
    elif is_signature(old) or is_signature(new):
        pair.undefined("signature-dictionary", f"//{num} 0 R", num=num, before=old, after=new)
        pair.settle_object(num)
    else:
        _rarer(pair, num, old, new)


def _rarer(pair: Pair, num: int, old: Dict, new: Dict) -> None:
    """What an update that signs seldom rewrites."""
    if is_field(pair, new) or is_field(pair, old):
        judge_field(pair, num, old, new)
    elif is_annotation(new) and is_annotation(old):
        judge_annotation(pair, num, old, new)
    else:
        pair.role = STRUCTURE
        if not judge_element(pair, num, old, new):
            judge_tree_node(pair, num, old, new)


def _page_node(pair: Pair, num: int, old: Dict, new: Dict) -> None:
    pair.shared.pages = None
    pair.role = PAGES
    pair.settle_object(num)
    for key in dict.fromkeys((*pair.differing(old, new), *nulled(old, new))):
        if pair.keeps_writer_mark(key, "/Root/Pages/", old, new, num):
            continue
        if is_box_rounded(pair, num, key, old.get(key), new.get(key)):
            pair.report(
                ChangeClass.EXTENSION, "page-box-rounded", f"/Root/Pages//{key}", num=num,
                before=old.get(key), after=new.get(key),
            )  # fmt: skip
            continue
        pair.undefined(
            "page-tree", f"/Root/Pages//{key}", num=num, before=old.get(key), after=new.get(key)
        )


# --- The changes each update brought, judged once for all signatures


def revision_changes(document: PdfDocument, since: int = 1) -> tuple[tuple[ChangeItem, ...], ...]:
    """Return the changes of every revision after the first, one tuple for each.

    Revisions up to `since` are not compared: nothing was signed yet, and their tuples are empty.
    A pair that could not be compared has one undefined change that says so. Raises
    LimitExceededError with LIMIT-CHANGES, LIMIT-TIME or an expansion limit.
    """
    shared = Shared(document)
    shared.foreshadowed = foreshadowed(document, since)
    limit = document.context.budget.limits.max_change_items
    left = limit
    results: list[tuple[ChangeItem, ...]] = []
    for revision in document.revisions[1:]:
        items: tuple[ChangeItem, ...] = ()
        if revision.number > since:
            items = _counted(_changes(shared, revision.number), revision.number)
        left -= len(items)
        if left < 0:
            raise LimitExceededError(f"more than {limit} changes", code="LIMIT-CHANGES")
        results.append(items)
    return tuple(results)


def _changes(shared: Shared, number: int) -> list[ChangeItem]:
    document = shared.document
    document.context.budget.check_time()
    pair = Pair(shared, document.view(number - 1), document.view(number))
    try:
        pair.partition()
        shared.advance(pair.altered | pair.fresh | pair.gone)
        judge_trailer(pair)
        judge_altered(pair)
        judge_leftovers(pair)
    except LimitExceededError:
        raise
    except (ValueError, ArithmeticError, RecursionError, LookupError, TypeError) as error:
        # What the rules cannot read is never harmless.
        pair.undefined("comparison-failed", "/", after=type(error).__name__)
    return pair.items


_MOST_UNDEFINED = 1_000
"""Undefined changes of one revision that are named; the rest is counted."""


def _counted(items: list[ChangeItem], number: int) -> tuple[ChangeItem, ...]:
    """Count the undefined changes beyond those named in one; every other is judged by itself."""
    undefined = [item for item in items if item.change is ChangeClass.UNDEFINED]
    more = len(undefined) - _MOST_UNDEFINED
    if more <= 0:
        return tuple(items)
    others = (item for item in items if item.change is not ChangeClass.UNDEFINED)
    rest = ChangeItem(
        ChangeClass.UNDEFINED, number, "more-changes", "/", after=f"{more} further changes"
    )
    return (*undefined[:_MOST_UNDEFINED], rest, *others)
