"""A small PKI for measured documents: root, sub-CA, three signers, a TSA, two CRLs.

Made once a day: certificates and CRLs into bench/work/pki, which is what a verifier is given,
keys into bench/work/keys. They protect nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID as Eku
from cryptography.x509.oid import NameOID

PROVINCE, AUTHORITY = "Tỉnh Mẫu", "Ủy ban nhân dân tỉnh Mẫu"
DAY = timedelta(days=1)
LEAVES = {"official1": "Nguyễn Văn Mẫu", "official2": "Trần Thị Mẫu", "org": AUTHORITY}


@dataclass(frozen=True, slots=True)
class Holder:
    name: x509.Name
    key: rsa.RSAPrivateKey


def make(folder: Path, *, crl_entries: int = 0) -> Path:
    """Write certificates, keys and CRLs into a folder, unless they are there and still fresh."""
    done = folder / "root.pem"
    if done.exists() and datetime.now(UTC).timestamp() - done.stat().st_mtime < DAY.total_seconds():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    keys_of(folder).mkdir(exist_ok=True)
    root, sub = _holder("Bench Root CA"), _holder("Bench Sub CA")
    _write(folder, "root", root, _certificate(root, root, ca=1))
    _write(folder, "sub", sub, _certificate(sub, root, ca=0))
    tsa = _holder("Bench TSA")
    _write(folder, "tsa", tsa, _certificate(tsa, root, usage=Eku.TIME_STAMPING))
    for leaf, common_name in LEAVES.items():
        holder = _holder(common_name)
        _write(folder, leaf, holder, _certificate(holder, sub, usage=Eku.EMAIL_PROTECTION))
    (folder / "root.crl").write_bytes(_crl(root, 0))
    (folder / "sub.crl").write_bytes(_crl(sub, crl_entries))
    return folder


def keys_of(folder: Path) -> Path:
    """Return where the leaves and the keys of a PKI folder are."""
    return folder.with_name("keys")


@cache
def _today() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _holder(common_name: str) -> Holder:
    attributes = (
        (NameOID.COUNTRY_NAME, "VN"),
        (NameOID.STATE_OR_PROVINCE_NAME, PROVINCE),
        (NameOID.ORGANIZATION_NAME, AUTHORITY),
        (NameOID.COMMON_NAME, common_name),
    )
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])
    return Holder(name, rsa.generate_private_key(public_exponent=65537, key_size=2048))


def _certificate(
    holder: Holder,
    issuer: Holder,
    *,
    ca: int | None = None,
    usage: x509.ObjectIdentifier | None = None,
) -> x509.Certificate:
    public = holder.key.public_key()
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    builder = (
        x509.CertificateBuilder(issuer.name, holder.name, public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_today() - 400 * DAY)
        .not_valid_after(_today() + 3000 * DAY)
        .add_extension(x509.BasicConstraints(ca is not None, ca), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(_key_usage(ca=ca is not None), critical=True)
    )
    if usage:
        critical = usage is Eku.TIME_STAMPING
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=critical)
    return builder.sign(issuer.key, hashes.SHA256())


def _key_usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=not ca,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _crl(issuer: Holder, entries: int) -> bytes:
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    builder = (
        x509.CertificateRevocationListBuilder(issuer.name, _today(), _today() + 3000 * DAY)
        .add_extension(x509.CRLNumber(1), critical=False)
        .add_extension(identifier, critical=False)
    )
    for number in range(entries):
        revoked = x509.RevokedCertificateBuilder(1_000_000 + number, _today() - DAY).build()
        builder = builder.add_revoked_certificate(revoked)
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _write(folder: Path, name: str, holder: Holder, certificate: x509.Certificate) -> None:
    pem = serialization.Encoding.PEM
    place = keys_of(folder) if name in LEAVES or name == "tsa" else folder
    (place / f"{name}.pem").write_bytes(certificate.public_bytes(pem))
    private = holder.key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (keys_of(folder) / f"{name}.key.pem").write_bytes(private)
