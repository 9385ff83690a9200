"""One row per signature for a spreadsheet; a document without signatures has a row of its own."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from sigcheck.model.evidence import Evidence
from sigcheck.model.report import DocumentReport, Report, SignatureReport
from sigcheck.render.facts import best_timestamp, changes_level
from sigcheck.render.options import RenderOptions
from sigcheck.render.reasons import document_reason
from sigcheck.render.rows import integrity_of, managing_unit, tier, validity_of
from sigcheck.render.sanitize import cell, mask
from sigcheck.render.subjects import common_name
from sigcheck.render.words import Words

_BYTE_ORDER_MARK = "\ufeff"
"""Without it a spreadsheet takes UTF-8 Vietnamese for a western code page."""

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


def render(report: Report, words: Words, options: RenderOptions) -> str:
    """Return the table with a head line, as Excel and LibreOffice open it by themselves."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\r\n")
    writer.writerow({key: words.label(key) for key in COLUMNS})
    for document in report.documents:
        for row in _rows(document, words):
            writer.writerow({key: _safe(text, options) for key, text in row.items()})
    return _BYTE_ORDER_MARK + out.getvalue()


def _safe(text: str, options: RenderOptions) -> str:
    return cell(text if options.full else mask(text))


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
        "tier": words.name("tier", tier(evidence)),
        "issuer": common_name(certificate.issuer) if certificate else "",
        "not_before": words.show(certificate.not_before) if certificate else "",
        "not_after": words.show(certificate.not_after) if certificate else "",
    }
