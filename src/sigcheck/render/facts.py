"""Small readings of a signature report that several formats share."""

from __future__ import annotations

from sigcheck.model.evidence import TimestampFacts
from sigcheck.model.finding import Block, Level, Status
from sigcheck.model.indication import Indication, SubIndication
from sigcheck.model.report import SignatureReport, TimestampReport

_RANK = (Level.SKIP, Level.NOTE, Level.WARN, Level.INDETERMINATE, Level.FAIL)


def best_timestamp(signature: SignatureReport) -> tuple[TimestampFacts, TimestampReport] | None:
    """Return the token to show: one that passed, else a provisional one, else the first."""
    tokens = signature.evidence.timestamps
    judged = [(tokens[r.index], r) for r in signature.timestamps if r.index < len(tokens)]
    return min(judged, key=lambda pair: _worth(pair[1]), default=None)


def _worth(report: TimestampReport) -> int:
    if report.indication is Indication.TOTAL_PASSED:
        return 0
    return 1 if report.sub_indication is SubIndication.TRY_LATER else 2


def changes_level(signature: SignatureReport) -> str:
    """Return what the policy makes of the later changes: its gravest level, or `none`."""
    levels = [
        f.level
        for f in signature.findings
        if f.block is Block.CHANGES and f.outcome.status is Status.FAILED
    ]
    if levels:
        return max(levels, key=_RANK.index).value
    return Level.NOTE.value if signature.evidence.changes else "none"


def status_of(signature: SignatureReport, code: str) -> Status | None:
    """Return how a check answered, None when it was not asked."""
    return _statuses(signature).get(code)


def _statuses(signature: SignatureReport) -> dict[str, Status]:
    """Return the answers by code, found once for the dozen questions a card asks in a row."""
    last, found = _asked[0]
    if last is not signature:
        found = {f.code: f.outcome.status for f in reversed(signature.findings)}
        _asked[0] = (signature, found)
    return found


_asked: list[tuple[SignatureReport | None, dict[str, Status]]] = [(None, {})]


def passed(signature: SignatureReport, *codes: str) -> bool:
    """Say whether all of some checks passed; a check that was not asked has not."""
    return all(status_of(signature, code) is Status.PASSED for code in codes)


def failed(signature: SignatureReport, *codes: str) -> bool:
    """Say whether any of some checks failed."""
    return any(status_of(signature, code) is Status.FAILED for code in codes)
