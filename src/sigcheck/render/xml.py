"""ETSI TS 119 102-2 validation report, the part that says what came of each signature.

NOTE: Constraints, validation objects beyond the signing certificate and signature attributes are
left out so far; the schema calls them optional.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from html import escape

from sigcheck.model.evidence import TimeBasis
from sigcheck.model.indication import Indication
from sigcheck.model.report import DocumentReport, Report, SignatureReport
from sigcheck.render.options import RenderOptions
from sigcheck.render.reasons import document_reason
from sigcheck.render.sanitize import mask, plain
from sigcheck.render.times import iso
from sigcheck.render.words import Words

_SPACES = 'xmlns="http://uri.etsi.org/19102/v1.4.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_MAIN = {
    Indication.TOTAL_PASSED: "urn:etsi:019102:mainindication:total-passed",
    Indication.INDETERMINATE: "urn:etsi:019102:mainindication:indeterminate",
    Indication.TOTAL_FAILED: "urn:etsi:019102:mainindication:total-failed",
}
_NOTHING = "urn:sigcheck:mainindication:"
"""A document without verdict on a signature: the standard has no word for it."""
_PROOF = {True: "urn:etsi:019102:poetype:provided", False: "urn:etsi:019102:poetype:validation"}


def render(report: Report, words: Words, options: RenderOptions) -> str:
    """Return one ValidationReport over all signatures of all documents."""
    parts = [part for d in report.documents for part in _document(d, report, words)]
    text = "\n".join((*parts, *_certificates(report)))
    masked = text if options.full else mask(text)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ValidationReport {_SPACES}>\n'
        f"{masked}\n</ValidationReport>\n"
    )


def _text(text: str) -> str:
    return escape(plain(text), quote=True)


def _element(name: str, *inner: str) -> str:
    return f"<{name}>{''.join(inner)}</{name}>"


def _digest(sha256: str) -> str:
    value = b64encode(bytes.fromhex(sha256)).decode("ascii")
    return _element(
        "DigestAlgAndValue",
        f'<ds:DigestMethod Algorithm="{_SHA256}"/>',
        _element("ds:DigestValue", value),
    )


def _document(document: DocumentReport, report: Report, words: Words) -> Iterator[str]:
    for signature in document.signatures:
        yield _signature(signature, document, report)
    if not document.signatures:
        main = _NOTHING + document.indication.value.lower()
        yield _element(
            "SignatureValidationReport",
            _element("SignatureValidationStatus", _element("MainIndication", main)),
            _other(f"{document.path}: {document_reason(document, words)}"),
        )


def _signature(signature: SignatureReport, document: DocumentReport, report: Report) -> str:
    return _element(
        "SignatureValidationReport",
        _identifier(signature),
        _times(signature, report),
        _element("SignersDocument", _digest(document.sha256)) if document.sha256 else "",
        _signer(signature),
        _status(signature),
        _other(document.path),
    )


def _identifier(signature: SignatureReport) -> str:
    return _element(
        "SignatureIdentifier",
        _element("HashOnly", "false"),
        _element("DocHashOnly", "false"),
        _element("DAIdentifier", _text(signature.evidence.field)),
    )


def _times(signature: SignatureReport, report: Report) -> str:
    evidence = signature.evidence
    best = iso(evidence.best_signature_time or report.validation_time) or ""
    proven = evidence.best_time_basis is TimeBasis.PROVEN
    return _element(
        "ValidationTimeInfo",
        _element("ValidationTime", iso(report.validation_time) or ""),
        _element(
            "BestSignatureTime", _element("POETime", best), _element("TypeOfProof", _PROOF[proven])
        ),
    )


def _signer(signature: SignatureReport) -> str:
    certificate = signature.evidence.certificate
    if certificate is None:
        return ""
    return _element(
        "SignerInformation",
        f'<SignerCertificate VOReference="{_identity(certificate.sha256)}"/>',
        _element("Signer", _text(signature.evidence.signer.common_name)),
    )


def _status(signature: SignatureReport) -> str:
    sub = signature.sub_indication
    return _element(
        "SignatureValidationStatus",
        _element("MainIndication", _MAIN[signature.indication]),
        _element("SubIndication", f"urn:etsi:019102:subindication:{sub}") if sub else "",
    )


def _other(text: str) -> str:
    return _element("OtherInformation", _text(text))


def _identity(sha256: str) -> str:
    return f"C-{sha256}"


def _certificates(report: Report) -> Iterator[str]:
    found = dict.fromkeys(
        signature.evidence.certificate.sha256
        for document in report.documents
        for signature in document.signatures
        if signature.evidence.certificate
    )
    if found:
        yield _element("SignatureValidationObjects", *map(_certificate, found))


def _certificate(sha256: str) -> str:
    return (
        f'<ValidationObject id="{_identity(sha256)}">'
        + _element("ObjectType", "urn:etsi:019102:validationObject:certificate")
        + _element("ValidationObjectRepresentation", _digest(sha256))
        + "</ValidationObject>"
    )
