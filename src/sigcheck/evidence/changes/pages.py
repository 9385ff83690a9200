"""Pages: an update may put annotations on one, and nothing else (ISO 32000-2, 7.7.3)."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from sigcheck.evidence.changes.annotations import judge_added, judge_removed
from sigcheck.evidence.changes.equivalence import equivalent
from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.changes.values import rectangle, rectangle_at, same
from sigcheck.evidence.pdf import Dict, Name, Obj, PdfString, Ref, View
from sigcheck.model.evidence import ChangeClass

_BOXES = frozenset({"ArtBox", "BleedBox", "CropBox", "MediaBox", "TrimBox"})
_QUIET = frozenset({"Tabs", "StructParents", "LastModified", "PieceInfo"})


def is_page(value: Obj) -> bool:
    """Say whether a value is a page object (table 31)."""
    return isinstance(value, Dict) and value.get("Type") == "Page"


def is_node(value: Obj) -> bool:
    """Say whether a value is a page tree node (table 30)."""
    return isinstance(value, Dict) and value.get("Type") == "Pages"


def judge_page(pair: Pair, num: int, old: Dict, new: Dict) -> None:
    """Judge an altered page."""
    pair.settle_object(num)
    number = pair.shared.page_number(pair.new, Ref(num, 0))
    path = f"/Root/Pages//Page[{number}]"
    if number is None:
        # Not in the page tree: what else leads to it decides.
        del pair.settled[num]
        return
    quiet = []
    for key in dict.fromkeys((*pair.differing(old, new), *nulled(old, new))):
        before, after = old.get(key), new.get(key)
        if key == "Annots":
            _annotations(pair, before, after, num, number)
        elif key in _QUIET and _is_quiet(pair, key, after):
            quiet.append(key)
        elif is_box_rounded(pair, num, key, before, after):
            pair.report(
                ChangeClass.EXTENSION, "page-box-rounded", f"{path}/{key}", num=num, page=number,
                before=before, after=after,
            )  # fmt: skip
        elif _is_unchanged(pair, Ref(num, 0), key, old, new):
            pair.adopt(after)
            quiet.append(key)
        else:
            pair.undefined(
                "page-content", f"{path}/{key}", num=num, page=number, before=before, after=after
            )
    if quiet:
        pair.report(
            ChangeClass.EXTENSION, "page-entry", f"{path}/{','.join(quiet)}", num=num, page=number
        )


def is_box_rounded(pair: Pair, num: int, key: str, before: Obj, after: Obj) -> bool:
    """Say whether an entry is a page's box, its own or inherited, that was only rounded."""
    if key not in _BOXES:
        return False
    old, new = rectangle(pair.old.get(before)), rectangle(pair.new.get(after))
    return pair.is_rounded(num, key, old, new) and not pair.dirty(after)


_INHERITED = ("Resources", "MediaBox", "CropBox", "Rotate")
"""Page attributes that a page may take from the nodes above it (7.7.3.4)."""
_MAX_LEVELS = 64


def nulled(old: Dict, new: Dict) -> list[str]:
    """Return inheritable entries that became null, or no longer are: null hides what is above."""
    return [
        key
        for key in _INHERITED
        if (key in old) is not (key in new) and old.get(key) is new.get(key) is None
    ]


def _is_unchanged(pair: Pair, page: Ref, key: str, old: Dict, new: Dict) -> bool:
    """Say whether an entry says what the page had all along: by value, inherited, by default.

    /Rotate, the boxes (14.11.2.1), /Resources and /Contents of one stream (7.7.3.3). The nodes
    above must be found alike from the page and from the root: programs go either way.
    """
    before, after = old.get(key), new.get(key)
    if key == "Contents":
        streams = _streams(pair.old, before), _streams(pair.new, after)
        return equivalent(pair.old, streams[0], pair.new, streams[1])
    if key not in _INHERITED and key not in _BOXES:
        return key != "Parent" and equivalent(pair.old, before, pair.new, after)
    if not (before is None or after is None) and equivalent(pair.old, before, pair.new, after):
        return True
    if pair.shared.document.lists_pages_twice():
        return False
    levels = _levels(pair.old, page, old), _levels(pair.new, page, new)
    if not levels[0] or not levels[1]:
        return False
    before, after = _effective(pair.old, levels[0], key), _effective(pair.new, levels[1], key)
    return (
        _is_well_formed(pair.old, key, before)
        and _is_well_formed(pair.new, key, after)
        and equivalent(pair.old, before, pair.new, after)
    )


def _streams(view: View, value: Obj) -> Obj:
    """Return /Contents as a list; one stream is as good as a list of it (table 31)."""
    if value is None:
        return []
    return value if isinstance(view.get(value), list) else [value]


def _levels(view: View, page: Ref, found: Dict) -> list[Dict]:
    """Return a page and the nodes above it; none where the tree does not lead back the same way."""
    levels, node = [found], page
    root = view.catalog.get("Pages")
    while node != root:
        parent = levels[-1].get("Parent")
        above = view.get(parent)
        if (
            not isinstance(parent, Ref)
            or not isinstance(above, Dict)
            or not is_node(above)
            or len(levels) >= _MAX_LEVELS
            or view.list(above.get("Kids")).count(node) != 1
        ):
            return []
        levels.append(above)
        node = parent
    return levels


def _effective(view: View, levels: list[Dict], key: str) -> Obj:
    """Return what counts for a page; None where that is not clear, or there is nothing.

    Null is as good as nothing (7.3.9) only where it hides no value above.
    """
    above = levels if key in _INHERITED else levels[:1]
    written = [view.get(level[key]) for level in above if key in level]
    if any(value is not None for value in written):
        return None if None in written else written[0]
    match key:
        case "Rotate":
            return 0
        case "CropBox":
            return _effective(view, levels, "MediaBox")
        case "BleedBox" | "TrimBox" | "ArtBox":
            return _effective(view, levels, "CropBox")
    return None


def _is_well_formed(view: View, key: str, value: Obj) -> bool:
    if key == "Rotate":
        return type(value) is int and value % 90 == 0
    if key == "Resources":
        return isinstance(value, Dict)
    return rectangle_at(view, value) is not None


def _is_quiet(pair: Pair, key: str, after: Obj) -> bool:
    """Entries nobody sees: the tab order, the key into the structure tree, an editor's notes."""
    value = pair.new.get(after)
    if key == "Tabs":
        return isinstance(value, Name)
    if key == "StructParents":
        return isinstance(value, int)
    if key == "LastModified":
        return isinstance(value, PdfString)
    return not pair.leads_to_changed(after)


def _annotations(pair: Pair, before: Obj, after: Obj, holder: int, number: int) -> None:
    now = pair.new.get(after)
    path = f"/Root/Pages//Page[{number}]/Annots"
    if after is not None and not isinstance(now, list):
        pair.undefined("annotations", path, num=holder, page=number, before=before, after=after)
        return
    pair.own(after, holder)
    compare_annotations(
        pair, pair.old.list(before), now if isinstance(now, list) else [], number, path
    )


def compare_annotations(pair: Pair, was: list[Obj], now: list[Obj], number: int, path: str) -> None:
    """Compare a page's annotations: those that came, went, or changed their order."""
    before = {ref.num: ref for ref in was if isinstance(ref, Ref)}
    after = {ref.num: ref for ref in now if isinstance(ref, Ref)}
    for num, ref in before.items():
        if num not in after or num in pair.gone:
            judge_removed(pair, ref, number, path)
    # Drawn in this order, and as often as they are listed: the last one lies on top.
    kept = before.keys() & after.keys()
    if _order(was, kept) != _order(now, kept):
        pair.undefined("annotation-order", path, page=number, before=was, after="")
    for index, item in enumerate(now):
        if isinstance(item, Ref) and item.num not in before:
            judge_added(pair, item, number, f"{path}[{index}]")
    _direct(pair, was, now, number, path)


def _order(items: list[Obj], kept: AbstractSet[int]) -> list[int]:
    return [item.num for item in items if isinstance(item, Ref) and item.num in kept]


def _direct(pair: Pair, was: list[Obj], now: list[Obj], number: int, path: str) -> None:
    """Annotations written directly in the array have no number to follow them by."""
    before = [item for item in was if not isinstance(item, Ref)]
    after = [(i, item) for i, item in enumerate(now) if not isinstance(item, Ref)]
    if len(after) < len(before):
        pair.undefined("annotation-removed", path, page=number)
        return
    for index, item in after:
        if before and same(before[0], item) and not pair.touched(_without_pages(pair, item)):
            before.pop(0)
        else:
            judge_added(pair, item, number, f"{path}[{index}]")
    if before:
        pair.undefined("annotation-changed", path, page=number, before=before[0])


def _without_pages(pair: Pair, value: Obj) -> Obj:
    """Return an annotation without what leads to pages: those are judged by themselves."""
    if isinstance(value, Dict):
        return Dict((key, _without_pages(pair, item)) for key, item in value.items())
    if isinstance(value, list):
        return [_without_pages(pair, item) for item in value]
    return None if is_page(pair.new.get(value)) and isinstance(value, Ref) else value


def judge_annotation_array(pair: Pair, num: int, old: Obj, new: Obj) -> bool:
    """Judge an altered indirect array, if a page lists its annotations in it."""
    number = pair.annotation_arrays.get(num)
    if number is None or not isinstance(old, list) or not isinstance(new, list):
        return False
    page = pair.new.pages()[number - 1][0]
    pair.own(Ref(num, 0), page.num if page else 0)
    compare_annotations(pair, old, new, number, f"/Root/Pages//Page[{number}]/Annots")
    return True
