"""Whether two values mean the same, whatever the numbers of the objects behind them."""

from __future__ import annotations

from sigcheck.evidence.changes.values import alike, parts
from sigcheck.evidence.pdf import Obj, Ref, View

_MAX_STEPS = 5_000
"""Values compared before two graphs are called different."""


def equivalent(old: View, before: Obj, new: View, after: Obj) -> bool:
    """Compare two graphs node by node, references followed on both sides; loops are cut."""
    pairs: list[tuple[Obj, Obj]] = [(before, after)]
    met: set[tuple[int, int]] = set()
    for _ in range(_MAX_STEPS):
        if not pairs:
            return True
        a, b = pairs.pop()
        if isinstance(a, Ref) and isinstance(b, Ref):
            if (a.num, b.num) in met:
                continue
            met.add((a.num, b.num))
            if a.num == b.num and old.entry(a.num) == new.entry(b.num):
                continue
        a, b = old.get(a), new.get(b)
        if not alike(a, b):
            return False
        further = parts(a, b)
        if further is None:
            return False
        pairs.extend(further)
    return False
