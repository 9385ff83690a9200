"""What the CMS object and the time-stamp tokens inside it say (RFC 5652, RFC 3161)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field

from sigcheck.model.evidence.certificates import CertificateFacts, PathFacts, SignerIdentity
from sigcheck.model.evidence.revisions import Anomaly


class Scheme(StrEnum):
    """Signature schemes that are recognised."""

    RSA_PKCS1 = "rsa-pkcs1v15"
    RSA_PSS = "rsa-pss"
    ECDSA = "ecdsa"
    EDDSA = "eddsa"
    DSA = "dsa"
    UNKNOWN = "unknown"


class ProofOfExistence(Struct, frozen=True):
    """A document time-stamp that passed: all up to its revision existed by then."""

    revision: int
    """The revision that holds the time-stamp; it speaks of all up to the end of that revision,
    but for itself."""
    time: datetime


class CmsFacts(Struct, frozen=True):
    """One SignerInfo and what was computed from it. `None` means: could not be computed."""

    parsed: bool
    parse_problem: str = ""
    encoding: str = "DER"
    """DER, or BER where indefinite lengths or other BER forms were met."""
    content_type: str = ""
    """Dotted identifier of the encapsulated content type."""
    signer_count: int = 0
    digest_algorithm: str = ""
    """hashlib's name, such as sha256; the dotted identifier when unknown."""
    scheme: Scheme = Scheme.UNKNOWN
    scheme_hash: str = ""
    """Digest named by the signature algorithm, empty when it names none."""
    algorithms_agree: bool = True
    """The signature algorithm's digest and parameters fit the digest algorithm and the key."""
    has_signed_attributes: bool = False
    content_type_attribute_ok: bool | None = None
    """The content-type attribute equals the content type (RFC 5652, 11.1); None when absent."""
    message_digest: str = ""
    """Hexadecimal, as signed."""
    computed_digest: str = ""
    """Hexadecimal, over the byte range; empty when the range cannot be read."""
    digest_matches: bool | None = None
    signature_ok: bool | None = None
    """The signature value verifies with the certificate's public key."""
    signature_problem: str = ""
    signing_certificate_version: int = 0
    """0 absent, 1 or 2 (RFC 5035)."""
    signing_certificate_matches: bool | None = None
    signing_time: datetime | None = None
    """The signingTime attribute as written."""
    certificate_count: int = 0
    has_revocation_values: bool = False
    """adbe-revocationInfoArchival or revocation values carried along."""
    archive_timestamps: int = 0
    """Archive time-stamps among the unsigned attributes: recognised, not judged."""
    unsigned_problems: tuple[str, ...] = ()
    """Unsigned attributes that could not be read, by identifier."""
    anomalies: tuple[Anomaly, ...] = ()


class SignaturePolicy(Struct, frozen=True):
    """The signature policy that a signer names (EN 319 122-1, 5.2.9.1); it is not fetched."""

    identifier: str = ""
    """Dotted identifier, or `implied`; empty for none."""
    digest_algorithm: str = ""
    digest: str = ""
    """Of the policy document, hexadecimal, as signed."""
    uri: str = ""
    """Where the signer says it lies; untrusted, never opened."""


class Statements(Struct, frozen=True):
    """What the attributes of a signature say beside it: the signer's own word, untrusted."""

    policy: SignaturePolicy = SignaturePolicy()
    commitments: tuple[str, ...] = ()
    """Commitment types, dotted identifiers (EN 319 122-1, 5.2.3)."""
    location: str = ""
    """Where it was signed (5.2.5)."""
    roles: tuple[str, ...] = ()
    """Roles the signer claims; `certified` for an attribute certificate, which is not read."""
    unknown: tuple[str, ...] = ()
    """Attributes that nobody here knows, dotted identifiers."""
    unread: tuple[str, ...] = ()
    """Of those above, the attributes that could not be read."""


class CounterSignature(Struct, frozen=True):
    """A signature over the value of another one (RFC 5652, 11.4)."""

    cms: CmsFacts
    certificate: CertificateFacts | None
    signer: SignerIdentity
    path: PathFacts | None


class TimestampFacts(Struct, frozen=True):
    """One RFC 3161 token: what it stamps, when, by whom."""

    source: str
    """`signature` for an unsigned attribute, `content` for a signed one, `document` for a document
    time-stamp."""
    parsed: bool
    parse_problem: str = ""
    time: datetime | None = None
    """genTime, UTC."""
    imprint_algorithm: str = ""
    imprint_matches: bool | None = None
    """None: nobody here computes that digest."""
    imprint: str = ""
    """The digest that was stamped, hexadecimal."""
    computed_imprint: str = ""
    """The digest of what should have been stamped, hexadecimal."""
    cms: CmsFacts = field(default_factory=lambda: CmsFacts(parsed=False))
    certificate: CertificateFacts | None = None
    tsa: SignerIdentity = field(default_factory=SignerIdentity)
    eku_ok: bool = False
    """timeStamping is the only extended key usage, and critical (RFC 3161, 2.3)."""
    path: PathFacts | None = None
    policy: str = ""
    serial_number: str = ""
    sha256: str = ""
    """Digest of the token."""
    existed_by: datetime | None = None
    """Earliest moment at which the token itself provably existed: a later document time-stamp
    that passed, else the validation time (EN 319 102-1, 5.6.2.3)."""
    validation_time: datetime | None = None
    proofs: tuple[ProofOfExistence, ...] = ()
    """The document time-stamps that passed and stand later in the file."""
