"""A question to an OCSP responder (RFC 6960, 4.1.1; nonce: RFC 8954)."""

from __future__ import annotations

import hashlib

from sigcheck.evidence.cms import tlv
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.trust.ocsp import key_bits

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
        _octets(hashlib.sha1(key_bits(issuer.spki)).digest()),  # noqa: S324
        tlv.encode(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True)),
    )
    extension = _sequence(_NONCE, _octets(_octets(nonce)))
    listed = _sequence(_sequence(identifier))
    return _sequence(_sequence(listed, tlv.encode(_EXTENSIONS, _sequence(extension))))


def _sequence(*parts: bytes) -> bytes:
    return tlv.encode(_SEQUENCE, b"".join(parts))


def _octets(value: bytes) -> bytes:
    return tlv.encode(_OCTETS, value)
