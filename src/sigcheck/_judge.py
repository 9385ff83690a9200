"""check -> conclude for every signature of one document, and its story; no rule of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from sigcheck.checks import Scope
from sigcheck.config.workflow import load_workflow
from sigcheck.model.evidence import (
    Coverage,
    DocumentEvidence,
    Evidence,
    ProofOfExistence,
    SignatureKind,
    TimeBasis,
    TimestampFacts,
)
from sigcheck.model.finding import Finding, Status
from sigcheck.model.indication import Indication
from sigcheck.model.policy import Policy
from sigcheck.model.report import DocumentReport, Reason, SignatureReport, TimestampReport
from sigcheck.story import tell
from sigcheck.verdict import (
    BestTime,
    LaterVerdict,
    best_signature_time,
    conclude,
    findings_on,
    judged_changes,
    pades_level,
    recognise,
    remembered,
    worst_document,
)
from sigcheck.verdict.pades import is_sound
from sigcheck.verdict.time import Proof, existed_by, is_proof


def judge_document(
    document: DocumentEvidence, policy: Policy, at: datetime, path: str
) -> DocumentReport:
    """Judge every signature by itself, the last one first, for each answers for its own update."""
    judge = _Judge(policy, at)
    reports = [judge.signature(e) for e in _last_first(document.signatures)]
    reports.sort(key=lambda r: r.evidence.index)
    workflow, acts = tell(document, reports, load_workflow())
    reports = [
        replace(report, act=act.value, act_reason=reason)
        for report, (act, reason) in zip(reports, acts, strict=True)
    ]
    findings = findings_on(document, Scope.DOCUMENT, policy)
    indication, reason = worst_document((r.indication, r.sub_indication) for r in reports)
    return DocumentReport(
        path=path,
        indication=indication,
        sub_indication=reason,
        reason=_reason(reports, findings, indication.value),
        sha256=document.sha256,
        size=document.size,
        evidence=document,
        signatures=tuple(reports),
        workflow=workflow,
        findings=findings,
    )


def _last_first(signatures: Sequence[Evidence]) -> list[Evidence]:
    return sorted(signatures, key=lambda e: (e.revision, e.index), reverse=True)


class _Judge(Struct):
    """What is known of the signatures judged so far, all of them later in the file."""

    policy: Policy
    at: datetime
    later: dict[str, LaterVerdict] = field(default_factory=dict)
    document_stamps: list[tuple[int, Proof]] = field(default_factory=list)
    sound_stamps: list[int] = field(default_factory=list)
    """Revisions of the document time-stamps that hold cryptographically, trusted or not."""

    def signature(self, evidence: Evidence) -> SignatureReport:
        """Judge one signature."""
        evidence, tokens = self._in_time(evidence)
        profile = recognise(evidence, self.policy.profiles, self.at.date())
        permission = evidence.dictionary.permission
        findings = findings_on(evidence, Scope.SIGNATURE, self.policy, permission, profile)
        indication, reason = conclude(findings, self.policy.required)
        softeners = {f.softened_by for f in findings if f.softened_by} if profile else ()
        report = SignatureReport(
            evidence,
            indication,
            reason,
            findings,
            tokens,
            pades_level=pades_level(evidence, self.sound_stamps),
            profiles=tuple(sorted(softeners)),
        )
        self._remember(report)
        return report

    def _in_time(self, evidence: Evidence) -> tuple[Evidence, tuple[TimestampReport, ...]]:
        """Give the signature what its tokens and all that came later in the file say of it."""
        proofs = self._proofs(evidence)
        stamps = tuple(
            replace(
                token,
                existed_by=existed_by(proofs, self.at),
                validation_time=self.at,
                proofs=proofs,
            )
            for token in evidence.timestamps
        )
        tokens = tuple(self._token(i, t) for i, t in enumerate(stamps))
        best = self._best_time(evidence.revision, stamps, tokens)
        placed = replace(
            evidence,
            proofs=proofs,
            timestamps=stamps,
            covered_by_document_timestamp=any(r > evidence.revision for r in self.sound_stamps),
            validation_time=self.at,
            best_signature_time=best.moment,
            best_time_basis=best.basis,
            rejected_tokens=_rejected(tokens),
            changes=judged_changes(evidence.changes, self.later),
        )
        return placed, tokens

    def _proofs(self, evidence: Evidence) -> tuple[ProofOfExistence, ...]:
        """Return what later document time-stamps prove of a signature and its tokens (5.6.2.3)."""
        return tuple(
            ProofOfExistence(revision, proof.time)
            for revision, proof in self.document_stamps
            if proof.time is not None
            and revision > evidence.revision
            and proof.basis is TimeBasis.PROVEN
            and proof.time <= self.at
        )

    def _token(self, index: int, token: TimestampFacts) -> TimestampReport:
        findings = findings_on(token, Scope.TIMESTAMP, self.policy)
        indication, reason = conclude(findings, self.policy.timestamp_required)
        return TimestampReport(index, indication, reason, findings)

    def _best_time(
        self,
        revision: int,
        stamps: tuple[TimestampFacts, ...],
        tokens: tuple[TimestampReport, ...],
    ) -> BestTime:
        proofs = [Proof(stamps[t.index].time, t.indication, t.sub_indication) for t in tokens]
        proofs += [p for later, p in self.document_stamps if later > revision]
        return best_signature_time(proofs, self.at)

    def _remember(self, report: SignatureReport) -> None:
        evidence = report.evidence
        anchored = evidence.path is not None and evidence.path.anchor is not None
        if evidence.field:
            verdict = LaterVerdict(report.indication, anchored)
            known = self.later.get(evidence.field)
            self.later[evidence.field] = remembered(known, verdict)
        if evidence.kind is SignatureKind.DOCUMENT_TIMESTAMP and evidence.timestamps:
            proof = Proof(evidence.timestamps[0].time, report.indication, report.sub_indication)
            self.document_stamps.append((evidence.revision, proof))
            if is_sound(evidence.timestamps[0]) and report.coverage in _WHOLE:
                self.sound_stamps.append(evidence.revision)


_UNSIGNED = "DC-SIGNATURES-PRESENT"
_WHOLE = (Coverage.FILE, Coverage.REVISION)


def _rejected(tokens: tuple[TimestampReport, ...]) -> tuple[str, ...]:
    return tuple(_decider(t) for t in tokens if not is_proof(t.indication, t.sub_indication))


def _decider(token: TimestampReport) -> str:
    deciding = [f for f in token.findings if f.decides]
    return min(deciding, key=lambda f: f.block).code if deciding else "TS-PARSED"


def _reason(
    reports: Sequence[SignatureReport], findings: Sequence[Finding], indication: str
) -> Reason | None:
    for report in reports:
        if report.indication.value == indication and (deciding := report.deciding):
            return Reason(deciding.code, (("field", report.evidence.field),))
    if reports and indication == Indication.TOTAL_PASSED.value:
        return None
    unsigned = any(f.code == _UNSIGNED and f.outcome.status is Status.FAILED for f in findings)
    return Reason(_UNSIGNED) if unsigned and not reports else None
