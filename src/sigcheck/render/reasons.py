"""Which sentence says why a document or a signature came out as it did."""

from __future__ import annotations

from collections.abc import Iterable

from sigcheck.model.finding import Finding, Level, unanswered
from sigcheck.model.finding import deciding as deciding_findings
from sigcheck.model.indication import DocumentIndication
from sigcheck.model.report import DocumentReport, Report, SignatureReport
from sigcheck.render.words import Words


def document_finding(document: DocumentReport) -> Finding | None:
    """Return the finding a document's reason names, None when it names an error or nothing."""
    if document.reason is None:
        return None
    speaking = [s.deciding for s in document.signatures if _speaks(s, document)]
    candidates = [*speaking, *(f for f in document.findings if f.unanswered)]
    return next((f for f in candidates if f and f.code == document.reason.code), None)


def _speaks(signature: SignatureReport, document: DocumentReport) -> bool:
    return signature.indication.value == document.indication.value


def document_reason(document: DocumentReport, words: Words) -> str:
    """Return the sentence for a document's reason, empty when there is none."""
    if document.reason is None:
        return ""
    if finding := document_finding(document):
        return words.message(finding)
    return words.error(document.reason.code, dict(document.reason.facts))


def deciding(signature: SignatureReport) -> list[Finding]:
    """Return every finding that keeps a signature from passing, the one that speaks first."""
    first = signature.deciding
    others = (f for f in deciding_findings(signature.findings) if f is not first)
    return [f for f in (first, *others) if f]


def told(findings: Iterable[Finding], *levels: Level) -> list[Finding]:
    """Return the findings that failed at one of some levels."""
    return [f for f in unanswered(findings) if f.level in levels]


def document_findings(document: DocumentReport, *levels: Level) -> list[Finding]:
    """Return what failed about the document itself, but for what is said as its reason."""
    said = document_finding(document)
    everything = (*document.findings, *document.workflow.findings)
    found = [f for f in told(everything, *levels) if f is not said]
    codes = {f.code for f in found}
    return [f for f in found if not _old_news(f.code, codes, document.indication)]


def _old_news(code: str, codes: set[str], indication: DocumentIndication) -> bool:
    """Say whether something graver has said already what a finding says."""
    if code == "DC-LAST-COVERS":
        return indication is DocumentIndication.TOTAL_FAILED
    return code == "DC-REWRITTEN" and "WF-REWRITTEN" in codes


def circumstances(report: Report, words: Words) -> str:
    """Return when, by which policy and on which roots the report rests."""
    return words.label(
        "circumstances",
        time=report.validation_time,
        policy=report.policy_id,
        version=report.policy_version,
        anchors=str(report.trust.anchors),
    )
