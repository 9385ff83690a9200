"""Watched folders: a file is picked up once nobody is writing to it any more."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from time import monotonic

from msgspec import Struct

from sigcheck.batch.task import Task

MOST = 20_000
"""Files that wait to be finished at the same time; more are met at a later look."""
_TEMPORARY = (".", "~")
"""How a name begins while a program still writes or locks it."""


class Look(Struct, frozen=True):
    """How often to look, and how long a file must have stayed the same."""

    interval: float = 2.0
    """Seconds between two looks; ten times as long as a look takes, if that is more."""
    quiet: float = 4.0
    """Seconds without a change of size or time before a file counts as finished."""


def watched(scan: Callable[[], Iterator[Task]], look: Look) -> Iterator[Task | None]:
    """Yield the files of repeated scans as they are finished; None while there is none.

    It never ends by itself. The clock of the file system is not believed: what counts is that two
    looks of ours, `quiet` apart, saw the same size and time.
    """
    waiting: dict[str, tuple[int, int, float]] = {}
    while True:
        started = monotonic()
        met: dict[str, tuple[int, int, float]] = {}
        for task in scan():
            if _is_temporary(task.path):
                continue
            state = _state(task, waiting.get(task.path), started)
            if started - state[2] >= look.quiet:
                yield task
            elif len(met) < MOST:
                met[task.path] = state
        waiting = met
        yield from _pause(max(look.interval, 10 * (monotonic() - started)), started)


def _state(task: Task, before: tuple[int, int, float] | None, now: float) -> tuple[int, int, float]:
    if before is not None and before[:2] == (task.size, task.mtime):
        return before
    return task.size, task.mtime, now


def _pause(seconds: float, since: float) -> Iterator[None]:
    while monotonic() - since < seconds:
        yield None


def _is_temporary(path: str) -> bool:
    return os.path.basename(path).startswith(_TEMPORARY)
