"""X.509 certificate validation: anchor, constraints, validity (EN 319 102-1, 5.2.6)."""

from __future__ import annotations

from sigcheck.checks.registry import check
from sigcheck.checks.times import (
    at_or_now,
    bad_answers,
    fresh_answer,
    is_to_the_letter,
    shown,
)
from sigcheck.model.evidence import (
    CertificateFacts,
    Evidence,
    PathFacts,
    Purpose,
    SignatureKind,
    Tier,
    TimeBasis,
)
from sigcheck.model.finding import NOT_APPLICABLE, PASSED, Block, Outcome, failed, passed
from sigcheck.model.indication import SubIndication
from sigcheck.model.policy import Policy

_CHAIN = SubIndication.CHAIN_CONSTRAINTS_FAILURE

SIGNING_KEY_USAGES = frozenset({"digital_signature", "content_commitment"})
TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
SIGNING_EKUS = frozenset(
    {
        "1.3.6.1.5.5.7.3.36",  # id-kp-documentSigning, RFC 9336
        "1.3.6.1.4.1.311.10.3.12",  # Microsoft document signing
        "1.2.840.113583.1.1.5",  # Adobe authentic documents
        "1.3.6.1.5.5.7.3.4",  # emailProtection: what VGCA leaves carry
        "1.3.6.1.5.5.7.3.2",  # clientAuth: as above
        "1.3.6.1.4.1.311.20.2.2",  # smartcardLogon: as above
        "2.5.29.37.0",  # anyExtendedKeyUsage
    }
)
"""A certificate with an extended key usage needs one of these; none at all is fine.

NOTE: A document-signing usage is not asked for: no VGCA certificate has one.
"""


@check(
    "PA-ANCHOR-FOUND",
    block=Block.PATH,
    fails_as=SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
    spec="EN 319 102-1, 5.2.6.4; RFC 5280, 6.1",
)
def path_reaches_an_anchor(evidence: Evidence) -> Outcome:
    """Does a certificate path lead, by key and signature, to a pinned anchor?"""
    path = evidence.path
    if path is None:
        # Without a certificate ID-CERTIFICATE-FOUND speaks; with one, no path could be built.
        return failed() if evidence.certificate else NOT_APPLICABLE
    if path.anchor:
        return passed(anchor=path.anchor.subject, tier=path.anchor.tier)
    if limit := search_limit(path):
        return failed(limit=limit)
    return failed(
        missing_issuer=path.missing_issuer,
        missing_key_id=path.missing_key_id,
        missing_urls=path.missing_urls,
        fetchable=path.missing_key_id if path.missing_known else "",
        unpublished=path.missing_issuer if path.missing_unpublished else "",
        problems=tuple(p.code for p in path.problems),
    )


def search_limit(path: PathFacts) -> str:
    """Return how many certificates were tried in a row where the search ended at that limit."""
    return next((p.detail for p in path.problems if p.code == "search-limit"), "")


@check("PA-CONSTRAINTS-HELD", block=Block.PATH, fails_as=_CHAIN, spec="RFC 5280, 6.1.4")
def path_constraints_hold(evidence: Evidence, policy: Policy) -> Outcome:
    """Do all certificates of the path keep to what their issuers allowed them?"""
    path = evidence.path
    if path is None or path.anchor is None:
        return NOT_APPLICABLE
    if not path.problems:
        return PASSED
    first = path.problems[0]
    return failed(
        broken_path(policy), problem=first.code, subject=first.subject, detail=first.detail
    )


def broken_path(policy: Policy) -> SubIndication:
    """Return what a path comes to that RFC 5280, 6.1 refuses (EN 319 102-1, 5.2.6.4 (2) c)."""
    if is_to_the_letter(policy):
        return SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE
    return SubIndication.CHAIN_CONSTRAINTS_FAILURE


@check("PA-TIER-PRODUCTION", block=Block.PATH, fails_as=_CHAIN, spec="design, rule 4")
def anchor_is_not_for_tests(evidence: Evidence) -> Outcome:
    """Does the path end in an anchor made for real work, not for tests?"""
    path = evidence.path
    if path is None or path.anchor is None:
        return NOT_APPLICABLE
    anchor = path.anchor
    return failed(anchor=anchor.subject) if anchor.tier is Tier.TEST else passed(tier=anchor.tier)


@check("PA-ANCHOR-PURPOSE", block=Block.PATH, fails_as=_CHAIN, spec="EN 319 102-1, 5.2.6")
def anchor_serves_this_purpose(evidence: Evidence) -> Outcome:
    """Is the anchor pinned for what it is used for here?"""
    path = evidence.path
    if path is None or path.anchor is None:
        return NOT_APPLICABLE
    is_stamp = evidence.kind is SignatureKind.DOCUMENT_TIMESTAMP
    wanted = Purpose.TIMESTAMPING if is_stamp else Purpose.SIGNING
    return PASSED if wanted in path.anchor.purposes else failed(anchor=path.anchor.subject)


@check(
    "PA-PURPOSE-SIGNING",
    block=Block.PATH,
    fails_as=_CHAIN,
    spec="RFC 5280, 4.2.1.3 and 4.2.1.12; TT 15/2025, Annex II 1.4 [S]",
)
def certificate_is_for_signing(evidence: Evidence) -> Outcome:
    """Was the signing certificate issued to sign documents with?"""
    certificate = evidence.certificate
    if certificate is None:
        return NOT_APPLICABLE
    if certificate.is_ca:
        return failed(problem="ca-certificate")
    if evidence.kind is SignatureKind.DOCUMENT_TIMESTAMP:
        return PASSED if _stamps(certificate) else failed(problem="not-a-tsa")
    if not _usage_allows_signing(certificate):
        return failed(problem="key-usage", usage=certificate.key_usage)
    if certificate.extended_key_usage and not SIGNING_EKUS & {*certificate.extended_key_usage}:
        return failed(problem="extended-key-usage", usage=certificate.extended_key_usage)
    return PASSED


def _usage_allows_signing(certificate: CertificateFacts) -> bool:
    usage = certificate.key_usage
    return usage is None or bool(SIGNING_KEY_USAGES & {*usage})


def _stamps(certificate: CertificateFacts) -> bool:
    return certificate.extended_key_usage == (TIME_STAMPING,) and certificate.eku_critical


@check(
    "PA-VALIDITY-BEGUN",
    block=Block.PATH,
    fails_as=SubIndication.NOT_YET_VALID,
    spec="EN 319 102-1, 5.2.6.4 and 5.5.4",
)
def validity_had_begun(evidence: Evidence) -> Outcome:
    """Had the signing certificate come into force when the signature existed?"""
    certificate, moment = evidence.certificate, at_or_now(evidence.best_signature_time)
    if certificate is None:
        return NOT_APPLICABLE
    if certificate.not_before <= moment:
        return PASSED
    # Without a proof the moment is that of the check: nobody knows when it was signed.
    proven = evidence.best_time_basis is TimeBasis.PROVEN
    verdict = None if proven else SubIndication.OUT_OF_BOUNDS_NO_POE
    return failed(verdict, not_before=shown(certificate.not_before), time=shown(moment))


@check(
    "PA-VALIDITY-LASTS",
    block=Block.PATH,
    fails_as=SubIndication.OUT_OF_BOUNDS_NO_POE,
    spec="EN 319 102-1, 5.2.6.4 and 5.5.4; TT 15/2025, Annex II 1.1 [S]",
)
def validity_had_not_ended(evidence: Evidence, policy: Policy) -> Outcome:
    """Was the signing certificate still in force when the signature provably existed?"""
    certificate, moment = evidence.certificate, at_or_now(evidence.best_signature_time)
    if certificate is None:
        return NOT_APPLICABLE
    if moment <= certificate.not_after:
        return PASSED
    begun = evidence.not_signed_before
    if begun is not None and begun > certificate.not_after:
        told = {"not_after": shown(certificate.not_after), "time": shown(begun)}
        return failed(SubIndication.EXPIRED, **told)
    good = is_to_the_letter(policy) and _was_never_revoked(evidence)
    verdict = SubIndication.OUT_OF_BOUNDS_NOT_REVOKED if good else None
    return failed(verdict, not_after=shown(certificate.not_after), time=shown(moment))


def _was_never_revoked(evidence: Evidence) -> bool:
    """Say whether the signing certificate is known not to have been revoked while in force."""
    path = evidence.path
    if path is None or path.anchor is None or not path.steps:
        return False
    step = path.steps[0]
    end = step.certificate.not_after
    return bool(fresh_answer(step, end)) and not bad_answers(step, end)


@check(
    "PA-CA-VALIDITY",
    block=Block.PATH,
    fails_as=SubIndication.OUT_OF_BOUNDS_NO_POE,
    spec="RFC 5280, 6.1.3 (a)(2)",
)
def authorities_were_in_force(evidence: Evidence) -> Outcome:
    """Were all CA certificates of the path in force at that time?"""
    path, moment = evidence.path, at_or_now(evidence.best_signature_time)
    if path is None or len(path.steps) < 2:  # noqa: PLR2004 - end entity and one issuer
        return NOT_APPLICABLE
    for certificate in (s.certificate for s in path.steps[1:]):
        if not certificate.not_before <= moment <= certificate.not_after:
            begin, end = shown(certificate.not_before), shown(certificate.not_after)
            bounds = {"not_before": begin, "not_after": end, "time": shown(moment)}
            return failed(subject=certificate.subject, **bounds)
    return PASSED


@check("PA-EXPIRED-SINCE", block=Block.ADVISORY, spec="EN 319 102-1, 5.5")
def certificate_is_in_force_today(evidence: Evidence) -> Outcome:
    """Is the signing certificate still in force at the time of this check?"""
    certificate, now = evidence.certificate, at_or_now(evidence.validation_time)
    if certificate is None or evidence.best_time_basis is TimeBasis.UNPROVEN:
        return NOT_APPLICABLE  # PA-VALIDITY-LASTS asks about the same moment
    if now <= certificate.not_after:
        return PASSED
    return failed(not_after=shown(certificate.not_after))
