"""Certificates, CRLs and OCSP responses made by `cryptography` for these tests alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import Name, ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from sigcheck.config.trust import TrustStore
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.model.evidence import Anchor, Purpose, Tier

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
END = datetime(2040, 1, 1, tzinfo=UTC)
NOW = datetime(2025, 6, 1, tzinfo=UTC)
NOT_SIGNING = {
    "content_commitment": False,
    "key_encipherment": False,
    "data_encipherment": False,
    "key_agreement": False,
    "encipher_only": False,
    "decipher_only": False,
}


@cache
def key(name: str) -> ec.EllipticCurvePrivateKey:  # noqa: ARG001 - the cache's key
    """Return the key of a name, made once per run."""
    return ec.generate_private_key(ec.SECP256R1())


def dn(common_name: str) -> x509.Name:
    """Return a name as VGCA writes them."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Cơ quan thử"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def usage(**allowed: bool) -> x509.KeyUsage:
    """Return a keyUsage of the flags given."""
    flags = {"digital_signature": False, "key_cert_sign": False, "crl_sign": False}
    return x509.KeyUsage(**{**NOT_SIGNING, **flags, **allowed})


CA_USAGE = usage(key_cert_sign=True, crl_sign=True)
Extension = tuple[x509.ExtensionType, bool]


@dataclass(frozen=True)
class Made:
    """A certificate and the name of its key."""

    x509: x509.Certificate
    key_name: str
    issuing_name: Name | None = None
    """Another spelling of its name, for what it issues."""

    @property
    def der(self) -> bytes:
        """The certificate, DER."""
        return self.x509.public_bytes(serialization.Encoding.DER)

    @property
    def ours(self) -> Certificate:
        """The certificate as sigcheck reads it."""
        parsed = Certificate.parse(self.der)
        assert parsed is not None
        return parsed

    def save(self, folder: Path, name: str) -> Path:
        """Write the certificate as PEM for openssl."""
        path = folder / f"{name}.pem"
        path.write_bytes(self.x509.public_bytes(serialization.Encoding.PEM))
        return path


@dataclass(frozen=True)
class Spec:
    """What is asked of a certificate besides its issuer."""

    name: str
    key: str = ""
    """Name of the key; the certificate's own name when empty."""
    ca: bool = True
    path_length: int | None = None
    usage: x509.KeyUsage | None = CA_USAGE
    constraints: bool = True
    """Whether there is a basicConstraints extension at all."""
    identifiers: bool = True
    extra: Sequence[Extension] = field(default=())
    serial: int = 0
    subject: x509.Name | None = None
    begin: datetime = BEGIN
    end: datetime = END


def make(spec: Spec, issuer: Made | None = None, *, signer: str = "") -> Made:
    """Issue a certificate; `signer` names another key than the issuer's: a forgery."""
    own = spec.key or spec.name
    signing = signer or (issuer.key_name if issuer else own)
    subject = spec.subject or dn(spec.name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name((issuer.issuing_name or issuer.x509.subject) if issuer else subject)
        .public_key(key(own).public_key())
        .serial_number(spec.serial or x509.random_serial_number())
        .not_valid_before(spec.begin)
        .not_valid_after(spec.end)
    )
    for extension, critical in _extensions(spec, own, signing):
        builder = builder.add_extension(extension, critical)
    return Made(builder.sign(key(signing), hashes.SHA256()), own)


def _extensions(spec: Spec, own: str, signing: str) -> list[Extension]:
    found = [*spec.extra]
    if spec.constraints:
        found.append((x509.BasicConstraints(spec.ca, spec.path_length), True))
    if spec.usage is not None:
        found.append((spec.usage, True))
    if spec.identifiers:
        public, issuing = key(own).public_key(), key(signing).public_key()
        found.append((x509.SubjectKeyIdentifier.from_public_key(public), False))
        found.append((x509.AuthorityKeyIdentifier.from_issuer_public_key(issuing), False))
    return found


def leaf(name: str = "Người ký", **options: object) -> Spec:
    """Return what an end entity looks like."""
    signing = usage(digital_signature=True)
    return Spec(**{"name": name, "ca": False, "usage": signing, **options})  # type: ignore[arg-type]


def store(*anchors: Made, at_hand: Sequence[Made] = (), tier: Tier = Tier.GOVERNMENT) -> TrustStore:
    """Return a trust store with these anchors and these intermediates."""
    pinned = {
        a.ours.sha256: Anchor(a.ours.sha256, a.ours.subject, tier, tuple(Purpose), "test")
        for a in anchors
    }
    certificates = {c.ours.sha256: c.der for c in (*anchors, *at_hand)}
    return TrustStore(anchors=pinned, certificates=certificates)


def point(url: str, issuer: x509.Name | None = None) -> Extension:
    """Return a distribution point of a certificate."""
    names = None if issuer is None else [x509.DirectoryName(issuer)]
    full = [x509.UniformResourceIdentifier(url)]
    return x509.CRLDistributionPoints([x509.DistributionPoint(full, None, None, names)]), False


def scope(**options: object) -> Extension:
    """Return the issuing distribution point of a list."""
    settings: dict[str, object] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**{**settings, **options}), True  # type: ignore[arg-type]


def pem(crl: bytes) -> bytes:
    """Return a list in PEM."""
    return x509.load_der_x509_crl(crl).public_bytes(serialization.Encoding.PEM)


@dataclass(frozen=True)
class Listed:
    """One entry of a CRL to be made."""

    serial: int
    since: datetime = NOW
    extra: Sequence[Extension] = ()


def crl(
    issuer: Made,
    listed: Sequence[Listed] = (),
    *,
    extra: Sequence[Extension] = (),
    signer: str = "",
    at: datetime = NOW,
) -> bytes:
    """Return a CRL, DER."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.x509.subject)
        .last_update(at)
        .next_update(at + timedelta(days=30))
    )
    for entry in listed:
        revoked = x509.RevokedCertificateBuilder().serial_number(entry.serial)
        revoked = revoked.revocation_date(entry.since)
        for extension, critical in entry.extra:
            revoked = revoked.add_extension(extension, critical)
        builder = builder.add_revoked_certificate(revoked.build())
    for extension, critical in extra:
        builder = builder.add_extension(extension, critical)
    made = builder.sign(key(signer or issuer.key_name), hashes.SHA256())
    return made.public_bytes(serialization.Encoding.DER)


def ocsp_response(
    subject: Made,
    issuer: Made,
    responder: Made,
    *,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    digest: hashes.HashAlgorithm | None = None,
) -> bytes:
    """Return a successful response that carries its responder's certificate, DER."""
    is_revoked = status is ocsp.OCSPCertStatus.REVOKED
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=subject.x509,
            issuer=issuer.x509,
            algorithm=digest or hashes.SHA256(),
            cert_status=status,
            this_update=NOW,
            next_update=NOW + timedelta(days=1),
            revocation_time=NOW - timedelta(days=3) if is_revoked else None,
            revocation_reason=x509.ReasonFlags.certificate_hold if is_revoked else None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, responder.x509)
        .certificates([responder.x509])
    )
    made = builder.sign(key(responder.key_name), hashes.SHA256())
    return made.public_bytes(serialization.Encoding.DER)


ODD: Extension = (x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)
HELD: Extension = (x509.CRLReason(x509.ReasonFlags.certificate_hold), False)
STOLEN: Extension = (x509.CRLReason(x509.ReasonFlags.key_compromise), False)
OCSP_USAGE: Extension = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False)
