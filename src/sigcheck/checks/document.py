"""Questions about the document as a whole; advice, for each signature is judged by itself."""

from __future__ import annotations

from sigcheck.checks.registry import Scope, check
from sigcheck.model.evidence import DocumentEvidence, SignatureKind
from sigcheck.model.finding import NOT_APPLICABLE, PASSED, Block, Outcome, failed

_ADVICE = Block.ADVISORY


@check("DC-SIGNATURES-PRESENT", block=_ADVICE, spec="ISO 32000-2, 12.8", scope=Scope.DOCUMENT)
def has_signatures(document: DocumentEvidence) -> Outcome:
    """Does the document carry a digital signature?"""
    signed = any(s.kind is not SignatureKind.DOCUMENT_TIMESTAMP for s in document.signatures)
    if signed:
        return PASSED
    return failed(fields=document.unsigned_fields, timestamps=len(document.signatures) or None)


@check("DC-ORPHANS", block=_ADVICE, spec="ISO 32000-2, 12.7.5.5", scope=Scope.DOCUMENT)
def has_no_orphans(document: DocumentEvidence) -> Outcome:
    """Does a field lead to every signature dictionary in the file?"""
    count = sum(s.orphan for s in document.signatures)
    return failed(count=count) if count else PASSED


@check("DC-UNSIGNED-FIELDS", block=_ADVICE, spec="ISO 32000-2, 12.7.5.5", scope=Scope.DOCUMENT)
def has_no_empty_fields(document: DocumentEvidence) -> Outcome:
    """Is every signature field signed?"""
    fields = document.unsigned_fields
    return failed(fields=fields) if fields else PASSED


@check("DC-REWRITTEN", block=_ADVICE, spec="decree 30/2020, Article 21.2", scope=Scope.DOCUMENT)
def was_not_rewritten(document: DocumentEvidence) -> Outcome:
    """Is the file still the one that was signed, not a copy written anew by some software?"""
    if not document.signatures:
        return NOT_APPLICABLE
    if not document.rewritten:
        return PASSED
    return failed(count=len(document.signatures), stamps=document.stamps)


@check("DC-LAST-COVERS", block=_ADVICE, spec="ISO 32000-2, 12.8.1", scope=Scope.DOCUMENT)
def last_signature_covers_the_file(document: DocumentEvidence) -> Outcome:
    """Does a signature protect the file to its very end?"""
    ranges = [s.byte_range for s in document.signatures if s.byte_range]
    if not ranges:
        return NOT_APPLICABLE
    if any(r.covers_file for r in ranges):
        return PASSED
    # A range that runs past the end of the file protects nothing beyond it.
    bare = document.end - max(r.end or 0 for r in ranges)
    return failed(bytes=bare) if bare > 0 else failed()


@check("DC-ENCRYPTED", block=_ADVICE, spec="ISO 32000-2, 7.6", scope=Scope.DOCUMENT)
def is_not_encrypted(document: DocumentEvidence) -> Outcome:
    """Can the document be opened without a password?"""
    return failed() if document.encrypted else PASSED


@check("DC-ACTIVE-CONTENT", block=_ADVICE, spec="ISO 32000-2, 12.6.4", scope=Scope.DOCUMENT)
def has_no_active_content(document: DocumentEvidence) -> Outcome:
    """Is the document free of scripts and outside content that change what is shown?"""
    found = document.active_content
    return failed(kinds=found) if found else PASSED


@check("DC-ANOMALIES", block=_ADVICE, spec="ISO 32000-2, 7.5", scope=Scope.DOCUMENT)
def has_no_anomalies(document: DocumentEvidence) -> Outcome:
    """Was the file written without structural oddities?"""
    codes = tuple(dict.fromkeys(a.code for a in document.anomalies))
    return failed(anomalies=codes) if codes else PASSED
