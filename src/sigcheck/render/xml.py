"""ETSI TS 119 102-2 validation report: what came of each signature, why, and by which objects.

NOTE: Left out, as the schema allows: SignatureValidator (the report isn't signed by a service),
SignatureQuality, cryptographic strength (CryptoInformation), and the bytes of the validation
objects, which are named by their SHA-256; an evidence package holds them.
"""

from __future__ import annotations

from collections.abc import Iterator

from sigcheck.model.evidence import Evidence, RevocationStatus, TimeBasis
from sigcheck.model.indication import Indication
from sigcheck.model.report import DocumentReport, Report, SignatureReport
from sigcheck.render.options import RenderOptions
from sigcheck.render.reasons import document_reason
from sigcheck.render.sanitize import mask
from sigcheck.render.times import iso
from sigcheck.render.words import Words
from sigcheck.render.xml_attributes import attributes
from sigcheck.render.xml_build import digest, element, reference, texted
from sigcheck.render.xml_constraints import constraints
from sigcheck.render.xml_objects import (
    ObjectType,
    identity,
    paths,
    revocation_object,
    status,
    validation_objects,
)

_SPACES = 'xmlns="http://uri.etsi.org/19102/v1.4.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'
_MAIN = {
    Indication.TOTAL_PASSED: "urn:etsi:019102:mainindication:total-passed",
    Indication.INDETERMINATE: "urn:etsi:019102:mainindication:indeterminate",
    Indication.TOTAL_FAILED: "urn:etsi:019102:mainindication:total-failed",
}
_NOTHING = "urn:sigcheck:mainindication:"
"""A document without verdict on a signature: the standard has no word for it."""
_DERIVED = "urn:etsi:019102:poetype:validation"
"""Every proof of existence was derived during validation; none is given from outside."""
_REASONS = {
    "key_compromise": "keyCompromise",
    "ca_compromise": "cACompromise",
    "affiliation_changed": "affiliationChanged",
    "superseded": "superseded",
    "cessation_of_operation": "cessationOfOperation",
    "certificate_hold": "certificateHold",
    "privilege_withdrawn": "privilegeWithdrawn",
}


def render(report: Report, words: Words, options: RenderOptions) -> str:
    """Return one ValidationReport over all signatures of all documents."""
    parts = [
        part
        for number, document in enumerate(report.documents)
        for part in _document(number, document, report, words)
    ]
    text = "\n".join(part for part in (*parts, validation_objects(report)) if part)
    masked = text if options.full else mask(text)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ValidationReport {_SPACES}>\n'
        f"{masked}\n</ValidationReport>\n"
    )


def _document(number: int, document: DocumentReport, report: Report, words: Words) -> Iterator[str]:
    for signature in document.signatures:
        yield _signature(
            f"S-{number}-{signature.evidence.index}", signature, document, report, words
        )
    if not document.signatures:
        yield element(
            "SignatureValidationReport",
            status(_NOTHING + document.indication.value.lower(), None),
            texted("OtherInformation", f"{document.path}: {document_reason(document, words)}"),
        )


def _signature(
    own: str, signature: SignatureReport, document: DocumentReport, report: Report, words: Words
) -> str:
    evidence = signature.evidence
    data = status(_MAIN[signature.indication], signature.sub_indication, _associated(evidence))
    return element(
        "SignatureValidationReport",
        _identifier(own, evidence),
        constraints(signature.findings, words),
        _times(evidence, report),
        _signed_document(evidence, document),
        attributes(evidence),
        _signer(evidence),
        _process(evidence, report),
        data,
        texted("OtherInformation", document.path),
    )


def _identifier(own: str, evidence: Evidence) -> str:
    return (
        f'<SignatureIdentifier id="{own}">'
        + element("HashOnly", "false")
        + element("DocHashOnly", "false")
        + texted("DAIdentifier", evidence.field)
        + "</SignatureIdentifier>"
    )


def _times(evidence: Evidence, report: Report) -> str:
    moment = evidence.best_signature_time or report.validation_time
    proofs = [
        identity(ObjectType.TIMESTAMP, token.sha256)
        for token in evidence.timestamps
        if token.time == moment and token.sha256 and evidence.best_time_basis is TimeBasis.PROVEN
    ]
    return element(
        "ValidationTimeInfo",
        element("ValidationTime", iso(report.validation_time) or ""),
        element(
            "BestSignatureTime",
            element("POETime", iso(moment) or ""),
            element("TypeOfProof", _DERIVED),
            reference("POEObject", proofs[0]) if proofs else "",
        ),
    )


def _signed_document(evidence: Evidence, document: DocumentReport) -> str:
    """Return the digest of the signed bytes, and which file they are part of."""
    if not document.sha256:
        return ""
    own = digest(evidence.cms.computed_digest, evidence.cms.digest_algorithm)
    file = identity(ObjectType.SIGNED_DATA, document.sha256)
    return element(
        "SignersDocument",
        own or reference("SignersDocumentRepresentation", file),
        reference("SignersDocumentRef", file),
    )


def _signer(evidence: Evidence) -> str:
    if evidence.certificate is None:
        return ""
    certificate = identity(ObjectType.CERTIFICATE, evidence.certificate.sha256)
    return element(
        "SignerInformation",
        reference("SignerCertificate", certificate),
        texted("Signer", evidence.signer.common_name),
    )


def _process(evidence: Evidence, report: Report) -> str:
    """Name the process by what the signature time rests on (TS 119 102-2, 4.3.10)."""
    proven = "Basic" if evidence.best_time_basis is TimeBasis.UNPROVEN else "LTVM"
    name = "LTA" if evidence.covered_by_document_timestamp else proven
    policy = f"urn:sigcheck:policy:{report.policy_id}:{report.policy_version}"
    return element(
        "SignatureValidationProcess",
        element("SignatureValidationProcessID", f"urn:etsi:019102:validationprocess:{name}"),
        texted("SignatureValidationServicePolicy", "".join(policy.split())),
    )


def _associated(evidence: Evidence) -> str:
    """Return path, anchor, what was consulted, and a revocation if there is one (4.3.12)."""
    path = evidence.path
    chain = (
        [identity(ObjectType.CERTIFICATE, s.certificate.sha256) for s in path.steps] if path else []
    )
    consulted = dict.fromkeys(
        found
        for path_ in paths(evidence)
        for step in path_.steps
        for found in (
            *(revocation_object(step, i) for i in range(len(step.revocation))),
            identity(ObjectType.CERTIFICATE, step.certificate.sha256),
        )
        if found and found not in chain
    )
    inner = [_chain(chain, anchored=path is not None and path.anchor is not None)]
    inner += [reference("RelatedValidationObject", found) for found in consulted]
    inner.append(_revocation(evidence))
    data = "".join(inner)
    return element("AssociatedValidationReportData", data) if data else ""


def _chain(chain: list[str], *, anchored: bool) -> str:
    if not chain:
        return ""
    first, *rest = chain
    # A path of one certificate is its own anchor, and still has a signing certificate.
    anchor = chain[-1] if anchored else ""
    between = rest[:-1] if anchored else rest
    parts = [reference("SigningCertificate", first)]
    parts += [reference("IntermediateCertificate", found) for found in between]
    parts += [reference("TrustAnchor", anchor)] if anchor else []
    return (reference("TrustAnchor", anchor) if anchor else "") + element(
        "CertificateChain", *parts
    )


def _revocation(evidence: Evidence) -> str:
    for step in evidence.path.steps if evidence.path else ():
        for index, answer in enumerate(step.revocation):
            revoked = answer.status in (RevocationStatus.REVOKED, RevocationStatus.ON_HOLD)
            if not revoked or answer.problem or answer.revoked_at is None:
                continue
            reason = _REASONS.get((answer.reason or "").lower(), "unspecified")
            behind = revocation_object(step, index)
            certificate = identity(ObjectType.CERTIFICATE, step.certificate.sha256)
            return element(
                "RevocationStatusInformation",
                reference("ValidationObjectId", certificate),
                element("RevocationTime", iso(answer.revoked_at) or ""),
                element("RevocationReason", f"urn:etsi:019102:revocationReason:{reason}"),
                reference("RevocationObject", behind) if behind else "",
            )
    return ""
