"""What runs on a cluster's worker: the same confined processes as at home, kept between chunks."""

from __future__ import annotations

import atexit
import hashlib
import pickle
import threading
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from sigcheck._version import __version__
from sigcheck.batch.crew import Crew
from sigcheck.batch.outcome import Outcome
from sigcheck.batch.process import COMMAND
from sigcheck.batch.task import Setup, Task

Get = Callable[[], bytes]


class Order(Struct, frozen=True):
    """How a chunk is to be judged."""

    version: str
    """Of sigcheck: another one would judge under the name of this one."""
    digest: str
    """SHA-256 of the pickled Setup, which the scheduler holds under this name."""
    command: tuple[str, ...] = COMMAND[1:]
    """What a worker process runs, after the interpreter of the machine."""


class Answer(Struct, frozen=True):
    """What a chunk came to, or why it was not judged."""

    outcomes: tuple[Outcome, ...] = ()
    losses: tuple[tuple[Task, str], ...] = ()
    """Worker processes lost, as `crew.OnLoss` is told."""
    refused: str = ""
    """The version of sigcheck this worker has, where it is another."""


def introduce(dask_worker: Any) -> dict[str, str]:
    """Return the version of sigcheck and the name of the worker this runs on; Dask passes it."""
    return {"version": __version__, "name": str(dask_worker.name)}


def judge_chunk(order: Order, tasks: Sequence[Task]) -> Answer:
    """Judge some documents on a worker of the cluster, one after the other."""
    if order.version != __version__:
        return Answer(refused=__version__)
    crew, losses = _crew(order)
    losses.clear()
    return Answer(tuple(crew.judge(iter(tasks))), tuple(losses))


_held = threading.local()


def _crew(order: Order) -> tuple[Crew, list[tuple[Task, str]]]:
    """Return the crew of this thread: one process, started for the first chunk of an order."""
    held: dict[str, tuple[Crew, list[tuple[Task, str]]]] = _held.__dict__.setdefault("crews", {})
    if order.digest not in held:
        import sys

        for crew, _ in held.values():
            crew.close()
        held.clear()
        losses: list[tuple[Task, str]] = []
        crew = Crew(
            _setup(order.digest, _from_scheduler(order.digest)),
            1,
            command=(sys.executable, *order.command),
            on_loss=lambda task, code: losses.append((task, code)),
        )
        atexit.register(crew.close)
        held[order.digest] = crew, losses
    return held[order.digest]


def _from_scheduler(digest: str) -> Get:
    def get() -> bytes:
        from distributed import get_client

        client: Any = get_client()
        data: bytes = client.get_metadata(["sigcheck", digest])
        return data

    return get


def _setup(digest: str, get: Get) -> Setup:
    """Return the setup of a digest; raises ValueError where the bytes are other ones."""
    data = get()
    if hashlib.sha256(data).hexdigest() != digest:
        raise ValueError("the setup is not the one that was sent")
    setup: Setup = pickle.loads(data)  # noqa: S301 - the digest came with the order itself
    return setup
