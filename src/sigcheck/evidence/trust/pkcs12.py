"""Certificates out of a PKCS #12 file (RFC 7292); the private key in it is never looked at."""

from __future__ import annotations

from sigcheck.config import der
from sigcheck.errors import TrustError

_VERSION_3 = b"\x02\x01\x03"


def is_pkcs12(data: bytes) -> bool:
    """Say whether bytes are shaped like a PFX: a sequence that begins with version 3."""
    try:
        top = der.element(data, 0, len(data))
        return top.tag == der.SEQUENCE and data[top.body : top.body + 3] == _VERSION_3
    except der.DerError:
        return False


def pkcs12_certificates(data: bytes, password: str | None) -> list[bytes]:
    """Return every certificate of a file, DER.

    Raises TrustError when the password is wrong or the file is broken.
    """
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

    try:
        held = load_pkcs12(data, password.encode("utf-8") if password is not None else None)
    except (ValueError, TypeError) as problem:
        raise TrustError(str(problem)[:200], code="STORE-P12") from problem
    listed = [held.cert, *held.additional_certs]
    return [one.certificate.public_bytes(Encoding.DER) for one in listed if one is not None]
