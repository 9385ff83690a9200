"""Acts, pattern and advice: all questions of decree 30/2020 about one document."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sigcheck.errors import FAULTS
from sigcheck.model.evidence import DocumentEvidence, Evidence
from sigcheck.model.finding import Block, Finding, Level, Outcome, Status
from sigcheck.model.report import SignatureReport, Workflow, WorkflowStep
from sigcheck.model.workflow import WorkflowRules
from sigcheck.workflow.acts import Acted, WorkflowContext, classify, has_part, says
from sigcheck.workflow.agencies import names_in_force, same_unit
from sigcheck.workflow.appearance import as_annex_asks
from sigcheck.workflow.consistency import date_fits, number_fits
from sigcheck.workflow.persons import (
    both_signed,
    clerk_together,
    not_rewritten,
    person_before_organization,
    seal_has_signature,
)
from sigcheck.workflow.reference import refer

QUESTIONS: dict[str, Callable[[WorkflowContext], Outcome]] = {
    "WF-REWRITTEN": not_rewritten,
    "WF-BOTH-SIGNED": both_signed,
    "WF-PERSON-BEFORE-ORG": person_before_organization,
    "WF-SAME-UNIT": same_unit,
    "WF-NAME-CURRENT": names_in_force,
    "WF-CLERK-TOGETHER": clerk_together,
    "WF-NUMBER-FITS": number_fits,
    "WF-DATE-FITS": date_fits,
    "WF-SEAL-UNSIGNED": seal_has_signature,
    "WF-APPEARANCE": as_annex_asks,
}
"""Every question by its code, in the order in which a clerk would ask."""

UNKNOWN = "unknown"


def assess(
    document: DocumentEvidence, reports: Sequence[SignatureReport], rules: WorkflowRules
) -> tuple[Workflow, tuple[Acted, ...]]:
    """Return the workflow of a document, and the act of each report with the row that says so.

    Nothing is asked of documents that no Vietnamese certificate signed: the decree is not theirs.
    """
    acts = classify([report.evidence for report in reports], rules)
    context = WorkflowContext(document, reports, acts, rules)
    steps = tuple(
        WorkflowStep(act.value, report.evidence.index, reason)
        for report, (act, reason) in zip(reports, acts, strict=True)
        if has_part(report.evidence)
    )
    asked = any(_vietnamese(report.evidence, context) for report in reports)
    findings = tuple(_finding(code, context) for code in QUESTIONS) if asked else ()
    return Workflow(_pattern(context), steps, findings, refer(context)), acts


def _vietnamese(evidence: Evidence, context: WorkflowContext) -> bool:
    certificate = evidence.certificate
    return certificate is not None and says(context.text("country"), certificate.subject[-200:])


def _pattern(context: WorkflowContext) -> str:
    told = [
        (act.value, report.evidence.signer.kind.value)
        for report, (act, _) in zip(context.reports, context.acts, strict=True)
        if has_part(report.evidence)
    ]
    acts, kinds = {act for act, _ in told}, {kind for _, kind in told}
    for row in context.rules.patterns:
        allowed = "*" in row.allows or acts <= row.needs | row.allows
        fits = row.needs <= acts and row.holders <= kinds and (not row.kinds or kinds <= row.kinds)
        if fits and allowed and acts:
            return row.id
    return UNKNOWN


def _finding(code: str, context: WorkflowContext) -> Finding:
    rule = context.rules.findings.get(code)
    level = rule.level if rule else Level.NOTE
    return Finding(code, Block.ADVISORY, level, _ask(code, context), None)


def _ask(code: str, context: WorkflowContext) -> Outcome:
    try:
        return QUESTIONS[code](context)
    except FAULTS as error:  # a crash costs this piece of advice alone
        return Outcome(Status.CRASHED, {"error": f"{type(error).__name__}: {error}"[:200]})
