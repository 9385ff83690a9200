"""One row per signature for a spreadsheet; a document without signatures has a row of its own."""

from __future__ import annotations

from collections.abc import Iterator

from sigcheck.model.evidence import Evidence
from sigcheck.model.report import DocumentReport, Report, SignatureReport
from sigcheck.render.facts import best_timestamp, changes_level
from sigcheck.render.reasons import document_reason
from sigcheck.render.rows import integrity_of, managing_unit, tier_name, validity_of
from sigcheck.render.subjects import common_name
from sigcheck.render.words import Words

COLUMNS = (
    "file",
    "sha256",
    "document_verdict",
    "verdict",
    "sub_indication",
    "why",
    "number",
    "field",
    "act",
    "signer",
    "email",
    "title",
    "serial_number",
    "kind_of_signer",
    "managing_unit",
    "tier",
    "issuer",
    "not_before",
    "not_after",
    "claimed_time",
    "proven_time",
    "integrity",
    "status_when_signed",
    "coverage",
    "changes_after",
    "todo_short",
)
"""Keys of the table `labels`, in the order of the columns."""


def rows_of(report: Report, words: Words) -> Iterator[dict[str, str]]:
    """Yield the rows by column; their texts are as untrusted as the documents."""
    for document in report.documents:
        yield from _rows(document, words)


def _rows(document: DocumentReport, words: Words) -> Iterator[dict[str, str]]:
    shared = {
        "file": document.path,
        "sha256": document.sha256,
        "document_verdict": words.name("indication", document.indication),
    }
    if not document.signatures:
        yield {**shared, "why": document_reason(document, words)}
    for signature in document.signatures:
        yield {**shared, **_verdict(signature, words), **_certificate(signature.evidence, words)}


def _verdict(signature: SignatureReport, words: Words) -> dict[str, str]:
    evidence, first = signature.evidence, signature.deciding
    stamped = best_timestamp(signature)
    return {
        "verdict": words.name("indication", signature.indication),
        "sub_indication": str(signature.sub_indication or ""),
        "why": words.message(first) if first else "",
        "number": str(evidence.index + 1),
        "field": evidence.field,
        "act": words.name("act", signature.act),
        "claimed_time": words.show(evidence.dictionary.claimed_time),
        "proven_time": words.show(stamped[0].time) if stamped else "",
        "integrity": words.label(integrity_of(signature)[0]),
        "status_when_signed": words.label(validity_of(signature)[0]),
        "coverage": words.say(
            "coverage",
            signature.coverage,
            revision=evidence.revision,
            revisions=evidence.revision_count,
        ),
        "changes_after": words.name("changes_level", changes_level(signature)),
        "todo_short": words.advice(first) if first else "",
    }


def _certificate(evidence: Evidence, words: Words) -> dict[str, str]:
    signer, certificate = evidence.signer, evidence.certificate
    return {
        "signer": signer.common_name,
        "email": signer.email,
        "title": signer.title,
        "serial_number": signer.serial_number,
        "kind_of_signer": words.name("kind", signer.kind),
        "managing_unit": managing_unit(evidence),
        "tier": tier_name(evidence, words),
        "issuer": common_name(certificate.issuer) if certificate else "",
        "not_before": words.show(certificate.not_before) if certificate else "",
        "not_after": words.show(certificate.not_after) if certificate else "",
    }
