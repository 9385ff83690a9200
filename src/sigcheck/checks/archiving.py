"""Until when a document can prove what it proves today, and what it still lacks for an archive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sigcheck.checks.registry import Scope, check
from sigcheck.checks.times import shown
from sigcheck.model.evidence import (
    CertificateFacts,
    DocumentEvidence,
    Evidence,
    PathFacts,
    SignatureKind,
)
from sigcheck.model.finding import NOT_APPLICABLE, PASSED, Block, Outcome, failed, passed

Ending = tuple[CertificateFacts, str]
"""A certificate whose end ends a proof, and the field of the signature that rests on it."""


def proof_end(document: DocumentEvidence) -> Ending | None:
    """Return what stops proving first; None for a document without signatures.

    A document time-stamp carries all that came before it, so the newest one is what counts
    (EN 319 102-1, 5.6.3); without one it is the earliest end among the signatures' time-stamps,
    or of a signature that has none.
    """
    stamps = [
        e
        for e in document.signatures
        if e.kind is SignatureKind.DOCUMENT_TIMESTAMP and e.path and e.path.anchor
    ]
    if stamps:
        newest = max(stamps, key=lambda e: e.revision)
        return min(_of(newest.path, newest.field), key=_end, default=None)
    every = (ending for e in document.signatures for ending in _of_signature(e))
    return min(every, key=_end, default=None)


def _of_signature(evidence: Evidence) -> Iterator[Ending]:
    paths: list[PathFacts | None] = [t.path for t in evidence.timestamps if t.path]
    for path in paths or [evidence.path]:
        yield from _of(path, evidence.field)


def _of(path: PathFacts | None, field: str) -> Iterator[Ending]:
    return ((step.certificate, field) for step in path.steps) if path else iter(())


def _end(ending: Ending) -> datetime:
    return ending[0].not_after


@check(
    "DC-PROOF-UNTIL",
    block=Block.ADVISORY,
    spec="EN 319 102-1, 5.6.3",
    scope=Scope.DOCUMENT,
)
def proof_is_carried_on(document: DocumentEvidence) -> Outcome:
    """Does a document time-stamp carry the proof of time beyond the signers' own?"""
    ending = proof_end(document)
    if ending is None:
        return NOT_APPLICABLE
    certificate, field = ending
    until, now = shown(certificate.not_after), document.validation_time
    has_lapsed = now is not None and certificate.not_after < now
    facts = {"until": until, "subject": certificate.subject}
    facts |= {"lapsed": until} if has_lapsed else {"lasts": until}
    stamped = any(e.kind is SignatureKind.DOCUMENT_TIMESTAMP for e in document.signatures)
    return passed(field=field, **facts) if stamped else failed(field=field, **facts)


@check("DC-PDFA-CLAIMED", block=Block.ADVISORY, spec="ISO 19005-2, 6.6.4", scope=Scope.DOCUMENT)
def claims_to_be_pdfa(document: DocumentEvidence) -> Outcome:
    """Does the document claim to be PDF/A, the form made for archives?"""
    return passed(pdfa=document.pdfa) if document.pdfa else failed()


@check("DC-PDFA-HOLDS", block=Block.ADVISORY, spec="ISO 19005", scope=Scope.DOCUMENT)
def pdfa_claim_holds(document: DocumentEvidence) -> Outcome:
    """Does veraPDF find the document to be PDF/A?"""
    answer, _, profile = document.pdfa_verdict.partition(" ")
    if not answer:
        return NOT_APPLICABLE  # not installed, or not asked
    return passed(profile=profile) if answer == "yes" else failed(profile=profile)


@check(
    "DC-FONTS-EMBEDDED",
    block=Block.ADVISORY,
    spec="ISO 19005-2, 6.2.11.4",
    scope=Scope.DOCUMENT,
)
def fonts_are_embedded(document: DocumentEvidence) -> Outcome:
    """Does the file carry every font its pages use?"""
    missing = document.fonts_not_embedded
    return failed(fonts=missing) if missing else PASSED
