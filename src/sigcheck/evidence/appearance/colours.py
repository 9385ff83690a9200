"""Names for the colours of an appearance: `red`, `blue`, `black`, `other`."""

from __future__ import annotations

from collections import Counter

_PALE = 200
"""A gray this light, or lighter, is paper."""
_GRAY_SPREAD = 40
"""Between the strongest and the weakest component: less is no colour."""
_LEAD = 30
"""By how much red or blue must exceed the others."""
_SHARE = 0.2
"""Of what was counted: a colour with less does not dominate."""


def colour_name(red: int, green: int, blue: int) -> str:
    """Name a colour with components from 0 to 255; empty for that of paper."""
    strongest, weakest = max(red, green, blue), min(red, green, blue)
    if strongest - weakest < _GRAY_SPREAD:
        return "" if strongest > _PALE else "black"
    if red - green > _LEAD and red - blue > _LEAD:
        return "red"
    if blue - red > _LEAD and blue >= green:
        return "blue"
    return "other"


def dominant(counts: Counter[str]) -> tuple[str, ...]:
    """Return the names that make up at least a fifth, most frequent first."""
    total = sum(counts.values())
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(name for name, count in ranked if count >= _SHARE * total)
