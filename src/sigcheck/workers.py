"""The one pool of worker processes: `verify --jobs`, `batch`, a cluster's workers, the service.

    submit(task) ──▶ queue ──▶ a thread for each process ──▶ worker process: prepare once, then
    Future[result] ◀────────── (decodes and checks)      ◀── one task after the other

Tasks and results travel as MessagePack. Nothing that comes back is unpickled: a process that read a
hostile file may be that file's. A worker that dies, hangs, runs out of memory or answers nonsense
costs the one task it had, which a new process tries once more; then its future raises.

Workers start by forkserver or spawn, so a program guards its main module by `if __name__ == ...`.
Without the `resource` module (Windows) memory is not limited: `memory_limited` and the log say so.
"""

from __future__ import annotations

import os
import pickle
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from math import inf
from multiprocessing import current_process, get_context, resource_tracker, util
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic
from typing import Any, Generic, TypeVar

from msgspec import MsgspecError, Struct, msgpack

from sigcheck.errors import SigcheckError, UnreadableError
from sigcheck.log import WARNING, log

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

Q = TypeVar("Q")
T = TypeVar("T")

TRIES = 2  # times a task is given to a worker before it is given up
GRACE = 2.0  # seconds past the limit until the kill: the reader's own limit speaks first
RECYCLE = 2_000  # tasks after which a process is replaced, so that nothing leaks for longer
_AHEAD = 32  # tasks for each worker that `ordered` submits ahead of the result it waits for
_HELD = 256 << 20  # bytes of documents that wait with them
_MOST = 256 << 20  # bytes of one result
_START_SECONDS, _END_SECONDS = 60.0, 2.0  # what an idle worker may take to start, and to end
_TICK = 0.1  # between two looks at the clock
_FAILURES = 3  # starts that fail in a row, after which waiting tasks are refused


class WorkerStartError(SigcheckError):
    """Worker processes cannot be started."""

    code = "WORKER-LOST"


class Work(Struct, Generic[Q, T], frozen=True):
    """What the processes of a pool do; it travels to them pickled."""

    prepare: Callable[[], Callable[[Q], T]]  # loads everything, returns what does a task
    task: Any  # type of a task (`Q`), as msgspec decodes it
    result: Any  # type of a result (`T`)
    seconds: float  # of wall time for a task, after which the worker is killed
    memory: int = 0  # bytes of address space of the process (RLIMIT_AS); 0 sets no limit
    written: int | None = None  # bytes of any file (RLIMIT_FSIZE); None sets no limit


class WorkerPool(Generic[Q, T]):
    """A fixed number of worker processes, replaced as they are lost or used up; thread-safe."""

    def __init__(
        self,
        work: Work[Q, T],
        size: int,
        on_loss: Callable[[Q | None, str], None] = lambda _task, _code: None,
    ) -> None:
        """Begin to start `size` processes; raises WorkerStartError inside a daemonic process.

        `on_loss` gets, in another thread, the task and the code of each loss: WORKER-LOST,
        LIMIT-TIME, LIMIT-MEMORY, or IDLE without a task (say to the kernel's memory killer).
        """
        if current_process().daemon:
            raise WorkerStartError("a daemonic process (Dask: distributed.worker.daemon: false)")
        self.size, self._on_loss = size, on_loss
        self.memory_limited = resource is not None
        if work.memory and not self.memory_limited:
            log(WARNING, "this system cannot limit the memory of worker processes")
        self._context: Any = get_context("forkserver" if hasattr(os, "fork") else "spawn")
        self._context.set_forkserver_preload(["__main__", work.prepare.__module__])
        self._work, self._pickled = work, pickle.dumps(work)
        self._queue: SimpleQueue[_Item[Q, T] | None] = SimpleQueue()
        self._closing = Event()
        self.running: set[_Worker] = set()
        """The processes; one that was lost is missing until it is replaced."""
        self._problem: Exception | None = None
        # NOTE: Undocumented, but `atexit` and `weakref.finalize` come too late: a process that
        # multiprocessing started (a worker of Dask) first waits for its children, without end.
        self._at_exit = util.Finalize(None, self.close, exitpriority=1)
        targets = (self._watch, *[self._attend] * size)
        self._threads = [Thread(target=target, daemon=True) for target in targets]
        for thread in self._threads:
            thread.start()

    def wait_started(self) -> None:
        """Wait until all processes run; raises WorkerStartError where one could not be started."""
        while len(self.running) < self.size:
            if self._closing.wait(0.01) or self._problem is not None:
                raise WorkerStartError(str(self._problem))

    def submit(self, task: Q) -> Future[T]:
        """Return a task's future; to cancel it stops its worker. It raises UnreadableError."""
        self._queue.put(item := _Item[Q, T](task))
        return item.future

    def ordered(
        self, tasks: Iterable[Q], weight: Callable[[Q], int] = lambda _task: 0
    ) -> Iterator[tuple[Q, Future[T]]]:
        """Yield each task with its future, in the order given, submitted a limited number ahead.

        `weight` is what a task holds of memory, in bytes: of heavy ones fewer are submitted ahead.
        """
        waiting: deque[tuple[Q, Future[T]]] = deque()
        held = 0
        for task in tasks:
            waiting.append((task, self.submit(task)))
            held += weight(task)
            while len(waiting) >= _AHEAD * self.size or held > _HELD:
                held -= weight(waiting[0][0])
                yield waiting.popleft()
        while waiting:
            yield waiting.popleft()

    def close(self) -> None:
        """End every process; what is not done is dropped, its futures get WorkerStartError."""
        self._at_exit.cancel()
        self._closing.set()
        for worker in tuple(self.running):
            if worker.deadline < inf:
                worker.kill()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()
        self._refuse("the pool is closed")

    def _refuse(self, reason: str) -> None:
        with suppress(Empty):
            for _ in range(self._queue.qsize()):
                item = self._queue.get_nowait()  # None ends a thread: not ours to take
                item.finish(WorkerStartError(reason)) if item else self._queue.put(None)

    def _watch(self) -> None:
        """Kill what takes too long."""
        while not self._closing.wait(_TICK):
            for worker in tuple(self.running):
                if worker.deadline < monotonic():
                    worker.kill("LIMIT-TIME")

    def _attend(self) -> None:
        """Keep one worker running and give it tasks until the pool is closed."""
        if hasattr(signal, "pthread_sigmask"):
            # What is started from here leaves Ctrl-C alone; to start the tracker undoes the mask.
            resource_tracker.ensure_running()
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        failed = 0
        while not self._closing.is_set():
            try:
                worker = _Worker(self._context, self._work, self._pickled)
            except (OSError, EOFError, RuntimeError) as problem:
                log(WARNING, "a worker process could not be started")
                self._problem, failed = problem, failed + 1
                if failed >= _FAILURES and not self.running:
                    self._refuse(str(problem))
                self._closing.wait(min(0.25 * 2**failed, 10.0))
                continue
            self._problem, failed = None, 0
            self.running.add(worker)
            self._serve(worker)
            self.running.discard(worker)
            worker.end()

    def _serve(self, worker: _Worker) -> None:
        """Give a worker tasks until it is lost or used up."""
        for _ in range(RECYCLE):
            if (item := self._queue.get()) is None:
                return  # the pool is closed
            if worker.pipe.poll():  # it has ended, or sent something unasked
                self._on_loss(None, "IDLE")
                self._queue.put(item)
                return
            if not item.future.cancelled() and not self._ask(worker, item):
                return

    def _ask(self, worker: _Worker, item: _Item[Q, T]) -> bool:
        """Have a task done; return whether the worker may have another."""
        item.worker, item.tries = worker, item.tries + 1
        try:
            item.finish(worker.ask(item.data))
        except UnreadableError as problem:
            if not item.future.cancelled() and not self._closing.is_set():
                log(WARNING, "a worker process was lost: %s", problem.code)
                self._on_loss(item.task, problem.code)
            item.finish(problem) if item.tries >= TRIES else self._queue.put(item)
            return False
        return not item.future.cancelled()


class _Item(Generic[Q, T]):
    """A task on its way, its future, and the worker that has it."""

    def __init__(self, task: Q) -> None:
        self.task, self.data, self.tries = task, msgpack.encode(task), 0
        self.worker: _Worker | None = None
        self.future: Future[T] = Future()
        self.future.add_done_callback(self._abandon)

    def _abandon(self, future: Future[T]) -> None:
        if future.cancelled() and self.worker is not None:
            self.worker.kill()  # nobody waits for the result: the place is for the next

    def finish(self, outcome: T | SigcheckError) -> None:
        with suppress(InvalidStateError):  # cancelled
            if isinstance(outcome, SigcheckError):
                self.future.set_exception(outcome)
            else:
                self.future.set_result(outcome)


class _Worker:
    """One process as its thread of the pool sees it; other threads may only call `kill`."""

    def __init__(self, context: Any, work: Work[Any, Any], pickled: bytes) -> None:
        """Start the process and wait until it is ready."""
        self._seconds, self._decode = work.seconds + GRACE, msgpack.Decoder(work.result).decode
        self._code, self._ended = "WORKER-LOST", False
        self.deadline = inf  # of the task it has
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_main, args=(theirs, pickled), daemon=True)
        self._process.start()
        self.pid: int = self._process.pid
        theirs.close()
        with suppress(OSError, EOFError):
            if self.pipe.poll(_START_SECONDS) and self.pipe.recv_bytes(_MOST):
                return
        self.end()
        raise ChildProcessError("a worker process ended or kept silent")

    def ask(self, task: bytes) -> Any:
        """Return the result of a task; raises UnreadableError where the worker is lost over it."""
        self.deadline = monotonic() + self._seconds
        try:
            self.pipe.send_bytes(task)
            if data := self.pipe.recv_bytes(_MOST):
                return self._decode(data)
        except (OSError, EOFError, MsgspecError, UnicodeDecodeError) as problem:
            raise UnreadableError(str(problem), code=self._code) from problem
        finally:
            self.deadline = inf
        raise UnreadableError("RLIMIT_AS", code="LIMIT-MEMORY")

    def kill(self, code: str = "WORKER-LOST") -> None:
        """Kill the process and those it started, whatever they are doing."""
        self._code = code
        try:
            if not self._ended:
                os.killpg(self.pid, signal.SIGKILL)
        except (AttributeError, ProcessLookupError, PermissionError):
            self._process.kill()  # no process groups here, or none of its own yet

    def end(self) -> None:
        """End the process, at once if it does not end by itself."""
        self.pipe.close()
        self._process.join(_END_SECONDS)
        self.kill()
        self._process.join()
        self._ended = True


def _main(pipe: Connection, pickled: bytes) -> None:
    """Do tasks until the pipe is closed; what a worker process runs."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # they reach whole groups; the pool alone ends it
    getattr(os, "setsid", int)()
    work: Work[Any, Any] = pickle.loads(pickled)  # noqa: S301 - from our own parent
    do, decode = work.prepare(), msgpack.Decoder(work.task).decode
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if work.written is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (work.written, work.written))
        if work.memory:
            resource.setrlimit(resource.RLIMIT_AS, (work.memory, work.memory))
    set_alarm = getattr(signal, "alarm", int)  # ends it where the parent is gone and cannot
    with suppress(EOFError, ConnectionError):
        pipe.send_bytes(b"ready")
        while True:
            task = decode(pipe.recv_bytes())
            set_alarm(int(work.seconds + 4 * GRACE))
            try:
                answer = msgpack.encode(do(task))
            except MemoryError:
                answer = b""  # what the failed allocation left behind, nobody knows
            set_alarm(0)
            pipe.send_bytes(answer)
            if not answer:
                return
