"""OCSP responses, read by our own walker (RFC 6960, 4.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from sigcheck.evidence.cms import algorithms, tlv
from sigcheck.evidence.cms.algorithms import digest
from sigcheck.evidence.cms.certificates import Certificate, algorithm_identifier
from sigcheck.evidence.cms.times import moment
from sigcheck.evidence.trust.asn1 import extensions, only
from sigcheck.evidence.trust.crl_entries import HOLD, REASONS
from sigcheck.model.evidence import RevocationStatus

_CERT_ID_DIGESTS = ("sha1", "sha256", "sha384", "sha512")
_C0, _C1 = 0xA0, 0xA1
BASIC = "1.3.6.1.5.5.7.48.1.1"
NONCE = "1.3.6.1.5.5.7.48.1.2"
_ARCHIVE_CUTOFF = "1.3.6.1.5.5.7.48.1.6"
MAX_CERTIFICATES = 20
MAX_RESPONSES = 1_000


class CertId(Struct, frozen=True):
    """Which certificate a response is about (RFC 6960, 4.1.1)."""

    digest: str
    """hashlib's name; the dotted identifier when unknown."""
    name_hash: bytes
    key_hash: bytes
    serial: int

    def fits(self, certificate: Certificate, issuer: Certificate) -> bool:
        """Say whether this is the certificate, by serial number and both hashes."""
        if self.serial != certificate.serial or self.digest not in _CERT_ID_DIGESTS:
            return False
        names = (certificate.issuer_der, issuer.subject_der)
        if self.name_hash not in [digest(self.digest, name) for name in names]:
            return False
        return self.key_hash == digest(self.digest, key_bits(issuer.spki))


class Single(Struct, frozen=True):
    """The status of one certificate."""

    cert_id: CertId
    status: RevocationStatus
    this_update: datetime
    next_update: datetime | None
    revoked_at: datetime | None = None
    reason: str | None = None
    covers_expired_since: datetime | None = None
    """archiveCutoff (RFC 6960, 4.4.4)."""
    unknown_critical: tuple[str, ...] = ()


class Ocsp(Struct, frozen=True):
    """One successful response; `responses` may be about many certificates."""

    data: bytes
    origin: str
    sha256: str
    responder_name: bytes
    """Encoded Name; empty where the responder is named by key."""
    responder_key: bytes
    """SHA-1 of the responder's key; empty where it is named by name."""
    produced_at: datetime
    responses: tuple[Single, ...]
    tbs: bytes
    signature: bytes
    signature_oid: str
    signature_params: bytes
    certificates: tuple[Certificate, ...] = ()
    nonce: bytes = b""
    """What ties the response to one request (RFC 8954); empty where there is none."""

    def by(self, responder: Certificate) -> bool:
        """Say whether the response names this certificate as its responder."""
        if self.responder_name:
            return self.responder_name == responder.subject_der
        # SHA-1 is the name of a key here (RFC 6960, 4.2.1).
        return self.responder_key == digest("sha1", key_bits(responder.spki))


def key_bits(spki: bytes) -> bytes:
    """Return the public key without its algorithm, which is what OCSP hashes."""
    try:
        return tlv.bits(tlv.sequence(tlv.read(spki), least=2)[1])
    except tlv.Asn1Error:
        return b""


def parse_ocsp(data: bytes, origin: str) -> Ocsp | None:
    """Read an OCSPResponse or a bare BasicOCSPResponse; None when it is neither, or no success."""
    try:
        return _basic(_inner(data), data, origin)
    except tlv.Asn1Error:
        return None


def _inner(data: bytes) -> tlv.Element:
    whole = tlv.read(data)
    members = tlv.sequence(whole, least=1)
    if members[0].tag != tlv.ENUMERATED:
        return whole
    if any(members[0].content) or len(members) < 2:
        raise tlv.Asn1Error("the responder gave no answer")
    kind, body = tlv.sequence(only(members[1]), least=2)[:2]
    if tlv.oid(kind) != BASIC:
        raise tlv.Asn1Error("not a basic response")
    return tlv.read(tlv.octets(body))


def _basic(basic: tlv.Element, data: bytes, origin: str) -> Ocsp:
    tbs, algorithm, signature, *carried = tlv.sequence(basic, least=3)
    members = [m for m in tlv.sequence(tbs, least=3) if m.tag != _C0]  # without the version
    if len(members) < 3:
        raise tlv.Asn1Error("the response lacks a field")
    responder, produced, responses = members[:3]
    by_name = responder.tag == _C1
    inner = only(responder)
    identifier, params = algorithm_identifier(algorithm)
    return Ocsp(
        data=data,
        origin=origin,
        sha256=hashlib.sha256(data).hexdigest(),
        responder_name=inner.raw if by_name else b"",
        responder_key=b"" if by_name else tlv.octets(inner),
        produced_at=moment(produced),
        responses=tuple(_single(r) for r in tlv.children(responses, MAX_RESPONSES)),
        tbs=tbs.raw,
        signature=tlv.bits(signature),
        signature_oid=identifier,
        signature_params=params,
        certificates=_carried(carried),
        nonce=_nonce(next((m for m in members[3:] if m.tag == _C1), None)),
    )


def _nonce(wrapper: tlv.Element | None) -> bytes:
    listed = extensions(only(wrapper)) if wrapper else ()
    return next((value.content for identifier, _, value in listed if identifier == NONCE), b"")


def _carried(wrappers: Iterable[tlv.Element]) -> tuple[Certificate, ...]:
    listed = [m for w in wrappers for m in tlv.sequence(only(w))[:MAX_CERTIFICATES]]
    parsed = (Certificate.parse(m.raw) for m in listed)
    return tuple(c for c in parsed if c is not None)


def _single(element: tlv.Element) -> Single:
    identifier, status, this_update, *rest = tlv.sequence(element, least=3)
    following = next((r for r in rest if r.tag == _C0), None)
    revoked_at, reason = _revoked(status)
    found = {0x80: RevocationStatus.GOOD, _C1: RevocationStatus.REVOKED}.get(status.tag)
    if reason == HOLD:
        found = RevocationStatus.ON_HOLD
    extra = next((r for r in rest if r.tag == _C1), None)
    return Single(
        cert_id=_cert_id(identifier),
        status=found or RevocationStatus.UNKNOWN,
        this_update=moment(this_update),
        next_update=moment(only(following)) if following else None,
        revoked_at=revoked_at,
        reason=reason,
        covers_expired_since=_archive_cutoff(extra),
        unknown_critical=_critical(extra),
    )


def _cert_id(element: tlv.Element) -> CertId:
    algorithm, name, key, serial = tlv.sequence(element, least=4)[:4]
    identifier = algorithm_identifier(algorithm)[0]
    return CertId(
        algorithms.DIGESTS.get(identifier, identifier),
        tlv.octets(name),
        tlv.octets(key),
        tlv.integer(serial),
    )


def _revoked(status: tlv.Element) -> tuple[datetime | None, str | None]:
    if status.tag != _C1:  # RevokedInfo
        return None, None
    members = tlv.children(status)
    if not members:
        raise tlv.Asn1Error("a revocation without its time")
    reason = None
    if len(members) > 1:
        number = int.from_bytes(only(members[1]).content[:2], "big")
        reason = REASONS.get(number, str(number))
    return moment(members[0]), reason


def _critical(wrapper: tlv.Element | None) -> tuple[str, ...]:
    if wrapper is None:
        return ()
    listed = extensions(only(wrapper))
    return tuple(i for i, critical, _ in listed if critical and i != _ARCHIVE_CUTOFF)


def _archive_cutoff(wrapper: tlv.Element | None) -> datetime | None:
    listed = extensions(only(wrapper)) if wrapper else ()
    return next((moment(value) for i, _, value in listed if i == _ARCHIVE_CUTOFF), None)
