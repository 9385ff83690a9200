"""Agencies' names: written in many ways, and changed by law (data/agencies)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache

from sigcheck.model.record import record
from sigcheck.model.workflow import Succession, WorkflowRules

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_NOT_A_WORD = re.compile(r"[\W_]+")
_MAX_NAME = 200
_MAX_STEPS = 10
"""Successions one name may go through."""


@lru_cache(maxsize=2048)
def canonical(name: str, spellings: tuple[tuple[str, str], ...] = ()) -> str:
    """Return a name as names are compared: case, punctuation and the place of tone marks aside.

    `Hoà` and `Hòa` are the same word: the tone is moved behind it.
    """
    plain = _NOT_A_WORD.sub(" ", unicodedata.normalize("NFC", name[:_MAX_NAME]).casefold())
    ways = dict(spellings)
    expanded = " ".join(ways.get(word, word) for word in plain.split())
    return " ".join(_word(word) for word in expanded.split())


def _word(word: str) -> str:
    letters = unicodedata.normalize("NFD", word)
    tone = "".join(c for c in letters if c in _TONES)
    return unicodedata.normalize("NFC", "".join(c for c in letters if c not in _TONES)) + tone


def within(inner: str, outer: str) -> bool:
    """Say whether one canonical name occurs in another, word by word."""
    return bool(inner) and f" {inner} " in f" {outer} "


@record
class Names:
    """Agencies as they are called on one day."""

    rules: WorkflowRules
    day: date

    def canonical(self, name: str) -> str:
        """Return a name as names are compared."""
        return canonical(name, self.rules.spellings)

    def province(self, *texts: str) -> str:
        """Return the province named first in the first of several texts that names one.

        The longest name counts where one begins another (`Huế`, `Thừa Thiên Huế`).
        """
        for text in texts:
            where = self.canonical(text)
            found = [n for n in _sorted(self.rules.provinces) if within(self.canonical(n), where)]
            if found:
                return found[0]
        return ""

    def successor(self, name: str) -> str:
        """Return what an agency of this name is called on the day."""
        for _ in range(_MAX_STEPS):
            row = self._taken_over(name)
            if row is None:
                return name
            name = row.into
        return name

    def superseded(self, name: str) -> bool:
        """Say whether a name was no longer in force on the day."""
        return self._taken_over(name) is not None

    def _taken_over(self, name: str) -> Succession | None:
        wanted = self.canonical(name)
        for row in self.rules.successions:
            if row.since <= self.day and any(self.canonical(n) == wanted for n in row.names):
                return row
        return None


@lru_cache(maxsize=8)
def _sorted(names: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: (-len(name), name)))
