"""A batch from beginning to end: what is found and not known is judged and kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Protocol

from msgspec.structs import replace

from sigcheck.batch.documents import Task, WatchSettings, content, documents, watched
from sigcheck.batch.jobs import JobDatabase
from sigcheck.batch.judging import (
    DocumentOutcome,
    Judge,
    Judging,
    Setup,
    Wire,
    failure,
    from_wire,
    judge,
    to_wire,
)
from sigcheck.errors import UnreadableError
from sigcheck.workers import GRACE, WorkerPool

Tasks = Iterator[Task | None]
"""Documents to judge; None says that there is none at the moment, ask again."""
OnLoss = Callable[[Task, str], None]
"""Gets the task and the code whenever a worker is lost over a document."""

AHEAD = 3
"""Tasks under way for each worker: one at work, two waiting beside it."""
_TICK = 0.2
"""Seconds between two looks at who wants to stop."""


class Engine(Protocol):
    """What judges: worker processes on this machine, or a cluster."""

    def judge(self, tasks: Tasks, stopped: Callable[[], bool]) -> Iterator[DocumentOutcome]:
        """Yield what came of each task, in any order, asking for tasks as it has room."""
        ...

    def close(self) -> None:
        """End everything that was started."""
        ...


class LocalWorkers:
    """The engine of one machine: a pool of worker processes."""

    def __init__(
        self,
        setup: Setup,
        jobs: int,
        *,
        judge: Judge = judge,
        on_loss: OnLoss = lambda _task, _code: None,
    ) -> None:
        """Start so many processes."""
        self._setup, self._on_loss = setup, on_loss
        self._events: SimpleQueue[Future[DocumentOutcome] | tuple[Wire | None, str]] = SimpleQueue()
        """What happened in the threads of the pool: results, and losses before them."""
        self._under_way: dict[Future[DocumentOutcome], Task] = {}
        self._losses: Counter[str] = Counter()
        """By the path of a document under way."""
        work = Judging(setup, judge).work()
        self._pool = WorkerPool(work, jobs, lambda *loss: self._events.put(loss))

    def judge(
        self, tasks: Tasks, stopped: Callable[[], bool] = lambda: False
    ) -> Iterator[DocumentOutcome]:
        """Yield what came of each task, as it comes; the processes stay for the next call.

        Raises:
            WorkerStartError: if worker processes cannot be started.
        """
        exhausted = False
        while not stopped():
            exhausted = exhausted or self._submit(tasks)
            if exhausted and not self._under_way:
                return
            try:
                event = self._events.get(timeout=_TICK)
            except Empty:
                continue
            if isinstance(event, Future):
                yield self._outcome(event)
            elif event[0] is not None:
                self._lost(from_wire(event[0]), event[1])

    def close(self) -> None:
        """End every process; what they were doing is dropped."""
        self._pool.close()

    def _submit(self, tasks: Tasks) -> bool:
        """Fill the room there is; return whether the tasks have come to their end."""
        while len(self._under_way) < AHEAD * self._pool.size:
            try:
                task = next(tasks)
            except StopIteration:
                return True
            if task is None:
                break
            future = self._pool.submit(to_wire(task))
            self._under_way[future] = task
            future.add_done_callback(self._events.put)
        return False

    def _lost(self, task: Task, code: str) -> None:
        self._losses[task.path] += 1
        self._on_loss(replace(task, attempt=self._losses[task.path]), code)

    def _outcome(self, future: Future[DocumentOutcome]) -> DocumentOutcome:
        task = self._under_way.pop(future)
        losses = self._losses.pop(task.path, 0)
        try:
            return replace(future.result(), path=task.path, attempts=losses + 1)
        except UnreadableError as problem:
            seconds = self._setup.verifier.seconds + GRACE if problem.code == "LIMIT-TIME" else 0.0
            task = replace(task, attempt=losses)
            return failure(task, self._setup, problem, seconds, self._bytes(task))

    def _bytes(self, task: Task) -> bytes | None:
        """Return what no worker could judge, None where it cannot be read."""
        try:
            return content(task, self._setup.verifier.limits)[1]
        except UnreadableError:
            return None


class Batch:
    """The documents of some paths, each judged once."""

    def __init__(
        self,
        paths: Sequence[str],
        jobs: JobDatabase,
        *,
        reports: bool = False,
        rehash: bool = False,
    ) -> None:
        """Take where to look, what is known, and whether known files are read all the same."""
        self.paths = paths
        self.jobs = jobs
        self.found = 0
        """Documents met so far, known ones included."""
        self.known = 0
        """Documents whose row stood already."""
        self._reports, self._rehash = reports, rehash
        self._under_way: set[str] = set()

    def run(
        self,
        engine: Engine,
        *,
        stopped: Callable[[], bool] = lambda: False,
        watch: WatchSettings | None = None,
        prepare: Callable[[Task], Task] = lambda task: task,
    ) -> Iterator[DocumentOutcome]:
        """Judge what the job database lacks; yield each row once it is kept.

        With `watch` the folders are watched until `stopped` says so. `prepare` may add to a task
        before it goes to a worker.
        """

        def scan() -> Iterator[Task]:
            return self._wanting(stopped)

        source: Tasks = watched(scan, watch) if watch else scan()
        given = (task and self._given(prepare(task)) for task in source)
        for outcome in engine.judge(given, stopped):
            self.jobs.keep(outcome)
            self._under_way.discard(outcome.path)
            yield outcome

    def _wanting(self, stopped: Callable[[], bool]) -> Iterator[Task]:
        self.found = self.known = 0
        for task in documents(self.paths):
            if stopped():
                return
            if task.path in self._under_way:
                continue
            self.found += 1
            wanting = self.jobs.wanting(task, report=self._reports, rehash=self._rehash)
            if wanting is None:
                self.known += 1
            else:
                yield wanting

    def _given(self, task: Task) -> Task:
        # Named twice, or looked at again while it is judged: once is enough.
        self._under_way.add(task.path)
        return task
