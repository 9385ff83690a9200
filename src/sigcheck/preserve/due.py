"""When a document's proof runs out, and so when it has to be preserved anew."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

from sigcheck.checks import proof_end
from sigcheck.model.report import DocumentReport

LEAD = timedelta(days=180)
"""How long before the end a renewal is due: an archive needs time to do thousands."""


class Renewal(Struct, frozen=True):
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
    """Return what will stop proving first; None for a document without signatures."""
    ending = proof_end(document.evidence) if document.evidence else None
    if ending is None:
        return None
    certificate, field = ending
    return Renewal(certificate.not_after, certificate.subject, field)
