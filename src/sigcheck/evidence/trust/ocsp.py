"""OCSP requests and responses (RFC 6960), and what a response says of one certificate."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice

from msgspec import Struct

from sigcheck import asn1
from sigcheck.asn1 import moment
from sigcheck.evidence.cms import algorithms
from sigcheck.evidence.cms.algorithms import digest
from sigcheck.evidence.cms.certificates import Certificate, algorithm_identifier, key_octets
from sigcheck.evidence.cms.signature_check import verify_signature
from sigcheck.evidence.trust import paths
from sigcheck.evidence.trust.crl import HOLD, MAX_DELEGATES, Asked, extensions, reason_name
from sigcheck.model.evidence import RevocationAnswer, RevocationStatus

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
        return self.key_hash == digest(self.digest, key_octets(issuer.spki))


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
    unknown_critical: tuple[str, ...] = ()
    """Critical extensions of the whole response that nobody here understands."""
    nonce: bytes = b""
    """What ties the response to one request (RFC 8954); empty where there is none."""

    def by(self, responder: Certificate) -> bool:
        """Say whether the response names this certificate as its responder."""
        if self.responder_name:
            return self.responder_name == responder.subject_der
        # SHA-1 is the name of a key here (RFC 6960, 4.2.1).
        return self.responder_key == digest("sha1", key_octets(responder.spki))


def parse_ocsp(data: bytes, origin: str) -> Ocsp | None:
    """Read an OCSPResponse or a bare BasicOCSPResponse; None when it is neither, or no success."""
    try:
        return _basic(_inner(data), data, origin)
    except asn1.Asn1Error:
        return None


def _inner(data: bytes) -> asn1.Element:
    whole = asn1.read(data)
    members = asn1.sequence(whole, least=1)
    if members[0].tag != asn1.ENUMERATED:
        return whole
    if any(members[0].content) or len(members) < 2:
        raise asn1.Asn1Error("the responder gave no answer")
    kind, body = asn1.sequence(asn1.inner(members[1]), least=2)[:2]
    if asn1.oid(kind) != BASIC:
        raise asn1.Asn1Error("not a basic response")
    return asn1.read(asn1.octets(body))


def _basic(basic: asn1.Element, data: bytes, origin: str) -> Ocsp:
    tbs, algorithm, signature, *carried = asn1.sequence(basic, least=3)
    members = [m for m in asn1.sequence(tbs, least=3) if m.tag != _C0]  # without the version
    if len(members) < 3:
        raise asn1.Asn1Error("the response lacks a field")
    responder, produced, responses = members[:3]
    by_name = responder.tag == _C1
    inner = asn1.inner(responder)
    extra = next((m for m in members[3:] if m.tag == _C1), None)
    identifier, params = algorithm_identifier(algorithm)
    return Ocsp(
        data=data,
        origin=origin,
        sha256=hashlib.sha256(data).hexdigest(),
        responder_name=inner.raw if by_name else b"",
        responder_key=b"" if by_name else asn1.octets(inner),
        produced_at=moment(produced),
        responses=tuple(_single(r) for r in asn1.children(responses, MAX_RESPONSES)),
        tbs=tbs.raw,
        signature=asn1.bits(signature),
        signature_oid=identifier,
        signature_params=params,
        certificates=_carried(carried),
        unknown_critical=_critical(extra, NONCE),
        nonce=_nonce(extra),
    )


def _critical(wrapper: asn1.Element | None, understood: str) -> tuple[str, ...]:
    """Return the critical extensions but for the one that is understood here."""
    return tuple(i for i, critical, _ in extensions(wrapper) if critical and i != understood)


def _nonce(wrapper: asn1.Element | None) -> bytes:
    return next((value.content for i, _, value in extensions(wrapper) if i == NONCE), b"")


def _carried(wrappers: Iterable[asn1.Element]) -> tuple[Certificate, ...]:
    listed = [m for w in wrappers for m in asn1.sequence(asn1.inner(w))[:MAX_CERTIFICATES]]
    parsed = (Certificate.parse(m.raw) for m in listed)
    return tuple(c for c in parsed if c is not None)


def _single(element: asn1.Element) -> Single:
    identifier, status, this_update, *rest = asn1.sequence(element, least=3)
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
        next_update=moment(asn1.inner(following)) if following else None,
        revoked_at=revoked_at,
        reason=reason,
        covers_expired_since=_archive_cutoff(extra),
        unknown_critical=_critical(extra, _ARCHIVE_CUTOFF),
    )


def _cert_id(element: asn1.Element) -> CertId:
    algorithm, name, key, serial = asn1.sequence(element, least=4)[:4]
    identifier = algorithm_identifier(algorithm)[0]
    return CertId(
        algorithms.DIGESTS.get(identifier, identifier),
        asn1.octets(name),
        asn1.octets(key),
        asn1.integer(serial),
    )


def _revoked(status: asn1.Element) -> tuple[datetime | None, str | None]:
    if status.tag != _C1:  # RevokedInfo
        return None, None
    members = asn1.children(status)
    if not members:
        raise asn1.Asn1Error("a revocation without its time")
    reason = reason_name(asn1.inner(members[1])) if len(members) > 1 else None
    return moment(members[0]), reason


def _archive_cutoff(wrapper: asn1.Element | None) -> datetime | None:
    listed = extensions(wrapper)
    return next((moment(value) for i, _, value in listed if i == _ARCHIVE_CUTOFF), None)


# --- A question to an OCSP responder

CONTENT_TYPE = "application/ocsp-request"

_SEQUENCE, _INTEGER, _OCTETS, _EXTENSIONS = b"\x30", b"\x02", b"\x04", b"\xa2"
_SHA1 = bytes.fromhex("300906052b0e03021a0500")
_NONCE = bytes.fromhex("06092b0601050507300102")


def ocsp_request(certificate: Certificate, issuer: Certificate, nonce: bytes) -> bytes:
    """Return a request about one certificate, DER.

    NOTE: The identifier is hashed with SHA-1, the one digest every responder knows; it names the
    certificate and protects nothing.
    """
    number = certificate.serial
    identifier = _sequence(
        _SHA1,
        _octets(hashlib.sha1(certificate.issuer_der).digest()),  # noqa: S324 - a name, see above
        _octets(hashlib.sha1(key_octets(issuer.spki)).digest()),  # noqa: S324
        asn1.encode(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True)),
    )
    extension = _sequence(_NONCE, _octets(_octets(nonce)))
    listed = _sequence(_sequence(identifier))
    return _sequence(_sequence(listed, asn1.encode(_EXTENSIONS, _sequence(extension))))


def _sequence(*parts: bytes) -> bytes:
    return asn1.encode(_SEQUENCE, b"".join(parts))


def _octets(value: bytes) -> bytes:
    return asn1.encode(_OCTETS, value)


# --- What an OCSP response says of one certificate, and whether it may

MAX_REPEATED = 10
"""Statements about one certificate in one response."""

OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"

StatusOf = Callable[[Asked], list[RevocationAnswer]]
"""What the CRLs at hand say of a certificate."""


def ocsp_answers(
    asked: Asked, responses: Iterable[Ocsp], status_of: StatusOf
) -> list[RevocationAnswer]:
    """Return one answer for each response about the certificate, authentic or not."""
    return [answer for r in responses for answer in _answers(asked, r, status_of)]


def _answers(asked: Asked, response: Ocsp, status_of: StatusOf) -> Iterator[RevocationAnswer]:
    fitting = (s for s in response.responses if s.cert_id.fits(asked.certificate, asked.issuer))
    found = [*islice(fitting, MAX_REPEATED)]
    if not found:
        return
    responder, problem = _responder(asked, response, status_of)
    is_delegate = responder is not None and responder.spki != asked.issuer.spki
    for single in found:
        yield RevocationAnswer(
            status=single.status,
            source=f"ocsp:{response.origin}",
            this_update=single.this_update,
            next_update=single.next_update,
            revoked_at=single.revoked_at,
            reason=single.reason,
            sha256=response.sha256,
            problem=problem or _statement_problem(response, single),
            responder_not_after=responder.not_after if responder and is_delegate else None,
            covers_expired_since=single.covers_expired_since,
            produced_at=response.produced_at,
            signature_hash=algorithms.signature_digest(
                response.signature_oid, response.signature_params
            ),
            key_type=responder.key_type if responder else "",
            key_bits=responder.key_bits if responder else 0,
        )


def _statement_problem(response: Ocsp, single: Single) -> str:
    """Return why a statement doesn't count, whoever signed it (RFC 6960, 3.2 and 4.2.2.1)."""
    if response.unknown_critical or single.unknown_critical:
        return "critical-extension"
    return "produced-before-update" if single.this_update > response.produced_at else ""


def _responder(asked: Asked, response: Ocsp, status_of: StatusOf) -> tuple[Certificate | None, str]:
    """Return who signed the response, and why that one may not have."""
    if response.by(asked.issuer) and _signed(response, asked.issuer):
        begun, ended = asked.issuer.not_before, asked.issuer.not_after
        in_force = begun <= response.produced_at <= ended
        return asked.issuer, "" if in_force else "responder-validity"
    at_hand = (*response.certificates, *asked.others)
    named = [*islice((c for c in at_hand if response.by(c)), MAX_DELEGATES)]
    signer = next((c for c in named if _signed(response, c)), None)
    if signer is None:
        is_known = bool(named) or response.by(asked.issuer)
        return None, "signature" if is_known else "responder-missing"
    return signer, _delegation_problem(asked, response, signer, status_of)


def _delegation_problem(
    asked: Asked, response: Ocsp, signer: Certificate, status_of: StatusOf
) -> str:
    """Return why a delegated responder doesn't count (RFC 6960, 4.2.2.2)."""
    if not paths.issued_by(signer, asked.issuer):
        return "responder-issuer"
    if OCSP_SIGNING not in (signer.eku or ()):
        return "responder-usage"
    if not signer.not_before <= response.produced_at <= signer.not_after:
        return "responder-validity"
    if not signer.has_ocsp_nocheck and signer.sha256 != asked.certificate.sha256:
        return _revoked_responder(Asked(signer, asked.above, asked.others), status_of)
    return ""


def _revoked_responder(asked: Asked, status_of: StatusOf) -> str:
    """Ask the CRLs at hand about a responder that isn't exempt.

    NOTE: 4.2.2.2.1 leaves a responder without nocheck and without a CRL to the policy: it counts.
    """
    bad = (RevocationStatus.REVOKED, RevocationStatus.ON_HOLD)
    found = (a for a in status_of(asked) if a.status in bad and not a.problem)
    # What a revoked key signed has no date of its own: producedAt is the key's word as well.
    return "responder-revoked" if any(found) else ""


def _signed(response: Ocsp, responder: Certificate) -> bool:
    return verify_signature(
        responder.public_key(),
        response.signature_oid,
        response.signature_params,
        response.signature,
        response.tbs,
    )
