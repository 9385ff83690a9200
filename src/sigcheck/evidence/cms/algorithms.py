"""Object identifiers and parameters of digests, signature schemes and curves.

See RFC 4055, 5754, 5758, 8419.
"""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

from sigcheck import asn1
from sigcheck.model.evidence.cms import Scheme

RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
RSA_PSS = "1.2.840.113549.1.1.10"
MGF1 = "1.2.840.113549.1.1.8"
EC_PUBLIC_KEY = "1.2.840.10045.2.1"
DSA_KEY = "1.2.840.10040.4.1"
ED25519 = "1.3.101.112"
ED448 = "1.3.101.113"

DIGESTS = {
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha1",
    "1.3.36.3.2.1": "ripemd160",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.5": "sha512_224",
    "2.16.840.1.101.3.4.2.6": "sha512_256",
    "2.16.840.1.101.3.4.2.7": "sha3_224",
    "2.16.840.1.101.3.4.2.8": "sha3_256",
    "2.16.840.1.101.3.4.2.9": "sha3_384",
    "2.16.840.1.101.3.4.2.10": "sha3_512",
    "2.16.840.1.101.3.4.2.12": "shake_256",
    "2.16.840.1.101.3.4.2.18": "shake_256",
}
"""hashlib's names; shake_256 always gives the 64 bytes of RFC 8419."""

WEAK_DIGESTS = frozenset({"md5", "sha1", "ripemd160"})


class SignatureAlgorithm(NamedTuple):
    """What a signature algorithm identifier says: scheme and, where it names one, digest."""

    scheme: Scheme
    digest: str = ""
    plain: bool = False
    """r and s are concatenated instead of encoded (BSI TR-03111)."""


def _pkcs1(digest: str) -> SignatureAlgorithm:
    return SignatureAlgorithm(Scheme.RSA_PKCS1, digest)


def _ecdsa(digest: str, *, plain: bool = False) -> SignatureAlgorithm:
    return SignatureAlgorithm(Scheme.ECDSA, digest, plain)


def _dsa(digest: str) -> SignatureAlgorithm:
    return SignatureAlgorithm(Scheme.DSA, digest)


SIGNATURES = {
    RSA_ENCRYPTION: _pkcs1(""),
    "1.2.840.113549.1.1.4": _pkcs1("md5"),
    "1.2.840.113549.1.1.5": _pkcs1("sha1"),
    "1.3.14.3.2.29": _pkcs1("sha1"),
    "1.3.36.3.3.1.2": _pkcs1("ripemd160"),
    "1.2.840.113549.1.1.14": _pkcs1("sha224"),
    "1.2.840.113549.1.1.11": _pkcs1("sha256"),
    "1.2.840.113549.1.1.12": _pkcs1("sha384"),
    "1.2.840.113549.1.1.13": _pkcs1("sha512"),
    "1.2.840.113549.1.1.15": _pkcs1("sha512_224"),
    "1.2.840.113549.1.1.16": _pkcs1("sha512_256"),
    "2.16.840.1.101.3.4.3.13": _pkcs1("sha3_224"),
    "2.16.840.1.101.3.4.3.14": _pkcs1("sha3_256"),
    "2.16.840.1.101.3.4.3.15": _pkcs1("sha3_384"),
    "2.16.840.1.101.3.4.3.16": _pkcs1("sha3_512"),
    RSA_PSS: SignatureAlgorithm(Scheme.RSA_PSS),
    EC_PUBLIC_KEY: _ecdsa(""),
    "1.2.840.10045.4": _ecdsa(""),
    "1.2.840.10045.4.3": _ecdsa(""),
    "1.2.840.10045.4.1": _ecdsa("sha1"),
    "1.2.840.10045.4.3.1": _ecdsa("sha224"),
    "1.2.840.10045.4.3.2": _ecdsa("sha256"),
    "1.2.840.10045.4.3.3": _ecdsa("sha384"),
    "1.2.840.10045.4.3.4": _ecdsa("sha512"),
    "2.16.840.1.101.3.4.3.9": _ecdsa("sha3_224"),
    "2.16.840.1.101.3.4.3.10": _ecdsa("sha3_256"),
    "2.16.840.1.101.3.4.3.11": _ecdsa("sha3_384"),
    "2.16.840.1.101.3.4.3.12": _ecdsa("sha3_512"),
    "0.4.0.127.0.7.1.1.4.1.1": _ecdsa("sha1", plain=True),
    "0.4.0.127.0.7.1.1.4.1.2": _ecdsa("sha224", plain=True),
    "0.4.0.127.0.7.1.1.4.1.3": _ecdsa("sha256", plain=True),
    "0.4.0.127.0.7.1.1.4.1.4": _ecdsa("sha384", plain=True),
    "0.4.0.127.0.7.1.1.4.1.5": _ecdsa("sha512", plain=True),
    "0.4.0.127.0.7.1.1.4.1.8": _ecdsa("sha3_224", plain=True),
    "0.4.0.127.0.7.1.1.4.1.9": _ecdsa("sha3_256", plain=True),
    "0.4.0.127.0.7.1.1.4.1.10": _ecdsa("sha3_384", plain=True),
    "0.4.0.127.0.7.1.1.4.1.11": _ecdsa("sha3_512", plain=True),
    DSA_KEY: _dsa(""),
    "1.2.840.10040.4.3": _dsa("sha1"),
    "2.16.840.1.101.3.4.3.1": _dsa("sha224"),
    "2.16.840.1.101.3.4.3.2": _dsa("sha256"),
    "2.16.840.1.101.3.4.3.3": _dsa("sha384"),
    "2.16.840.1.101.3.4.3.4": _dsa("sha512"),
    ED25519: SignatureAlgorithm(Scheme.EDDSA),
    ED448: SignatureAlgorithm(Scheme.EDDSA),
}

UNKNOWN = SignatureAlgorithm(Scheme.UNKNOWN)

CURVES = {
    "1.2.840.10045.3.1.1": "SECP192R1",
    "1.3.132.0.33": "SECP224R1",
    "1.2.840.10045.3.1.7": "SECP256R1",
    "1.3.132.0.10": "SECP256K1",
    "1.3.132.0.34": "SECP384R1",
    "1.3.132.0.35": "SECP521R1",
    "1.3.36.3.3.2.8.1.1.7": "BrainpoolP256R1",
    "1.3.36.3.3.2.8.1.1.11": "BrainpoolP384R1",
    "1.3.36.3.3.2.8.1.1.13": "BrainpoolP512R1",
}
"""Class names in `cryptography.hazmat.primitives.asymmetric.ec`."""


def signature_algorithm(identifier: str) -> SignatureAlgorithm:
    """Look a signature algorithm up; an unknown one has the scheme UNKNOWN."""
    return SIGNATURES.get(identifier, UNKNOWN)


def digest_name(identifier: str) -> str:
    """Return hashlib's name, or the dotted identifier when the digest is unknown."""
    return DIGESTS.get(identifier, identifier)


def named_digest(identifier: asn1.Element) -> str:
    """Return the digest an AlgorithmIdentifier names; raises Asn1Error."""
    return digest_name(asn1.oid(asn1.sequence(identifier, least=1)[0]))


SHAKE_LENGTHS = {"shake_128": (32,), "shake_256": (64,)}
"""Bytes of output where a SHAKE function is a message digest (RFC 8702, 3.1)."""


def digest(algorithm: str, data: bytes) -> bytes | None:
    """Digest some bytes by hashlib's name; None when hashlib doesn't know the name."""
    try:
        computing: Any = hashlib.new(algorithm, data, usedforsecurity=False)
    except (ValueError, TypeError):
        return None
    found: bytes = computing.digest(*SHAKE_LENGTHS.get(algorithm, ()))
    return found


# --- Parameters of RSASSA-PSS

_SHA1_SALT = 20
_MAX_SALT = 4096


class PssParameters(NamedTuple):
    """Digest, mask generation digest and salt length; the defaults are those of RFC 4055."""

    digest: str = "sha1"
    mgf_digest: str = "sha1"
    salt_length: int = _SHA1_SALT
    trailer: int = 1


def pss_parameters(encoded: bytes) -> PssParameters:
    """Read RSASSA-PSS-params; raise Asn1Error when they are damaged or unknown."""
    if not encoded or encoded[0] == asn1.NULL:
        raise asn1.Asn1Error("RSASSA-PSS without parameters")
    given = {member.tag: asn1.children(member, 1) for member in asn1.sequence(asn1.read(encoded))}
    read = PssParameters(
        digest=_digest(given[0xA0]) if 0xA0 in given else "sha1",
        mgf_digest=_mask_digest(given[0xA1]) if 0xA1 in given else "sha1",
        salt_length=asn1.integer(_only(given[0xA2])) if 0xA2 in given else _SHA1_SALT,
        trailer=asn1.integer(_only(given[0xA3])) if 0xA3 in given else 1,
    )
    if not 0 <= read.salt_length <= _MAX_SALT:
        raise asn1.Asn1Error(f"salt of {read.salt_length} bytes")
    return read


def pss_digest(encoded: bytes) -> str:
    """Return the digest the parameters name, empty when they cannot be read."""
    try:
        return pss_parameters(encoded).digest
    except asn1.Asn1Error:
        return ""


def _only(members: list[asn1.Element]) -> asn1.Element:
    if not members:
        raise asn1.Asn1Error("empty parameter")
    return members[0]


def _digest(members: list[asn1.Element]) -> str:
    return named_digest(_only(members))


def _mask_digest(members: list[asn1.Element]) -> str:
    generator, digest = asn1.sequence(_only(members), least=2)[:2]
    if asn1.oid(generator) != MGF1:
        raise asn1.Asn1Error("unknown mask generation")
    return named_digest(digest)


def signature_digest(identifier: str, parameters: bytes) -> str:
    """Return the digest a signature algorithm uses; empty when the scheme has none of its own."""
    if identifier == RSA_PSS:
        return pss_digest(parameters)
    return signature_algorithm(identifier).digest or ""
