"""Judge many files in a few processes; one that hangs or dies costs its own file alone."""

from __future__ import annotations

import multiprocessing
import resource
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait

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


Judge = Callable[[Row], Outcome]


@dataclass(slots=True)
class _Worker:
    make: Callable[[], Judge]
    row: Row | None = None
    started: float = 0.0
    pipe: Connection = field(init=False)
    process: multiprocessing.process.BaseProcess = field(init=False)

    def __post_init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(self.make, theirs), daemon=True)
        self.process.start()
        theirs.close()

    def give(self, row: Row) -> None:
        self.row, self.started = row, time.monotonic()
        self.pipe.send(row)

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def judge_all(
    make: Callable[[], Judge], rows: Iterable[Row], *, jobs: int, seconds: float
) -> Iterator[tuple[Row, Outcome]]:
    """Yield every row with its outcome, as they come."""
    waiting = iter(rows)
    workers = [_Worker(make) for _ in range(jobs)]
    busy = [worker for worker in workers if _feed(worker, waiting)]
    while busy:
        ready = wait([worker.pipe for worker in busy], timeout=0.2)
        for worker in list(busy):
            outcome = _collect(worker, ready=worker.pipe in ready, seconds=seconds)
            if outcome is None or worker.row is None:
                continue
            yield worker.row, outcome
            if not worker.process.is_alive() or outcome.verdict == "HANG":
                worker.stop()
                busy.remove(worker)
                worker = _Worker(make)  # noqa: PLW2901 - a fresh process takes the dead one's place
                workers.append(worker)
                busy.append(worker)
            if not _feed(worker, waiting):
                busy.remove(worker)
    for worker in workers:
        worker.stop()


def _feed(worker: _Worker, rows: Iterator[Row]) -> bool:
    row = next(rows, None)
    if row is not None:
        worker.give(row)
    return row is not None


def _collect(worker: _Worker, *, ready: bool, seconds: float) -> Outcome | None:
    spent = time.monotonic() - worker.started
    if ready:
        try:
            outcome: Outcome = worker.pipe.recv()
        except EOFError:
            worker.process.join(5)
            return Outcome("CRASH", detail=f"exit {worker.process.exitcode}", seconds=spent)
        return outcome
    return (
        Outcome("HANG", detail=f"over {seconds:.0f} s", seconds=spent) if spent > seconds else None
    )


def _serve(make: Callable[[], Judge], pipe: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    judge = make()
    while True:
        row = pipe.recv()
        start = time.perf_counter()
        try:
            outcome = judge(row)
        except Exception:  # noqa: BLE001 - a traceback is a result here, the worst but one
            outcome = Outcome("CRASH", detail=traceback.format_exc(limit=-6))
        spent = time.perf_counter() - start
        pipe.send(Outcome(outcome.verdict, outcome.signatures, outcome.detail, spent))
