"""A hostile file costs one worker at worst: the answer says why, and the pool is whole again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic
from typing import TypeVar

import pytest

from sigcheck.api import Verifier
from sigcheck.model.policy import MIB
from sigcheck.service import wire
from sigcheck.service.job import JSON, Answer, Job, Setup
from sigcheck.service.pool import Pool, PoolBusyError
from sigcheck.service.process import WorkerDiedError

ODD = (sys.executable, str(Path(__file__).with_name("odd_worker.py")))
SECONDS = 1.0
T = TypeVar("T")


def in_pool(use: Callable[[Pool], Awaitable[T]], size: int = 1) -> T:
    """Return what something gets from a pool of odd workers."""

    async def run() -> T:
        setup = Setup({"intake": Verifier()}, max_memory=1024 * MIB, max_seconds=SECONDS)
        pool = Pool(setup, size, ODD)
        await pool.start()
        try:
            return await use(pool)
        finally:
            await pool.close()

    return asyncio.run(run())


def job(data: bytes) -> Job:
    """Return a job for a document."""
    return Job(data, "văn bản.pdf", "intake", "vi", (JSON,))


def reason(answer: Answer) -> str:
    """Return the code of an unreadable document's reason."""
    (document,) = json.loads(answer.bodies[0])["documents"]
    assert (document["indication"], answer.indication) == ("UNREADABLE", "UNREADABLE")
    assert len(document["sha256"]) == 64
    code: str = document["reason"]["code"]
    return code


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"%SLEEP", "LIMIT-TIME"),
        (b"%EAT", "LIMIT-MEMORY"),
        (b"%DIE", "WORKER-LOST"),
        (b"%EXIT", "WORKER-LOST"),
        (b"%BABBLE", "WORKER-LOST"),
    ],
)
def test_a_lost_worker_is_an_answer_and_is_replaced(document: bytes, code: str) -> None:
    """The hostile document is UNREADABLE with its code; a new worker judges the next one."""

    async def use(pool: Pool) -> tuple[Answer, Answer, dict[str, int]]:
        return await pool.run(job(document)), await pool.run(job(b"PK")), dict(pool.losses)

    first, second, losses = in_pool(use)

    assert reason(first) == code
    assert reason(second) == "DOC-NOT-A-PDF"
    assert losses == {code: 1}


def test_a_sleeping_worker_is_killed_in_time() -> None:
    """A document that never ends costs its time limit and little more."""

    async def use(pool: Pool) -> float:
        started = monotonic()
        await pool.run(job(b"%SLEEP"))
        return monotonic() - started

    assert in_pool(use) < SECONDS + 8


def test_hostile_documents_do_not_touch_their_neighbours() -> None:
    """Good documents in the same pool are judged while others lose their workers."""

    async def use(pool: Pool) -> list[Answer]:
        documents = [b"PK", b"%DIE", b"PK", b"%SLEEP", b"PK", b"%EAT", b"PK"]
        return await asyncio.gather(*(pool.run(job(data)) for data in documents))

    assert [reason(answer) for answer in in_pool(use, size=2)] == [
        "DOC-NOT-A-PDF",
        "WORKER-LOST",
        "DOC-NOT-A-PDF",
        "LIMIT-TIME",
        "DOC-NOT-A-PDF",
        "LIMIT-MEMORY",
        "DOC-NOT-A-PDF",
    ]


def test_a_worker_lost_while_idle_is_no_document_s_fault() -> None:
    """What kills an idle worker, say the kernel, does not make the next document unreadable."""

    async def use(pool: Pool) -> tuple[Answer, int]:
        (worker,) = pool._workers
        os.kill(worker.pid, signal.SIGKILL)
        await worker._process.wait()
        return await pool.run(job(b"PK")), pool.losses["IDLE"]

    answer, idle = in_pool(use)

    assert (reason(answer), idle) == ("DOC-NOT-A-PDF", 1)


def test_an_abandoned_job_frees_its_place() -> None:
    """When the client goes away the worker is replaced and serves the next."""

    async def use(pool: Pool) -> Answer:
        abandoned = asyncio.create_task(pool.run(job(b"%SLEEP")))
        await asyncio.sleep(0.2)
        abandoned.cancel()
        await asyncio.gather(abandoned, return_exceptions=True)
        return await pool.run(job(b"PK"))

    assert reason(in_pool(use)) == "DOC-NOT-A-PDF"


def test_a_job_need_not_wait_for_ever() -> None:
    """Where all workers are taken for too long, that is said; the place in the line is given up."""

    async def use(pool: Pool) -> int:
        busy = asyncio.create_task(pool.run(job(b"%SLEEP")))
        await asyncio.sleep(0.2)
        with pytest.raises(PoolBusyError):
            await pool.run(job(b"PK"), patience=0.1)
        busy.cancel()
        return pool.waiting

    assert in_pool(use) == 0


def test_no_worker_stays_behind() -> None:
    """Closing the pool ends every process, the sleeping ones too."""

    async def use(pool: Pool) -> list[int]:
        tasks = [asyncio.create_task(pool.run(job(b"%SLEEP"))) for _ in range(2)]
        await asyncio.sleep(0.2)
        pids = [worker.pid for worker in pool._workers]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return pids

    for pid in in_pool(use, size=2):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_worker_that_cannot_start_is_said_at_once() -> None:
    """A broken installation is an error at start-up, not an endless wait."""

    async def run() -> None:
        await Pool(Setup(), 1, (sys.executable, "-c", "pass")).start()

    with pytest.raises(WorkerDiedError):
        asyncio.run(run())


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"sizes": "1"},
        {"sizes": [-1]},
        {"sizes": [wire.MAX_ANSWER, 1]},
    ],
)
def test_an_answer_of_impossible_size_is_refused(fields: wire.Header) -> None:
    """What a worker claims to send is bounded before it is read."""
    with pytest.raises(wire.WireError):
        wire.sizes(fields)


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff", b"null"])
def test_a_header_that_is_none_is_refused(data: bytes) -> None:
    """Nothing but a JSON object is a header."""
    with pytest.raises(wire.WireError):
        wire.header(data)
