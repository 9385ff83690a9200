"""`sigcheck.summary/1`: the answer on one page of a program, at most 2 kB of JSON a document.

Its schema is `data/schema/sigcheck.summary-1.json`. As in reports, members may be added, never
changed; the whole story is `sigcheck.report/1`.
"""

from __future__ import annotations

from typing import Any

from msgspec import json

from sigcheck.model.indication import DocumentIndication, Indication
from sigcheck.model.report import DocumentReport, Report, SignatureReport
from sigcheck.render.cards import shown
from sigcheck.render.findings import behind_the_first, best_timestamp, document_reason
from sigcheck.render.json import dumps
from sigcheck.render.layout import RenderOptions
from sigcheck.render.reasons import point_line, todos
from sigcheck.render.values import iso
from sigcheck.render.words import Words

SCHEMA = "sigcheck.summary/1"
MOST_BYTES = 2_048
"""Of one document, in UTF-8; what is left out is counted."""
_LONGEST = 160
"""Characters of one text."""
_MOST_SIGNATURES, _MOST_TODOS = 8, 4
_GRAVEST_FIRST = (Indication.TOTAL_FAILED, Indication.INDETERMINATE, Indication.TOTAL_PASSED)

Tree = dict[str, Any]


def render(report: Report, words: Words, options: RenderOptions) -> str:
    """Return the summary as JSON text."""
    return dumps(summary_object(report, words), options)


def summary_object(report: Report, words: Words) -> Tree:
    """Return the summary as plain values, identity numbers masked."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "sigcheck", "version": report.tool_version},
        "validation_time": iso(report.validation_time),
        "policy": {"id": report.policy_id, "version": report.policy_version},
        "indication": report.indication.value,
        "documents": [_document(document, report, words) for document in report.documents],
    }


def summary_line(report: Report, words: Words) -> str:
    """Return each document on a line of its own, naming its schema."""
    lines = (
        {"schema": SCHEMA, **_document(document, report, words)} for document in report.documents
    )
    return "".join(dumps(line, RenderOptions()) for line in lines)


def _document(document: DocumentReport, report: Report, words: Words) -> Tree:
    order = sorted(document.signatures, key=lambda s: _GRAVEST_FIRST.index(s.indication))
    chosen, advice = order[:_MOST_SIGNATURES], _todos(document, report, words)[:_MOST_TODOS]
    # The gravest stay, in the order of the document.
    while len(json.encode(found := _tree(document, chosen, advice, words))) > MOST_BYTES:
        if len(chosen) > 1:
            chosen.pop()
        elif advice:
            advice.pop()
        else:
            break
    return found


def _tree(
    document: DocumentReport, chosen: list[SignatureReport], advice: list[str], words: Words
) -> Tree:
    reason, worst = document.reason, behind_the_first(document)
    listed = sorted(chosen, key=lambda s: s.evidence.index)
    return {
        "path": _clipped(document.path),
        "sha256": document.sha256,
        "size": document.size,
        "indication": document.indication.value,
        "sub_indication": str(document.sub_indication) if document.sub_indication else None,
        "reason": {"code": reason.code, "text": _clipped(document_reason(document, words))}
        if reason
        else None,
        "worst": None
        if worst is None
        else {"code": worst.code, "text": _clipped(words.message(worst))},
        "signatures": [_signature(signature) for signature in listed],
        "signatures_left_out": len(document.signatures) - len(listed),
        "todo": advice,
    }


def _signature(signature: SignatureReport) -> Tree:
    evidence = signature.evidence
    signer, stamp = evidence.signer, best_timestamp(signature)
    proven = stamp is not None and stamp[1].indication is Indication.TOTAL_PASSED
    return {
        "number": evidence.index + 1,
        "who": _clipped(signer.common_name),
        "unit": _clipped(signer.organizational_unit or signer.organization),
        "tier": evidence.tier.value,
        "act": str(signature.act),
        "claimed_time": iso(evidence.dictionary.claimed_time),
        "proven_time": iso(stamp[0].time) if stamp is not None and proven else None,
        "indication": signature.indication.value,
        "sub_indication": str(signature.sub_indication) if signature.sub_indication else None,
    }


def _todos(document: DocumentReport, report: Report, words: Words) -> list[str]:
    if document.indication is DocumentIndication.UNREADABLE and document.reason:
        return [_clipped(words.remedy(document.reason.code))]
    return [_clipped(point_line(todo, words)) for todo in todos(document, report.trust, words)]


def _clipped(text: str) -> str:
    text = shown(text, RenderOptions())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
