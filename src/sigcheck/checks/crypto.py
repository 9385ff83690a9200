"""Cryptographic verification: digest and signature value (EN 319 102-1, 5.2.7)."""

from __future__ import annotations

from sigcheck.checks.registry import check
from sigcheck.model.evidence import Evidence, SignatureKind
from sigcheck.model.finding import NOT_APPLICABLE, PASSED, Block, Outcome, failed, passed
from sigcheck.model.indication import SubIndication

ID_DATA = "1.2.840.113549.1.7.1"
"""The only content type of a signature over a byte range (RFC 5652, 4; EN 319 122-1, 4.1)."""
WITHOUT_NULL = "cms-digest-info-without-null"
"""Anomaly of a value that a tool encoded otherwise than RFC 8017 says, and that fits all the same.
"""


@check(
    "CR-DIGEST-MATCHES",
    block=Block.CRYPTO,
    fails_as=SubIndication.HASH_FAILURE,
    spec="RFC 5652, 5.4; ISO 32000-2, 12.8.1",
)
def digest_matches(evidence: Evidence) -> Outcome:
    """Is the digest of the signed bytes the one that was signed?"""
    cms = evidence.cms
    if not cms.parsed or not evidence.byte_range or not evidence.byte_range.inside_file:
        return NOT_APPLICABLE  # the byte layer or FC-CMS-PARSED speaks for this case
    if cms.digest_matches is None and (evidence.certificate is None or cms.signature_ok is False):
        return NOT_APPLICABLE  # a digest inside a value that could not be opened
    if cms.digest_matches is None:
        # A digest nobody could compute or compare must not be passed over.
        unknown = cms.digest_algorithm
        return failed(SubIndication.CRYPTO_CONSTRAINTS_FAILURE, algorithm=unknown)
    if cms.digest_matches:
        return passed(algorithm=cms.digest_algorithm)
    return failed(signed=cms.message_digest, computed=cms.computed_digest)


@check(
    "CR-SIGNATURE-VERIFIES",
    block=Block.CRYPTO,
    fails_as=SubIndication.SIG_CRYPTO_FAILURE,
    spec="RFC 5652, 5.6",
)
def signature_verifies(evidence: Evidence) -> Outcome:
    """Was the signature value made with the key of the signing certificate?"""
    cms = evidence.cms
    if not cms.parsed or evidence.certificate is None:
        return NOT_APPLICABLE  # nothing to verify with: FC-* or ID-CERTIFICATE-FOUND speak
    if cms.signature_ok is None:
        # A value nobody could check (unknown scheme, unusable key) must not be passed over.
        return failed(SubIndication.CRYPTO_CONSTRAINTS_FAILURE, problem=cms.signature_problem)
    return passed(scheme=cms.scheme) if cms.signature_ok else failed(problem=cms.signature_problem)


@check(
    "CR-VALUE-ENCODED",
    block=Block.CRYPTO,
    fails_as=SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
    spec="RFC 8017, 9.2 and A.2.4",
)
def value_is_encoded_rightly(evidence: Evidence) -> Outcome:
    """Is the signature value encoded as the standard asks?"""
    if not evidence.cms.signature_ok:
        return NOT_APPLICABLE  # CR-SIGNATURE-VERIFIES speaks for this case
    codes = {anomaly.code for anomaly in evidence.cms.anomalies}
    return failed() if WITHOUT_NULL in codes else PASSED


@check(
    "CR-ALGORITHMS-AGREE",
    block=Block.CRYPTO,
    fails_as=SubIndication.SIG_CRYPTO_FAILURE,
    spec="RFC 5652, 5.3; RFC 4055, 3.3",
)
def algorithms_agree(evidence: Evidence) -> Outcome:
    """Do the digest algorithm, the signature algorithm and the key agree with one another?"""
    cms = evidence.cms
    if not cms.parsed:
        return NOT_APPLICABLE
    if cms.algorithms_agree:
        return PASSED
    return failed(digest=cms.digest_algorithm, scheme=cms.scheme, scheme_hash=cms.scheme_hash)


@check(
    "CR-CONTENTTYPE-MATCHES",
    block=Block.CRYPTO,
    fails_as=SubIndication.SIG_CONSTRAINTS_FAILURE,
    spec="RFC 5652, 11.1; EN 319 102-1, 5.2.8",
)
def content_type_matches(evidence: Evidence) -> Outcome:
    """Does the signed content-type attribute name the content that was signed?"""
    ok = evidence.cms.content_type_attribute_ok
    if ok is None:
        return NOT_APPLICABLE  # no signed attributes
    is_stamp = evidence.kind is SignatureKind.DOCUMENT_TIMESTAMP
    if not is_stamp and evidence.cms.content_type != ID_DATA:
        return failed(content_type=evidence.cms.content_type)
    return PASSED if ok else failed(content_type=evidence.cms.content_type)
