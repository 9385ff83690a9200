"""Identification of the signing certificate (EN 319 102-1, 5.2.3)."""

from __future__ import annotations

from sigcheck.checks.registry import check
from sigcheck.model.evidence import Evidence
from sigcheck.model.finding import NOT_APPLICABLE, PASSED, Block, Outcome, failed, passed
from sigcheck.model.indication import SubIndication


@check(
    "ID-CERTIFICATE-FOUND",
    block=Block.IDENTITY,
    fails_as=SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
    spec="EN 319 102-1, 5.2.3.4",
)
def certificate_is_found(evidence: Evidence) -> Outcome:
    """Is the signing certificate at hand?"""
    certificate = evidence.certificate
    return passed(subject=certificate.subject) if certificate else failed()


@check(
    "ID-ATTRIBUTE-MATCHES",
    block=Block.IDENTITY,
    fails_as=SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
    spec="RFC 5035, 5.4; EN 319 102-1, 5.2.3.4",
)
def signing_certificate_attribute_matches(evidence: Evidence) -> Outcome:
    """Does the signed signing-certificate attribute name this certificate?"""
    matches = evidence.cms.signing_certificate_matches
    if matches is None:
        # ETSI.CAdES.detached asks for the attribute (EN 319 142-1, 6.3), adbe.pkcs7.detached not.
        asked = evidence.dictionary.sub_filter == "ETSI.CAdES.detached" and evidence.cms.parsed
        return failed(version=0) if asked else NOT_APPLICABLE
    return PASSED if matches else failed(version=evidence.cms.signing_certificate_version)
