"""One worker process as the crew sees it."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from time import monotonic
from typing import IO

from sigcheck.batch import wire
from sigcheck.batch.task import Setup, Task

COMMAND = (sys.executable, "-m", "sigcheck.batch.worker")
"""What a worker is. A test puts one that misbehaves in its place."""

AHEAD = 8
"""Documents a worker holds at most: it never waits for the next, and a lost one costs few."""
_PIPE = 4096
"""Bytes sent ahead: what any pipe takes without making us wait for a worker that is busy."""
_READ = 1 << 18


class Worker:
    """A process that judges the tasks it was given, in their order."""

    def __init__(self, setup: Setup, command: Sequence[str] = COMMAND) -> None:
        """Start the process and hand it the setup; it says when it is ready."""
        # A session of its own: Ctrl-C at the terminal is for the batch, which then winds up.
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        self.tasks: deque[Task] = deque()
        """Given and not answered; the first is the one in hand."""
        self.ready = False
        self.given = 0
        """Tasks since it was started."""
        self.digest = ""
        """Of the document in hand, where the worker was told to say it first."""
        self._since = monotonic()
        self._frames = wire.Frames()
        self._write(pickle.dumps(setup))

    def fileno(self) -> int:
        """Return what to wait on for its answers."""
        return self._stdout.fileno()

    @property
    def pid(self) -> int:
        """Return the number of the process."""
        return self._process.pid

    @property
    def busy(self) -> float:
        """Return the seconds it has been at the document in hand, or at starting."""
        return monotonic() - self._since if self.tasks or not self.ready else 0.0

    def takes(self, task: Task) -> bool:
        """Say whether a task may be given now: always to an idle worker, a few ahead to others."""
        if not self.tasks:
            return self.ready
        ahead = sum(len(waiting.path) for waiting in self.tasks) + len(task.path)
        by_value = task.data is not None or any(t.data is not None for t in self.tasks)
        # Six bytes a character of a path in JSON, and the rest of the header.
        room = ahead * 6 + (len(self.tasks) + 1) * 160 <= _PIPE
        return self.ready and room and not by_value and len(self.tasks) < AHEAD

    def give(self, task: Task) -> None:
        """Send a task; a worker that is gone shows when its answer is read."""
        if not self.tasks:
            self._since = monotonic()
        self.tasks.append(task)
        self.given += 1
        self._write(wire.task_frame(task))

    def answers(self) -> Iterator[wire.Frame]:
        """Yield what has come in, waiting for nothing; raises EOFError where the process ended.

        Raises:
            WireError: for nonsense.
        """
        data = os.read(self.fileno(), _READ)
        if not data:
            raise EOFError
        yield from self._frames.feed(data)

    def answered(self) -> Task:
        """Return the task in hand, which is done."""
        self._since = monotonic()
        self.digest = ""
        return self.tasks.popleft()

    def greeted(self) -> None:
        """Note that the process is ready."""
        self.ready = True
        self._since = monotonic()

    def end(self) -> None:
        """Kill the process, whatever it is doing, and wait until it is gone."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                _close(pipe)

    def _write(self, data: bytes) -> None:
        stdin = self._process.stdin
        if stdin is None:
            raise EOFError
        try:
            stdin.write(data)
            stdin.flush()
        except BrokenPipeError:
            return

    @property
    def _stdout(self) -> IO[bytes]:
        if self._process.stdout is None:
            raise EOFError
        return self._process.stdout


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        return
