"""ETSI TS 119 102-2 validation report: what came of each signature, why, and by which objects.

NOTE: Left out, as the schema allows: SignatureValidator (the report isn't signed by a service),
SignatureQuality, cryptographic strength (CryptoInformation), and the bytes of the validation
objects, which are named by their SHA-256; an evidence package holds them.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from enum import StrEnum
from xml.etree import ElementTree as ET

from sigcheck.model.evidence import (
    DictionaryFacts,
    Evidence,
    PathStep,
    RevocationStatus,
    SignatureKind,
    TimeBasis,
)
from sigcheck.model.finding import Finding, Level, Status
from sigcheck.model.indication import Indication
from sigcheck.model.report import DocumentReport, Report, SignatureReport, TimestampReport
from sigcheck.render.findings import document_reason
from sigcheck.render.layout import RenderOptions
from sigcheck.render.sanitize import mask, plain
from sigcheck.render.values import iso
from sigcheck.render.words import Words

_ETSI = "http://uri.etsi.org/19102/v1.4.1#"
_XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
ET.register_namespace("", _ETSI)
ET.register_namespace("ds", _XMLDSIG)

_URN = "urn:etsi:019102:"
_MAIN = f"{_URN}mainindication:"
_VERDICTS = {
    Indication.TOTAL_PASSED: f"{_MAIN}total-passed",
    Indication.INDETERMINATE: f"{_MAIN}indeterminate",
    Indication.TOTAL_FAILED: f"{_MAIN}total-failed",
}
_PARTS = {
    Indication.TOTAL_PASSED: f"{_MAIN}passed",
    Indication.INDETERMINATE: f"{_MAIN}indeterminate",
    Indication.TOTAL_FAILED: f"{_MAIN}failed",
}
"""Indications of a constraint or of an object, which is no signature as a whole."""
_UNSIGNED = "urn:sigcheck:mainindication:"
"""A document without verdict on a signature: the standard has no word for it."""
_DERIVED = f"{_URN}poetype:validation"
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
_DIGESTS = {
    "sha1": "http://www.w3.org/2000/09/xmldsig#sha1",
    "sha224": "http://www.w3.org/2001/04/xmldsig-more#sha224",
    "sha256": "http://www.w3.org/2001/04/xmlenc#sha256",
    "sha384": "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "sha512": "http://www.w3.org/2001/04/xmlenc#sha512",
}
"""Digest algorithms by hashlib's name (RFC 6931, 2.1)."""


def render(report: Report, words: Words, options: RenderOptions) -> str:
    """Return one ValidationReport over all signatures of all documents."""
    root = ET.Element(f"{{{_ETSI}}}ValidationReport")
    for number, document in enumerate(report.documents):
        for child in _document(number, document, report, words):
            root.append(child)
    objects = _validation_objects(report)
    if len(objects):
        root.append(objects)
    root.text = "\n"
    for child in root:
        child.tail = "\n"  # one signature a line: the report can be searched and compared
    text = ET.tostring(root, encoding="unicode")
    shown = text if options.full else mask(text)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{shown}\n'


# --- elements -----------------------------------------------------------------------------------


def _element(name: str, *children: ET.Element | None, **attributes: str) -> ET.Element:
    """Return an element with its children; None stands for a child that is left out."""
    found = ET.Element(f"{{{_ETSI}}}{name}", attributes)
    found.extend(child for child in children if child is not None)
    return found


def _text(name: str, text: str, **attributes: str) -> ET.Element:
    """Return an element that holds text; untrusted characters that XML forbids are dropped."""
    found = _element(name, **attributes)
    found.text = plain(text)
    return found


def _reference(name: str, identity: str) -> ET.Element:
    """Return an element that refers to a validation object (VOReferenceType)."""
    return _element(name, VOReference=identity)


def _digest(value: str, algorithm: str = "sha256") -> ET.Element | None:
    """Return DigestAlgAndValue of a hexadecimal digest, None for one that has no URI."""
    if algorithm not in _DIGESTS or not value:
        return None
    method = ET.Element(f"{{{_XMLDSIG}}}DigestMethod", Algorithm=_DIGESTS[algorithm])
    held = ET.Element(f"{{{_XMLDSIG}}}DigestValue")
    held.text = _base64(value)
    return _element("DigestAlgAndValue", method, held)


def _base64(value: str) -> str:
    return b64encode(bytes.fromhex(value)).decode("ascii")


def _status(
    main: str, sub: object, *more: ET.Element | None, name: str = "SignatureValidationStatus"
) -> ET.Element:
    """Return a ValidationStatusType."""
    reason = _text("SubIndication", f"{_URN}subindication:{sub}") if sub else None
    return _element(name, _text("MainIndication", main), reason, *more)


# --- a signature --------------------------------------------------------------------------------


def _document(
    number: int, document: DocumentReport, report: Report, words: Words
) -> Iterator[ET.Element]:
    for signature in document.signatures:
        own = f"S-{number}-{signature.evidence.index}"
        yield _signature(own, signature, document, report, words)
    if not document.signatures:
        yield _element(
            "SignatureValidationReport",
            _status(_UNSIGNED + document.indication.value.lower(), None),
            _text("OtherInformation", f"{document.path}: {document_reason(document, words)}"),
        )


def _signature(
    own: str, signature: SignatureReport, document: DocumentReport, report: Report, words: Words
) -> ET.Element:
    evidence = signature.evidence
    return _element(
        "SignatureValidationReport",
        _identifier(own, evidence),
        _constraints(signature.findings, words),
        _times(evidence, report),
        _signed_document(evidence, document),
        _attributes(evidence),
        _signer(evidence),
        _process(evidence, report),
        _status(_VERDICTS[signature.indication], signature.sub_indication, _associated(evidence)),
        _text("OtherInformation", document.path),
    )


def _identifier(own: str, evidence: Evidence) -> ET.Element:
    return _element(
        "SignatureIdentifier",
        _text("HashOnly", "false"),
        _text("DocHashOnly", "false"),
        _text("DAIdentifier", evidence.field),
        id=own,
    )


def _times(evidence: Evidence, report: Report) -> ET.Element:
    moment = evidence.best_signature_time or report.validation_time
    proofs = [
        _identity(_ObjectType.TIMESTAMP, token.sha256)
        for token in evidence.timestamps
        if token.time == moment and token.sha256 and evidence.best_time_basis is TimeBasis.PROVEN
    ]
    return _element(
        "ValidationTimeInfo",
        _text("ValidationTime", iso(report.validation_time) or ""),
        _element(
            "BestSignatureTime",
            _text("POETime", iso(moment) or ""),
            _text("TypeOfProof", _DERIVED),
            _reference("POEObject", proofs[0]) if proofs else None,
        ),
    )


def _signed_document(evidence: Evidence, document: DocumentReport) -> ET.Element | None:
    """Return the digest of the signed bytes, and which file they are part of."""
    if not document.sha256:
        return None
    own = _digest(evidence.cms.computed_digest, evidence.cms.digest_algorithm)
    file = _identity(_ObjectType.SIGNED_DATA, document.sha256)
    return _element(
        "SignersDocument",
        _reference("SignersDocumentRepresentation", file) if own is None else own,
        _reference("SignersDocumentRef", file),
    )


def _signer(evidence: Evidence) -> ET.Element | None:
    if evidence.certificate is None:
        return None
    certificate = _identity(_ObjectType.CERTIFICATE, evidence.certificate.sha256)
    return _element(
        "SignerInformation",
        _reference("SignerCertificate", certificate),
        _text("Signer", evidence.signer.common_name),
    )


def _process(evidence: Evidence, report: Report) -> ET.Element:
    """Name the process by what the signature time rests on (TS 119 102-2, 4.3.10)."""
    proven = "Basic" if evidence.best_time_basis is TimeBasis.UNPROVEN else "LTVM"
    name = "LTA" if evidence.covered_by_document_timestamp else proven
    policy = f"urn:sigcheck:policy:{report.policy_id}:{report.policy_version}"
    return _element(
        "SignatureValidationProcess",
        _text("SignatureValidationProcessID", f"{_URN}validationprocess:{name}"),
        _text("SignatureValidationServicePolicy", "".join(policy.split())),
    )


def _associated(evidence: Evidence) -> ET.Element | None:
    """Return path, anchor, what was consulted, and a revocation if there is one (4.3.12)."""
    own = evidence.path
    steps = own.steps if own else ()
    chain = [_identity(_ObjectType.CERTIFICATE, s.certificate.sha256) for s in steps]
    consulted = dict.fromkeys(
        found
        for path in evidence.paths
        for step in path.steps
        for found in (
            *(_revocation_object(step, i) for i in range(len(step.revocation))),
            _identity(_ObjectType.CERTIFICATE, step.certificate.sha256),
        )
        if found and found not in chain
    )
    data = _element(
        "AssociatedValidationReportData",
        *_chain(chain, anchored=own is not None and own.anchor is not None),
        *(_reference("RelatedValidationObject", found) for found in consulted),
        _revocation(evidence),
    )
    return data if len(data) else None


def _chain(chain: list[str], *, anchored: bool) -> Iterator[ET.Element]:
    if not chain:
        return
    first, *rest = chain
    between = rest[:-1] if anchored else rest
    parts = [_reference("SigningCertificate", first)]
    parts += [_reference("IntermediateCertificate", found) for found in between]
    if anchored:
        # A path of one certificate is its own anchor, and still has a signing certificate.
        parts.append(_reference("TrustAnchor", chain[-1]))
        yield _reference("TrustAnchor", chain[-1])
    yield _element("CertificateChain", *parts)


def _revocation(evidence: Evidence) -> ET.Element | None:
    for step in evidence.path.steps if evidence.path else ():
        for index, answer in enumerate(step.revocation):
            revoked = answer.status in (RevocationStatus.REVOKED, RevocationStatus.ON_HOLD)
            if not revoked or answer.problem or answer.revoked_at is None:
                continue
            reason = _REASONS.get((answer.reason or "").lower(), "unspecified")
            behind = _revocation_object(step, index)
            certificate = _identity(_ObjectType.CERTIFICATE, step.certificate.sha256)
            return _element(
                "RevocationStatusInformation",
                _reference("ValidationObjectId", certificate),
                _text("RevocationTime", iso(answer.revoked_at) or ""),
                _text("RevocationReason", f"{_URN}revocationReason:{reason}"),
                _reference("RevocationObject", behind) if behind else None,
            )
    return None


# --- SignatureAttributes: what the signature says of itself (annex A) ---------------------------

_ENTRIES = (
    ("Reason", "ReasonElement", "reason"),
    ("Name", "NameElement", "name"),
    ("ContactInfo", "ContactInfoElement", "contact_info"),
    ("SubFilter", "SubFilterElement", "sub_filter"),
    ("SignatureProductionPlace", "AddressString", "location"),
)
"""Attribute, the element inside it, and the entry of the signature dictionary."""


def _attributes(evidence: Evidence) -> ET.Element | None:
    """Return the attributes; entries of the dictionary are signed, and the signer's claim."""
    found = [
        *_attribute_times(evidence),
        *_message_digest(evidence),
        *_entries(evidence.dictionary),
    ]
    if evidence.byte_range and evidence.byte_range.values:
        found.append(_text("ByteRange", " ".join(map(str, evidence.byte_range.values))))
    if evidence.dictionary.filter:
        found.append(_element("Filter", _text("Filter", evidence.dictionary.filter)))
    return _element("SignatureAttributes", *found) if found else None


def _attribute_times(evidence: Evidence) -> Iterator[ET.Element]:
    if claimed := iso(evidence.dictionary.claimed_time):
        yield _element("SigningTime", _text("Time", claimed), Signed="true")
    own = evidence.kind is SignatureKind.DOCUMENT_TIMESTAMP
    for token in evidence.timestamps:
        if (time := iso(token.time)) and token.sha256:
            yield _element(
                "DocTimeStamp" if own else "SignatureTimeStamp",
                _reference("AttributeObject", _identity(_ObjectType.TIMESTAMP, token.sha256)),
                _text("TimeStampValue", time),
                Signed="false",
            )


def _message_digest(evidence: Evidence) -> Iterator[ET.Element]:
    if value := evidence.cms.message_digest:
        yield _element("MessageDigest", _text("Digest", _base64(value)), Signed="true")


def _entries(dictionary: DictionaryFacts) -> Iterator[ET.Element]:
    for name, inner, entry in _ENTRIES:
        text = getattr(dictionary, entry)
        if plain(text):
            yield _element(name, _text(inner, text), Signed="true")


# --- ValidationConstraintsEvaluationReport: every check and its answer --------------------------


def _constraints(findings: Iterable[Finding], words: Words) -> ET.Element | None:
    """Return every finding as an individual validation constraint (TS 119 102-2, 4.3.5.4).

    A check the policy skips, or that does not apply, is `disabled`; one that a tool or agency
    profile softened is `overridden`. What did not pass has its level and its sentence.
    """
    found = [_constraint(finding, words) for finding in findings]
    return _element("ValidationConstraintsEvaluationReport", *found) if found else None


def _constraint(finding: Finding, words: Words) -> ET.Element:
    off = finding.level is Level.SKIP or finding.outcome.status is Status.NOT_APPLICABLE
    parameters = []
    if finding.unanswered and not off:
        parameters = [
            _parameter("level", finding.level.value),
            _parameter("message", words.message(finding)),
        ]
    return _element(
        "ValidationConstraint",
        _text("ValidationConstraintIdentifier", f"urn:sigcheck:check:{finding.code}"),
        *parameters,
        _element("ConstraintStatus", *_applied(finding, off=off)),
        None if off else _answer(finding),
    )


def _applied(finding: Finding, *, off: bool) -> tuple[ET.Element, ...]:
    if off:
        return (_text("Status", f"{_URN}constraintStatus:disabled"),)
    if finding.softened_by:
        profile = f"urn:sigcheck:profile:{finding.softened_by}"
        overridden = _text("Status", f"{_URN}constraintStatus:overridden")
        return overridden, _text("OverriddenBy", profile)
    return (_text("Status", f"{_URN}constraintStatus:applied"),)


def _answer(finding: Finding) -> ET.Element:
    if not finding.unanswered:
        return _status(f"{_MAIN}passed", None, name="ValidationStatus")
    if not finding.decides:
        return _status(f"{_MAIN}failed", None, name="ValidationStatus")
    return _status(_PARTS[finding.indication], finding.sub_indication, name="ValidationStatus")


def _parameter(name: str, text: str) -> ET.Element:
    return _element(
        "ValidationConstraintParameter",
        _text("Type", f"urn:sigcheck:finding:{name}"),
        _text("Value", text),
    )


# --- SignatureValidationObjects: certificates, lists, responses and tokens ----------------------


class _ObjectType(StrEnum):
    """Types of validation objects (TS 119 102-2, 4.4.3)."""

    CERTIFICATE = "certificate"
    CRL = "CRL"
    OCSP = "OCSPResponse"
    TIMESTAMP = "timestamp"
    SIGNED_DATA = "signedData"


_LETTERS = {
    _ObjectType.CERTIFICATE: "C",
    _ObjectType.CRL: "R",
    _ObjectType.OCSP: "R",
    _ObjectType.TIMESTAMP: "T",
    _ObjectType.SIGNED_DATA: "D",
}
"""How an object's id begins."""


def _identity(kind: _ObjectType, sha256: str) -> str:
    """Return the id of a validation object."""
    return f"{_LETTERS[kind]}-{sha256}"


def _revocation_object(step: PathStep, index: int) -> str:
    """Return the id of the list or response behind one statement, empty where it has none."""
    answer = step.revocation[index]
    return _identity(_revocation_kind(answer.source), answer.sha256) if answer.sha256 else ""


def _revocation_kind(source: str) -> _ObjectType:
    return _ObjectType.CRL if source.startswith("crl") else _ObjectType.OCSP


def _validation_objects(report: Report) -> ET.Element:
    """Return every object that the signatures' reports refer to, each once."""
    found: dict[str, ET.Element] = {}
    for document in report.documents:
        for signature in document.signatures:
            for kind, sha256, verdict in _objects(signature, document):
                identity = _identity(kind, sha256)
                if sha256 and identity not in found:
                    found[identity] = _object(identity, kind, sha256, verdict)
    return _element("SignatureValidationObjects", *found.values())


def _objects(
    signature: SignatureReport, document: DocumentReport
) -> Iterator[tuple[_ObjectType, str, ET.Element | None]]:
    evidence = signature.evidence
    yield _ObjectType.SIGNED_DATA, document.sha256, None
    if evidence.certificate:
        yield _ObjectType.CERTIFICATE, evidence.certificate.sha256, None
    for verdict in signature.timestamps:
        token = evidence.timestamps[verdict.index]
        yield _ObjectType.TIMESTAMP, token.sha256, _timestamp_verdict(verdict)
    for path in evidence.paths:
        for step in path.steps:
            yield _ObjectType.CERTIFICATE, step.certificate.sha256, None
            for answer in step.revocation:
                yield _revocation_kind(answer.source), answer.sha256, None


def _timestamp_verdict(token: TimestampReport) -> ET.Element:
    return _element("ValidationReport", _status(_PARTS[token.indication], token.sub_indication))


def _object(
    identity: str, kind: _ObjectType, sha256: str, verdict: ET.Element | None
) -> ET.Element:
    return _element(
        "ValidationObject",
        _text("ObjectType", f"{_URN}validationObject:{kind}"),
        _element("ValidationObjectRepresentation", _digest(sha256)),
        verdict,
        id=identity,
    )
