"""Worker processes on this machine; a hostile file costs one of them, and only that file."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from selectors import EVENT_READ, DefaultSelector

from msgspec.structs import replace

from sigcheck.batch import wire
from sigcheck.batch.outcome import Outcome, failure
from sigcheck.batch.process import COMMAND, Worker
from sigcheck.batch.task import Setup, Task
from sigcheck.errors import LimitExceededError, SigcheckError, UnreadableError

Tasks = Iterator[Task | None]
"""Documents to judge; None says that there is none at the moment, ask again."""
OnLoss = Callable[[Task, str], None]
"""Told of the task and the code whenever a worker is lost over a document."""

RECYCLE = 2_000
"""Documents after which a process is replaced: what leaks anywhere leaks this long."""
HALT = 2.0
"""Seconds past `max_seconds`: the worker's own limit speaks first, more exactly than a kill."""
_PATIENCE = 60.0
"""Seconds a worker may take to load, on the slowest machine there is."""
_TICK = 0.2
"""Seconds between two looks at the clock and at who wants to stop."""
_ANY = Task("")
_STILLBORN = 3
"""Workers in a row that end before they are ready: then something is wrong with the machine."""


class WorkersLostError(SigcheckError):
    """Worker processes cannot be started."""

    code = "WORKER-LOST"


class Crew:
    """A fixed number of worker processes, replaced as they are lost or used up."""

    def __init__(
        self,
        setup: Setup,
        size: int,
        *,
        command: Sequence[str] = COMMAND,
        on_loss: OnLoss = lambda _task, _code: None,
    ) -> None:
        """Take what the workers know and how many there are; nothing is started yet."""
        self.setup = setup
        self.size = size
        self._command = command
        self._on_loss = on_loss
        self._selector = DefaultSelector()
        self._workers: set[Worker] = set()
        self._again: deque[Task] = deque()
        self._stillborn = 0
        self._exhausted = False

    def judge(self, tasks: Tasks, stopped: Callable[[], bool] = lambda: False) -> Iterator[Outcome]:
        """Yield what came of each task, as it comes; workers stay for the next call.

        The tasks are asked for as workers become free, never ahead of them.

        Raises:
            WorkersLostError: if worker processes cannot be started.
        """
        self._exhausted = False
        while not stopped():
            self._hire()
            self._hand_out(tasks)
            if self._exhausted and not self._again and not any(w.tasks for w in self._workers):
                return
            for key, _ in self._selector.select(_TICK):
                yield from self._hear(key.data)
            yield from self._overdue()

    def close(self) -> None:
        """End every worker; what they were doing is dropped."""
        for worker in tuple(self._workers):
            self._dismiss(worker)
        self._selector.close()

    # --- staff ------------------------------------------------------------------------------------

    def _hire(self) -> None:
        while len(self._workers) < self.size:
            if self._stillborn >= _STILLBORN:
                raise WorkersLostError(" ".join(self._command))
            worker = Worker(self.setup, self._command)
            self._workers.add(worker)
            self._selector.register(worker, EVENT_READ, worker)

    def _dismiss(self, worker: Worker) -> None:
        self._workers.discard(worker)
        self._selector.unregister(worker)
        worker.end()

    # --- work -------------------------------------------------------------------------------------

    def _hand_out(self, tasks: Tasks) -> None:
        for worker in sorted(self._workers, key=lambda w: len(w.tasks)):
            while worker.given < RECYCLE and worker.takes(_ANY):
                task = self._next(tasks)
                if task is None:
                    return
                if not worker.takes(task):
                    self._again.appendleft(task)  # too much to send ahead
                    break
                worker.give(task)

    def _next(self, tasks: Tasks) -> Task | None:
        if self._again:
            return self._again.popleft()
        if self._exhausted:
            return None
        try:
            return next(tasks)
        except StopIteration:
            self._exhausted = True
            return None

    def _hear(self, worker: Worker) -> Iterator[Outcome]:
        try:
            for header, blob in worker.answers():
                yield from self._heard(worker, header, blob)
        except (EOFError, wire.WireError) as problem:
            if worker in self._workers:
                yield from self._lost(worker, UnreadableError(str(problem), code="WORKER-LOST"))

    def _heard(self, worker: Worker, header: wire.Header, blob: bytes) -> Iterator[Outcome]:
        if "ready" in header:
            self._stillborn = 0
            worker.greeted()
        elif "digest" in header:
            worker.digest = str(header["digest"])
        elif not worker.tasks:
            raise wire.WireError("an answer nobody asked for")
        else:
            yield from self._answer(worker, wire.outcome(header, blob, worker.tasks[0]), header)

    def _answer(self, worker: Worker, found: Outcome, header: wire.Header) -> Iterator[Outcome]:
        if header.get("fit") is not True:
            problem = LimitExceededError("RLIMIT_AS", code="LIMIT-MEMORY")
            yield from self._lost(worker, problem)
            return
        worker.answered()
        yield found
        if worker.given >= RECYCLE and not worker.tasks:
            self._dismiss(worker)

    # --- losses -----------------------------------------------------------------------------------

    def _overdue(self) -> Iterator[Outcome]:
        limit = self.setup.verifier.limits.max_seconds + HALT
        for worker in tuple(self._workers):
            if worker.ready and worker.busy > limit:
                yield from self._lost(worker, LimitExceededError(f"{limit} s", code="LIMIT-TIME"))
            elif not worker.ready and worker.busy > _PATIENCE:
                yield from self._lost(worker, UnreadableError(code="WORKER-LOST"))

    def _lost(self, worker: Worker, problem: UnreadableError) -> Iterator[Outcome]:
        """Replace a worker; the document in hand gets another try or its verdict, the rest wait."""
        seconds, digest = worker.busy, worker.digest
        self._stillborn += not worker.ready
        waiting = [*worker.tasks]
        self._dismiss(worker)
        if not waiting:
            return
        task, *innocent = waiting
        self._again.extendleft(reversed(innocent))
        self._on_loss(task, problem.code)
        if task.attempt == 1:
            self._again.append(replace(task, attempt=2))
        else:
            yield failure(replace(task, sha256=digest), self.setup, problem, seconds)
