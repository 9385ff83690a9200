"""Public keys from SubjectPublicKeyInfo, through the narrow key modules of `cryptography`.

`cryptography.x509` costs 35 ms to import and `serialization` 22 ms; a key module costs one or two,
and accepts numbers that the strict loaders refuse (negative moduli). All keys but RSA's are rare,
and their modules are imported when one turns up.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa

from sigcheck.evidence.cms import algorithms, tlv

_CACHED_BYTES = 16 * 1024

PublicKey: TypeAlias = object
"""A key object of `cryptography`; `signature_check` asks of which kind before it uses one."""


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
    return _cached(spki) if len(spki) <= _CACHED_BYTES else _load(spki)


@lru_cache(maxsize=1024)
def _cached(spki: bytes) -> KeyInfo:
    return _load(spki)


def _load(spki: bytes) -> KeyInfo:
    try:
        algorithm, bits = tlv.sequence(tlv.read(spki), least=2)[:2]
        identifier, *parameters = tlv.sequence(algorithm, least=1)
        body = tlv.bits(tlv.expect(bits, tlv.BIT_STRING, tlv.BIT_STRING | tlv.CONSTRUCTED))
        loader = _LOADERS.get(kind := tlv.oid(identifier))
        return loader(parameters, body) if loader else KeyInfo(None, problem=f"unknown key {kind}")
    except (tlv.Asn1Error, ValueError, OverflowError, UnsupportedAlgorithm) as problem:
        return KeyInfo(None, problem=f"key cannot be read: {problem}")


def _rsa(_parameters: list[tlv.Element], body: bytes) -> KeyInfo:
    """Load modulus and exponent; a modulus written as a negative number is read as meant."""
    modulus, exponent = tlv.sequence(tlv.read(body), least=2)[:2]
    number = tlv.integer(modulus)
    problem = ""
    if number < 0:
        number = int.from_bytes(modulus.content, "big")
        problem = "negative-modulus"
    bits = number.bit_length()
    try:
        key = rsa.RSAPublicNumbers(tlv.integer(exponent), number).public_key()
    except ValueError as refused:
        return KeyInfo(None, "rsa", bits, problem=f"key refused: {refused}")
    return KeyInfo(key, "rsa", bits, problem=problem)


def _rsa_pss(parameters: list[tlv.Element], body: bytes) -> KeyInfo:
    given = parameters[0].raw if parameters else None
    return _rsa([], body)._replace(pss_only=True, pss_parameters=given)


def _ed25519(_parameters: list[tlv.Element], body: bytes) -> KeyInfo:
    from cryptography.hazmat.primitives.asymmetric import ed25519

    return KeyInfo(ed25519.Ed25519PublicKey.from_public_bytes(body), "ed25519", 256)


def _ed448(_parameters: list[tlv.Element], body: bytes) -> KeyInfo:
    from cryptography.hazmat.primitives.asymmetric import ed448

    return KeyInfo(ed448.Ed448PublicKey.from_public_bytes(body), "ed448", 456)


def _ec(parameters: list[tlv.Element], body: bytes) -> KeyInfo:
    """Load a point on a named curve; explicit parameters are not supported on purpose."""
    from cryptography.hazmat.primitives.asymmetric import ec

    named = tlv.oid(parameters[0]) if parameters and parameters[0].tag == tlv.OID else ""
    if named not in algorithms.CURVES:
        return KeyInfo(None, "ec", problem=f"unknown curve {named or 'with explicit parameters'}")
    curve: ec.EllipticCurve = getattr(ec, algorithms.CURVES[named])()
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(curve, body)
    except (ValueError, UnsupportedAlgorithm) as refused:
        return KeyInfo(None, "ec", curve.key_size, problem=f"key refused: {refused}")
    return KeyInfo(key, "ec", curve.key_size)


def _dsa(parameters: list[tlv.Element], body: bytes) -> KeyInfo:
    if not parameters:
        return KeyInfo(None, "dsa", problem="parameters are inherited")
    from cryptography.hazmat.primitives.asymmetric import dsa

    p, q, g = (tlv.integer(number) for number in tlv.sequence(parameters[0], least=3)[:3])
    numbers = dsa.DSAPublicNumbers(tlv.integer(tlv.read(body)), dsa.DSAParameterNumbers(p, q, g))
    return KeyInfo(numbers.public_key(), "dsa", p.bit_length())


_LOADERS: dict[str, Callable[[list[tlv.Element], bytes], KeyInfo]] = {
    algorithms.RSA_ENCRYPTION: _rsa,
    algorithms.RSA_PSS: _rsa_pss,
    algorithms.EC_PUBLIC_KEY: _ec,
    algorithms.ED25519: _ed25519,
    algorithms.ED448: _ed448,
    algorithms.DSA_KEY: _dsa,
}
