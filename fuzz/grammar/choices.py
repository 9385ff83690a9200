"""Every decision of one document, drawn from a seed; and where it leaves the straight way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")
Place = tuple[str, int]
"""Name of a place in the grammar, and which of its occurrences."""


class Choices:
    """Decisions for one document, made twice alike: the first run only learns the places there are.

    `odd` marks a place where a conforming writer has one way (the first value), an attacker others.
    A plan says which few places are odd in the second run; all else is written as it should be.
    """

    def __init__(self, seed: str, plan: Mapping[Place, int] | None = None) -> None:
        self.random = Random(seed)
        self.plan = plan or {}
        self.places: list[tuple[Place, int]] = []
        self.taken: list[str] = []
        """What this document has, in words, for a report."""
        self._seen: Counter[str] = Counter()

    def odd(self, name: str, straight: T, *others: T) -> T:
        """Return the straight value, or another where the plan says so."""
        place = (name, self._seen[name])
        self._seen[name] += 1
        self.places.append((place, len(others)))
        chosen = self.plan.get(place)
        if chosen is None:
            return straight
        value = others[chosen]
        self.taken.append(f"{name}={_short(value)}")
        return value

    def note(self, what: str) -> None:
        """Record a decision in words."""
        self.taken.append(what)

    def chance(self, share: float) -> bool:
        """Return True in this share of documents."""
        return self.random.random() < share

    def one(self, values: Sequence[T]) -> T:
        """Return one of the values."""
        return values[self.random.randrange(len(values))]

    def some(self, values: Sequence[T], most: int) -> list[T]:
        """Return up to so many different values, in random order."""
        return self.random.sample(list(values), min(len(values), self.random.randint(0, most)))


def planned(seed: str, places: Sequence[tuple[Place, int]], count: int) -> dict[Place, int]:
    """Return a plan of so many odd places: a name first, so that rare places count alike."""
    random = Random(seed)
    by_name: dict[str, list[tuple[Place, int]]] = {}
    for place, others in places:
        if others:
            by_name.setdefault(place[0], []).append((place, others))
    names = random.sample(sorted(by_name), min(count, len(by_name)))
    plan = {}
    for name in names:
        place, others = random.choice(by_name[name])
        plan[place] = random.randrange(others)
    return plan


def _short(value: object) -> str:
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    text = text.encode("unicode_escape").decode("ascii")
    return text if len(text) <= 60 else f"{text[:50]}…({len(text)})"
