"""What an appearance lies over, and whether it paints areas that hide or marks only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from sigcheck.evidence.changes.content import (
    EVERYWHERE,
    Box,
    Boxes,
    PageDrawing,
    area,
    contents_key,
    exactly,
    is_covered,
    is_touched,
)
from sigcheck.evidence.changes.fieldtree import field_type, qualified_name
from sigcheck.evidence.changes.values import rectangle_at
from sigcheck.evidence.pdf import Dict, Obj, Ref, Stream, View
from sigcheck.model.evidence import Rect

_FILLS = re.compile(rb"(?<![^\s\]>)])(?:f\*?|F|B\*?|b\*?|S|s|sh|Do|BI)(?![^\s\[<(/])")
_SHOWS = re.compile(rb"(?<![^\s\]>)])(?:Tj|TJ|'|\")(?![^\s\[<(/])")
_COMMENT = re.compile(rb"%[^\r\n]*")
_MAX_APPEARANCE = 1024 * 1024
_MAX_STATES = 16
_DARKENING = ("Multiply", "Darken", "ColorBurn")


def fills_areas(view: View, appearance: Stream | Dict) -> bool:
    """Say whether an appearance fills paths, or paints images or forms (8.5.3, 8.9)."""
    found = [_decoded(stream) for stream in _streams(view, appearance)]
    return any(data is None or _FILLS.search(data) for data in found)


def is_blank(value: Obj) -> bool:
    """Say whether an appearance stream holds nothing but white space and comments, for everybody.

    One that is large, or encoded in a way that programs may read differently, is not blank.
    """
    if value is None:
        return True
    data = _decoded(value) if isinstance(value, Stream) else None
    return data is not None and not _COMMENT.sub(b"", data).strip(b"\0\t\n\f\r ")


def paints_areas(view: View, appearance: Stream | Dict) -> bool:
    """Say whether an appearance fills areas or shows text; one without streams counts, too."""
    found = [_decoded(stream) for stream in _streams(view, appearance)]
    return not found or any(
        data is None or _FILLS.search(data) or _SHOWS.search(data) for data in found
    )


def multiplies(view: View, appearance: Stream | Dict) -> bool:
    """Say whether an appearance mixes with what lies below, which stays readable (11.3.5)."""
    for stream in _streams(view, appearance):
        resources = view.dict(stream.dict.get("Resources"))
        states = view.dict(resources.get("ExtGState"))
        modes = [view.dict(state).get("BM") for state in list(states.values())[:_MAX_STATES]]
        if not any(mode in _DARKENING for mode in modes):
            return False
    return True


def _streams(view: View, appearance: Stream | Dict) -> list[Stream]:
    if isinstance(appearance, Stream):
        return [appearance]
    found = [view.get(value) for value in appearance.values()]
    return [value for value in found if isinstance(value, Stream)]


def _decoded(stream: Stream) -> bytes | None:
    return exactly(stream, _MAX_APPEARANCE)


# --- What an appearance lies over

SEAL_SHARE = 0.5
_OTHER_SHARE = 0.1
_MOST_FLAGS = 1 << 31
"""Flags beyond which programs read another number."""
_HIDDEN = 1 << 1
"""Bit Hidden of /F; with NoView alone some programs show an annotation all the same."""
_NAMED = 20
"""Fields named one by one."""
_SILENT = ("Popup", "Link")
_STROKES = 2
"""Short lines each way that may be a letter, not the corner of a table."""


class Cover(NamedTuple):
    """What lies below a rectangle of a page, as it was before: each kind once.

    `text`, `image`, `drawing`, `unreadable`, `field:NAME`, `annotation`.
    """

    covers: tuple[str, ...] = ()
    """What a stamp of the own unit may not lie over without a word: its edge may touch more."""
    touches: tuple[str, ...] = ()
    """What anything else may not lie over: whatever may be there, and `line`."""


def covered_content(
    view: View, page: int, rect: Rect, skip: int | None = None, boxes: Boxes | None = None
) -> Cover:
    """Return what lies below a rectangle of a page, counted from 1, as it was at `view`.

    `skip` is the number of the annotation whose own rectangle it is.
    """
    known = boxes if boxes is not None else Boxes()
    pages = view.pages()
    if not 0 < page <= len(pages):
        return Cover()
    dictionary = pages[page - 1][1]
    found = list(_drawn(view, page, dictionary, known).near(rect))
    for item in view.list(dictionary.get("Annots")):
        annotation = None if isinstance(item, Ref) and item.num == skip else item
        found += filter(None, [_annotation(view, annotation, known)])
    touched = [box for box in found if is_touched(box, rect)]
    touches = _named(touched)
    if _may_be_letters(touched):
        touches["drawing"] = None
    return Cover(tuple(_named(b for b in found if is_covered(b, rect))), tuple(touches))


def _named(boxes: Iterable[Box]) -> dict[str, None]:
    found: dict[str, None] = {}
    for box in boxes:
        found[box.kind if len(found) < _NAMED else "annotation"] = None
    return found


def _may_be_letters(boxes: list[Box]) -> bool:
    """Say whether short lines go both ways, more than the corner of a table has."""
    sides = [
        (box.rect[2] - box.rect[0], box.rect[3] - box.rect[1])
        for box in boxes
        if box.kind == "line" and box.tolerance < 1
    ]
    upright = sum(width < height for width, height in sides)
    return min(upright, len(sides) - upright) >= _STROKES


def _drawn(view: View, number: int, page: Dict, boxes: Boxes) -> PageDrawing:
    key = (number, contents_key(view, page))
    if key not in boxes.drawn:
        boxes.drawn[key] = PageDrawing(view).page(page)
    return boxes.drawn[key]


def _annotation(view: View, item: Obj, boxes: Boxes) -> Box | None:
    if not isinstance(item, Ref):
        return _box(view, view.get(item))
    key = (item.num, view.entry(item.num))
    if key not in boxes.annotations:
        boxes.annotations[key] = _box(view, view.get(item))
    return boxes.annotations[key]


def _box(view: View, value: Obj) -> Box | None:
    """Return the box of an annotation that is seen."""
    if not isinstance(value, Dict) or (value.get("Subtype") in _SILENT and "AP" not in value):
        return None
    rect = rectangle_at(view, value.get("Rect"))
    flags = view.get(value.get("F"))
    if type(flags) is int and 0 <= flags < _MOST_FLAGS and flags & _HIDDEN:
        return None
    if rect is None or not area(rect):
        is_point = rect is not None and rect[0] == rect[2] and rect[1] == rect[3]
        # Some programs draw a look at its own size then, or read another rectangle.
        unread = "AP" in value and not is_point
        return Box("unreadable", EVERYWHERE, 0.0, EVERYWHERE) if unread else None
    if value.get("Subtype") != "Widget":
        return Box("annotation", rect, _OTHER_SHARE, rect)
    share = SEAL_SHARE if field_type(view, value) == "Sig" else _OTHER_SHARE
    return Box(f"field:{qualified_name(view, value)}"[:200], rect, share, rect)
