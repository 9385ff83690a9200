"""One worker process as the event loop sees it."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress

from sigcheck.service import wire
from sigcheck.service.job import Answer, Job, Setup

COMMAND = (sys.executable, "-P", "-m", "sigcheck.service.worker")
"""What a worker is; it imports nothing from the folder the service was started in. A test puts one
that misbehaves in its place."""


_PATIENCE = 60.0
"""Seconds a worker may take to load, on the slowest machine there is."""


class WorkerDiedError(Exception):
    """The process ended, or spoke nonsense, in the middle of a job."""


class Worker:
    """A process that takes one job at a time."""

    def __init__(self, process: Process) -> None:
        """Take a process that has its setup."""
        self._process = process

    @classmethod
    async def start(cls, setup: Setup, command: Sequence[str] = COMMAND) -> Worker:
        """Start a process, hand it the setup and wait until it says hello.

        Raises:
            WorkerDiedError: if it ends or keeps silent instead.
        """
        # A session of its own: Ctrl-C at the terminal is for the service, which then winds up.
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, start_new_session=True
        )
        worker = cls(process)
        try:
            await asyncio.wait_for(worker._greeted(setup), _PATIENCE)
        except BaseException:
            await worker.end()
            raise
        return worker

    @property
    def alive(self) -> bool:
        """Say whether the process has not ended, as far as is known."""
        return self._process.returncode is None

    @property
    def pid(self) -> int:
        """Return the number of the process."""
        return self._process.pid

    async def ask(self, job: Job) -> Answer:
        """Return the answer to a job; raises WorkerDiedError."""
        try:
            await self._write(wire.prefixed(wire.job_header(job)), job.data)
            return await self._answer()
        except (ConnectionError, asyncio.IncompleteReadError, wire.WireError) as problem:
            raise WorkerDiedError(str(problem)) from problem

    async def end(self) -> None:
        """Kill the process, whatever it is doing, and wait until it is gone."""
        with suppress(ProcessLookupError):
            # The whole group: the process that draws pages is the worker's own child.
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        # NOTE: without this the pipe's transport complains when the loop is long closed.
        self._process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001

    async def _greeted(self, setup: Setup) -> None:
        try:
            await self._write(pickle.dumps(setup))
            hello = await self._stdout().readexactly(wire.LENGTH_SIZE)
        except (ConnectionError, asyncio.IncompleteReadError) as problem:
            raise WorkerDiedError("a worker ended while starting") from problem
        if hello != wire.HELLO:
            raise WorkerDiedError("a worker spoke before its turn")

    async def _write(self, *parts: bytes) -> None:
        stdin = self._process.stdin
        if stdin is None:
            raise WorkerDiedError("no way in")
        stdin.writelines(parts)
        await stdin.drain()

    async def _answer(self) -> Answer:
        stdout = self._stdout()
        prefix = await stdout.readexactly(wire.LENGTH_SIZE)
        fields = wire.header(await stdout.readexactly(wire.length(prefix)))
        bodies = [await stdout.readexactly(size) for size in wire.sizes(fields)]
        return wire.answer(fields, bodies)

    def _stdout(self) -> asyncio.StreamReader:
        if self._process.stdout is None:
            raise WorkerDiedError("no way out")
        return self._process.stdout
