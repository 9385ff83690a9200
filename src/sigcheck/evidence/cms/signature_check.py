"""One place where signature values are verified: for CMS, certificates, CRLs, OCSP and tokens."""

from __future__ import annotations

from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from sigcheck import asn1
from sigcheck.evidence.cms import algorithms
from sigcheck.evidence.cms.algorithms import PssParameters, pss_parameters
from sigcheck.evidence.cms.certificates import PublicKey
from sigcheck.model.evidence.cms import Scheme


class Ecdsa(ec.ECDSA):
    """Names the digest, and nothing else.

    Its parent's constructor imports ciphers and bindings to learn whether it could sign with a
    nonce made from the message: 4 ms, and nothing is signed here.
    """

    def __init__(self, algorithm: utils.Prehashed | hashes.HashAlgorithm) -> None:
        """Take the digest."""
        self._digest = algorithm

    @property
    def algorithm(self) -> utils.Prehashed | hashes.HashAlgorithm:
        """The digest, or that one was made already."""
        return self._digest

    @property
    def deterministic_signing(self) -> bool:
        """Whether a nonce would be made from the message."""
        return False


# --- One place where signature values are verified

_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
    "sha512_224": hashes.SHA512_224,
    "sha512_256": hashes.SHA512_256,
    "sha3_224": hashes.SHA3_224,
    "sha3_256": hashes.SHA3_256,
    "sha3_384": hashes.SHA3_384,
    "sha3_512": hashes.SHA3_512,
}
_OTHER_KEY = "unknown scheme, or a key of another type"
_WITHOUT_NULL = {
    "sha1": "301f300706052b0e03021a0414",
    "sha256": "302f300b06096086480165030402010420",
    "sha384": "303f300b06096086480165030402020430",
    "sha512": "304f300b06096086480165030402030440",
}
"""What stands before the digest in a DigestInfo without the NULL (RFC 8017, A.2.4)."""


class CannotVerify(Exception):  # noqa: N818 - an answer of its own, not an error of the caller
    """The value could not be checked at all: unknown scheme or digest, unusable parameters."""


class Signed(NamedTuple):
    """What was signed: the bytes themselves, or only their digest."""

    data: bytes
    is_digest: bool = False


def verify_signature(
    public_key: PublicKey | None,
    signature_oid: str,
    params: bytes,
    signature: bytes,
    tbs: bytes,
    *,
    digest: str = "",
) -> bool:
    """Verify a value over some bytes; False also when it could not be checked.

    `params` are the encoded parameters of the algorithm. `digest` (hashlib's name) serves the
    identifiers that name none, such as rsaEncryption. Whether the digest is weak is told by
    `Certificate.signature_hash` or `algorithms.WEAK_DIGESTS`, not here.
    """
    algorithm = algorithms.signature_algorithm(signature_oid)
    try:
        pss = pss_parameters(params) if algorithm.scheme is Scheme.RSA_PSS else None
        used = pss.digest if pss else algorithm.digest or digest
        return verify(public_key, algorithm, used, signature, Signed(tbs), pss)
    except (CannotVerify, asn1.Asn1Error):
        return False


def verify(
    key: PublicKey | None,
    algorithm: algorithms.SignatureAlgorithm,
    digest: str,
    signature: bytes,
    signed: Signed,
    pss: PssParameters | None = None,
) -> bool:
    """Verify a signature value; raise CannotVerify when the question cannot be put."""
    try:
        _verify(key, algorithm, digest, signature, signed, pss)
    except InvalidSignature:
        return False
    except (UnsupportedAlgorithm, ValueError, TypeError) as problem:
        raise CannotVerify(str(problem)) from None
    return True


class Recovered(NamedTuple):
    """The digest inside a PKCS#1 v1.5 signature."""

    digest: bytes
    lacks_null: bool = False
    """The DigestInfo has not the NULL that RFC 8017, 9.2 wants: a fault of the signing tool."""


def recovered_digest(key: PublicKey | None, digest: str, signature: bytes) -> Recovered | None:
    """Open a PKCS#1 v1.5 signature and return the digest inside, None when it does not open.

    Two encodings count, each compared byte for byte: nothing inside the value is parsed.
    TT 15/2025/TT-BKHCN, Điều 6 k1.d [S]: recover the digest, recompute it, compare the two.
    """
    if not isinstance(key, rsa.RSAPublicKey) or digest not in _HASHES:
        return None
    kind = _HASHES[digest]()
    try:
        return Recovered(key.recover_data_from_signature(signature, padding.PKCS1v15(), kind))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        pass
    if (start := bytes.fromhex(_WITHOUT_NULL.get(digest, ""))) == b"":
        return None
    try:
        block = key.recover_data_from_signature(signature, padding.PKCS1v15(), None)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return None
    found = block.removeprefix(start)
    is_whole = block.startswith(start) and len(found) == kind.digest_size
    return Recovered(found, lacks_null=True) if is_whole else None


def _verify(
    key: PublicKey | None,
    algorithm: algorithms.SignatureAlgorithm,
    digest: str,
    signature: bytes,
    signed: Signed,
    pss: PssParameters | None,
) -> None:
    match algorithm.scheme, key:
        case Scheme.RSA_PKCS1, rsa.RSAPublicKey():
            key.verify(signature, signed.data, padding.PKCS1v15(), _hash(digest, signed))
        case Scheme.RSA_PSS, rsa.RSAPublicKey():
            key.verify(signature, signed.data, _pss_padding(pss), _hash(digest, signed))
        case Scheme.ECDSA, _:
            _verify_ecdsa(key, algorithm, digest, signature, signed)
        case _:
            _verify_rare(key, algorithm, digest, signature, signed)


def _verify_ecdsa(
    key: PublicKey | None,
    algorithm: algorithms.SignatureAlgorithm,
    digest: str,
    signature: bytes,
    signed: Signed,
) -> None:
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise CannotVerify(_OTHER_KEY)
    value = _encoded_pair(signature) if algorithm.plain else signature
    key.verify(value, signed.data, Ecdsa(_hash(digest, signed)))


def _verify_rare(
    key: PublicKey | None,
    algorithm: algorithms.SignatureAlgorithm,
    digest: str,
    signature: bytes,
    signed: Signed,
) -> None:
    from cryptography.hazmat.primitives.asymmetric import dsa, ed448, ed25519

    match algorithm.scheme, key:
        case Scheme.DSA, dsa.DSAPublicKey():
            key.verify(signature, signed.data, _hash(digest, signed))
        case Scheme.EDDSA, ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
            key.verify(signature, _whole(signed))
        case _:
            raise CannotVerify(_OTHER_KEY)


def _hash(digest: str, signed: Signed) -> utils.Prehashed | hashes.HashAlgorithm:
    if digest not in _HASHES:
        raise CannotVerify(f"unknown digest {digest}")
    algorithm = _HASHES[digest]()
    return utils.Prehashed(algorithm) if signed.is_digest else algorithm


def _pss_padding(pss: PssParameters | None) -> padding.PSS:
    if pss is None or pss.mgf_digest not in _HASHES or pss.trailer != 1:
        raise CannotVerify("unusable RSASSA-PSS parameters")
    return padding.PSS(padding.MGF1(_HASHES[pss.mgf_digest]()), pss.salt_length)


def _encoded_pair(signature: bytes) -> bytes:
    """Turn r and s written side by side into the usual encoding (BSI TR-03111, 5.2)."""
    half = len(signature) // 2
    if not signature or len(signature) % 2:
        raise InvalidSignature
    r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    return utils.encode_dss_signature(r, s)


def _whole(signed: Signed) -> bytes:
    if signed.is_digest:
        raise CannotVerify("EdDSA signs the bytes, and only their digest is at hand")
    return signed.data
