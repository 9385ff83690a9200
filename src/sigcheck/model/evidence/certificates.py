"""Certificates, paths, anchors, revocation answers and who the signer is (RFC 5280, RFC 6960)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class Tier(StrEnum):
    """Under whose authority a trust anchor stands."""

    GOVERNMENT = "government"
    """Ban Cơ yếu Chính phủ (VGCA)."""
    PUBLIC = "public"
    """National Electronic Authentication Centre and the CAs it licensed."""
    TEST = "test"
    """Certificates made for trials; a path ending here never passes."""
    UNTRUSTED = "untrusted"
    """No pinned anchor."""


class Purpose(StrEnum):
    """What an anchor may vouch for."""

    SIGNING = "signing"
    TIMESTAMPING = "timestamping"


class SignerKind(StrEnum):
    """What sort of holder a certificate names; a heuristic unless the profile says otherwise."""

    INDIVIDUAL = "individual"
    ORGANIZATION = "organization"
    SERVICE = "service"
    UNKNOWN = "unknown"


class RevocationStatus(StrEnum):
    """What one CRL or OCSP response says of one certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    ON_HOLD = "on-hold"
    UNKNOWN = "unknown"


class CertificateFacts(Struct, frozen=True):
    """The parts of a certificate the checks and the report need."""

    subject: str
    """RFC 4514-like text, most specific first."""
    issuer: str
    serial_number: str
    """Hexadecimal, upper case, without leading zeros."""
    sha256: str
    not_before: datetime
    not_after: datetime
    key_type: str
    """rsa, ec, ed25519, ed448, dsa, unknown."""
    key_bits: int
    signature_hash: str
    """Digest of the issuer's signature, such as sha256; empty when it has none of its own."""
    is_ca: bool
    key_usage: tuple[str, ...] | None
    """Names of RFC 5280, 4.2.1.3 such as digital_signature; None when the extension is absent."""
    extended_key_usage: tuple[str, ...] | None
    """Dotted object identifiers; None when absent."""
    eku_critical: bool
    subject_key_id: str
    authority_key_id: str
    crl_urls: tuple[str, ...] = ()
    ocsp_urls: tuple[str, ...] = ()
    issuer_urls: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    parse_problem: str = ""
    """Not empty when part of the certificate could not be read."""


class Anchor(Struct, frozen=True):
    """A pinned key at the end of a path."""

    sha256: str
    subject: str
    tier: Tier
    purposes: tuple[Purpose, ...]
    source: str
    stated_in: str = ""
    """The user's own list that states its tier; empty where ours does."""
    self_made: bool = False
    """Nobody lists it: a self-signed certificate among the files the user trusts. Its tier is
    what such a file gets, not a statement about whose root it is."""


class RevocationAnswer(Struct, frozen=True):
    """One statement about one certificate, from one authenticated CRL or OCSP response."""

    status: RevocationStatus
    source: str
    """crl or ocsp, then where it came from: `crl:dss`, `crl:cp.crl`, `ocsp:cms`, `crl:online`."""
    this_update: datetime
    next_update: datetime | None
    revoked_at: datetime | None = None
    reason: str | None = None
    invalid_since: datetime | None = None
    """invalidityDate of RFC 5280, 5.3.2."""
    sha256: str = ""
    """Digest of the CRL or response, so that an evidence package can name it."""
    problem: str = ""
    """Why the statement does not count (signature, issuer, scope); empty when it does."""
    responder_not_after: datetime | None = None
    """End of validity of the key that signed the statement, where it is not the CA itself."""
    covers_expired_since: datetime | None = None
    """The statement also speaks of certificates that expired at or after this moment:
    expiredCertsOnCRL (X.509, 9.5.2.8) or archiveCutoff (RFC 6960, 4.4.4). Usually neither is there,
    and a later list may have dropped what expired before it."""
    since_revision: int | None = None
    """The revision of the file that brought the statement; None where it came from elsewhere."""
    produced_at: datetime | None = None
    """When an OCSP responder made its response (RFC 6960, 4.2.2.1); None for a list."""
    signature_hash: str = ""
    """Digest of the statement's own signature; empty when unknown."""
    key_type: str = ""
    """Of the key that signed it: rsa, ec, …; empty when unknown."""
    key_bits: int = 0


class PathStep(Struct, frozen=True):
    """One certificate on the way to the anchor, with what was said of it."""

    certificate: CertificateFacts
    revocation: tuple[RevocationAnswer, ...] = ()
    revocation_exempt: bool = False
    """The anchor itself: no status is asked for."""
    pinned: bool = False
    """The certificate itself is pinned by hash, as anchor or intermediate: its issuer's
    signature algorithm no longer matters."""


class PathProblem(Struct, frozen=True):
    """A constraint of RFC 5280, 6.1 that the path breaks, or a link that could not be made."""

    code: str
    """such as `issuer-missing`, `signature`, `not-a-ca`, `path-length`, `name-constraints`."""
    subject: str
    detail: str = ""


class PathFacts(Struct, frozen=True):
    """The certificate path as it was built by key and signature, never by name alone."""

    steps: tuple[PathStep, ...]
    """From the end-entity certificate to the anchor, or as far as it goes."""
    anchor: Anchor | None
    problems: tuple[PathProblem, ...] = ()
    missing_issuer: str = ""
    """Subject of the CA that could not be found; untrusted text."""
    missing_key_id: str = ""
    missing_urls: tuple[str, ...] = ()
    missing_known: bool = False
    """The missing CA is on a list of pins with its address: `sigcheck trust fetch` can get it."""
    missing_unpublished: bool = False
    """The missing CA is listed, and its certificate was published nowhere we could look."""
    engine: str = "native"
    """native, or certvalidator where the path asked for it."""


class NameOddity(StrEnum):
    """What may mislead a reader of a certificate's names."""

    SEVERAL_NAMES = "several-names"
    """More than one commonName; only the last is the signer's name in a report."""
    INVISIBLE = "invisible-characters"
    """Characters that nobody sees: zero-width, directional, control."""
    MIXED_SCRIPTS = "mixed-scripts"
    """Letters of another script among Latin ones, such as a Cyrillic A."""
    EMAILS_DIFFER = "e-mails-differ"
    """The subject's e-mail address is none of the alternative name's."""


class SignerIdentity(Struct, frozen=True):
    """Who a certificate names, with the attribute each statement came from."""

    common_name: str = ""
    email: str = ""
    organization: str = ""
    organizational_unit: str = ""
    """All units, the innermost first, with commas between them."""
    title: str = ""
    locality: str = ""
    serial_number: str = ""
    """Certificate holder's identifiers such as MST:…, MNS:…, CCCD:… (unmasked here)."""
    kind: SignerKind = SignerKind.UNKNOWN
    kind_reason: str = ""
    """Which rule of `data/identity.toml` decided the kind."""
    sources: tuple[tuple[str, str], ...] = ()
    """(statement, attribute) pairs such as ("email", "SAN rfc822Name")."""
    oddities: tuple[tuple[NameOddity, str], ...] = ()
    """What may mislead a reader of the names, each with the text that has it."""
