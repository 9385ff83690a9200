"""A fixed number of worker processes; a hostile file costs one of them at worst."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from itertools import chain, repeat

from sigcheck.errors import LimitExceededError, UnreadableError
from sigcheck.log import WARNING, log
from sigcheck.service.failures import failure
from sigcheck.service.forms import bodies
from sigcheck.service.job import Answer, Job, Setup
from sigcheck.service.process import COMMAND, Worker, WorkerDiedError

_HALT = 2.0
"""Seconds past `max_seconds`: the worker's own limit speaks first, more exactly than a kill."""


_PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds between attempts to replace a worker, the last one for as long as it takes."""


class PoolBusyError(Exception):
    """No worker was free in time."""


class Pool:
    """Jobs wait here for a free worker; each answer is a report, whatever happens to a worker."""

    def __init__(self, setup: Setup, size: int, command: Sequence[str] = COMMAND) -> None:
        """Take what the workers know and how many there are; nothing is started yet."""
        self.setup = setup
        self.size = size
        self.waiting = 0
        self.busy = 0
        self.losses: Counter[str] = Counter()
        """Workers replaced, by the code of what ended them."""
        self._command = command
        self._free: asyncio.Queue[Worker] = asyncio.Queue()
        self._workers: set[Worker] = set()
        self._closing = asyncio.Event()
        self._repairs: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Start the workers; raises WorkerDiedError if they can't be started."""
        await asyncio.gather(*(self._hire() for _ in range(self.size)))

    async def close(self) -> None:
        """End every worker; jobs still running then are lost, so let them finish first."""
        self._closing.set()
        # Repairs are waited for, not cancelled: a process half started would have no owner.
        await asyncio.gather(*self._repairs, return_exceptions=True)
        await asyncio.gather(*(worker.end() for worker in self._workers))
        self._workers.clear()

    @property
    def whole(self) -> bool:
        """Say whether a worker lives; one that doesn't is being replaced."""
        return any(worker.alive for worker in self._workers)

    async def run(self, job: Job, patience: float | None = None) -> Answer:
        """Return the answer to a job: by a worker, or ours where the worker was lost over it.

        Raises:
            PoolBusyError: if no worker is free within so many seconds (default: wait).
        """
        try:
            worker = await asyncio.wait_for(self._take(), patience)
        except TimeoutError:
            raise PoolBusyError from None
        self.busy += 1
        fit = False
        try:
            answer = await asyncio.wait_for(worker.ask(job), self.setup.max_seconds + _HALT)
            fit = answer.fit
        except TimeoutError:
            return await self._lost(job, LimitExceededError(code="LIMIT-TIME"))
        except WorkerDiedError as problem:
            return await self._lost(job, UnreadableError(str(problem), code="WORKER-LOST"))
        else:
            if not fit:
                self.losses["LIMIT-MEMORY"] += 1
            return answer
        finally:
            self.busy -= 1
            self._give_back(worker, fit=fit)

    async def _take(self) -> Worker:
        self.waiting += 1
        try:
            worker = await self._free.get()
        finally:
            self.waiting -= 1
        if worker.alive:
            return worker
        # Lost while idle, say to the kernel's memory killer: no document's fault.
        self.losses["IDLE"] += 1
        self._give_back(worker, fit=False)
        return await self._take()

    def _give_back(self, worker: Worker, *, fit: bool) -> None:
        if fit:
            self._free.put_nowait(worker)
            return
        repair = asyncio.create_task(self._replace(worker))
        self._repairs.add(repair)
        repair.add_done_callback(self._repairs.discard)

    async def _replace(self, worker: Worker) -> None:
        self._workers.discard(worker)
        await worker.end()
        for pause in chain(_PAUSES, repeat(_PAUSES[-1])):
            if self._closing.is_set():
                return
            with suppress(WorkerDiedError, OSError, TimeoutError):
                await self._hire()
                return
            log(WARNING, "a worker process could not be started; trying again in %s s", pause)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), pause)

    async def _hire(self) -> None:
        worker = await Worker.start(self.setup, self._command)
        self._workers.add(worker)
        self._free.put_nowait(worker)

    async def _lost(self, job: Job, problem: UnreadableError) -> Answer:
        self.losses[problem.code] += 1
        log(WARNING, "a worker was lost over a document: %s", problem.code)
        verifier = self.setup.verifiers[job.policy]
        report = failure(job, verifier, problem)
        document = report.document
        return Answer(
            await asyncio.to_thread(bodies, report, job, verifier.policy),
            document.indication.value,
            document.sha256,
            document.size,
            self.setup.max_seconds,
        )
