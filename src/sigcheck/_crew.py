"""Documents judged side by side: worker processes take paths and send back what came of each.

What comes back is in the order of the paths, a few documents to a message. Nothing is read ahead of
what the caller takes but a small window, so a folder of any size needs the memory of a few reports.
A worker that dies costs only the document it died of.
"""

from __future__ import annotations

import pickle
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from time import monotonic
from typing import Any, Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")

_CHUNK = 8
"""Documents a worker takes at a time, fewer as the end of a list comes near."""
_CHARACTERS = 2048
"""Of the paths in a chunk: two chunks never fill the pipe, which would make the caller wait."""
_AHEAD = 2
"""Chunks a worker holds: it never waits for the next."""
_WINDOW = 8
"""Chunks for each worker between the one given out last and the one the caller waits for."""
_SECONDS = 0.25
"""How long a worker collects what came of its documents before it sends that."""
_PIPE = 1 << 20
"""Bytes of answers a worker may be ahead of its reader."""
_ROOM = 1 << 24
"""Bytes asked for once and given back: glibc then keeps as many free instead of handing memory back
to the system, and taking it again, after every few documents."""
_TRIES = 2
_PATIENCE = 2.0
"""Seconds a worker with nothing left to do may take to end."""


class _Chunk(Struct):
    """Documents in the order given, the first of them numbered."""

    start: int
    paths: list[str]
    tries: int = 0


class _Raised(Struct, frozen=True):
    """What judging a document raised: the caller's to answer."""

    problem: BaseException


def side_by_side(
    judge: Callable[[str], T], paths: Iterable[str], jobs: int, lost: Callable[[str], T]
) -> Iterator[T]:
    """Yield what `judge` makes of each path, in the order given, from so many processes.

    What `judge` raises is raised here, in its turn. `lost` says what is to be yielded for a path
    over which two workers died. Where processes are not forked, `judge` must pickle.
    """
    crew = _Crew(judge, paths, jobs, lost)
    try:
        yield from crew.results()
    finally:
        crew.close()


class _Crew(Generic[T]):
    """The workers, what they were given, and what came back before its turn."""

    def __init__(
        self,
        judge: Callable[[str], T],
        paths: Iterable[str],
        jobs: int,
        lost: Callable[[str], T],
    ) -> None:
        self._judge = judge
        self._lost = lost
        self._jobs = jobs
        self._chunks = _chunks(paths, jobs)
        self._again: deque[_Chunk] = deque()
        self._given = 0
        """Documents given out so far."""
        self._next = 0
        """Number of the document the caller waits for."""
        self._come: dict[int, tuple[int, bytes]] = {}
        """By the number of their first document: how many a message is about, and the message."""
        self._workers: list[_Worker[T]] = []
        for _ in range(jobs):
            self._workers.append(_Worker(judge, self._workers))

    def results(self) -> Iterator[T]:
        """Yield what came of each document, in their order."""
        while self._deal() or self._come:
            self._hear(None if self._next not in self._come else 0)
            while self._next in self._come:
                count, message = self._come.pop(self._next)
                self._next += count
                self._hear(0)
                self._deal()
                for value in _opened(message):
                    if isinstance(value, _Raised):
                        raise value.problem
                    yield value

    def close(self) -> None:
        """End every worker; what they are doing is dropped."""
        for worker in self._workers:
            worker.leave()
        for worker in self._workers:
            worker.end()

    def _deal(self) -> bool:
        """Give every worker enough to do; return whether anything is being done."""
        for worker in sorted(self._workers, key=lambda w: len(w.chunks)):
            while len(worker.chunks) < _AHEAD and (chunk := self._chunk()):
                worker.give(chunk)
        return any(worker.chunks for worker in self._workers)

    def _chunk(self) -> _Chunk | None:
        if self._again:
            return self._again.popleft()
        if self._given - self._next >= _WINDOW * _CHUNK * self._jobs:
            return None
        paths = next(self._chunks, None)
        if not paths:
            return None
        chunk = _Chunk(self._given, paths)
        self._given += len(paths)
        return chunk

    def _hear(self, seconds: float | None) -> None:
        """Take what has come in; wait for something so long, None for ever."""
        busy = {w.answers: w for w in self._workers if w.chunks}
        for ready in wait(list(busy), seconds) if busy else ():
            worker = busy[ready]  # type: ignore[index]  # what was asked for
            try:
                message = worker.answers.recv_bytes()
            except (EOFError, OSError):
                self._replace(worker)
                continue
            chunk, count = worker.chunks[0], message[0]
            self._come[chunk.start] = (count, message[1:])
            chunk.start += count
            del chunk.paths[:count]
            if not chunk.paths:
                worker.chunks.popleft()

    def _replace(self, worker: _Worker[T]) -> None:
        """Have the documents of a worker that died judged by others, each in hand by itself."""
        worker.end()
        hand, *waiting = worker.chunks
        self._again.extend(waiting)
        if hand.tries + 1 < _TRIES:
            for number, path in enumerate(hand.paths, hand.start):
                self._again.append(_Chunk(number, [path], hand.tries + 1))
        else:
            self._come[hand.start] = (1, pickle.dumps([self._lost(hand.paths[0])]))
        self._again = deque(sorted(self._again, key=lambda chunk: chunk.start))
        place = self._workers.index(worker)
        self._workers[place] = _Worker(self._judge, [w for w in self._workers if w is not worker])


def _opened(message: bytes) -> list[Any]:
    """Unpickle a message."""
    values: list[Any] = pickle.loads(message)  # noqa: S301 - from a process of our own
    return values


def _chunks(paths: Iterable[str], jobs: int) -> Iterator[list[str]]:
    """Yield the paths a few at a time; towards a known end fewer, so that none waits for one."""
    listed = paths if isinstance(paths, list | tuple) else None
    left = len(listed) if listed is not None else None
    chunk: list[str] = []
    size = 0
    for path in paths:
        chunk.append(path)
        size += len(path)
        most = _CHUNK if left is None else min(_CHUNK, max(1, left // (2 * jobs)))
        if len(chunk) >= most or size >= _CHARACTERS:
            yield chunk
            left = None if left is None else left - len(chunk)
            chunk, size = [], 0
    if chunk:
        yield chunk


class _Worker(Generic[T]):
    """A process as the crew sees it."""

    def __init__(self, judge: Callable[[str], T], others: Iterable[_Worker[T]]) -> None:
        context = get_context()
        theirs, self._tasks = context.Pipe(duplex=False)
        self.answers, given = context.Pipe(duplex=False)
        _widen(given)
        # A forked child has all that is open here: it must not keep any worker's pipe from ending.
        forked = context.get_start_method() == "fork"
        mine = (*self.pipes(), *(pipe for w in others for pipe in w.pipes())) if forked else ()
        self._process = context.Process(
            target=_work, args=(judge, theirs, given, mine), daemon=True
        )
        self._process.start()
        theirs.close()
        given.close()
        self.chunks: deque[_Chunk] = deque()
        """Given and not answered; the first is the one in hand."""

    def pipes(self) -> tuple[Connection, Connection]:
        """Return the crew's ends of the pipes to and from this worker."""
        return self._tasks, self.answers

    def give(self, chunk: _Chunk) -> None:
        """Send a chunk; a worker that is gone shows when its answer is read."""
        self.chunks.append(chunk)
        with suppress(BrokenPipeError):
            self._tasks.send(chunk.paths)

    def leave(self) -> None:
        """Have nothing more to ask."""
        self._tasks.close()

    def end(self) -> None:
        """End the process, at once if it has anything to do."""
        self.leave()
        self._process.join(0 if self.chunks else _PATIENCE)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
        self.answers.close()


def _widen(pipe: Connection) -> None:
    """Let a pipe hold more than its usual 64 KiB, where the system knows how."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE)


def _work(
    judge: Callable[[str], object],
    tasks: Connection,
    answers: Connection,
    not_ours: tuple[Connection, ...],
) -> None:
    """Judge what comes until nobody is left to ask: the whole life of a worker."""
    # A terminal sends Ctrl-C to every process of the group; the parent alone answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for pipe in not_ours:
        pipe.close()
    bytes(_ROOM)
    with suppress(EOFError, BrokenPipeError):
        while True:
            _answer(judge, tasks.recv(), answers)


def _answer(judge: Callable[[str], object], paths: list[str], answers: Connection) -> None:
    found: list[object] = []
    since = monotonic()
    for number, path in enumerate(paths, 1):
        try:
            found.append(judge(path))
        except Exception as problem:  # noqa: BLE001 - the caller's to answer
            found.append(_Raised(problem))
        if number == len(paths) or monotonic() - since > _SECONDS:
            answers.send_bytes(bytes([len(found)]) + pickle.dumps(found, pickle.HIGHEST_PROTOCOL))
            found, since = [], monotonic()
