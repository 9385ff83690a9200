"""Is the document ready for the archive? What its findings say of the years to come."""

from __future__ import annotations

from sigcheck.model.finding import Finding, Status
from sigcheck.model.indication import DocumentIndication
from sigcheck.model.report import DocumentReport
from sigcheck.render.words import Words

_ALWAYS = ("DC-PROOF-UNTIL",)
"""Told whatever the answer is; the others only where something is amiss, or on request."""
_ON_REQUEST = (
    "DC-PDFA-CLAIMED",
    "DC-PDFA-HOLDS",
    "DC-FONTS-EMBEDDED",
    "DC-ENCRYPTED",
    "DC-ACTIVE-CONTENT",
)


CODES = frozenset({*_ALWAYS, *_ON_REQUEST})
"""Told here, and so not among the notes on the whole document."""


def archiving(document: DocumentReport, words: Words, *, full: bool) -> tuple[str, ...]:
    """Return the section's sentences: level, end of proof, then what an archive would object to.

    `full` tells every answer, also the good ones.
    """
    if not document.signatures or document.indication is DocumentIndication.TOTAL_FAILED:
        return ()  # a broken document proves nothing that could last
    found = {finding.code: finding for finding in document.findings}
    chosen = [found[code] for code in _ALWAYS if code in found]
    chosen += [found[c] for c in _ON_REQUEST if c in found and (full or _amiss(found[c]))]
    answered = [f for f in chosen if f.outcome.status in (Status.PASSED, Status.FAILED)]
    return (*_levels(document, words), *(words.message(finding) for finding in answered))


def _amiss(finding: Finding) -> bool:
    return finding.outcome.status is Status.FAILED


def _levels(document: DocumentReport, words: Words) -> tuple[str, ...]:
    levels = sorted({s.pades_level for s in document.signatures if s.pades_level})
    return (words.label("levels", levels=", ".join(levels)),) if levels else ()
