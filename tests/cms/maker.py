"""A small CMS maker for shapes no tool would write; keys and signatures by `cryptography`."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

SHA256 = "2.16.840.1.101.3.4.2.1"
SHA256_RSA = "1.2.840.113549.1.1.11"
RSA = "1.2.840.113549.1.1.1"
Key = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def der(tag: int, *parts: bytes) -> bytes:
    """Encode one value with a definite length."""
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 | len(octets)]) + octets + content


def oid(dotted: str) -> bytes:
    """Encode an object identifier."""
    first, second, *rest = map(int, dotted.split("."))
    content = b""
    for arc in [first * 40 + second, *rest]:
        groups = [arc & 127]
        while arc := arc >> 7:
            groups.append(arc & 127 | 128)
        content += bytes(reversed(groups))
    return der(0x06, content)


def integer(value: int) -> bytes:
    """Encode an integer."""
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def algorithm(dotted: str, parameters: bytes = b"\x05\x00") -> bytes:
    """Encode an AlgorithmIdentifier."""
    return der(0x30, oid(dotted), parameters)


def attribute(dotted: str, *values: bytes) -> bytes:
    """Encode an attribute."""
    return der(0x30, oid(dotted), der(0x31, *values))


def rsa_key() -> rsa.RSAPrivateKey:
    """Make a key."""
    return rsa.generate_private_key(65537, 2048)


def certificate(
    key: Key,
    serial: int = 7,
    subject: Sequence[tuple[x509.ObjectIdentifier, str]] = ((NameOID.COMMON_NAME, "Signer"),),
    issuer: str = "CA",
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    signer: Key | None = None,
) -> bytes:
    """Make a certificate signed by its own key, or by another."""
    named = [x509.NameAttribute(kind, value) for kind, value in subject]
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(named))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(NOW - dt.timedelta(days=30))
        .not_valid_after(NOW + dt.timedelta(days=300))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    made_by = signer or key
    digest = hashes.SHA256() if isinstance(made_by, rsa.RSAPrivateKey) else None
    return builder.sign(made_by, digest).public_bytes(Encoding.DER)


@dataclass
class Cms:
    """The parts of a SignedData with one signer; change what the case is about."""

    key: Key
    certificates: list[bytes]
    content: bytes
    digest_oid: str = SHA256
    signature_oid: str = SHA256_RSA
    signature_params: bytes = b"\x05\x00"
    hash: hashes.HashAlgorithm = field(default_factory=hashes.SHA256)
    attributes: list[bytes] | None = None
    sorted_attributes: bool = True
    unsigned: list[bytes] = field(default_factory=list)
    econtent: bytes | None = None
    serial: int = 7
    issuer: str = "CA"
    signature: bytes | None = None
    copies: int = 1
    content_type: str = "1.2.840.113549.1.7.1"

    def default_attributes(self) -> list[bytes]:
        """Content type and message digest."""
        name = "shake_256" if self.hash.name == "shake256" else self.hash.name
        digest = digest_of(self.content)(name)
        return [
            attribute("1.2.840.113549.1.9.3", oid(self.content_type)),
            attribute("1.2.840.113549.1.9.4", der(0x04, digest)),
        ]

    def encode(self) -> bytes:
        """Return the ContentInfo."""
        info = self._signer_info()
        econtent = b"" if self.econtent is None else der(0xA0, der(0x04, self.econtent))
        body = der(
            0x30,
            integer(1),
            der(0x31, algorithm(self.digest_oid)),
            der(0x30, oid(self.content_type), econtent),
            der(0xA0, *self.certificates),
            der(0x31, *[info] * self.copies),
        )
        return der(0x30, oid("1.2.840.113549.1.7.2"), der(0xA0, body))

    def _value(self, signed: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(signed, padding.PKCS1v15(), self.hash)
        return self.key.sign(signed)

    def _signer_info(self) -> bytes:
        attributes = self.default_attributes() if self.attributes is None else self.attributes
        ordered = sorted(attributes) if self.sorted_attributes else attributes
        signed = der(0x31, *ordered) if ordered else self.content
        value = self.signature or self._value(signed)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.issuer)]).public_bytes()
        return der(
            0x30,
            integer(1),
            der(0x30, name, integer(self.serial)),
            algorithm(self.digest_oid),
            der(0xA0, *ordered) if ordered else b"",
            algorithm(self.signature_oid, self.signature_params),
            der(0x04, value),
            der(0xA1, *self.unsigned) if self.unsigned else b"",
        )


def digest_of(content: bytes) -> Callable[[str], bytes]:
    """Return what the caller of `examine` gives: a digest by hashlib's name."""

    def compute(name: str) -> bytes:
        if name == "shake_256":
            return hashlib.shake_256(content).digest(64)
        return hashlib.new(name, content).digest()

    return compute
