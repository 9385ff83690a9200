"""The signing-certificate attributes and the choice of the signer's certificate (RFC 5035)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from sigcheck.evidence.cms import algorithms, names, signer_info, tlv
from sigcheck.evidence.cms.algorithms import digest
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.cms.signer_info import SignerInfo

_VERSIONS = {
    1: (signer_info.SIGNING_CERTIFICATE, "sha1"),
    2: (signer_info.SIGNING_CERTIFICATE_V2, "sha256"),
}


_CACHED_BYTES = 4 * 1024
_DEEP = 16
"""Levels an attribute may have; where a limit leaves less, it is read as far as that goes."""
_MAX_REFERENCES = 16
"""Values of one attribute that are compared; RFC 5035 allows one."""


class Reference(NamedTuple):
    """The first ESSCertID or ESSCertIDv2: the certificate the signer says it used."""

    version: int
    algorithm: str = ""
    value: bytes = b""
    issuer_der: bytes = b""
    serial: int | None = None
    problem: str = ""

    def matches(self, certificate: Certificate) -> bool:
        """Compare hash and, where given, issuer and serial number (RFC 5035, 4)."""
        if self.problem or digest(self.algorithm, certificate.der) != self.value:
            return False
        if self.serial is None:
            return True
        return self.serial == certificate.serial and same_name(
            self.issuer_der, certificate.issuer_der
        )


def references(signer: SignerInfo) -> tuple[Reference, ...]:
    """Read version 1 and version 2 where present, in this order.

    There should be one of each (RFC 5035, 5.4); where there are more, each must match.
    """
    return tuple(
        _reference(version, values[index : index + 1], default)
        for version, (identifier, default) in _VERSIONS.items()
        if (values := signer.signed.get(identifier)) is not None
        for index in range(max(1, min(len(values), _MAX_REFERENCES)))
    )


def same_name(one: bytes, other: bytes) -> bool:
    """Compare two encoded names, case and string type aside (RFC 5280, 7.1)."""
    if one == other:
        return True
    try:
        return names.folded(names.attributes(one)) == names.folded(names.attributes(other))
    except tlv.Asn1Error:
        return False


def identified(
    signer: SignerInfo, certificates: Iterable[Certificate], wanted: Sequence[Reference]
) -> list[Certificate]:
    """Return the certificates the signer identifier names, those it references first."""
    found = [certificate for certificate in certificates if _is_named(signer, certificate)]
    if len(found) > 1:
        found.sort(key=lambda one: not all(reference.matches(one) for reference in wanted))
    return found


def _is_named(signer: SignerInfo, certificate: Certificate) -> bool:
    if signer.serial is None:
        return signer.key_id == (certificate.ski or _key_digest(certificate))
    return signer.serial == certificate.serial and same_name(
        signer.issuer_der, certificate.issuer_der
    )


def _key_digest(certificate: Certificate) -> bytes:
    """Return the usual key identifier where the extension is absent (RFC 5280, 4.2.1.2 (1))."""
    try:
        bits = tlv.bits(tlv.sequence(tlv.read(certificate.spki), least=2)[1])
    except tlv.Asn1Error:
        return b""
    return digest("sha1", bits) or b""


def _reference(version: int, values: tuple[tlv.Element, ...], default: str) -> Reference:
    if values and values[0].room > _DEEP and len(value := values[0].raw) <= _CACHED_BYTES:
        return _known(version, value, default)
    return _read(version, values, default)


@lru_cache(maxsize=1024)
def _known(version: int, value: bytes, default: str) -> Reference:
    """Read an attribute once: a signer's next signature has the same one."""
    return _read(version, (tlv.read(value),), default)


def _read(version: int, values: tuple[tlv.Element, ...], default: str) -> Reference:
    try:
        first = tlv.sequence(tlv.sequence(values[0], least=1)[0], least=1)[0]
        members = tlv.sequence(first, least=1)
        algorithm = default
        if version == 2 and members[0].tag == tlv.SEQUENCE:
            algorithm = algorithms.digest_name(tlv.oid(tlv.sequence(members[0], least=1)[0]))
            members = members[1:]
        value = tlv.octets(tlv.expect(members[0], tlv.OCTET_STRING))
        issuer, serial = _issuer_serial(members[1]) if len(members) > 1 else (b"", None)
    except (tlv.Asn1Error, IndexError) as problem:
        return Reference(version, problem=str(problem))
    return Reference(version, algorithm, value, issuer, serial)


def _issuer_serial(element: tlv.Element) -> tuple[bytes, int]:
    general_names, serial = tlv.sequence(element, least=2)[:2]
    for name in tlv.sequence(general_names):
        if name.tag == 0xA4:
            return tlv.read(name.content).raw, tlv.integer(serial)
    raise tlv.Asn1Error("issuerSerial without a directory name")
