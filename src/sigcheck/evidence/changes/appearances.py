"""Appearance streams and dictionaries rewritten in place (ISO 32000-2, 12.5.5)."""

from __future__ import annotations

from sigcheck.evidence.changes.annotations import is_annotation, judge_annotation
from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.changes.values import references
from sigcheck.evidence.pdf import Dict, Ref, View

_MAX_WIDGETS = 100_000


def judge_appearance_parts(pair: Pair) -> None:
    """Judge annotations whose own object is the same, but not the appearance it refers to."""
    rest = pair.altered - pair.settled
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
    return any(
        ref.num in nums for step in steps if not hasattr(step, "raw") for ref in references(step)
    )
