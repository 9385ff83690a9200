"""A worker process: one document at a time, under limits the file cannot argue with.

Run as `python -m sigcheck.batch.worker` by a crew, which writes a pickled Setup and then tasks to
its standard input. It ends when that is closed.
"""

from __future__ import annotations

import gc
import hashlib
import pickle
import signal
import sys
from time import monotonic
from typing import BinaryIO

from msgspec.structs import replace

from sigcheck.batch import wire
from sigcheck.batch.confine import confine, private_stdout
from sigcheck.batch.content import content
from sigcheck.batch.outcome import Outcome, failure, outcome
from sigcheck.batch.task import Setup, Task
from sigcheck.errors import LimitExceededError, UnreadableError
from sigcheck.model.indication import DocumentIndication
from sigcheck.model.report import Report

_LAST_WORD = 10.0
"""Seconds after the crew's own limit: only a worker whose crew is gone lives to hear this."""
_SWEEP = 64
"""Documents between two searches for garbage; none while a document is judged."""


def main() -> None:
    """Answer tasks until standard input is closed."""
    jobs, answers = sys.stdin.buffer, private_stdout()
    setup: Setup = pickle.load(jobs)  # noqa: S301 - from our own parent, before any document
    limits = setup.verifier.limits
    warm(setup)
    confine(limits.max_memory, max_written=None if setup.writes else 0)
    send(answers, wire.frame({"ready": True}))
    done = 0
    while (found := wire.read_frame(jobs)) is not None:
        signal.setitimer(signal.ITIMER_REAL, limits.max_seconds + _LAST_WORD)
        fit = answer(wire.task(*found), setup, answers)
        signal.setitimer(signal.ITIMER_REAL, 0)
        if not fit:
            return
        done += 1
        if done % _SWEEP == 0:
            gc.collect()


def warm(setup: Setup) -> None:
    """Load what is loaded late, then keep it from every later search for garbage."""
    gc.disable()
    judge(Task("-", data=b"%PDF-"), setup)
    gc.collect()
    gc.freeze()


def answer(task: Task, setup: Setup, answers: BinaryIO) -> bool:
    """Judge a document and send what came of it; return whether to go on."""
    if task.attempt > 1:
        # The crew may have to give this file its verdict: it should know which bytes it was.
        send(answers, wire.frame({"digest": _digest(task, setup)}))
    found, fit = _judged(task, setup)
    send(answers, wire.outcome_frame(found, fit=fit))
    return fit


def judge(task: Task, setup: Setup) -> Outcome:
    """Return what came of a document; raises MemoryError and nothing else."""
    started = monotonic()
    try:
        task, data = content(task, setup.verifier.limits)
        if task.sha256 and hashlib.sha256(data).hexdigest() == task.sha256:
            return _same(task)
        report = setup.verifier.verify(data, at=setup.at, name=task.path)
        if setup.packages is not None:
            _package(report, setup)
        found = outcome(report, task, setup, monotonic() - started)
        return found if found.sha256 else replace(found, sha256=hashlib.sha256(data).hexdigest())
    except UnreadableError as problem:
        return failure(replace(task, sha256=""), setup, problem, monotonic() - started)
    except MemoryError:
        raise
    except Exception as problem:  # noqa: BLE001 - a fault of ours costs one document, by name
        detail = f"{type(problem).__name__}: {problem}"
        return failure(replace(task, sha256=""), setup, UnreadableError(detail, code="UNEXPECTED"))


def send(answers: BinaryIO, frame: bytes) -> None:
    """Write a frame at once."""
    answers.write(frame)
    answers.flush()


def _judged(task: Task, setup: Setup) -> tuple[Outcome, bool]:
    try:
        return judge(task, setup), True
    except MemoryError:
        # What the failed allocation left behind, nobody knows: this process is done.
        problem = LimitExceededError("RLIMIT_AS", code="LIMIT-MEMORY")
        return failure(replace(task, sha256=""), setup, problem), False


def _package(report: Report, setup: Setup) -> None:
    from sigcheck.batch.packages import keep

    keep(report, setup)


def _same(task: Task) -> Outcome:
    kept = DocumentIndication.UNREADABLE.value  # the ledger has the true one, and keeps it
    return Outcome(task.path, task.size, task.mtime, task.sha256, kept, same=True)


def _digest(task: Task, setup: Setup) -> str:
    try:
        return hashlib.sha256(content(task, setup.verifier.limits)[1]).hexdigest()
    except (UnreadableError, MemoryError):
        return ""


if __name__ == "__main__":
    main()
