"""What a batch says on standard error while it works."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Sequence
from time import monotonic

from sigcheck.batch.find import count
from sigcheck.batch.outcome import Outcome
from sigcheck.batch.task import Task
from sigcheck.errors import SigcheckError
from sigcheck.model.indication import DocumentIndication
from sigcheck.render.sanitize import plain
from sigcheck.render.words import Words

_FAILURES = frozenset({DocumentIndication.TOTAL_FAILED.value, DocumentIndication.UNREADABLE.value})
_WIDTH = 24
_BAR_SECONDS = 0.2
_LINE_SECONDS = 30.0
_WINDOW = 20.0
"""Seconds over which the rate is measured: one slow file should not mislead for long."""
_MOST_SAMPLES = 200


class Screen:
    """A bar for a terminal, a line now and then for a log, and a line for each failure."""

    def __init__(self, words: Words, paths: Sequence[str]) -> None:
        """Begin to count the documents, in the background; without paths there is no total."""
        self._words = words
        self._terminal = sys.stderr.isatty()
        self._total: int | None = None
        self._said = monotonic()
        self._samples: deque[tuple[float, int]] = deque(maxlen=_MOST_SAMPLES)
        self._judged = 0
        threading.Thread(target=self._count, args=(tuple(paths),), daemon=True).start()

    def judged(self, outcome: Outcome, known: int) -> None:
        """Show that a document is done; a failure gets its line."""
        self._judged += 1
        if outcome.indication in _FAILURES and not outcome.same:
            verdict = self._words.name("indication", outcome.indication)
            self.line("failed", verdict=verdict, path=outcome.path, reason=outcome.reason)
        now = monotonic()
        if not self._samples:
            self._samples.append((now, self._judged))  # starting is over: the rate begins here
        if now - self._said >= (_BAR_SECONDS if self._terminal else _LINE_SECONDS):
            self._said = now
            self._progress(now, known)

    def lost(self, task: Task, code: str) -> None:
        """Tell of a worker lost over a document."""
        self.line("lost" if task.attempt == 1 else "lost_again", path=task.path, code=code)

    def line(self, key: str, /, **facts: object) -> None:
        """Write a sentence of the table `batch`."""
        self.clear()
        sys.stderr.write(f"{plain(self._words.say('batch', key, **facts))}\n")
        sys.stderr.flush()

    def clear(self) -> None:
        """Take the bar away."""
        if self._terminal:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _count(self, paths: tuple[str, ...]) -> None:
        try:
            self._total = count(paths) or None
        except (SigcheckError, OSError):
            self._total = None  # no total, no time remaining

    def _progress(self, now: float, known: int) -> None:
        while len(self._samples) > 1 and now - self._samples[0][0] > _WINDOW:
            self._samples.popleft()
        since, before = self._samples[0]
        self._samples.append((now, self._judged))
        rate = (self._judged - before) / (now - since) if now > since else 0.0
        done, total = self._judged + known, self._total
        left = max(total - done, 0) / rate if total and rate else None
        text = self._words.say(
            "batch",
            "progress",
            done=done,
            total=total if total is None else max(total, done),
            known=known or None,
            rate=f"{rate:.1f}",
            left=None if left is None else self._words.show(str(round(left)), "duration"),
        )
        if self._terminal:
            sys.stderr.write(f"\r\x1b[K{_bar(done, total)}{text}")
        else:
            sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def _bar(done: int, total: int | None) -> str:
    if not total:
        return ""
    filled = min(_WIDTH * done // total, _WIDTH)
    return f"[{'#' * filled}{'-' * (_WIDTH - filled)}] "
