"""A worker process: one document at a time, under limits the file cannot argue with.

Run as `python -m sigcheck.service.worker` by the pool, which writes a pickled Setup and then jobs
to its standard input. It ends when that is closed; it touches neither network nor disk. Pages for
the HTML report are drawn by a process of their own, in the same confines.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import tempfile
from time import monotonic
from typing import BinaryIO

from sigcheck.api import Verifier
from sigcheck.batch.confine import confine as confine_process
from sigcheck.batch.confine import private_stdout
from sigcheck.errors import LimitExceededError, UnreadableError
from sigcheck.model.pictures import Pictures
from sigcheck.model.report import Report
from sigcheck.pages import PictureLimits, draw
from sigcheck.render.words import LANGUAGES
from sigcheck.service import wire
from sigcheck.service.failures import failure
from sigcheck.service.forms import bodies
from sigcheck.service.job import EVIDENCE, HTML, JSON, JSONL, PAGE, Answer, Job, Setup

_LAST_WORD = 5.0
"""Seconds after the pool's own limit: only a worker whose pool is gone lives to hear this."""

_HASTE = 2.0
"""Seconds below which no picture is begun."""
_DRAWING = 8.0
"""Seconds that drawing may take of a request, at most."""
_SCRATCH = 16 * 1024 * 1024
"""Bytes of any file this process or its child may write."""
_IN_MEMORY = "/dev/shm"  # noqa: S108 - nameless files alone


def main() -> None:
    """Answer jobs until standard input is closed."""
    jobs, answers = sys.stdin.buffer, private_stdout()
    setup: Setup = pickle.load(jobs)  # noqa: S301 - from our own parent, before any document
    warm(setup)
    confine(setup)
    answers.write(wire.HELLO)
    answers.flush()
    while (job := _next(jobs)) is not None:
        signal.setitimer(signal.ITIMER_REAL, setup.max_seconds + _LAST_WORD)
        answer = judge(job, setup.verifiers[job.policy], setup.max_seconds)
        signal.setitimer(signal.ITIMER_REAL, 0)
        _send(answers, answer)
        if not answer.fit:
            return


def warm(setup: Setup) -> None:
    """Load what is loaded late, so that the first document doesn't wait for it."""
    for name, verifier in setup.verifiers.items():
        for lang in LANGUAGES:
            judge(Job(b"%PDF-", "-", name, lang, (JSON, JSONL, HTML, PAGE)), verifier)


def confine(setup: Setup) -> None:
    """Take from this process what judging never needs."""
    confine_process(setup.max_memory, max_written=_SCRATCH)
    if os.access(_IN_MEMORY, os.W_OK):
        # What draws pages passes pictures through a nameless file: let not even that touch a disk.
        os.environ["TMPDIR"] = tempfile.tempdir = _IN_MEMORY


def judge(job: Job, verifier: Verifier, max_seconds: float = 20.0) -> Answer:
    """Return the answer to a job; where memory ran out, that is the answer."""
    started = monotonic()
    fit = True
    try:
        report = _report(job, verifier)
        seconds = monotonic() - started
        pictures = _pictures(job, report, max_seconds - seconds)
        said = bodies(report, job, verifier.policy, pictures)
    except MemoryError:
        fit = False  # what the failed allocation left behind, nobody knows
        seconds = monotonic() - started
        problem = LimitExceededError("RLIMIT_AS", code="LIMIT-MEMORY")
        report = failure(job, verifier, problem)
        said = bodies(report, job, verifier.policy)
    document = report.document
    return Answer(said, document.indication.value, document.sha256, document.size, seconds, fit=fit)


def _report(job: Job, verifier: Verifier) -> Report:
    if EVIDENCE in job.forms:
        verifier = Verifier(
            verifier.trust, verifier.policy, limits=verifier.limits, keep_materials=True
        )
    report = verifier.verify(job.data, at=job.at, password=job.password, name=job.name)
    document = report.document
    if document.sha256 or document.reason is None:
        return report
    # An unreadable file has a digest all the same: a ledger wants to know which file it was.
    detail = dict(document.reason.facts).get("detail", "")
    problem = UnreadableError(detail, code=document.reason.code)
    return failure(job, verifier, problem, at=report.validation_time)


def _pictures(job: Job, report: Report, seconds: float) -> Pictures | None:
    """Return pictures for an HTML report, if they can be drawn in the time that is left."""
    if HTML not in job.forms or report.document.evidence is None or seconds < _HASTE:
        return None
    limits = PictureLimits(seconds=min(seconds / 2, _DRAWING))
    return draw(job.data, report.document, password=job.password, limits=limits)


def _next(jobs: BinaryIO) -> Job | None:
    prefix = jobs.read(wire.LENGTH_SIZE)
    if len(prefix) < wire.LENGTH_SIZE:
        return None
    fields = wire.header(jobs.read(wire.length(prefix)))
    data = jobs.read(fields["size"])
    return wire.job(fields, data) if len(data) == fields["size"] else None


def _send(answers: BinaryIO, answer: Answer) -> None:
    answers.write(wire.prefixed(wire.answer_header(answer, [len(body) for body in answer.bodies])))
    answers.writelines(answer.bodies)
    answers.flush()


if __name__ == "__main__":
    main()
