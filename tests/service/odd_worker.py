"""A worker that misbehaves when a document tells it to; otherwise the real one.

The words at the start of a document stand for what a hostile file might achieve in a worker.
"""

from __future__ import annotations

import os
import time

from sigcheck.api import Verifier
from sigcheck.service import wire, worker
from sigcheck.service.job import Answer, Job

_judge = worker.judge


def judge(job: Job, verifier: Verifier, max_seconds: float = 20.0) -> Answer:
    """Do what the document says."""
    match job.data[:8].strip():
        case b"%SLEEP":
            time.sleep(600)
        case b"%DIE":
            os.abort()
        case b"%EXIT":
            os._exit(0)
        case b"%EAT":
            return _judge(job, _Hungry())  # type: ignore[arg-type]
        case b"%BABBLE":
            wire.prefixed = _babble
    return _judge(job, verifier, max_seconds)


def _babble(fields: wire.Header) -> bytes:
    return b"\xff\xff\xff\xff nonsense" * bool(fields)


class _Hungry:
    """Asks for more memory than any limit gives."""

    def __init__(self) -> None:
        """Take what a report on the failure needs."""
        verifier = Verifier()
        self.policy, self.trust = verifier.policy, verifier.trust

    def verify(self, *_: object, **__: object) -> None:
        """Ask for twice what RLIMIT_AS leaves; the machine itself would have it."""
        bytearray(2 * 1024**3)


if __name__ == "__main__":
    worker.judge = judge
    worker.main()
