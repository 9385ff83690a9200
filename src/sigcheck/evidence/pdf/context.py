"""What every part of the reader shares: the bytes, the limits and the list of anomalies."""

from __future__ import annotations

from msgspec import Struct, field

from sigcheck.evidence.pdf.budget import Budget
from sigcheck.evidence.pdf.objects import Buffer
from sigcheck.model.evidence import Anomaly

_MAX_ANOMALIES = 500
"""Anomalies of one code kept one by one: a hostile file could have one for every byte."""


class Context(Struct, eq=False):
    """One document's bytes, budget and anomalies."""

    data: Buffer
    budget: Budget
    base: int = 0
    """Bytes of garbage before the header, when the file counts its offsets from the header."""
    anomalies: list[Anomaly] = field(default_factory=list)
    _seen: set[tuple[str, int | None, str]] = field(default_factory=set)
    _counts: dict[str, int] = field(default_factory=dict)

    def note(self, code: str, offset: int | None = None, detail: str = "") -> None:
        """Record an anomaly once; beyond the maximum of its code only that there are more.

        Counted by code, so that many harmless ones never crowd out one that matters.
        """
        key = (code, offset, detail)
        if key in self._seen:
            return
        if self._counts.get(code, 0) >= _MAX_ANOMALIES:
            code, offset, detail = key = ("anomalies-too-many", None, code)
            if key in self._seen:
                return
        self._seen.add(key)
        self._counts[code] = self._counts.get(code, 0) + 1
        self.anomalies.append(Anomaly(code, offset, detail))

    def saw_repeated_keys(self) -> bool:
        """Say whether a dictionary read so far has a key twice: the parser has noted it."""
        return "dict-duplicate-key" in self._counts
