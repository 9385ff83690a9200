"""A hostile file costs one worker at worst: the answer says why, and the pool is whole again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

import pytest

from sigcheck.model.policy import MIB, Limits
from sigcheck.service.judging import JSON, Job, Judge, ServiceAnswer
from sigcheck.service.problems import ProblemError
from sigcheck.service.settings import Settings
from sigcheck.service.state import State
from sigcheck.workers import WorkerStartError
from tests.service import odd_worker
from tests.workers.odd import Unloadable

SECONDS = 1.0
T = TypeVar("T")


def in_service(
    use: Callable[[State], Awaitable[T]], size: int = 1, judge: Judge = odd_worker.judge
) -> T:
    """Return what something gets from a service with odd workers."""

    async def run() -> T:
        limits = Limits(max_memory=1024 * MIB, max_seconds=SECONDS)
        state = State(Settings(limits=limits, workers=size), judge)
        try:
            await state.start()
            return await use(state)
        finally:
            await state.close()

    return asyncio.run(run())


def job(data: bytes) -> Job:
    """Return a job for a document."""
    return Job(data, "văn bản.pdf", "intake", "vi", (JSON,))


def losses(state: State) -> dict[str, int]:
    """Return how many workers were lost, by the cause."""
    (family,) = state.metrics.workers_lost.collect()
    samples = (s for s in family.samples if s.name.endswith("_total"))
    return {sample.labels["cause"]: int(sample.value) for sample in samples}


def reason(answer: ServiceAnswer) -> str:
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

    async def use(state: State) -> tuple[ServiceAnswer, ServiceAnswer, dict[str, int]]:
        return await state.answer(job(document)), await state.answer(job(b"PK")), losses(state)

    first, second, lost = in_service(use)

    assert reason(first) == code
    assert reason(second) == "DOC-NOT-A-PDF"
    assert lost == {code: 2}


@pytest.mark.parametrize(("document", "limit"), [(b"%SLEEP", "1 giây"), (b"%EAT", "1024 MiB")])
def test_the_sentence_names_the_limit(document: bytes, limit: str) -> None:
    """Who may raise a limit learns which, and what it is now."""

    async def use(state: State) -> ServiceAnswer:
        return await state.answer(job(document))

    (found,) = json.loads(in_service(use).bodies[0])["documents"]

    assert limit in found["reason"]["text"]


def test_a_sleeping_worker_is_killed_in_time() -> None:
    """A document that never ends costs its time limit and little more."""

    async def use(state: State) -> float:
        started = monotonic()
        await state.answer(job(b"%SLEEP"))
        return monotonic() - started

    assert in_service(use) < SECONDS + 8


def test_hostile_documents_do_not_touch_their_neighbours() -> None:
    """Good documents in the same pool are judged while others lose their workers."""

    async def use(state: State) -> list[ServiceAnswer]:
        documents = [b"PK", b"%DIE", b"PK", b"%SLEEP", b"PK", b"%EAT", b"PK"]
        return await asyncio.gather(*(state.answer(job(data)) for data in documents))

    assert [reason(answer) for answer in in_service(use, size=2)] == [
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

    async def use(state: State) -> tuple[ServiceAnswer, int]:
        (worker,) = state.pool.running
        os.kill(worker.pid, signal.SIGKILL)
        await asyncio.to_thread(worker._process.join)
        return await state.answer(job(b"PK")), losses(state)["IDLE"]

    answer, idle = in_service(use)

    assert (reason(answer), idle) == ("DOC-NOT-A-PDF", 1)


def test_an_abandoned_job_frees_its_place() -> None:
    """When the client goes away the worker is replaced and serves the next."""

    async def use(state: State) -> ServiceAnswer:
        abandoned = asyncio.create_task(state.answer(job(b"%SLEEP")))
        await asyncio.sleep(0.2)
        abandoned.cancel()
        await asyncio.gather(abandoned, return_exceptions=True)
        return await state.answer(job(b"PK"))

    assert reason(in_service(use)) == "DOC-NOT-A-PDF"


def test_a_job_need_not_wait_for_ever() -> None:
    """Where all workers are taken for too long, that is said; the place in the line is given up."""

    async def use(state: State) -> int:
        busy = asyncio.create_task(state.answer(job(b"%SLEEP")))
        await asyncio.sleep(0.2)
        with pytest.raises(ProblemError, match="BUSY"):
            await state.answer(job(b"PK"), patience=0.1)
        busy.cancel()
        return state.waiting

    assert in_service(use) == 0


def test_no_worker_stays_behind() -> None:
    """Closing the pool ends every process, the sleeping ones too."""

    async def use(state: State) -> list[int]:
        tasks = [asyncio.create_task(state.answer(job(b"%SLEEP"))) for _ in range(2)]
        await asyncio.sleep(0.2)
        pids = [worker.pid for worker in state.pool.running]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return pids

    for pid in in_service(use, size=2):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_worker_that_cannot_start_is_said_at_once() -> None:
    """A broken installation is an error at start-up, not an endless wait."""

    async def use(_: State) -> None:
        raise AssertionError

    with pytest.raises(WorkerStartError):
        in_service(use, judge=Unloadable())
