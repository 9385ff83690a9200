"""Transformation matrices as six numbers (ISO 32000-2, 8.3.4)."""

from __future__ import annotations

from typing import TypeAlias

from sigcheck.evidence.pdf.objects import Obj, Ref
from sigcheck.evidence.pdf.view import View
from sigcheck.model.evidence import Rect

Matrix: TypeAlias = "tuple[float, float, float, float, float, float]"

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_NUMBER = (int, float)
_FAR = 1e7
"""Points; a coordinate beyond this is nonsense (the largest page has 14 400)."""


def times(first: Matrix, then: Matrix) -> Matrix:
    """Return the matrix that applies `first`, then `then`."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (
        a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s,
        e * p + f * r + t, e * q + f * s + u,
    )  # fmt: skip


def numbers(view: View, value: Obj, count: int) -> tuple[float, ...] | None:
    """Return an array of exactly `count` sane numbers, None for anything else."""
    listed = view.list(value)[:count]
    items = [view.get(item) if isinstance(item, Ref) else item for item in listed]
    found = [float(i) for i in items if isinstance(i, _NUMBER) and -_FAR < i < _FAR]
    return tuple(found) if len(found) == count else None


def rectangle(view: View, value: Obj) -> Rect | None:
    """Return a rectangle with its corners in order (7.9.5), None when it is malformed."""
    found = numbers(view, value, 4)
    if found is None:
        return None
    x, y, u, v = found
    return (min(x, u), min(y, v), max(x, u), max(y, v))


def matrix(view: View, value: Obj) -> Matrix:
    """Return a /Matrix; the identity when it is missing or malformed."""
    found = numbers(view, value, 6)
    return (found[0], found[1], found[2], found[3], found[4], found[5]) if found else IDENTITY


def placed(box: Rect, own: Matrix, rect: Rect) -> Matrix:
    """Return the matrix from an appearance's form space to the page (12.5.5, algorithm 8.1)."""
    a, b, c, d, e, f = own
    xs = [a * x + c * y + e for x in (box[0], box[2]) for y in (box[1], box[3])]
    ys = [b * x + d * y + f for x in (box[0], box[2]) for y in (box[1], box[3])]
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    across = (rect[2] - rect[0]) / width if width else 1.0
    up = (rect[3] - rect[1]) / height if height else 1.0
    fit = (across, 0.0, 0.0, up, rect[0] - min(xs) * across, rect[1] - min(ys) * up)
    return times(own, fit)
