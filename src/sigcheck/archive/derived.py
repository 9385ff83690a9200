"""What follows from the recorded evidence, a policy and a time: the report in its forms."""

from __future__ import annotations

from datetime import datetime

from sigcheck._judge import judge_document
from sigcheck.archive.info import PackageInfo
from sigcheck.archive.names import PREMIS, REPORT, XML
from sigcheck.archive.premis import premis
from sigcheck.model.evidence import DocumentEvidence
from sigcheck.model.policy import Policy
from sigcheck.model.report import Report, TrustSummary
from sigcheck.render import RenderOptions, Words, renderer
from sigcheck.render.sanitize import mask
from sigcheck.render.times import iso


def judged(
    evidence: DocumentEvidence, info: PackageInfo, policy: Policy, at: datetime | None = None
) -> Report:
    """Judge recorded evidence, at the package's own time if none is given."""
    moment = at or info.validation_time
    return Report(
        documents=(judge_document(evidence, policy, moment, info.document_name),),
        validation_time=moment,
        policy_id=policy.id,
        policy_version=policy.version,
        trust=TrustSummary(info.trust_digest, info.trust_anchors),
        tool_version=info.tool_version,
    )


def derived(info: PackageInfo, report: Report) -> dict[str, bytes]:
    """Return the files that follow from the evidence, the policy and `package.json`."""
    words, options = Words.load(info.lang), RenderOptions(full=not info.masked)
    made_at = iso(info.made_at) or ""
    events = premis(report, made_at)
    return {
        REPORT: renderer("json")(report, words, options).encode("utf-8"),
        XML: renderer("xml")(report, words, options).encode("utf-8"),
        PREMIS: (mask(events) if info.masked else events).encode("utf-8"),
    }
