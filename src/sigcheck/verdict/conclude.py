"""The verdict on one signature, one token, one document (EN 319 102-1, 5.1.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sigcheck.model.finding import Block, Finding, Status, deciding
from sigcheck.model.indication import DocumentIndication, Indication, SubIndication

Conclusion = tuple[Indication, SubIndication | None]

_SEVERITY = {
    Indication.TOTAL_PASSED: 0,
    Indication.INDETERMINATE: 1,
    Indication.TOTAL_FAILED: 2,
}


def conclude(findings: Sequence[Finding], required: frozenset[Block]) -> Conclusion:
    """Let the gravest deciding finding, then the first in block order, speak for the signature.

    A failure is certain whatever else is unknown, so it speaks before any INDETERMINATE.
    """
    if found := deciding(findings):
        first = min(found, key=lambda f: (-_SEVERITY[f.indication], f.block))
        return first.indication, first.sub_indication
    # TOTAL-PASSED is earned: silence from a required block is not a pass, and neither is
    # requiring nothing.
    answered = {f.block for f in findings if f.outcome.status is Status.PASSED}
    if not required or not required <= answered:
        return Indication.INDETERMINATE, None
    return Indication.TOTAL_PASSED, None


def worst_document(
    conclusions: Iterable[Conclusion],
) -> tuple[DocumentIndication, SubIndication | None]:
    """Return the worst signature's conclusion; the first of equals, in document order."""
    listed = list(conclusions)
    if not listed:
        return DocumentIndication.NO_SIGNATURE, None
    indication, reason = max(listed, key=lambda c: _SEVERITY[c[0]])
    return DocumentIndication(indication.value), reason
