"""Which findings of a report speak: readings that several formats share."""

from __future__ import annotations

from collections.abc import Iterable

from sigcheck.model.evidence import TimestampFacts
from sigcheck.model.finding import Block, Finding, Level, Status, unanswered
from sigcheck.model.finding import deciding as deciding_findings
from sigcheck.model.indication import DocumentIndication, Indication, SubIndication
from sigcheck.model.report import DocumentReport, Report, SignatureReport, TimestampReport
from sigcheck.render.words import Words

_RANK = (Level.SKIP, Level.NOTE, Level.WARN, Level.INDETERMINATE, Level.FAIL)


LEADING = frozenset({"AL-DIGEST-TOLERATED"})
"""Warnings that are said first: what is let through although the rule of the day is not met."""


# --- of a signature -----------------------------------------------------------------------------


def status_of(signature: SignatureReport, code: str) -> Status | None:
    """Return how a check answered, None when it was not run."""
    return next((f.outcome.status for f in signature.findings if f.code == code), None)


def passed(signature: SignatureReport, *codes: str) -> bool:
    """Say whether all of some checks passed; a check that was not run has not."""
    return all(status_of(signature, code) is Status.PASSED for code in codes)


def failed(signature: SignatureReport, *codes: str) -> bool:
    """Say whether any of some checks failed."""
    return any(status_of(signature, code) is Status.FAILED for code in codes)


def refuted(signature: SignatureReport, code: str) -> bool:
    """Say whether a check failed in its own way: on a value that was computed and differs."""
    return any(
        f.code == code and f.outcome.status is Status.FAILED and f.outcome.fails_as is None
        for f in signature.findings
    )


def deciding(signature: SignatureReport) -> list[Finding]:
    """Return every finding that keeps a signature from passing, the deciding one first.

    Then come those that no further certificate, list or waiting mends.
    """
    first = signature.deciding
    others = [f for f in deciding_findings(signature.findings) if f is not first]
    others.sort(key=_is_mendable)
    return [f for f in (first, *others) if f]


_MENDABLE = (SubIndication.TRY_LATER, SubIndication.NO_CERTIFICATE_CHAIN_FOUND)


def _is_mendable(finding: Finding) -> bool:
    return finding.sub_indication in _MENDABLE


def behind_the_first(document: DocumentReport) -> Finding | None:
    """Return what would keep a document open once its reason is mended; None where nothing does."""
    for signature in document.signatures:
        if signature.indication.value != document.indication.value:
            continue
        found = deciding(signature)
        if found and _is_mendable(found[0]):
            return next((f for f in found if not _is_mendable(f)), None)
    return None


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


# --- of a document ------------------------------------------------------------------------------


def unanswered_at(findings: Iterable[Finding], *levels: Level) -> list[Finding]:
    """Return the findings that failed at one of some levels."""
    return [f for f in unanswered(findings) if f.level in levels]


def document_finding(document: DocumentReport) -> Finding | None:
    """Return the finding a document's reason names, None when it names an error or nothing."""
    if document.reason is None:
        return None
    worst = [s.deciding for s in document.signatures if _decides(s, document)]
    candidates = [*worst, *(f for f in document.findings if f.unanswered)]
    return next((f for f in candidates if f and f.code == document.reason.code), None)


def _decides(signature: SignatureReport, document: DocumentReport) -> bool:
    return signature.indication.value == document.indication.value


def document_reason(document: DocumentReport, words: Words) -> str:
    """Return the sentence for a document's reason, empty when there is none."""
    if document.reason is None:
        return ""
    if finding := document_finding(document):
        return words.message(finding)
    return words.error(document.reason.code, dict(document.reason.facts))


def document_findings(document: DocumentReport, *levels: Level) -> list[Finding]:
    """Return what failed about the document itself, without the one that is its reason."""
    reason = document_finding(document)
    everything = (*document.findings, *document.workflow.findings)
    found = [f for f in unanswered_at(everything, *levels) if f is not reason]
    codes = {f.code for f in found}
    return [f for f in found if not _implied(f.code, codes, document.indication)]


def _implied(code: str, codes: set[str], indication: DocumentIndication) -> bool:
    """Say whether a graver finding already says what this one says."""
    if code == "DC-LAST-COVERS":
        return indication is DocumentIndication.TOTAL_FAILED
    return code == "DC-REWRITTEN" and "WF-REWRITTEN" in codes


def circumstances(report: Report, words: Words) -> str:
    """Return when, by which policy and with which roots the report was made."""
    return words.label(
        "circumstances",
        time=report.validation_time,
        policy=report.policy_id,
        version=report.policy_version,
        anchors=str(report.trust.anchors),
        at_hand=None if report.trust.at_hand is None else str(report.trust.at_hand),
    )
