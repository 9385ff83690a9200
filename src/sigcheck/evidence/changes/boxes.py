"""What is drawn where on a page: boxes of text, images and annotations, worked out once a page."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct, field

from sigcheck.model.evidence import Rect


class Box(NamedTuple):
    """Something on a page and the rectangle it fills."""

    kind: str
    """`text`, `image`, `field:NAME` or `annotation`."""
    rect: Rect
    tolerance: float
    """Share of its area that may be covered before it counts as covered."""


class Boxes(Struct):
    """Boxes already worked out, shared by all pairs of a document."""

    drawn: dict[object, list[Box]] = field(default_factory=dict)
    """By page and the cross-reference entries of its contents."""
    annotations: dict[object, Box | None] = field(default_factory=dict)
    """By object number and cross-reference entry."""


def area(rect: Rect) -> float:
    """Return the area of a rectangle, in square units."""
    return max(0.0, rect[2] - rect[0]) * max(0.0, rect[3] - rect[1])


def common(a: Rect, b: Rect) -> Rect:
    """Return what two rectangles have in common; of area 0 when nothing."""
    return (max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3]))


def is_covered(box: Box, rect: Rect) -> bool:
    """Say whether more of a box lies below `rect` than its tolerance allows."""
    x0, y0, x1, y1 = box.rect
    if rect[0] >= x1 or rect[2] <= x0 or rect[1] >= y1 or rect[3] <= y0:
        return False  # as most are
    both = common(box.rect, rect)
    if both[0] >= both[2] or both[1] >= both[3]:
        return False
    if box.kind == "text":
        return _text_covered(box.rect, both)
    return area(both) > box.tolerance * area(box.rect)


def _text_covered(text: Rect, both: Rect) -> bool:
    """A line of text counts from two letters on, not when a corner touches its margin."""
    high = both[3] - both[1] >= 0.4 * (text[3] - text[1])
    letter = 0.5 * (text[3] - text[1])
    return high and both[2] - both[0] >= min(2 * letter, 0.4 * (text[2] - text[0]))
