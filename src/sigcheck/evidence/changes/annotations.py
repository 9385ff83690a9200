"""Annotations that come, go or change, and where widgets stand (ISO 32000-2, 12.5)."""

from __future__ import annotations

import re

from sigcheck.evidence.changes.content import area, common
from sigcheck.evidence.changes.cover import (
    Cover,
    covered_content,
    is_blank,
    multiplies,
    paints_areas,
)
from sigcheck.evidence.changes.fieldtree import qualified_name
from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.changes.values import keys_of, rectangle_at, references, same, text
from sigcheck.evidence.pdf import Dict, Obj, PdfString, Ref, Stream, View
from sigcheck.model.evidence import ChangeClass, Rect

_HIDDEN, _NO_VIEW = 1 << 1, 1 << 5
_NO_ZOOM, _NO_ROTATE = 1 << 3, 1 << 4
_MAX_PAGES = 16
"""Pages looked at for one annotation that stands on several."""
_DRAWS_NOTHING = frozenset({"R", "TP", "IF"})
"""Entries of /MK that only place what others draw (table 192)."""
_THIN = 2.0
"""Points: an appearance scaled into less is drawn elsewhere by some programs."""
_SMALLEST = 1.0
"""Points: a widget narrower or lower than this shows nothing."""


def place_of(pair: Pair, annotation: Dict, num: int | None) -> tuple[int | None, Rect | None]:
    """Return an annotation's page number and rectangle."""
    pages = pages_of(pair, num)
    return (pages[0] if pages else None), area_of(pair, annotation)


def area_of(pair: Pair, annotation: Dict) -> Rect | None:
    """Return an annotation's rectangle in the later revision."""
    return rect_of(pair.new, annotation)


def rect_of(view: View, annotation: Dict) -> Rect | None:
    """Return an annotation's rectangle as one revision has it."""
    return rectangle_at(view, annotation.get("Rect"))


def pages_of(pair: Pair, num: int | None) -> list[int]:
    """Return the pages whose /Annots list an annotation; what its /P says is only a hint."""
    return [] if num is None else pair.listing.get(num, [])


def visible(pair: Pair, annotation: Dict, rect: Rect | None) -> bool:
    """Say whether an annotation has room on the page and no flag that hides it (table 167)."""
    if rect is None or _is_hidden(pair, annotation):
        return False
    return min(rect[2] - rect[0], rect[3] - rect[1]) >= _SMALLEST


def normal_appearance(view: View, annotation: Dict) -> Stream | Dict | None:
    """Return /AP /N: a stream, or a dictionary of states; None when nothing is drawn."""
    found = view.get(view.dict(annotation.get("AP")).get("N"))
    if isinstance(found, Stream):
        return found if found.length else None
    return found if isinstance(found, Dict) and found else None


def widget_cover(pair: Pair, widget: Dict, num: int | None) -> Cover:
    """Return what a widget lies over: nothing when it has no appearance of its own.

    Flags that hide it do not count: programs differ in what they hide.
    """
    rect = area_of(pair, widget)
    if rect is None or normal_appearance(pair.new, widget) is None:
        return Cover()
    return _cover(pair, rect, num)


def widget_covers(pair: Pair, widget: Dict, num: int | None) -> tuple[str, ...]:
    """Return what a filled field lies over; lines, as of a printed form, do not count."""
    return tuple(kind for kind in widget_cover(pair, widget, num).touches if kind != "line")


def covered_unseen(pair: Pair, widget: Dict, num: int | None) -> tuple[str, ...]:
    """Return what lies below a widget without a look of its own, for programs to draw over."""
    rect = area_of(pair, widget)
    if rect is None or normal_appearance(pair.new, widget) is not None:
        return ()
    return tuple(kind for kind in _cover(pair, rect, num).touches if kind != "line")


def can_paint(pair: Pair, widget: Dict, num: int | None) -> bool:
    """Say whether anything of a widget can be drawn: an appearance, or what programs make of none.

    Its place, size, flags and colours do not matter: programs differ in what they hide. Nothing is
    shown anywhere by a rectangle without width and height (12.7.5.5) whose appearance draws
    nothing or has no size either, unless a flag has it drawn at its own size.
    """
    if _is_unread(pair, widget):
        return True
    if not pages_of(pair, num) and not widget.keys() & {"AP", "Rect"}:
        return False  # A field without a widget. What no page of ours lists, others may find.
    if pair.new.dict(widget.get("MK")).keys() - _DRAWS_NOTHING:
        return True
    raw = pair.new.get(widget.get("AP"))
    if not isinstance(raw, Dict | None):
        return True
    appearances = raw or Dict()
    has_no_area = _is_empty(area_of(pair, widget))
    is_bare = pair.new.get(appearances.get("N")) is None and not _is_hidden(pair, widget)
    if is_bare and not has_no_area:
        return True  # A signature field without an appearance gets a mark from some programs.
    is_empty = has_no_area and not _unscaled(pair, widget)
    return any(_draws(pair.new, value, sized=is_empty) for value in appearances.values())


def _is_unread(pair: Pair, widget: Dict) -> bool:
    """Say whether there are kids below, deeper than the rules follow a field."""
    return bool(pair.new.list(widget.get("Kids")))


def _is_empty(rect: Rect | None) -> bool:
    return rect is not None and rect[0] == rect[2] and rect[1] == rect[3]


def _is_hidden(pair: Pair, annotation: Dict) -> bool:
    flags = pair.new.get(annotation.get("F"))
    return isinstance(flags, int) and bool(flags & (_HIDDEN | _NO_VIEW))


def _unscaled(pair: Pair, widget: Dict) -> bool:
    """Say whether NoZoom or NoRotate is set: some programs then leave the rectangle aside."""
    flags = pair.new.get(widget.get("F"))
    return not isinstance(flags, int | None) or bool((flags or 0) & (_NO_ZOOM | _NO_ROTATE))


def leaves_rectangle(pair: Pair, widget: Dict) -> bool:
    """Say whether what a widget shows may lie elsewhere than in its rectangle.

    With NoZoom or NoRotate (12.5.3), in a rectangle too thin to scale an appearance into, or
    without a box to cut it to.
    """
    rect = area_of(pair, widget)
    if (
        _is_unread(pair, widget)
        or _is_boxless(pair.new, widget)
        or rect is None
        or min(rect[2] - rect[0], rect[3] - rect[1]) < _THIN
    ):
        return True
    return _unscaled(pair, widget)


def _is_boxless(view: View, widget: Dict) -> bool:
    """Say whether a look that draws has no /BBox, to which PDFium then cuts nothing (table 93)."""
    look = normal_appearance(view, widget)
    looks = [view.get(one) for one in look.values()] if isinstance(look, Dict) else [look]
    return any(
        isinstance(one, Stream)
        and not is_blank(one)
        and rectangle_at(view, one.dict.get("BBox")) is None
        for one in looks
    )


def _draws(view: View, appearance: Obj, *, sized: bool) -> bool:
    """Say whether an appearance draws; where `sized`, only one whose box has width and height."""
    value = view.get(appearance)
    if isinstance(value, Dict):
        return any(_draws_stream(view, view.get(state), sized=sized) for state in value.values())
    return _draws_stream(view, value, sized=sized)


def _draws_stream(view: View, value: Obj, *, sized: bool) -> bool:
    if is_blank(value):
        return False
    if not sized or not isinstance(value, Stream):
        return True
    box = rectangle_at(view, value.dict.get("BBox"))
    return box is None or area(box) > 0


def page_share(view: View, page: int | None, rect: Rect | None) -> float:
    """Return the part of a page's visible area that a rectangle takes; 0 where one is missing."""
    pages = view.pages()
    if page is None or rect is None or not 0 < page <= len(pages):
        return 0.0
    _, dictionary = pages[page - 1]
    media = rectangle_at(view, view.inherited(dictionary, "MediaBox"))
    crop = rectangle_at(view, view.inherited(dictionary, "CropBox"))
    whole = area(common(media, crop or media)) if media else 0.0
    return area(rect) / whole if whole else 1.0


def covers(pair: Pair, annotation: Dict, num: int | None) -> tuple[str, ...]:
    """Return what a visible annotation lies over for certain."""
    rect = area_of(pair, annotation)
    if rect is None or not visible(pair, annotation, rect):
        return ()
    return tuple(kind for kind in _cover(pair, rect, num).covers if kind != "unreadable")


def _cover(pair: Pair, rect: Rect, num: int | None) -> Cover:
    covers: dict[str, None] = {}
    touches: dict[str, None] = {}
    pages = pages_of(pair, num)
    if len(pages) > _MAX_PAGES:
        touches["unreadable"] = None
    for page in pages[:_MAX_PAGES]:
        over = covered_content(pair.old, page, rect, skip=num, boxes=pair.shared.boxes)
        covers |= dict.fromkeys(over.covers)
        touches |= dict.fromkeys(over.touches)
    return Cover(tuple(covers), tuple(touches))


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
        if key != "N" and key not in now:
            continue  # shown while the mouse is pressed or over it, if at all
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


# --- Annotations that come, go or change

_KNOWN = frozenset(
    {"Text", "FreeText", "Line", "Square", "Circle", "Polygon", "PolyLine", "Highlight",
     "Underline", "Squiggly", "StrikeOut", "Stamp", "Caret", "Ink", "Popup", "FileAttachment",
     "Redact"}
)  # fmt: skip
"""Subtypes that comment on a page; the others act, play or lead elsewhere."""
_LINK = "Link"
_TARGETS = {"URI": frozenset({"Type", "S", "URI", "IsMap"}), "GoTo": frozenset({"Type", "S", "D"})}
"""Actions of a link that only lead somewhere, with their entries (12.6.4.2, 12.6.4.8)."""
_ADDRESS = re.compile(rb"(?:https?://|mailto:)[!-~]++\Z", re.IGNORECASE)
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
    is_explained = isinstance(node, Ref) and node.num in pair.explained_widgets
    if isinstance(node, Ref) and is_explained and len(pages_of(pair, node.num)) == 1:
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
    pair.settle_object(num)
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
    problem = _problem(pair, value, old)
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


def _problem(pair: Pair, value: Dict, old: Dict | None) -> str:
    """Say why an annotation is more than a comment or a new link; empty when it isn't."""
    if old is None and _only_links(pair, value):
        return ""
    if "A" in value or "AA" in value or "PA" in value:
        return "annotation-action"
    if text(pair.new.get(value.get("Subtype"))) not in _KNOWN:
        return "annotation-type"
    return ""


def _only_links(pair: Pair, value: Dict) -> bool:
    """Say whether an annotation is a link to a place in the document or an address, no more."""
    if value.get("Subtype") != _LINK or {"AA", "PA"} & value.keys():
        return False
    action = pair.new.dict(value.get("A"))
    kind = pair.new.get(action.get("S"))
    if "A" in value and not action.keys() <= _TARGETS.get(text(kind), frozenset()):
        return False
    address = pair.new.get(action.get("URI"))
    plain = isinstance(address, PdfString) and _ADDRESS.match(bytes(address)) is not None
    return kind != "URI" or plain


def _opaque(pair: Pair, value: Dict) -> bool:
    """Say whether an annotation can hide what lies below it.

    One without an appearance is drawn by the viewer: a fill of its own (/IC), free text and
    redactions then count.
    """
    subtype = text(pair.new.get(value.get("Subtype")))
    appearance = normal_appearance(pair.new, value)
    if subtype in ("Popup", "Text", "FileAttachment", _LINK) and appearance is None:
        return False
    if appearance is None:
        return subtype in ("FreeText", "Stamp", "Redact") or bool(pair.new.list(value.get("IC")))
    if subtype in _MARKS:
        return paints_areas(pair.new, appearance) and not multiplies(pair.new, appearance)
    return True


# --- Appearance streams and dictionaries rewritten in place

_MAX_WIDGETS = 100_000


def judge_appearance_parts(pair: Pair) -> None:
    """Judge annotations whose own object is the same, but not the appearance it refers to."""
    rest = pair.altered - pair.settled.keys()
    if not rest:
        return
    from sigcheck.evidence.changes.fields import judge_field

    for num, annotation in _users(pair.new, rest).items():
        if num in pair.altered:
            continue  # judged with its object
        old = pair.old.dict(Ref(num, 0))
        if is_annotation(annotation):
            judge_annotation(pair, num, old, annotation)
        elif annotation.get("Subtype") == "Widget":
            judge_field(pair, num, old, annotation)


def _users(view: View, nums: set[int]) -> dict[int, Dict]:
    """Return the annotations whose /AP leads to one of the objects, by their number."""
    found: dict[int, Dict] = {}
    left = _MAX_WIDGETS
    for _, page in view.pages():
        for item in view.list(page.get("Annots")):
            left -= 1
            if left < 0:
                return found
            value = view.dict(item)
            if isinstance(item, Ref) and "AP" in value and _leads(view, value, nums):
                found[item.num] = value
    return found


def _leads(view: View, annotation: Dict, nums: set[int]) -> bool:
    """Say whether /AP, /N or one of its states is one of the objects."""
    raw = annotation["AP"]
    steps = [raw, view.get(raw)]
    appearance = view.dict(raw)
    steps += [view.get(value) for value in appearance.values()]
    own = [step for step in steps if not isinstance(step, Stream)]
    return any(ref.num in nums for step in own for ref in references(step))
