"""X.509 certificates, read by our own reader (RFC 5280, 4.1): lenient, cached."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa

from sigcheck import asn1
from sigcheck.asn1 import moment
from sigcheck.evidence.cms import algorithms, names
from sigcheck.evidence.cms.extensions import DistributionPoint, Extensions, parse_extensions
from sigcheck.model.evidence import CertificateFacts

_LARGEST_KEY_KEPT = 16 * 1024

PublicKey: TypeAlias = object
"""A key object of `cryptography`; `signature_check` asks of which kind before it uses one."""


def key_octets(spki: bytes) -> bytes:
    """Return a public key without its algorithm, which is what key identifiers hash.

    Empty where it cannot be read (RFC 5280, 4.2.1.2 (1); RFC 6960, 4.1.1).
    """
    try:
        return asn1.bits(asn1.sequence(asn1.read(spki), least=2)[1])
    except asn1.Asn1Error:
        return b""


class KeyInfo(NamedTuple):
    """A public key and what is to be said of it, whether or not it could be loaded."""

    key: PublicKey | None
    kind: str = "unknown"
    """rsa, ec, ed25519, ed448, dsa, unknown."""
    bits: int = 0
    pss_parameters: bytes | None = None
    """Parameters of an id-RSASSA-PSS key: it signs in no other way (RFC 4055, 1.2)."""
    pss_only: bool = False
    problem: str = ""
    """Why the key is None, or what was odd although it could be used."""


def load(spki: bytes) -> KeyInfo:
    """Load a SubjectPublicKeyInfo (RFC 5280, 4.1.2.7); never raises."""
    return _known_key(spki) if len(spki) <= _LARGEST_KEY_KEPT else _load(spki)


@lru_cache(maxsize=1024)
def _known_key(spki: bytes) -> KeyInfo:
    return _load(spki)


def _load(spki: bytes) -> KeyInfo:
    try:
        algorithm, bits = asn1.sequence(asn1.read(spki), least=2)[:2]
        identifier, *parameters = asn1.sequence(algorithm, least=1)
        body = asn1.bits(asn1.expect(bits, asn1.BIT_STRING, asn1.BIT_STRING | asn1.CONSTRUCTED))
        loader = _LOADERS.get(kind := asn1.oid(identifier))
        return loader(parameters, body) if loader else KeyInfo(None, problem=f"unknown key {kind}")
    except (asn1.Asn1Error, ValueError, OverflowError, UnsupportedAlgorithm) as problem:
        return KeyInfo(None, problem=f"key cannot be read: {problem}")


def _rsa(_parameters: list[asn1.Element], body: bytes) -> KeyInfo:
    """Load modulus and exponent; a modulus written as a negative number is read as meant."""
    modulus, exponent = asn1.sequence(asn1.read(body), least=2)[:2]
    number = asn1.integer(modulus)
    problem = ""
    if number < 0:
        number = int.from_bytes(modulus.content, "big")
        problem = "negative-modulus"
    bits = number.bit_length()
    try:
        key = rsa.RSAPublicNumbers(asn1.integer(exponent), number).public_key()
    except ValueError as refused:
        return KeyInfo(None, "rsa", bits, problem=f"key refused: {refused}")
    return KeyInfo(key, "rsa", bits, problem=problem)


def _rsa_pss(parameters: list[asn1.Element], body: bytes) -> KeyInfo:
    given = parameters[0].raw if parameters else None
    return _rsa([], body)._replace(pss_only=True, pss_parameters=given)


def _ed25519(_parameters: list[asn1.Element], body: bytes) -> KeyInfo:
    from cryptography.hazmat.primitives.asymmetric import ed25519

    return KeyInfo(ed25519.Ed25519PublicKey.from_public_bytes(body), "ed25519", 256)


def _ed448(_parameters: list[asn1.Element], body: bytes) -> KeyInfo:
    from cryptography.hazmat.primitives.asymmetric import ed448

    return KeyInfo(ed448.Ed448PublicKey.from_public_bytes(body), "ed448", 456)


def _ec(parameters: list[asn1.Element], body: bytes) -> KeyInfo:
    """Load a point on a named curve; explicit parameters are not supported on purpose."""
    from cryptography.hazmat.primitives.asymmetric import ec

    named = asn1.oid(parameters[0]) if parameters and parameters[0].tag == asn1.OID else ""
    if named not in algorithms.CURVES:
        return KeyInfo(None, "ec", problem=f"unknown curve {named or 'with explicit parameters'}")
    curve: ec.EllipticCurve = getattr(ec, algorithms.CURVES[named])()
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(curve, body)
    except (ValueError, UnsupportedAlgorithm) as refused:
        return KeyInfo(None, "ec", curve.key_size, problem=f"key refused: {refused}")
    return KeyInfo(key, "ec", curve.key_size)


def _dsa(parameters: list[asn1.Element], body: bytes) -> KeyInfo:
    if not parameters:
        return KeyInfo(None, "dsa", problem="parameters are inherited")
    from cryptography.hazmat.primitives.asymmetric import dsa

    p, q, g = (asn1.integer(number) for number in asn1.sequence(parameters[0], least=3)[:3])
    numbers = dsa.DSAPublicNumbers(asn1.integer(asn1.read(body)), dsa.DSAParameterNumbers(p, q, g))
    return KeyInfo(numbers.public_key(), "dsa", p.bit_length())


_LOADERS: dict[str, Callable[[list[asn1.Element], bytes], KeyInfo]] = {
    algorithms.RSA_ENCRYPTION: _rsa,
    algorithms.RSA_PSS: _rsa_pss,
    algorithms.EC_PUBLIC_KEY: _ec,
    algorithms.ED25519: _ed25519,
    algorithms.ED448: _ed448,
    algorithms.DSA_KEY: _dsa,
}


# --- X.509 certificates, read by our own reader (RFC 5280, 4.1)

_LARGEST_KEPT = 64 * 1024
"""Larger certificates are read each time, so that hostile ones cannot fill a service's memory."""
_NEVER_FROM = datetime.max.replace(tzinfo=UTC)
_NEVER_TO = datetime.min.replace(tzinfo=UTC)
_THREE = 2
"""What version 3 is written as (4.1.2.1)."""
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
        return _known_certificate(der) if len(der) <= _LARGEST_KEPT else _parse(der)

    @staticmethod
    def readable(ders: Iterable[bytes]) -> Iterator[Certificate]:
        """Yield the certificates among some DER values."""
        parsed = map(Certificate.parse, ders)
        return (certificate for certificate in parsed if certificate is not None)

    @property
    def key(self) -> KeyInfo:
        """The public key with its type, size and oddities."""
        return load(self.spki)

    def public_key(self) -> PublicKey | None:
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
        return algorithms.signature_digest(self.signature_oid, self.signature_params)

    @property
    def is_old(self) -> bool:
        """Say whether this is version 1 or 2, which has no extension to call it a CA (4.1.2.1)."""
        first = asn1.children(asn1.read(self.tbs), 12)[0]
        return first.tag != _VERSION or asn1.integer(asn1.inner(first)) < _THREE

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
    return _known_facts(der) if len(der) <= _LARGEST_KEPT else _facts(der)


@lru_cache(maxsize=1024)
def _known_facts(der: bytes) -> CertificateFacts:
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

    serial: asn1.Element
    algorithm: asn1.Element
    issuer: asn1.Element
    validity: asn1.Element
    subject: asn1.Element
    spki: asn1.Element
    extensions: asn1.Element | None


@lru_cache(maxsize=1024)
def _known_certificate(der: bytes) -> Certificate | None:
    return _parse(der)


def _parse(der: bytes) -> Certificate | None:
    try:
        element, rest = asn1.read_with_rest(der)
        tbs, algorithm, signature = asn1.sequence(element, least=3)[:3]
        parts = _parts(tbs)
        signature_oid, params = algorithm_identifier(algorithm)
        problems = ["trailing bytes"] if rest.strip(b"\0\r\n") else []
        if parts.algorithm.raw != algorithm.raw:
            problems.append("the two signature algorithms differ")
        if not asn1.is_shortest_integer(parts.serial):
            problems.append("the serial number is padded")
        not_before, not_after = _validity(parts.validity, problems)
        return Certificate(
            der=element.raw,
            sha256=hashlib.sha256(element.raw).hexdigest(),
            tbs=tbs.raw,
            signature=asn1.bits(signature),
            signature_oid=signature_oid,
            signature_params=params,
            serial=asn1.integer(asn1.expect(parts.serial, asn1.INTEGER)),
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
    except asn1.Asn1Error:
        return None


def subject_of(der: bytes) -> bytes:
    """Return the encoded subject of a certificate without reading more; empty where it is none."""
    try:
        element, _ = asn1.read_with_rest(der)
        return _parts(asn1.sequence(element, least=3)[0]).subject.raw
    except asn1.Asn1Error:
        return b""


def algorithm_identifier(element: asn1.Element) -> tuple[str, bytes]:
    """Return identifier and encoded parameters of an AlgorithmIdentifier (RFC 5280, 4.1.1.2)."""
    identifier, *parameters = asn1.sequence(element, least=1)
    return asn1.oid(identifier), parameters[0].raw if parameters else b""


def _parts(tbs: asn1.Element) -> _Parts:
    members = asn1.children(asn1.expect(tbs, asn1.SEQUENCE), 12)
    if members and members[0].tag == _VERSION:
        members = members[1:]
    if len(members) < 6:
        raise asn1.Asn1Error("certificate lacks a field")
    wrapper = next((member for member in members[6:] if member.tag == _EXTENSIONS), None)
    serial, algorithm, issuer, validity, subject, spki = members[:6]
    return _Parts(serial, algorithm, issuer, validity, subject, spki, wrapper)


def _validity(element: asn1.Element, problems: list[str]) -> tuple[datetime, datetime]:
    try:
        begin, end = asn1.sequence(element, least=2)[:2]
        return moment(begin), moment(end)
    except asn1.Asn1Error as problem:
        problems.append(f"validity: {problem}")
        return _NEVER_FROM, _NEVER_TO


def _name(element: asn1.Element, problems: list[str]) -> names.Attributes:
    try:
        return names.attributes(element.raw)
    except asn1.Asn1Error as problem:
        problems.append(f"name: {problem}")
        return ()
