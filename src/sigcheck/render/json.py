"""`sigcheck.report/1` in JSON and JSON Lines; its schema is `data/schema/sigcheck.report-1.json`.

A form of its own, not the model's: members may be added, never changed.
"""

from __future__ import annotations

from collections.abc import Callable
from json import JSONEncoder
from math import isfinite
from typing import Any

from sigcheck.model.evidence import (
    ChangeItem,
    CounterSignature,
    DictionaryFacts,
    Evidence,
    PathFacts,
    PathStep,
    Rect,
    TimestampFacts,
)
from sigcheck.model.finding import Block, Finding
from sigcheck.model.report import (
    DocumentReport,
    Report,
    SignatureReport,
    TimestampReport,
    Workflow,
)
from sigcheck.render.findings import best_timestamp, changes_level, document_reason
from sigcheck.render.layout import RenderOptions
from sigcheck.render.sanitize import ascii_escapes, mask
from sigcheck.render.timeline import PageHistory, page_histories
from sigcheck.render.values import common_name, iso
from sigcheck.render.words import Words

SCHEMA = "sigcheck.report/1"
Tree = dict[str, Any]
"""A JSON object."""

_LEVELS = 6
"""Report, documents, document, signatures, signature, findings: one finding a line."""
_encode = JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def render(report: Report, words: Words, options: RenderOptions) -> str:
    """Return the whole report, indented for people, ending with a line end."""
    clean = _cleaner(options)
    return _laid_out(report_object(report, words), _LEVELS, "\n", clean) + "\n"


def render_lines(report: Report, words: Words, options: RenderOptions) -> str:
    """Return each document of a report on a line of its own, naming its schema."""
    clean = _cleaner(options)
    lines = []
    for document in report.documents:
        tree = {"schema": SCHEMA, **document_object(document, words)}
        lines.append(clean(_encode(tree)) + "\n")
    return "".join(lines)


def report_object(report: Report, words: Words) -> Tree:
    """Return the report as plain values in the order of the schema."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "sigcheck", "version": report.tool_version},
        "validation_time": iso(report.validation_time),
        "policy": {"id": report.policy_id, "version": report.policy_version},
        "trust": {"digest": report.trust.digest, "anchors": report.trust.anchors},
        "documents": [document_object(document, words) for document in report.documents],
    }


def dumps(tree: Tree, options: RenderOptions, levels: int = 0) -> str:
    """Return JSON text, identity numbers masked unless asked for, safe to show in a terminal.

    Members down to `levels` stand on lines of their own, deeper ones on the line of their parent.
    """
    return _laid_out(tree, levels, "\n", _cleaner(options)) + "\n"


def _cleaner(options: RenderOptions) -> Callable[[str], str]:
    return ascii_escapes if options.full else _masked


def _masked(text: str) -> str:
    if text.isascii() and ":" not in text and "=" not in text and text.isprintable():
        return text  # no number to mask, nothing unseen: most names and digests
    return ascii_escapes(mask(text))


def _laid_out(value: Any, levels: int, line_end: str, clean: Callable[[str], str]) -> str:
    # `json.dumps(indent=…)` has no limit of depth, and a report of 300 findings is no page then.
    if levels == 0 or not value or not isinstance(value, (dict, list)):
        return clean(_encode(value))
    inner = f"{line_end}  "
    if isinstance(value, list):
        items = [_laid_out(item, levels - 1, inner, clean) for item in value]
        return f"[{inner}{f',{inner}'.join(items)}{line_end}]"
    members = [f'"{key}": {_laid_out(v, levels - 1, inner, clean)}' for key, v in value.items()]
    return f"{{{inner}{f',{inner}'.join(members)}{line_end}}}"


def document_object(document: DocumentReport, words: Words) -> Tree:
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
        "signatures": [signature_object(s, words) for s in document.signatures],
        "pages": [_page(history) for history in page_histories(document)],
        "workflow": _workflow(document.workflow, words),
        "findings": [finding_object(finding, words) for finding in document.findings],
    }


def _page(history: PageHistory) -> Tree:
    """Return the history of one page; signatures by their positions in the document, from 0."""
    return {
        "page": history.page or None,
        "signatures": [number - 1 for number in history.signatures],
        "unchanged_since": [number - 1 for number in history.unchanged_since],
        "changes": [
            {"revision": item.revision, "change": item.change.value, "field": item.field}
            for item in history.changes
        ],
    }


def _workflow(workflow: Workflow, words: Words) -> Tree:
    return {
        "pattern": workflow.pattern,
        "steps": [
            {"act": step.act, "signature": step.signature, "reason": step.reason}
            for step in workflow.steps
        ],
        "findings": [finding_object(finding, words) for finding in workflow.findings],
    }


def signature_object(signature: SignatureReport, words: Words) -> Tree:
    """Return one signature in the order of the schema."""
    evidence = signature.evidence
    return {
        "field": evidence.field,
        "kind": evidence.kind.value,
        "revision": evidence.revision,
        "indication": signature.indication.value,
        "sub_indication": str(signature.sub_indication) if signature.sub_indication else None,
        "byte_range": list(evidence.byte_range.values) if evidence.byte_range else [],
        "coverage": signature.coverage.value,
        "signer": _signer(evidence),
        "certificate_path": _path(evidence),
        "claimed_time": iso(evidence.dictionary.claimed_time),
        "claimed_time_raw": evidence.dictionary.claimed_time_raw,
        "cms_signing_time": iso(evidence.cms.signing_time),
        "timestamp": _timestamp(signature),
        "best_signature_time": iso(evidence.best_signature_time),
        "revocation": _revocation(evidence.path),
        "changes_after": {
            "level": changes_level(signature),
            "items": [_change(item) for item in evidence.changes],
        },
        "dictionary": _dictionary(evidence.dictionary),
        "act": str(signature.act),
        "pades_level": signature.pades_level,
        "widget": _widget(evidence),
        "findings": [finding_object(finding, words) for finding in signature.findings],
        "tool": signature.tool or None,
        "timestamps": _timestamps(signature),
        "attributes": _attributes(evidence),
    }


def finding_object(finding: Finding, words: Words) -> Tree:
    """Return one finding; a profile that softened it stands among its facts."""
    facts = {name: _value(value) for name, value in finding.outcome.facts.items()}
    if finding.softened_by:
        facts["softened_by"] = finding.softened_by
    return {
        "code": finding.code,
        "block": _BLOCKS[finding.block],
        "level": finding.level.value,
        "outcome": finding.outcome.status.value,
        "facts": facts,
        "message": words.message(finding),
    }


_BLOCKS = {block: block.name.lower() for block in Block}


def _value(value: object) -> object:
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def _signer(evidence: Evidence) -> Tree:
    signer = evidence.signer
    return {
        "common_name": signer.common_name,
        "email": signer.email,
        "organization": signer.organization,
        "organizational_unit": signer.organizational_unit,
        "title": signer.title,
        "serial_number": signer.serial_number,
        "kind": signer.kind.value,
        "tier": evidence.tier.value,
    }


def _path(evidence: Evidence) -> list[Tree]:
    path = evidence.path
    if path is None:
        return []
    anchor = path.anchor.sha256 if path.anchor else ""
    return [_certificate(step, anchor) for step in path.steps]


def _certificate(step: PathStep, anchor: str) -> Tree:
    certificate = step.certificate
    return {
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "serial_number": certificate.serial_number,
        "sha256": certificate.sha256,
        "not_before": iso(certificate.not_before),
        "not_after": iso(certificate.not_after),
        "anchor": certificate.sha256 == anchor,
    }


def _timestamp(signature: SignatureReport) -> Tree | None:
    found = best_timestamp(signature)
    if found is None:
        return None
    facts, verdict = found
    tsa = facts.tsa.common_name
    if not tsa and facts.certificate:
        tsa = common_name(facts.certificate.subject)
    return {"time": iso(facts.time), "tsa": tsa, "indication": verdict.indication.value}


def _timestamps(signature: SignatureReport) -> list[Tree]:
    """Return every time-stamp: of the value, of the content, or what a document time-stamp is."""
    evidence = signature.evidence
    pairs = [(evidence.timestamps[t.index], t) for t in signature.timestamps]
    pairs += [(evidence.content_timestamps[t.index], t) for t in signature.content_timestamps]
    return [_token(facts, verdict) for facts, verdict in pairs]


def _token(facts: TimestampFacts, verdict: TimestampReport) -> Tree:
    anchor = facts.path.anchor.sha256 if facts.path and facts.path.anchor else ""
    return {
        "source": facts.source,
        "time": iso(facts.time),
        "tsa": facts.tsa.common_name,
        "digest_algorithm": facts.imprint_algorithm,
        "sha256": facts.sha256,
        "certificate_path": [_certificate(s, anchor) for s in facts.path.steps]
        if facts.path
        else [],
        "indication": verdict.indication.value,
        "sub_indication": str(verdict.sub_indication) if verdict.sub_indication else None,
    }


def _attributes(evidence: Evidence) -> Tree:
    said = evidence.statements
    return {
        "policy": {
            "identifier": said.policy.identifier,
            "digest_algorithm": said.policy.digest_algorithm,
            "digest": said.policy.digest,
            "uri": said.policy.uri,
        }
        if said.policy.identifier
        else None,
        "commitments": list(said.commitments),
        "location": said.location,
        "roles": list(said.roles),
        "unknown": list(said.unknown),
        "unread": list(said.unread),
        "counter_signatures": [_counter(one) for one in evidence.counter_signatures],
    }


def _counter(one: CounterSignature) -> Tree:
    anchor = one.path.anchor if one.path else None
    return {
        "common_name": one.signer.common_name,
        "organization": one.signer.organization,
        "digest_matches": one.cms.digest_matches,
        "signature_ok": one.cms.signature_ok,
        "signing_time": iso(one.cms.signing_time),
        "anchor": anchor.sha256 if anchor else None,
    }


def _revocation(path: PathFacts | None) -> list[Tree]:
    if path is None:
        return []
    asked = (step for step in path.steps if not step.revocation_exempt)
    return [answer for step in asked for answer in _said_of(step)]


def _said_of(step: PathStep) -> list[Tree]:
    subject = step.certificate.sha256
    counting = [
        {
            "certificate": subject,
            "status": answer.status.value,
            "source": answer.source,
            "this_update": iso(answer.this_update),
            "next_update": iso(answer.next_update),
        }
        for answer in step.revocation
        if not answer.problem
    ]
    unanswered = {"source": None, "this_update": None, "next_update": None}
    return counting or [{"certificate": subject, "status": "unknown", **unanswered}]


def _change(item: ChangeItem) -> Tree:
    return {
        "change": item.change.value,
        "revision": item.revision,
        "rule": item.rule,
        "path": item.path,
        "object_number": item.object_number,
        "page": item.page,
        "rect": _rect(item.rect),
        "field": item.field,
        "before": item.before,
        "after": item.after,
        "covers": list(item.covers),
    }


def _dictionary(dictionary: DictionaryFacts) -> Tree:
    return {
        "name": dictionary.name,
        "reason": dictionary.reason,
        "location": dictionary.location,
        "contact_info": dictionary.contact_info,
        "sub_filter": dictionary.sub_filter,
        "producer": dictionary.producer,
    }


def _widget(evidence: Evidence) -> Tree | None:
    widget = evidence.widget
    if widget is None:
        return None
    return {"page": widget.page, "rect": _rect(widget.rect)}


def _rect(rect: Rect | None) -> list[float] | None:
    # A hostile file may spell a number that overflows; JSON has no infinity (RFC 8259, 6).
    return list(rect) if rect and all(map(isfinite, rect)) else None
