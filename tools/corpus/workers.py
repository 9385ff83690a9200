"""Judge many files in a few processes; one that hangs or dies costs its own file alone."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import NamedTuple

from sigcheck.errors import UnreadableError
from sigcheck.workers import Work, WorkerPool
from tools.corpus.manifest import Row

MEMORY = 3 << 30


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a verifier said of one file."""

    verdict: str
    """TOTAL-PASSED, INDETERMINATE, TOTAL-FAILED, NO-SIGNATURE, UNREADABLE, or CRASH, HANG."""
    signatures: tuple[str, ...] = ()
    """Each signature's own `indication/sub-indication`."""
    detail: str = ""
    seconds: float = 0.0


LOCKED = ("DOC-PASSWORD-NEEDED", "DOC-PASSWORD-WRONG", "DOC-ENCRYPTED-FOR-KEYS")
"""Details of a file that another password, or a key we do not have, would open."""

Judge = Callable[[Row], Outcome]


class _Judging(NamedTuple):
    make: Callable[[], Judge]

    def prepare(self) -> Judge:
        judge = self.make()

        def judged(row: Row) -> Outcome:
            start = time.perf_counter()
            try:
                outcome = judge(row)
            except Exception:  # noqa: BLE001 - a traceback is a result here, the worst but one
                outcome = Outcome("CRASH", detail=traceback.format_exc(limit=-6))
            return replace(outcome, seconds=time.perf_counter() - start)

        return judged


def judge_all(
    make: Callable[[], Judge], rows: Iterable[Row], *, jobs: int, seconds: float
) -> Iterator[tuple[Row, Outcome]]:
    """Yield every row with its outcome; a file that kills or stalls a process is tried twice."""
    work = Work(_Judging(make).prepare, task=Row, result=Outcome, seconds=seconds, memory=MEMORY)
    with closing(WorkerPool(work, jobs)) as pool:
        for row, future in pool.ordered(rows):
            try:
                yield row, future.result()
            except UnreadableError as problem:
                verdict = "HANG" if problem.code == "LIMIT-TIME" else "CRASH"
                yield row, Outcome(verdict, detail=problem.diagnostics(), seconds=seconds)
