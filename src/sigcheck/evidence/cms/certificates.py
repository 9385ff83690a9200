"""X.509 certificates, read by our own walker (RFC 5280, 4.1): lenient, cached, cheap to import."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from sigcheck.evidence.cms import algorithms, keys, names, tlv
from sigcheck.evidence.cms.extensions import DistributionPoint, Extensions, parse_extensions
from sigcheck.evidence.cms.pss import pss_digest
from sigcheck.evidence.cms.times import moment
from sigcheck.model.evidence import CertificateFacts

_CACHED_BYTES = 64 * 1024
"""Larger certificates are read each time, so that hostile ones cannot fill a service's memory."""
_NEVER_FROM = datetime.max.replace(tzinfo=UTC)
_NEVER_TO = datetime.min.replace(tzinfo=UTC)
_VERSION, _ISSUER_ID, _SUBJECT_ID, _EXTENSIONS = 0xA0, 0x81, 0x82, 0xA3


class Certificate(Extensions, frozen=True, kw_only=True, eq=False):
    """One certificate: its raw parts, its fields, and its key on demand.

    A certificate whose validity cannot be read has a `not_before` after its `not_after`.
    """

    der: bytes
    sha256: str
    tbs: bytes
    """The bytes the issuer signed."""
    signature: bytes
    signature_oid: str
    signature_params: bytes
    """The encoded parameters of the signature algorithm, empty when absent."""
    serial: int
    subject_der: bytes
    issuer_der: bytes
    not_before: datetime
    not_after: datetime
    spki: bytes
    subject_attributes: tuple[tuple[str, str], ...] = ()
    """(dotted identifier, text), in the order of the encoding."""
    issuer_attributes: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    """Not empty when part of the certificate could not be read."""

    def __eq__(self, other: object) -> bool:
        """Two certificates are the same when their bytes are."""
        return isinstance(other, Certificate) and self.der == other.der

    def __hash__(self) -> int:
        """Hash the bytes."""
        return hash(self.der)

    @staticmethod
    def parse(der: bytes) -> Certificate | None:
        """Read one DER certificate, or return None when it is none. Results are cached."""
        return _cached(der) if len(der) <= _CACHED_BYTES else _parse(der)

    @property
    def key(self) -> keys.KeyInfo:
        """The public key with its type, size and oddities."""
        return keys.load(self.spki)

    def public_key(self) -> keys.PublicKey | None:
        """Load the public key; None when it is of an unknown type or refused."""
        return self.key.key

    @property
    def key_type(self) -> str:
        """Return rsa, ec, ed25519, ed448, dsa or unknown."""
        return self.key.kind

    @property
    def key_bits(self) -> int:
        """Size of the key in bits, 0 when unknown."""
        return self.key.bits

    @property
    def subject(self) -> str:
        """The subject in one line, most specific first; untrusted text."""
        return names.line(self.subject_attributes)

    @property
    def issuer(self) -> str:
        """The issuer in one line, most specific first; untrusted text."""
        return names.line(self.issuer_attributes)

    @property
    def serial_number(self) -> str:
        """Hexadecimal, upper case, without leading zeros."""
        return f"{self.serial:X}"

    @property
    def signature_hash(self) -> str:
        """Digest of the issuer's signature; empty when the scheme has none of its own."""
        if self.signature_oid == algorithms.RSA_PSS:
            return pss_digest(self.signature_params)
        return algorithms.signature_algorithm(self.signature_oid).digest

    @property
    def self_issued(self) -> bool:
        """Whether subject and issuer are the same name (RFC 5280, 3.2)."""
        return self.subject_der == self.issuer_der

    def facts(self) -> CertificateFacts:
        """Return the part of the certificate the checks and the report need."""
        return certificate_facts(self.der)


def fingerprint(der: bytes) -> str:
    """Return the SHA-256 of any bytes; that of a certificate met before is known."""
    found = Certificate.parse(der)
    if found is not None and found.der == der:
        return found.sha256
    return hashlib.sha256(der).hexdigest()


def certificate_facts(der: bytes) -> CertificateFacts:
    """Describe any bytes that claim to be a certificate; a problem is told, never raised."""
    return _cached_facts(der) if len(der) <= _CACHED_BYTES else _facts(der)


@lru_cache(maxsize=1024)
def _cached_facts(der: bytes) -> CertificateFacts:
    return _facts(der)


def _facts(der: bytes) -> CertificateFacts:
    certificate = Certificate.parse(der)
    if certificate is None:
        return _unreadable(der)
    return CertificateFacts(
        subject=certificate.subject,
        issuer=certificate.issuer,
        serial_number=certificate.serial_number,
        sha256=certificate.sha256,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        key_type=certificate.key_type,
        key_bits=certificate.key_bits,
        signature_hash=certificate.signature_hash,
        is_ca=certificate.is_ca,
        key_usage=certificate.key_usage,
        extended_key_usage=certificate.eku,
        eku_critical=certificate.eku_critical,
        subject_key_id=certificate.ski.hex(),
        authority_key_id=certificate.aki_key_id.hex(),
        crl_urls=_crl_urls(certificate.crl_distribution_points),
        ocsp_urls=certificate.ocsp_urls,
        issuer_urls=certificate.ca_issuers_urls,
        policies=certificate.policies,
        parse_problem=_problems(certificate),
    )


def _crl_urls(points: tuple[DistributionPoint, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(url for point in points for url in point.urls))


def _problems(certificate: Certificate) -> str:
    found = (certificate.problem, *certificate.extension_problems, certificate.key.problem)
    return "; ".join(problem for problem in found if problem)


def _unreadable(der: bytes) -> CertificateFacts:
    return CertificateFacts(
        subject="",
        issuer="",
        serial_number="",
        sha256=hashlib.sha256(der).hexdigest(),
        not_before=_NEVER_FROM,
        not_after=_NEVER_TO,
        key_type="unknown",
        key_bits=0,
        signature_hash="",
        is_ca=False,
        key_usage=None,
        extended_key_usage=None,
        eku_critical=False,
        subject_key_id="",
        authority_key_id="",
        parse_problem="not a certificate",
    )


class _Parts(NamedTuple):
    """The members of a TBSCertificate by name (RFC 5280, 4.1)."""

    serial: tlv.Element
    algorithm: tlv.Element
    issuer: tlv.Element
    validity: tlv.Element
    subject: tlv.Element
    spki: tlv.Element
    extensions: tlv.Element | None


@lru_cache(maxsize=1024)
def _cached(der: bytes) -> Certificate | None:
    return _parse(der)


def _parse(der: bytes) -> Certificate | None:
    try:
        element, rest = tlv.read_with_rest(der)
        tbs, algorithm, signature = tlv.sequence(element, least=3)[:3]
        parts = _parts(tbs)
        signature_oid, params = algorithm_identifier(algorithm)
        problems = ["trailing bytes"] if rest.strip(b"\0\r\n") else []
        if parts.algorithm.raw != algorithm.raw:
            problems.append("the two signature algorithms differ")
        if not tlv.is_shortest_integer(parts.serial):
            problems.append("the serial number is padded")
        not_before, not_after = _validity(parts.validity, problems)
        return Certificate(
            der=element.raw,
            sha256=hashlib.sha256(element.raw).hexdigest(),
            tbs=tbs.raw,
            signature=tlv.bits(signature),
            signature_oid=signature_oid,
            signature_params=params,
            serial=tlv.integer(tlv.expect(parts.serial, tlv.INTEGER)),
            subject_der=parts.subject.raw,
            issuer_der=parts.issuer.raw,
            not_before=not_before,
            not_after=not_after,
            spki=parts.spki.raw,
            subject_attributes=_name(parts.subject, problems),
            issuer_attributes=_name(parts.issuer, problems),
            **parse_extensions(parts.extensions),
            problem="; ".join(problems),
        )
    except tlv.Asn1Error:
        return None


def subject_of(der: bytes) -> bytes:
    """Return the encoded subject of a certificate without reading more; empty where it is none."""
    try:
        element, _ = tlv.read_with_rest(der)
        return _parts(tlv.sequence(element, least=3)[0]).subject.raw
    except tlv.Asn1Error:
        return b""


def algorithm_identifier(element: tlv.Element) -> tuple[str, bytes]:
    """Return identifier and encoded parameters of an AlgorithmIdentifier (RFC 5280, 4.1.1.2)."""
    identifier, *parameters = tlv.sequence(element, least=1)
    return tlv.oid(identifier), parameters[0].raw if parameters else b""


def _parts(tbs: tlv.Element) -> _Parts:
    members = tlv.children(tlv.expect(tbs, tlv.SEQUENCE), 12)
    if members and members[0].tag == _VERSION:
        members = members[1:]
    if len(members) < 6:
        raise tlv.Asn1Error("certificate lacks a field")
    wrapper = next((member for member in members[6:] if member.tag == _EXTENSIONS), None)
    serial, algorithm, issuer, validity, subject, spki = members[:6]
    return _Parts(serial, algorithm, issuer, validity, subject, spki, wrapper)


def _validity(element: tlv.Element, problems: list[str]) -> tuple[datetime, datetime]:
    try:
        begin, end = tlv.sequence(element, least=2)[:2]
        return moment(begin), moment(end)
    except tlv.Asn1Error as problem:
        problems.append(f"validity: {problem}")
        return _NEVER_FROM, _NEVER_TO


def _name(element: tlv.Element, problems: list[str]) -> names.Attributes:
    try:
        return names.attributes(element.raw)
    except tlv.Asn1Error as problem:
        problems.append(f"name: {problem}")
        return ()
