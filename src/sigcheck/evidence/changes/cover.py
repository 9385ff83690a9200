"""What an appearance lies over: text, images, fields and annotations that were there before it.

The seal rule of decree 30/2020 (annex I, II.8.a) has the organisation's seal over about a third of
the leader's signature; seals of real documents cover up to 43 % of its rectangle. So an earlier
signature counts as covered beyond half of its rectangle.
"""

from __future__ import annotations

from sigcheck.evidence.changes.boxes import Box, Boxes, is_covered
from sigcheck.evidence.changes.content import Drawing, contents_key
from sigcheck.evidence.changes.fieldtree import field_type, qualified_name
from sigcheck.evidence.changes.values import rectangle
from sigcheck.evidence.pdf import Dict, Obj, Ref, View
from sigcheck.model.evidence import Rect

SEAL_SHARE = 0.5
_OTHER_SHARE = 0.1
_HIDDEN = 1 << 1 | 1 << 5
_NAMED = 20
"""Fields named one by one."""
_SILENT = ("Popup", "Link")


def covered_content(
    view: View, page: int, rect: Rect, skip: int | None = None, boxes: Boxes | None = None
) -> tuple[str, ...]:
    """Return what lies below a rectangle of a page, counted from 1, as it was at `view`.

    `text`, `image`, `field:NAME`, `annotation`; each once. `skip` is the number of the annotation
    whose own rectangle it is.
    """
    known = boxes if boxes is not None else Boxes()
    pages = view.pages()
    if not 0 < page <= len(pages):
        return ()
    found: dict[str, None] = {}
    for box in _drawn(view, page, pages[page - 1][1], known):
        if box.kind not in found and is_covered(box, rect):
            found[box.kind] = None
    for item in view.list(pages[page - 1][1].get("Annots")):
        if isinstance(item, Ref) and item.num == skip:
            continue
        annotation = _annotation(view, item, known)
        if annotation is not None and len(found) < _NAMED and is_covered(annotation, rect):
            found[annotation.kind] = None
    return tuple(found)


def _drawn(view: View, number: int, page: Dict, boxes: Boxes) -> list[Box]:
    key = (number, contents_key(view, page))
    if key not in boxes.drawn:
        boxes.drawn[key] = Drawing(view).page(page)
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
    if not isinstance(value, Dict) or value.get("Subtype") in _SILENT:
        return None
    rect = rectangle([view.get(v) for v in view.list(value.get("Rect"))[:8]])
    flags = view.get(value.get("F"))
    if rect is None or (isinstance(flags, int) and flags & _HIDDEN):
        return None
    if value.get("Subtype") != "Widget":
        return Box("annotation", rect, _OTHER_SHARE)
    share = SEAL_SHARE if field_type(view, value) == "Sig" else _OTHER_SHARE
    return Box(f"field:{qualified_name(view, value)}"[:200], rect, share)
