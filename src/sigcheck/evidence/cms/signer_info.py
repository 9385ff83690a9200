"""SignerInfo and its attributes; unsigned ones stay closed until somebody asks (RFC 5652, 5.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from sigcheck.evidence.cms import tlv
from sigcheck.evidence.cms.certificates import algorithm_identifier
from sigcheck.model.evidence.bytes import Anomaly

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
_EMPTY: Mapping[str, tuple[tlv.Element, ...]] = MappingProxyType({})


class UnsignedAttribute(NamedTuple):
    """One unsigned attribute; `problem` when it, and it alone, could not be read."""

    identifier: str
    values: tuple[tlv.Element, ...] = ()
    problem: str = ""


class Unsigned:
    """The unsigned attributes, read when first asked for; so many of them are remembered."""

    __slots__ = ("_attributes", "_element")

    def __init__(self, element: tlv.Element | None = None) -> None:
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
    signed_element: tlv.Element | None = None
    """The signed attributes under their implicit tag; None when there are none."""
    signed: Mapping[str, tuple[tlv.Element, ...]] = _EMPTY
    closed: Unsigned = _NONE

    def unsigned(self) -> Sequence[UnsignedAttribute]:
        """Return the unsigned attributes; a damaged one never hides the others."""
        return self.closed.attributes()

    def unsigned_values(self, *identifiers: str) -> list[tlv.Element]:
        """Return the values of the named unsigned attributes that could be read."""
        return [v for a in self.unsigned() if a.identifier in identifiers for v in a.values]


def parse_signer_info(element: tlv.Element, anomalies: list[Anomaly]) -> SignerInfo | None:
    """Read one SignerInfo; None and an anomaly when it is damaged."""
    try:
        return _parse(element, anomalies)
    except tlv.Asn1Error as problem:
        anomalies.append(Anomaly("cms-signer-damaged", detail=str(problem)))
        return None


def _parse(element: tlv.Element, anomalies: list[Anomaly]) -> SignerInfo:
    members = tlv.sequence(element, least=5)
    issuer, serial, key_id = _identifier(members[1])
    position = 3
    signed = members[3] if members[3].tag == _SIGNED else None
    if signed:
        position += 1
    if len(members) < position + 2:
        raise tlv.Asn1Error("SignerInfo without a signature value")
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
        signature=tlv.octets(tlv.expect(value, tlv.OCTET_STRING, 0x24)),
        signed_element=signed,
        signed=_signed_attributes(signed, anomalies) if signed else _EMPTY,
        closed=Unsigned(next((member for member in rest if member.tag == _UNSIGNED), None)),
    )


def _identifier(element: tlv.Element) -> tuple[bytes, int | None, bytes]:
    """Read SignerIdentifier: issuer and serial number, or subject key identifier."""
    if element.tag in _KEY_ID:
        return b"", None, tlv.octets(element)
    issuer, serial = tlv.sequence(element, least=2)[:2]
    return issuer.raw, tlv.integer(tlv.expect(serial, tlv.INTEGER)), b""


def _signed_attributes(
    element: tlv.Element, anomalies: list[Anomaly]
) -> Mapping[str, tuple[tlv.Element, ...]]:
    """Read all signed attributes; one that stands twice (against RFC 5652, 5.3) has all values.

    So a second message digest is never hidden behind the first: two values match nothing.
    """
    found: dict[str, tuple[tlv.Element, ...]] = {}
    for attribute in tlv.children(element, _MAX_ATTRIBUTES):
        identifier, values = _attribute(tlv.sequence(attribute, least=2))
        if identifier in found:
            anomalies.append(Anomaly("cms-attribute-twice", detail=identifier))
        found[identifier] = (*found.get(identifier, ()), *values)
    return MappingProxyType(found)


def _attribute(members: list[tlv.Element]) -> tuple[str, tuple[tlv.Element, ...]]:
    identifier, values = members[:2]
    return tlv.oid(identifier), tuple(tlv.children(tlv.expect(values, tlv.SET), _MAX_VALUES))


def _unsigned(element: tlv.Element | None) -> Iterator[UnsignedAttribute]:
    if element is None:
        return
    try:
        for attribute in tlv.members(element, _MAX_ATTRIBUTES):
            yield _one_unsigned(attribute)
    except tlv.Asn1Error as problem:
        yield UnsignedAttribute("?", problem=str(problem))


def _one_unsigned(element: tlv.Element) -> UnsignedAttribute:
    identifier = "?"
    try:
        members = tlv.sequence(element, least=1)
        identifier = tlv.oid(members[0])
        if len(members) < 2:
            return UnsignedAttribute(identifier, problem="an attribute without values")
        return UnsignedAttribute(identifier, _attribute(members)[1])
    except tlv.Asn1Error as problem:
        return UnsignedAttribute(identifier, problem=str(problem))
