"""The report on a document whose reading had to be stopped from outside."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from msgspec.structs import replace

from sigcheck._version import __version__
from sigcheck.api import Verifier, unreadable
from sigcheck.errors import UnreadableError
from sigcheck.model.report import Report
from sigcheck.service.job import Job


def failure(
    job: Job, verifier: Verifier, problem: UnreadableError, at: datetime | None = None
) -> Report:
    """Return an UNREADABLE report with the code of the problem; nothing is said of signatures."""
    document = replace(
        unreadable(job.name, problem),
        sha256=hashlib.sha256(job.data).hexdigest(),
        size=len(job.data),
    )
    return Report(
        documents=(document,),
        validation_time=at or job.at or datetime.now(UTC),
        policy_id=verifier.policy.id,
        policy_version=verifier.policy.version,
        trust=verifier.trust.summary(),
        tool_version=__version__,
    )
