"""Whether two values mean the same, whatever the numbers of the objects behind them."""

from __future__ import annotations

from sigcheck.evidence.changes.values import alike, parts, references
from sigcheck.evidence.pdf import Dict, Obj, Ref, View

_MAX_STEPS = 5_000
"""Values compared before two graphs are called different."""
_LAYERS = ("OCG", "OCMD")
_MAX_LAYERS = 10_000
"""Objects that belong to the layers; with more of them no other number is the same."""


def equivalent(old: View, before: Obj, new: View, after: Obj) -> bool:
    """Compare two graphs node by node, references followed on both sides; loops are cut.

    Layers are the same only where they are the same object: what is hidden is listed by number.
    """
    pairs: list[tuple[Obj, Obj]] = [(before, after)]
    met: set[tuple[Ref, Ref]] = set()
    layers = _Layers(old, new)
    for _ in range(_MAX_STEPS):
        if not pairs:
            return True
        a, b = pairs.pop()
        if isinstance(a, Ref) and isinstance(b, Ref):
            if (a, b) in met:
                continue
            met.add((a, b))
            if a == b and old.entry(a.num) == new.entry(b.num):
                continue
        if layers.differ(a, b):
            return False
        a, b = old.get(a), new.get(b)
        if not alike(a, b):
            return False
        further = parts(a, b)
        if further is None:
            return False
        pairs.extend(further)
    return False


class _Layers:
    """The objects below /OCProperties of two revisions (8.11.4), found when first needed."""

    def __init__(self, old: View, new: View) -> None:
        self._views = old, new
        self._numbers: set[int] | None = None

    def differ(self, a: Obj, b: Obj) -> bool:
        """Say whether two values are, or may be, layers that are not one object."""
        refs = [value for value in (a, b) if isinstance(value, Ref)]
        if not refs or a == b:
            return False
        found = self._views[0].get(a)
        if isinstance(found, Dict) and found.get("Type") in _LAYERS:
            return True
        if self._numbers is None:
            self._numbers = _below_properties(self._views[0]) | _below_properties(self._views[1])
        return len(self._numbers) >= _MAX_LAYERS or any(ref.num in self._numbers for ref in refs)


def _below_properties(view: View) -> set[int]:
    found: set[int] = set()
    pending: list[Obj] = [view.catalog.get("OCProperties")]
    while pending and len(found) < _MAX_LAYERS:
        for ref in references(pending.pop()):
            if ref.num not in found:
                found.add(ref.num)
                pending.append(view.object(ref.num))
    return found
