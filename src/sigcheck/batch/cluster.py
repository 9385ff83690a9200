"""A batch on a Dask cluster: chunks out, rows back, never more under way than there is room for.

On each worker of the cluster documents are judged by a confined process, as on one machine; so the
workers may have children of their own (`distributed.worker.daemon: false`).
"""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, cast

from msgspec import Struct

from sigcheck._version import __version__
from sigcheck.batch.documents import Task
from sigcheck.batch.judging import DocumentOutcome, Judge, Setup, failure, judge
from sigcheck.batch.run import LocalWorkers, OnLoss, Tasks
from sigcheck.errors import MissingPartError, SigcheckError, UnreadableError

CHUNK = 16
"""Documents sent together: a third of a second of work, against milliseconds of the scheduler's."""
AHEAD = 3
"""Chunks under way for each thread of the cluster: one at work, two waiting beside it."""
ATTEMPTS = 3
"""Times a chunk is sent before each of its documents goes alone, and then gets its verdict."""
CONNECT = 30.0
"""Seconds for the scheduler to answer."""
_TICK = 0.2
_LOOK = 1.0

OnRefused = Callable[[str, str], None]
"""Gets the name of a worker and the version of sigcheck it has."""


class ClusterError(SigcheckError):
    """The cluster does not answer, or has no worker that may judge."""

    code = "CLUSTER-UNREACHABLE"


class Chunk(Struct, frozen=True):
    """Documents that travel together."""

    tasks: tuple[Task, ...]
    attempt: int = 1


class Cluster:
    """The workers of a Dask scheduler, or of one made here (`local`)."""

    def __init__(
        self,
        setup: Setup,
        address: str,
        *,
        jobs: int = 1,
        judge: Judge = judge,
        on_loss: OnLoss = lambda _task, _code: None,
        on_refused: OnRefused = lambda _name, _version: None,
    ) -> None:
        """Connect, leave the setup with the scheduler, and look who may judge.

        Raises:
            MissingPartError: where Dask distributed is not installed.
            ClusterError: if the scheduler does not answer.
        """
        self.setup = setup
        self._on_loss, self._on_refused = on_loss, on_refused
        data = pickle.dumps(setup)
        self._order = Order(__version__, hashlib.sha256(data).hexdigest(), judge)
        self._home, self._client = _connect(address, jobs)
        self._client.set_metadata(["sigcheck", self._order.digest], data)
        self._under_way: dict[Any, tuple[Chunk, frozenset[str]]] = {}
        """By future: what was sent, and to whom it is limited, if to anybody."""
        self._allowed: dict[str, int] = {}
        """Threads of each worker that may judge, as of the last look."""
        self._served = False
        """Whether there has been a worker that may judge: one that went may come back."""
        self._looked = 0.0
        self._done: SimpleQueue[Any] = SimpleQueue()
        self._again: deque[Chunk] = deque()
        self._refused: set[str] = set()
        self._known: set[str] = set()

    def judge(
        self, tasks: Tasks, stopped: Callable[[], bool] = lambda: False
    ) -> Iterator[DocumentOutcome]:
        """Yield what came of each task, in any order.

        Raises:
            ClusterError: if the scheduler is gone, or no worker may judge.
        """
        exhausted = False
        while not stopped():
            exhausted = self._send(tasks, exhausted=exhausted)
            if exhausted and not self._under_way and not self._again:
                return
            try:
                yield from self._take(self._done.get(timeout=_TICK))
            except Empty:
                self._require_scheduler()

    def close(self) -> None:
        """Drop what is under way and let go of the cluster, which stays unless it was made here."""
        for future in self._under_way:
            future.cancel()
        if self._client.status == "running":
            self._client.set_metadata(["sigcheck", self._order.digest], None)
        self._client.close()
        if self._home is not None:
            self._home.close()

    # --- out --------------------------------------------------------------------------------------

    def _send(self, tasks: Tasks, *, exhausted: bool) -> bool:
        """Fill the room there is; return whether the tasks have come to their end."""
        self._look()
        while len(self._under_way) < AHEAD * max(sum(self._allowed.values()), 1):
            if self._again:
                chunk: Chunk | None = self._again.popleft()
            elif exhausted:
                return True
            else:
                chunk, exhausted = _chunk(tasks)
            if chunk is None:
                return exhausted
            self._submit(chunk)
        return exhausted

    def _submit(self, chunk: Chunk) -> None:
        limited = frozenset(self._allowed) if self._refused else frozenset()
        future = self._client.submit(
            judge_chunk,
            self._order,
            chunk.tasks,
            pure=False,
            retries=ATTEMPTS,
            workers=sorted(limited) or None,
        )
        self._under_way[future] = chunk, limited
        future.add_done_callback(self._done.put)

    def _look(self) -> None:
        """Look which workers there are, once a second; new ones are asked for their version."""
        self._require_scheduler()
        if monotonic() - self._looked < _LOOK:
            return
        self._looked = monotonic()
        found: dict[str, int] = self._client.nthreads()
        new = found.keys() - self._known
        if new:
            self._introduce(new)
        self._allowed = {name: n for name, n in found.items() if name not in self._refused}
        self._served = self._served or bool(self._allowed)
        if found and not self._served:
            raise ClusterError(__version__, code="CLUSTER-NO-WORKERS")
        self._call_back(found.keys())

    def _introduce(self, new: set[str]) -> None:
        answers = self._client.run(introduce, workers=sorted(new), on_error="return")
        for address, answer in answers.items():
            self._known.add(address)
            # A worker without sigcheck answers with the exception of its import.
            found = answer if isinstance(answer, dict) else {}
            version, name = found.get("version", repr(answer)), found.get("name", "")
            if found.get("daemon"):
                raise ClusterError(name, code="CLUSTER-DAEMON")
            if version != __version__ and address not in self._refused:
                self._refused.add(address)
                self._on_refused(f"{name} ({address})".strip(), version)

    def _call_back(self, present: Collection[str]) -> None:
        """Take back what is limited to workers that are gone: no other would get it."""
        for future, (chunk, limited) in tuple(self._under_way.items()):
            if limited and limited.isdisjoint(present):
                del self._under_way[future]
                future.cancel()
                self._again.append(chunk)

    # --- back -------------------------------------------------------------------------------------

    def _take(self, future: Any) -> Iterator[DocumentOutcome]:
        chunk, _ = self._under_way.pop(future, (None, None))
        if chunk is None:
            return  # called back
        if future.status != "finished":
            yield from self._failed(chunk, future)
            return
        answer: ClusterAnswer = future.result()
        if answer.refused:
            self._known.clear()  # a worker has come that was not looked at
            self._looked = 0.0
            self._again.append(chunk)
            return
        for task, code in answer.losses:
            self._on_loss(task, code)
        yield from answer.outcomes

    def _failed(self, chunk: Chunk, future: Any) -> Iterator[DocumentOutcome]:
        """Send a chunk again that died with its workers; alone, a document gets its verdict."""
        self._require_scheduler()
        if chunk.attempt < ATTEMPTS:
            self._again.append(Chunk(chunk.tasks, chunk.attempt + 1))
        elif len(chunk.tasks) > 1:
            self._again.extend(Chunk((task,), chunk.attempt) for task in chunk.tasks)
        else:
            problem = UnreadableError(f"{future.status}", code="WORKER-LOST")
            for task in chunk.tasks:
                self._on_loss(task, problem.code)
                yield failure(task, self.setup, problem)

    def _require_scheduler(self) -> None:
        if self._client.status != "running":
            raise ClusterError(str(self._client.scheduler))


def _chunk(tasks: Tasks) -> tuple[Chunk | None, bool]:
    """Return the next chunk, and whether it is the last; a task with its bytes ends one."""
    found: list[Task] = []
    for task in tasks:
        if task is None:
            return (Chunk(tuple(found)) if found else None), False
        found.append(task)
        if len(found) >= CHUNK or task.data is not None:
            return Chunk(tuple(found)), False
    return (Chunk(tuple(found)) if found else None), True


def _connect(address: str, jobs: int) -> tuple[Any, Any]:
    try:
        import distributed
        from dask import config as dask_config
    except ImportError as problem:
        raise MissingPartError("sigcheck[cluster]", code="EXTRA-MISSING") from problem
    home, dask = None, cast("Any", distributed)
    try:
        # A scheduler that is gone is told in a sentence of ours.
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        if address == "local":
            dask_config.set({"distributed.worker.daemon": False})
            # Tasks are pickled code: without the secrets made for this run, nobody else on this
            # machine may speak at its ports.
            home = dask.LocalCluster(
                n_workers=jobs,
                threads_per_worker=1,
                dashboard_address=None,
                preload=[__name__],
                security=True,
            )
        return home, dask.Client(home or address, timeout=CONNECT, set_as_default=False)
    except (OSError, ValueError) as problem:
        raise ClusterError(f"{address}: {problem}") from problem


# --- on a worker of the cluster -------------------------------------------------------------------


class Order(Struct, frozen=True):
    """How a chunk is to be judged."""

    version: str
    """Of sigcheck: another one would judge under the name of this one."""
    digest: str
    """SHA-256 of the pickled Setup, which the scheduler holds under this name."""
    judge: Judge
    """What a worker process does with a document."""


class ClusterAnswer(Struct, frozen=True):
    """What a chunk came to, or why it was not judged."""

    outcomes: tuple[DocumentOutcome, ...] = ()
    losses: tuple[tuple[Task, str], ...] = ()
    """Worker processes lost, with the code of each."""
    refused: str = ""
    """The version of sigcheck this worker has, where it is another."""


def dask_setup(_worker: object) -> None:
    """Leave a stop to the batch; Dask calls this by its name in the workers of `local`.

    A terminal sends Ctrl-C to the whole group, and Dask warns of every task that is cancelled.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("distributed.worker").setLevel(logging.ERROR)


def introduce(dask_worker: Any) -> dict[str, Any]:
    """Return what decides whether the worker this runs on may judge; Dask passes it."""
    daemon = multiprocessing.current_process().daemon
    return {"version": __version__, "name": str(dask_worker.name), "daemon": daemon}


def judge_chunk(order: Order, tasks: Sequence[Task]) -> ClusterAnswer:
    """Judge some documents on a worker of the cluster, one after the other."""
    if order.version != __version__:
        return ClusterAnswer(refused=__version__)
    workers, losses = _workers(order)
    losses.clear()
    return ClusterAnswer(tuple(workers.judge(iter(tasks))), tuple(losses))


_held = threading.local()
"""The worker process of each thread: it stays between chunks of the same digest."""


def _workers(order: Order) -> tuple[LocalWorkers, list[tuple[Task, str]]]:
    """Return the worker process of this thread, and the list its losses go to."""
    if getattr(_held, "digest", "") != order.digest:
        setup, losses = _setup(order.digest), list[tuple[Task, str]]()
        if hasattr(_held, "workers"):
            _held.workers.close()
        _held.workers = LocalWorkers(
            setup, 1, judge=order.judge, on_loss=lambda task, code: losses.append((task, code))
        )
        _held.losses, _held.digest = losses, order.digest
    return _held.workers, _held.losses


def _setup(digest: str) -> Setup:
    """Return what the scheduler holds under a digest; raises ValueError for other bytes."""
    from distributed import get_client

    client: Any = get_client()
    data: bytes = client.get_metadata(["sigcheck", digest])
    if hashlib.sha256(data).hexdigest() != digest:
        raise ValueError("the setup is not the one that was sent")
    setup: Setup = pickle.loads(data)  # noqa: S301 - the digest came with the order itself
    return setup
