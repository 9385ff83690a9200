"""ContentInfo, SignedData and SignerInfo with its attributes (RFC 5652, 3, 5 and 10.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from sigcheck import asn1
from sigcheck.errors import LimitExceededError
from sigcheck.evidence.cms.algorithms import digest
from sigcheck.evidence.cms.certificates import algorithm_identifier
from sigcheck.model.evidence.revisions import Anomaly
from sigcheck.model.policy import Limits

CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
ALGORITHM_PROTECTION = "1.2.840.113549.1.9.52"
ADOBE_REVOCATION = "1.2.840.113583.1.1.8"
SIGNATURE_TIMESTAMP = "1.2.840.113549.1.9.16.2.14"
CERTIFICATE_VALUES = "1.2.840.113549.1.9.16.2.23"
REVOCATION_VALUES = "1.2.840.113549.1.9.16.2.24"
ARCHIVE_TIMESTAMPS = frozenset(
    {"1.2.840.113549.1.9.16.2.27", "1.2.840.113549.1.9.16.2.48", "0.4.0.1733.2.4"}
)

_MAX_ATTRIBUTES = 256
_MAX_VALUES = 256
_REMEMBERED = 64
"""Unsigned attributes and values of one signer; where there are more, they are read each time."""
_SIGNED, _UNSIGNED, _KEY_ID = 0xA0, 0xA1, (0x80, 0xA0)
_EMPTY: Mapping[str, tuple[asn1.Element, ...]] = MappingProxyType({})


class UnsignedAttribute(NamedTuple):
    """One unsigned attribute; `problem` when it, and it alone, could not be read."""

    identifier: str
    values: tuple[asn1.Element, ...] = ()
    problem: str = ""


class Unsigned:
    """The unsigned attributes, read when first asked for; so many of them are remembered."""

    __slots__ = ("_attributes", "_element")

    def __init__(self, element: asn1.Element | None = None) -> None:
        """Take the attributes under their implicit tag; None when there are none."""
        self._element = element
        self._attributes: tuple[UnsignedAttribute, ...] | None = None if element else ()

    def attributes(self) -> tuple[UnsignedAttribute, ...]:
        """Return the attributes; a damaged one never hides the others."""
        found = self._attributes
        if found is None:
            found = tuple(_unsigned(self._element))
            if sum(1 + len(attribute.values) for attribute in found) <= _REMEMBERED:
                self._attributes = found
        return found


_NONE = Unsigned()


class SignerInfo(NamedTuple):
    """One signer: who, with which algorithms, over what."""

    issuer_der: bytes = b""
    serial: int | None = None
    key_id: bytes = b""
    digest_oid: str = ""
    signature_oid: str = ""
    signature_params: bytes = b""
    signature: bytes = b""
    signed_element: asn1.Element | None = None
    """The signed attributes under their implicit tag; None when there are none."""
    signed: Mapping[str, tuple[asn1.Element, ...]] = _EMPTY
    closed: Unsigned = _NONE

    def unsigned(self) -> Sequence[UnsignedAttribute]:
        """Return the unsigned attributes; a damaged one never hides the others."""
        return self.closed.attributes()

    def unsigned_values(self, *identifiers: str) -> list[asn1.Element]:
        """Return the values of the named unsigned attributes that could be read."""
        return [v for a in self.unsigned() if a.identifier in identifiers for v in a.values]


def parse_signer_info(element: asn1.Element, anomalies: list[Anomaly]) -> SignerInfo | None:
    """Read one SignerInfo; None and an anomaly when it is damaged."""
    try:
        return _parse(element, anomalies)
    except asn1.Asn1Error as problem:
        anomalies.append(Anomaly("cms-signer-damaged", detail=str(problem)))
        return None


def _parse(element: asn1.Element, anomalies: list[Anomaly]) -> SignerInfo:
    members = asn1.sequence(element, least=5)
    issuer, serial, key_id = _identifier(members[1])
    position = 3
    signed = members[3] if members[3].tag == _SIGNED else None
    if signed:
        position += 1
    if len(members) < position + 2:
        raise asn1.Asn1Error("SignerInfo without a signature value")
    algorithm, value = members[position : position + 2]
    signature_oid, params = algorithm_identifier(algorithm)
    rest = members[position + 2 :]
    return SignerInfo(
        issuer_der=issuer,
        serial=serial,
        key_id=key_id,
        digest_oid=algorithm_identifier(members[2])[0],
        signature_oid=signature_oid,
        signature_params=params,
        signature=asn1.octets(asn1.expect(value, asn1.OCTET_STRING, 0x24)),
        signed_element=signed,
        signed=_signed_attributes(signed, anomalies) if signed else _EMPTY,
        closed=Unsigned(next((member for member in rest if member.tag == _UNSIGNED), None)),
    )


def _identifier(element: asn1.Element) -> tuple[bytes, int | None, bytes]:
    """Read SignerIdentifier: issuer and serial number, or subject key identifier."""
    if element.tag in _KEY_ID:
        return b"", None, asn1.octets(element)
    issuer, serial = asn1.sequence(element, least=2)[:2]
    return issuer.raw, asn1.integer(asn1.expect(serial, asn1.INTEGER)), b""


def _signed_attributes(
    element: asn1.Element, anomalies: list[Anomaly]
) -> Mapping[str, tuple[asn1.Element, ...]]:
    """Read all signed attributes; one that stands twice (against RFC 5652, 5.3) has all values.

    So a second message digest is never hidden behind the first: two values match nothing.
    """
    found: dict[str, tuple[asn1.Element, ...]] = {}
    for attribute in asn1.children(element, _MAX_ATTRIBUTES):
        identifier, values = _attribute(asn1.sequence(attribute, least=2))
        if identifier in found:
            anomalies.append(Anomaly("cms-attribute-twice", detail=identifier))
        found[identifier] = (*found.get(identifier, ()), *values)
    return MappingProxyType(found)


def _attribute(members: list[asn1.Element]) -> tuple[str, tuple[asn1.Element, ...]]:
    if len(members) != 2:
        raise asn1.Asn1Error("an attribute is a type and its values")
    identifier, values = members
    return asn1.oid(identifier), tuple(asn1.children(asn1.expect(values, asn1.SET), _MAX_VALUES))


def _unsigned(element: asn1.Element | None) -> Iterator[UnsignedAttribute]:
    if element is None:
        return
    try:
        for attribute in asn1.members(element, _MAX_ATTRIBUTES):
            yield _one_unsigned(attribute)
    except asn1.Asn1Error as problem:
        yield UnsignedAttribute("?", problem=str(problem))


def _one_unsigned(element: asn1.Element) -> UnsignedAttribute:
    identifier = "?"
    try:
        members = asn1.sequence(element, least=1)
        identifier = asn1.oid(members[0])
        if len(members) < 2:
            return UnsignedAttribute(identifier, problem="an attribute without values")
        return UnsignedAttribute(identifier, _attribute(members)[1])
    except asn1.Asn1Error as problem:
        return UnsignedAttribute(identifier, problem=str(problem))


# --- ContentInfo and SignedData, one SignerInfo at a time

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
    """Read a CMS SignedData; bytes that are none have a `problem`.

    Raises LimitExceededError with LIMIT-CMS-SIZE or LIMIT-CERTIFICATES: what a limit kept from
    being read is nobody's fault.
    """
    bounds = limits or Limits()
    if len(contents) > bounds.max_contents:
        raise LimitExceededError(f"{len(contents)} bytes", code="LIMIT-CMS-SIZE")
    try:
        return _signed_data(contents, bounds)
    except asn1.Asn1Error as problem:
        return SignedData(problem=f"damaged: {problem}")


def _signed_data(contents: bytes, limits: Limits) -> SignedData:
    element, rest = asn1.read_with_rest(contents)
    anomalies = [Anomaly("cms-trailing-bytes")] if rest.strip(b"\0") else []
    members = asn1.sequence(element, least=1)
    outer = asn1.oid(members[0])
    if outer != ID_SIGNED_DATA or len(members) != 2:
        return SignedData(problem=f"content type {outer} where SignedData was expected")
    body = asn1.sequence(asn1.inner(members[1]), least=4)
    # RFC 5652, 5.1: version, digestAlgorithms, content, [0], [1], signerInfos; nothing else.
    if [m.tag for m in body[3:-1]] not in ([], [0xA0], [0xA1], [0xA0, 0xA1]):
        raise asn1.Asn1Error("SignedData with a member too many")
    content_type, econtent = _encapsulated(body[2])
    certificates = [m for m in body[3:-1] if m.tag == _CERTIFICATES]
    revocation = [m for m in body[3:-1] if m.tag == _REVOCATION]
    found = _certificates(certificates, limits, anomalies)
    crls, responses = _revocation(revocation, anomalies)
    listed = asn1.children(asn1.expect(body[-1], asn1.SET), _MAX_SIGNERS)
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


def _encapsulated(element: asn1.Element) -> tuple[str, bytes | None]:
    """Read EncapsulatedContentInfo; PKCS#7 content that is no octet string is given as it is."""
    members = asn1.sequence(element, least=1)
    if len(members) > 2:
        raise asn1.Asn1Error("content with a member too many")
    if len(members) < 2:
        return asn1.oid(members[0]), None
    inner = asn1.children(members[1], 1)
    if not inner:
        return asn1.oid(members[0]), None
    is_string = inner[0].tag in (asn1.OCTET_STRING, asn1.OCTET_STRING | asn1.CONSTRUCTED)
    return asn1.oid(members[0]), asn1.octets(inner[0]) if is_string else inner[0].content


def _certificates(
    sets: list[asn1.Element], limits: Limits, anomalies: list[Anomaly]
) -> tuple[bytes, ...]:
    """Take the X.509 certificates; attribute certificates are not used by any PDF tool."""
    found: list[bytes] = []
    for one in sets:
        try:
            choices = asn1.children(one)
        except asn1.Asn1Error as problem:
            anomalies.append(Anomaly("cms-certificates-damaged", detail=str(problem)))
            continue
        found += [choice.raw for choice in choices if choice.tag == asn1.SEQUENCE]
    if len(found) > limits.max_certificates:
        raise LimitExceededError(f"{len(found)} certificates", code="LIMIT-CERTIFICATES")
    return tuple(dict.fromkeys(found))


def _revocation(
    sets: list[asn1.Element], anomalies: list[Anomaly]
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    crls: list[bytes] = []
    responses: list[bytes] = []
    for one in sets:
        try:
            for choice in asn1.children(one, _MAX_REVOCATION):
                if choice.tag == asn1.SEQUENCE:
                    crls.append(choice.raw)
                elif choice.tag == _OTHER:
                    responses += _ocsp_response(choice)
        except asn1.Asn1Error as problem:
            anomalies.append(Anomaly("cms-revocation-damaged", detail=str(problem)))
    return tuple(crls), tuple(responses)


def _ocsp_response(choice: asn1.Element) -> list[bytes]:
    """Take an OCSPResponse out of OtherRevocationInfoFormat (RFC 5940, 2.1)."""
    members = asn1.children(choice, 2)
    if len(members) == 2 and asn1.oid(members[0]) == _OCSP_RESPONSE:
        return [members[1].raw]
    return []


# --- What a signer signed: a byte range outside the CMS object, or bytes inside it

DigestOf = Callable[[str], bytes]
"""Digests the byte range; takes hashlib's names."""


class Content(NamedTuple):
    """What the signer should have signed, and what may be said against it."""

    digest: Callable[[str], bytes | None]
    holds: bool = True
    """False when the encapsulated content is not what it should be."""
    whole: Callable[[], bytes] | None = None
    """The bytes themselves, which EdDSA without signed attributes asks for."""


def detached(digest_of: DigestOf, whole: Callable[[], bytes] | None = None) -> Content:
    """Content that stands outside the CMS object: the byte range."""
    return Content(lambda name: ask(digest_of, name), whole=whole)


def encapsulated(data: SignedData, *, holds: bool = True) -> Content:
    """Content that stands inside the CMS object."""
    inner = data.econtent
    if inner is None:
        return Content(lambda _name: None, holds=False)
    return Content(lambda name: digest(name, inner), holds, lambda: inner)


def ask(digest_of: DigestOf, name: str) -> bytes | None:
    """Ask the caller for a digest; one it cannot make is no digest."""
    try:
        return digest_of(name)
    except (KeyError, ValueError):
        return None


# --- CRLs and OCSP responses inside a CMS object

_CRLS, _RESPONSES = 0xA0, 0xA1
_BASIC = bytes.fromhex("06092b0601050507300101")
_SUCCESSFUL = bytes.fromhex("0a0100")


def carries_revocation(data: SignedData, signer: SignerInfo) -> bool:
    """Say whether any CRL, OCSP response or attribute for them travels with the signature."""
    if data.crls or data.ocsp_responses or ADOBE_REVOCATION in signer.signed:
        return True
    names = {attribute.identifier for attribute in signer.unsigned()}
    return bool(names & {ADOBE_REVOCATION, REVOCATION_VALUES})


def revocation_values(data: SignedData) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Return all CRLs and all OCSPResponses of a CMS object; unreadable ones are left out."""
    crls, responses = list(data.crls), list(data.ocsp_responses)
    for signer in data.signers:
        adobe = [
            *signer.signed.get(ADOBE_REVOCATION, ()),
            *signer.unsigned_values(ADOBE_REVOCATION),
        ]
        etsi = signer.unsigned_values(REVOCATION_VALUES)
        crls += _lists(_CRLS, [*adobe, *etsi])
        responses += _lists(_RESPONSES, adobe)
        responses += [_as_response(basic) for basic in _lists(_RESPONSES, etsi)]
    return tuple(dict.fromkeys(crls)), tuple(dict.fromkeys(responses))


def embedded_certificates(data: SignedData) -> tuple[bytes, ...]:
    """Return the certificates of the set and of certificate-values attributes (5.4.1)."""
    found = list(data.certificates)
    for signer in data.signers:
        for values in signer.unsigned_values(CERTIFICATE_VALUES):
            found += _members(values)
    return tuple(dict.fromkeys(found))


def _lists(tag: int, archives: Iterable[asn1.Element]) -> Iterator[bytes]:
    for archive in archives:
        for part in _parts(archive):
            if part.tag == tag:
                yield from _members(_unwrapped(part))


def _parts(archive: asn1.Element) -> list[asn1.Element]:
    try:
        return asn1.sequence(archive)
    except asn1.Asn1Error:
        return []


def _unwrapped(part: asn1.Element) -> asn1.Element:
    """Look through the explicit tag."""
    try:
        return asn1.inner(part)
    except asn1.Asn1Error:
        return part


def _members(element: asn1.Element) -> list[bytes]:
    try:
        return [
            one.raw for one in asn1.children(element, _MAX_REVOCATION) if one.tag == asn1.SEQUENCE
        ]
    except asn1.Asn1Error:
        return []


def _as_response(basic: bytes) -> bytes:
    """Wrap a BasicOCSPResponse the way a responder would send it (RFC 6960, 4.2.1)."""
    body = asn1.encode(b"\x30", _BASIC + asn1.encode(b"\x04", basic))
    return asn1.encode(b"\x30", _SUCCESSFUL + asn1.encode(b"\xa0", body))
