"""When a document's proof runs out, and so when it has to be preserved anew."""

from __future__ import annotations

from datetime import datetime, timedelta

from sigcheck.model.evidence import PathFacts, SignatureKind
from sigcheck.model.record import record
from sigcheck.model.report import DocumentReport

LEAD = timedelta(days=180)
"""How long before the end a renewal is due: an archive needs time to do thousands."""


@record
class Renewal:
    """The first thing that stops proving, and when."""

    until: datetime
    """End of validity."""
    subject: str
    """Whose certificate ends; untrusted text."""
    field: str
    """The signature or document time-stamp that rests on it."""

    def due(self, at: datetime, lead: timedelta = LEAD) -> bool:
        """Say whether it is time to act."""
        return at >= self.until - lead


def renewal(document: DocumentReport) -> Renewal | None:
    """Return what will stop proving first; None for a document without signatures.

    A document time-stamp carries all that came before it, so the newest one is what counts
    (EN 319 102-1, 5.6.3); without one, the earliest end among the signatures' time-stamps, or of
    a signature that has none.
    """
    stamps = [
        s.evidence
        for s in document.signatures
        if s.evidence.kind is SignatureKind.DOCUMENT_TIMESTAMP and s.evidence.path
    ]
    if stamps:
        newest = max(stamps, key=lambda e: e.revision)
        return _end_of(newest.path, newest.field)
    ends = []
    for report in document.signatures:
        evidence = report.evidence
        tokens = [t.path for t in evidence.timestamps if t.path]
        paths: list[PathFacts | None] = [*tokens] or [evidence.path]
        ends += [found for path in paths if (found := _end_of(path, evidence.field))]
    return min(ends, key=lambda found: found.until, default=None)


def _end_of(path: PathFacts | None, field: str) -> Renewal | None:
    if path is None or not path.steps:
        return None
    first = min((s.certificate for s in path.steps), key=lambda c: c.not_after)
    return Renewal(first.not_after, first.subject, field)
