"""A document as the plain values of `sigcheck.report/1`; a form of its own, not the model's."""

from __future__ import annotations

from sigcheck.model.report import DocumentReport, Workflow
from sigcheck.render.reasons import document_reason
from sigcheck.render.signature_objects import Telling, Tree, finding_object, signature_object
from sigcheck.render.words import Words

SCHEMA = "sigcheck.report/1"

__all__ = ["SCHEMA", "Tree", "document_object"]


def document_object(document: DocumentReport, words: Words, told: Telling = finding_object) -> Tree:
    """Return one document."""
    evidence, reason = document.evidence, document.reason
    return {
        "path": document.path,
        "sha256": document.sha256,
        "size": document.size,
        "indication": document.indication.value,
        "sub_indication": str(document.sub_indication) if document.sub_indication else None,
        "reason": {"code": reason.code, "text": document_reason(document, words)}
        if reason
        else None,
        "revisions": len(evidence.revisions) if evidence else 0,
        "signatures": [signature_object(s, words, told) for s in document.signatures],
        "workflow": _workflow(document.workflow, words, told),
        "findings": [told(finding, words) for finding in document.findings],
    }


def _workflow(workflow: Workflow, words: Words, told: Telling) -> Tree:
    return {
        "pattern": workflow.pattern,
        "steps": [
            {"act": step.act, "signature": step.signature, "reason": step.reason}
            for step in workflow.steps
        ],
        "findings": [told(finding, words) for finding in workflow.findings],
    }
