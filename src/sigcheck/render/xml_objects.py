"""SignatureValidationObjects: certificates, lists, responses and tokens a report refers to."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from sigcheck.model.evidence import Evidence, PathFacts, PathStep
from sigcheck.model.indication import Indication
from sigcheck.model.report import DocumentReport, Report, SignatureReport, TimestampReport
from sigcheck.render.xml_build import digest, element


class ObjectType(StrEnum):
    """Types of validation objects (TS 119 102-2, 4.4.3), and how an object's id begins."""

    CERTIFICATE = "certificate"
    CRL = "CRL"
    OCSP = "OCSPResponse"
    TIMESTAMP = "timestamp"
    SIGNED_DATA = "signedData"


_LETTERS = {
    ObjectType.CERTIFICATE: "C",
    ObjectType.CRL: "R",
    ObjectType.OCSP: "R",
    ObjectType.TIMESTAMP: "T",
    ObjectType.SIGNED_DATA: "D",
}
PART = {
    Indication.TOTAL_PASSED: "urn:etsi:019102:mainindication:passed",
    Indication.INDETERMINATE: "urn:etsi:019102:mainindication:indeterminate",
    Indication.TOTAL_FAILED: "urn:etsi:019102:mainindication:failed",
}
"""Indications of a constraint or of an object, which is no signature as a whole."""


def identity(kind: ObjectType, sha256: str) -> str:
    """Return the id of a validation object."""
    return f"{_LETTERS[kind]}-{sha256}"


def status(main: str, sub: object, *more: str, name: str = "SignatureValidationStatus") -> str:
    """Return a ValidationStatusType."""
    said = element("SubIndication", f"urn:etsi:019102:subindication:{sub}") if sub else ""
    return element(name, element("MainIndication", main), said, *more)


def revocation_object(step: PathStep, index: int) -> str:
    """Return the id of the list or response behind one statement, empty where it has none."""
    answer = step.revocation[index]
    kind = ObjectType.CRL if answer.source.startswith("crl") else ObjectType.OCSP
    return identity(kind, answer.sha256) if answer.sha256 else ""


def validation_objects(report: Report) -> str:
    """Return every object that the signatures' reports refer to, each once."""
    found: dict[str, str] = {}
    for document in report.documents:
        for signature in document.signatures:
            for kind, sha256, verdict in _objects(signature, document):
                if sha256:
                    found.setdefault(identity(kind, sha256), _object(kind, sha256, verdict))
    return element("SignatureValidationObjects", *found.values()) if found else ""


def paths(evidence: Evidence) -> Iterator[PathFacts]:
    """Yield the signer's path and those of its time-stamps."""
    if evidence.path is not None:
        yield evidence.path
    yield from (token.path for token in evidence.timestamps if token.path is not None)


def _objects(
    signature: SignatureReport, document: DocumentReport
) -> Iterator[tuple[ObjectType, str, str]]:
    evidence = signature.evidence
    yield ObjectType.SIGNED_DATA, document.sha256, ""
    if evidence.certificate:
        yield ObjectType.CERTIFICATE, evidence.certificate.sha256, ""
    for verdict in signature.timestamps:
        token = evidence.timestamps[verdict.index]
        yield ObjectType.TIMESTAMP, token.sha256, _verdict(verdict)
    for path in paths(evidence):
        for step in path.steps:
            yield ObjectType.CERTIFICATE, step.certificate.sha256, ""
            for answer in step.revocation:
                is_list = answer.source.startswith("crl")
                yield (ObjectType.CRL if is_list else ObjectType.OCSP), answer.sha256, ""


def _verdict(token: TimestampReport) -> str:
    said = status(PART[token.indication], token.sub_indication)
    return element("ValidationReport", said)


def _object(kind: ObjectType, sha256: str, verdict: str) -> str:
    return (
        f'<ValidationObject id="{identity(kind, sha256)}">'
        + element("ObjectType", f"urn:etsi:019102:validationObject:{kind}")
        + element("ValidationObjectRepresentation", digest(sha256))
        + verdict
        + "</ValidationObject>"
    )
