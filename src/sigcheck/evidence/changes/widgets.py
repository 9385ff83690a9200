"""Where a widget stands, whether it is seen, and what it lies over (ISO 32000-2, 12.5.5)."""

from __future__ import annotations

from sigcheck.evidence.changes.cover import covered_content
from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.changes.values import keys_of, rectangle, same
from sigcheck.evidence.pdf import Dict, Obj, Ref, Stream, View
from sigcheck.model.evidence import Rect

_HIDDEN, _NO_VIEW = 1 << 1, 1 << 5
_MAX_PAGES = 16
"""Pages looked at for one annotation that stands on several."""
_SMALLEST = 1.0
"""Points: a widget narrower or lower than this shows nothing."""


def place_of(pair: Pair, annotation: Dict, num: int | None) -> tuple[int | None, Rect | None]:
    """Return an annotation's page number and rectangle."""
    pages = pages_of(pair, num)
    return (pages[0] if pages else None), area_of(pair, annotation)


def area_of(pair: Pair, annotation: Dict) -> Rect | None:
    """Return an annotation's rectangle."""
    values = pair.new.list(annotation.get("Rect"))
    return rectangle([pair.new.get(value) for value in values[:8]])


def pages_of(pair: Pair, num: int | None) -> list[int]:
    """Return the pages whose /Annots list an annotation; what its /P says is only a hint."""
    return [] if num is None else pair.listing.get(num, [])


def visible(pair: Pair, annotation: Dict, rect: Rect | None) -> bool:
    """Say whether an annotation has room on the page and no flag that hides it (table 167)."""
    flags = pair.new.get(annotation.get("F"))
    if isinstance(flags, int) and flags & (_HIDDEN | _NO_VIEW):
        return False
    return rect is not None and min(rect[2] - rect[0], rect[3] - rect[1]) >= _SMALLEST


def normal_appearance(view: View, annotation: Dict) -> Stream | Dict | None:
    """Return /AP /N: a stream, or a dictionary of states; None when nothing is drawn."""
    found = view.get(view.dict(annotation.get("AP")).get("N"))
    if isinstance(found, Stream):
        return found if found.length else None
    return found if isinstance(found, Dict) and found else None


def widget_covers(pair: Pair, widget: Dict, num: int | None) -> tuple[str, ...]:
    """Return what a widget lies over: nothing when it has no appearance of its own."""
    if normal_appearance(pair.new, widget) is None:
        return ()
    return covers(pair, widget, num)


def covers(pair: Pair, annotation: Dict, num: int | None) -> tuple[str, ...]:
    """Return what a visible annotation lies over."""
    rect = area_of(pair, annotation)
    if rect is None or not visible(pair, annotation, rect):
        return ()
    found: dict[str, None] = {}
    for page in pages_of(pair, num)[:_MAX_PAGES]:
        over = covered_content(pair.old, page, rect, skip=num, boxes=pair.shared.boxes)
        found.update(dict.fromkeys(over))
    return tuple(found)


def appearance_touched(pair: Pair, annotation: Dict) -> bool:
    """Say whether the update rewrote an appearance dictionary or stream in place."""
    raw = annotation.get("AP")
    if raw is None:
        return False
    if pair.touched(raw):
        return True
    inner = pair.new.dict(raw)
    return pair.touched(inner) or any(
        pair.touched(states)
        for states in (pair.new.get(value) for value in inner.values())
        if isinstance(states, Dict)
    )


def new_appearance(pair: Pair, before: Obj, after: Obj, holder: int) -> str:
    """Explain a changed /AP: the normal appearance only, drawn by new streams.

    Returns why not, empty when it is explained.
    """
    was, now = pair.old.dict(before), pair.new.get(after)
    if not isinstance(now, Dict):
        return "no appearance dictionary"
    pair.own(after, holder)
    owner = after.num if isinstance(after, Ref) else holder
    for key in keys_of(was, now):
        if key != "N":
            if not same(was.get(key), now.get(key)) or pair.touched(now.get(key)):
                return f"/{key} appearance changed"
            continue
        problem = _drawn_anew(pair, was.get(key), now.get(key), owner)
        if problem:
            return problem
    return ""


def _drawn_anew(pair: Pair, before: Obj, after: Obj, holder: int) -> str:
    value = pair.new.get(after)
    if same(before, after) and not pair.touched(after) and isinstance(value, Stream):
        return ""
    if isinstance(value, Stream):
        return _stream(pair, before, after, holder)
    if not isinstance(value, Dict):
        return "no appearance stream"
    pair.own(after, holder)
    owner = after.num if isinstance(after, Ref) else holder
    was = pair.old.dict(before)
    for state in value:
        if not same(was.get(state), value[state]) or pair.touched(value[state]):
            problem = _stream(pair, was.get(state), value[state], owner)
            if problem:
                return problem
    return ""


def _stream(pair: Pair, before: Obj, after: Obj, holder: int) -> str:
    """One appearance stream: new, or the same object with new contents and no other user."""
    if not isinstance(after, Ref) or not isinstance(pair.new.get(after), Stream):
        return "no appearance stream"
    if after.num in pair.fresh:
        pair.adopt(after)
        return ""
    if not (isinstance(before, Ref) and before.num == after.num):
        return "appearance taken from an older object"
    pair.own(after, holder)
    pair.adopt(pair.new.get(after))
    return ""
