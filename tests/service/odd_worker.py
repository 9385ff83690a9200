"""A worker that misbehaves when a document says so; otherwise the real one.

The words at the start of a document stand for what a hostile file might achieve in a worker.
"""

from __future__ import annotations

import os
import time

from sigcheck.api import Verifier
from sigcheck.service.judging import Job, ServiceAnswer
from sigcheck.service.judging import judge as honest


def judge(job: Job, verifier: Verifier, max_seconds: float) -> ServiceAnswer:
    """Do what the document says."""
    match job.data[:8].strip():
        case b"%SLEEP":
            time.sleep(600)
        case b"%NAP":
            time.sleep(1)
        case b"%DIE":
            os.abort()
        case b"%EXIT":
            os._exit(0)
        case b"%EAT":
            bytearray(2 * 1024**3)  # twice what RLIMIT_AS leaves; the machine itself would have it
        case b"%BABBLE":
            return b"nonsense"  # type: ignore[return-value]
    return honest(job, verifier, max_seconds)
