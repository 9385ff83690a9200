"""Hold outcomes against what upstream says, and the bounds we promised."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.corpus.manifest import Row
from tools.corpus.workers import LOCKED, Outcome

SLOW = 10.0
REFUSED_SHARE, FALSE_ALARM_SHARE = 0.95, 0.01
HONEST = ("integrity-ok", "modification-ok")
FORGED = ("reject", "warn-or-reject")
COLUMNS = ("TOTAL-PASSED", "INDETERMINATE", "TOTAL-FAILED", "NO-SIGNATURE", "UNREADABLE", "CRASH")
Pair = tuple[Row, Outcome]


@dataclass(slots=True)
class Bounds:
    """The lists of files behind each bound; an excepted file is shown, but breaks nothing."""

    pairs: Sequence[Pair]
    excepted: Mapping[str, str] = field(default_factory=dict)

    def _named(self, pairs: Iterable[Pair]) -> list[Pair]:
        return [pair for pair in pairs if pair[0].file not in self.excepted]

    def forgeries_passed(self) -> list[Pair]:
        return [p for p in self.pairs if p[0].want in FORGED and p[1].verdict == "TOTAL-PASSED"]

    def not_refused(self) -> list[Pair]:
        return [p for p in self.pairs if p[0].want == "reject" and p[1].verdict != "TOTAL-FAILED"]

    def false_alarms(self) -> list[Pair]:
        return [p for p in self.pairs if p[0].want in HONEST and p[1].verdict == "TOTAL-FAILED"]

    def crashed(self) -> list[Pair]:
        return [p for p in self.pairs if p[1].verdict in {"CRASH", "HANG"}]

    def slow(self) -> list[Pair]:
        return [p for p in self.pairs if p[1].seconds > SLOW]

    def unjudged(self) -> list[Pair]:
        """Files of which fewer signatures were judged than upstream counts."""
        readable = [p for p in self.pairs if p[1].detail not in LOCKED]
        return [p for p in readable if p[0].signatures and len(p[1].signatures) < p[0].signatures]

    def lines(self) -> Iterator[tuple[bool, str, list[Pair]]]:
        """Yield (kept, sentence, files) for each bound."""
        passed, crashed, slow = self.forgeries_passed(), self.crashed(), self.slow()
        yield not passed, f"forgeries TOTAL-PASSED: {len(passed)} (bound 0)", passed
        yield self._refused()
        yield self._alarms()
        yield not crashed, f"tracebacks and hangs: {len(crashed)} (bound 0)", crashed
        yield not slow, f"files over {SLOW:.0f} s: {len(slow)} (bound 0)", slow
        short = self.unjudged()
        sentence = f"files with a signature unjudged: {len(short)} (bound 0)"
        yield not self._named(short), sentence, short

    def _refused(self) -> tuple[bool, str, list[Pair]]:
        missed, total = self.not_refused(), sum(row.want == "reject" for row, _ in self.pairs)
        share = f"{total - len(missed)} of {total} = {1 - len(missed) / max(total, 1):.1%}"
        held = 1 - len(self._named(missed)) / max(total, 1)
        sentence = f"`reject` files TOTAL-FAILED: {share}, with the exceptions {held:.1%}"
        return held >= REFUSED_SHARE, f"{sentence} (bound 95 %)", missed

    def _alarms(self) -> tuple[bool, str, list[Pair]]:
        alarms, total = self.false_alarms(), sum(row.want in HONEST for row, _ in self.pairs)
        share = f"{len(alarms)} of {total} = {len(alarms) / max(total, 1):.1%}"
        left = len(self._named(alarms))
        sentence = f"honest files TOTAL-FAILED: {share}, without the exceptions {left}"
        return left <= FALSE_ALARM_SHARE * total, f"{sentence} (bound 1 %)", alarms


def exceptions(path: Path) -> dict[str, str]:
    """Return file → reason; each exception is by name and says why."""
    listed = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {entry["file"]: entry["reason"] for entry in listed.get("exception", [])}


def by_category(pairs: Sequence[Pair]) -> str:
    """Return the table of verdicts by category and upstream's own verdict."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for row, outcome in pairs:
        cell = "CRASH" if outcome.verdict == "HANG" else outcome.verdict
        counts.setdefault((row.category, row.want), Counter())[cell] += 1
    head = ("category", "upstream", "files", *COLUMNS)
    body = [
        (category, want, str(count.total()), *(str(count[column] or "·") for column in COLUMNS))
        for (category, want), count in sorted(counts.items())
    ]
    return aligned([head, *body])


def aligned(table: Sequence[Sequence[str]]) -> str:
    """Return rows as columns: text to the left, figures to the right."""
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    )
