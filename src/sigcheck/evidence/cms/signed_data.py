"""ContentInfo and SignedData, one SignerInfo at a time (RFC 5652, 3, 5.1 and 10.2)."""

from __future__ import annotations

from typing import NamedTuple

from sigcheck.evidence.cms import tlv
from sigcheck.evidence.cms.signer_info import SignerInfo, parse_signer_info
from sigcheck.model.evidence.bytes import Anomaly
from sigcheck.model.limits import Limits

ID_SIGNED_DATA = "1.2.840.113549.1.7.2"
ID_TST_INFO = "1.2.840.113549.1.9.16.1.4"

_CERTIFICATES, _REVOCATION, _OTHER = 0xA0, 0xA1, 0xA1
_OCSP_RESPONSE = "1.3.6.1.5.5.7.16.2"
_MAX_SIGNERS = 64
_MAX_REVOCATION = 500


class SignedData(NamedTuple):
    """What a /Contents value or a token holds; `problem` says why there is no signer."""

    problem: str = ""
    encoding: str = "DER"
    content_type: str = ""
    econtent: bytes | None = None
    """Encapsulated content; None when detached."""
    certificates: tuple[bytes, ...] = ()
    """X.509 certificates as they stand there, not looked into."""
    crls: tuple[bytes, ...] = ()
    ocsp_responses: tuple[bytes, ...] = ()
    """OCSP responses among the revocation info choices (RFC 5940)."""
    signers: tuple[SignerInfo, ...] = ()
    signer_count: int = 0
    anomalies: tuple[Anomaly, ...] = ()


def parse_signed_data(contents: bytes, limits: Limits | None = None) -> SignedData:
    """Read a CMS SignedData; never raises, whatever the bytes."""
    bounds = limits or Limits()
    if len(contents) > bounds.max_contents:
        return SignedData(problem="LIMIT-CMS-SIZE")
    try:
        return _parse(contents, bounds)
    except tlv.Asn1Error as problem:
        return SignedData(problem=f"damaged: {problem}")


def _parse(contents: bytes, limits: Limits) -> SignedData:
    element, rest = tlv.read_with_rest(contents, limits.max_asn1_nesting)
    anomalies = [Anomaly("cms-trailing-bytes")] if rest.strip(b"\0") else []
    members = tlv.sequence(element, least=1)
    outer = tlv.oid(members[0])
    if outer != ID_SIGNED_DATA or len(members) < 2:
        return SignedData(problem=f"content type {outer} where SignedData was expected")
    body = tlv.sequence(tlv.inner(members[1]), least=4)
    content_type, econtent = _encapsulated(body[2])
    certificates = [m for m in body[3:-1] if m.tag == _CERTIFICATES]
    revocation = [m for m in body[3:-1] if m.tag == _REVOCATION]
    found = _certificates(certificates, limits, anomalies)
    crls, responses = _revocation(revocation, anomalies)
    listed = tlv.children(tlv.expect(body[-1], tlv.SET), _MAX_SIGNERS)
    signers = [parse_signer_info(signer, anomalies) for signer in listed]
    ber = element.ber or any(part.ber for part in (members[1], *body, *listed))
    return SignedData(
        problem="" if listed else "no SignerInfo",
        encoding="BER" if ber else "DER",
        content_type=content_type,
        econtent=econtent,
        certificates=found,
        crls=crls,
        ocsp_responses=responses,
        signers=tuple(signer for signer in signers if signer),
        signer_count=len(listed),
        anomalies=tuple(anomalies),
    )


def _encapsulated(element: tlv.Element) -> tuple[str, bytes | None]:
    """Read EncapsulatedContentInfo; PKCS#7 content that is no octet string is given as it is."""
    members = tlv.sequence(element, least=1)
    if len(members) < 2:
        return tlv.oid(members[0]), None
    inner = tlv.children(members[1], 1)
    if not inner:
        return tlv.oid(members[0]), None
    is_string = inner[0].tag in (tlv.OCTET_STRING, tlv.OCTET_STRING | tlv.CONSTRUCTED)
    return tlv.oid(members[0]), tlv.octets(inner[0]) if is_string else inner[0].content


def _certificates(
    sets: list[tlv.Element], limits: Limits, anomalies: list[Anomaly]
) -> tuple[bytes, ...]:
    """Take the X.509 certificates; attribute certificates are not used by any PDF tool."""
    found: list[bytes] = []
    for one in sets:
        try:
            choices = tlv.children(one, limits.max_certificates)
        except tlv.Asn1Error as problem:
            anomalies.append(Anomaly("cms-certificates-damaged", detail=str(problem)))
            continue
        found += [choice.raw for choice in choices if choice.tag == tlv.SEQUENCE]
    return tuple(dict.fromkeys(found))


def _revocation(
    sets: list[tlv.Element], anomalies: list[Anomaly]
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    crls: list[bytes] = []
    responses: list[bytes] = []
    for one in sets:
        try:
            for choice in tlv.children(one, _MAX_REVOCATION):
                if choice.tag == tlv.SEQUENCE:
                    crls.append(choice.raw)
                elif choice.tag == _OTHER:
                    responses += _ocsp_response(choice)
        except tlv.Asn1Error as problem:
            anomalies.append(Anomaly("cms-revocation-damaged", detail=str(problem)))
    return tuple(crls), tuple(responses)


def _ocsp_response(choice: tlv.Element) -> list[bytes]:
    """Take an OCSPResponse out of OtherRevocationInfoFormat (RFC 5940, 2.1)."""
    members = tlv.children(choice, 2)
    if len(members) == 2 and tlv.oid(members[0]) == _OCSP_RESPONSE:
        return [members[1].raw]
    return []
