"""What is asked of a worker process, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, field

from sigcheck.api import Verifier

JSON, JSONL, HTML, PAGE, EVIDENCE = "json", "jsonl", "html", "page", "evidence"
"""Names of the forms a report is wanted in; see `sigcheck.service.forms`."""


class Job(Struct, frozen=True):
    """One document to judge."""

    data: bytes
    name: str
    """As the report shall call it: a file's name, never a path of this machine."""
    policy: str
    """A name that `Setup.verifiers` has."""
    lang: str
    forms: tuple[str, ...]
    at: datetime | None = None
    """Validation time with an offset; None is now."""
    password: str | None = None
    """Of an encrypted document."""


class Answer(Struct, frozen=True):
    """The report in the forms asked for, in their order."""

    bodies: tuple[bytes, ...]
    """An empty one where there is nothing to keep: an unreadable document has no evidence."""
    indication: str
    sha256: str
    size: int
    seconds: float
    """What judging took, the way to the worker and back not counted."""
    fit: bool = True
    """Whether the process that answered is fit for another document."""


class Setup(Struct, frozen=True):
    """What a worker knows before its first document: one warm verifier for each policy."""

    verifiers: Mapping[str, Verifier] = field(default_factory=dict)
    max_memory: int = 0
    """Bytes of address space (RLIMIT_AS); 0 sets no limit."""
    max_seconds: float = 20.0
    """After this the pool kills the worker; somewhat later it ends itself, orphaned or not."""
