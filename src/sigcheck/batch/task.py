"""What is asked of a worker: a document by reference or by value, and how all are judged."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from sigcheck._version import __version__
from sigcheck.api import Verifier
from sigcheck.batch.digest import digest


class Task(Struct, frozen=True):
    """One document to judge."""

    path: str
    """An absolute path, or an address such as `s3://bucket/name.pdf`."""
    size: int = -1
    """Bytes, as the folder lists them; -1 where it could not be asked."""
    mtime: int = 0
    """Nanoseconds since 1970, as the folder lists them; 0 where it could not be asked."""
    sha256: str = ""
    """Of the file that was judged under this name before: the same bytes are not judged again."""
    data: bytes | None = None
    """The document itself, for a worker that cannot reach it; None for all others."""
    attempt: int = 1
    """2 once a worker was lost over it."""


class Setup(Struct, frozen=True):
    """What a worker knows before its first document."""

    verifier: Verifier
    lang: str = "vi"
    at: datetime | None = None
    """Validation time with an offset; None is the moment each document is judged."""
    reports: bool = False
    """Whether the whole report is wanted besides the row."""
    packages: str | None = None
    """Folder for an evidence package of each document; its verifier keeps the materials then."""

    @property
    def writes(self) -> bool:
        """Say whether a worker, or a program it asks, has to write files."""
        return self.packages is not None or self.verifier.pdfa is not None


class Judgement(Struct, frozen=True):
    """Under what documents are judged: a row counts again only under an equal one."""

    policy: str
    policy_version: str
    policy_digest: str
    """SHA-256 over the policy, its tool profiles, the limits and whether PDF/A is looked at."""
    trust_digest: str
    validation_time: str
    """ISO 8601 as it was asked for; empty where each document was judged at its own moment."""
    online: str
    """`online` or `offline`."""
    tool_version: str
    lang: str


def judgement(setup: Setup) -> Judgement:
    """Return under what a setup judges."""
    from sigcheck.fetch import NoFetch

    verifier = setup.verifier
    return Judgement(
        policy=verifier.policy.id,
        policy_version=verifier.policy.version,
        policy_digest=digest((verifier.policy, verifier.limits, verifier.pdfa is not None)),
        trust_digest=verifier.trust.digest,
        validation_time=setup.at.isoformat() if setup.at else "",
        online="offline" if isinstance(verifier.fetch, NoFetch) else "online",
        tool_version=__version__,
        lang=setup.lang,
    )
