"""What a certificate may become in a trust store: by fingerprint, path, or the user's word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum

from msgspec import Struct

from sigcheck.config import materials
from sigcheck.config.pins import Role
from sigcheck.config.trust import TrustStore
from sigcheck.errors import TrustError
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.trust import paths
from sigcheck.evidence.trust.paths import build_path
from sigcheck.model.evidence import Anchor, Purpose, Tier

_VERSION_3 = b"\x02\x01\x03"


def is_pkcs12(data: bytes) -> bool:
    """Say whether bytes are shaped like a PFX: a sequence that begins with version 3."""
    try:
        top = materials.element(data, 0, len(data))
        return top.tag == materials.SEQUENCE and data[top.body : top.body + 3] == _VERSION_3
    except materials.DerError:
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


# --- What a certificate may become in a trust store


class IntakeOutcome(StrEnum):
    """What came of one certificate."""

    ANCHOR = "anchor"
    """Pinned as an anchor."""
    INTERMEDIATE = "intermediate"
    """Pinned as such, or leading to an anchor by signature."""
    STATED = "stated"
    """An anchor because the user says so."""
    UNPINNED_ROOT = "unpinned-root"
    NO_PATH = "no-path"
    """A CA that leads to no anchor at hand."""
    NOT_A_CA = "not-a-ca"

    @property
    def is_admitted(self) -> bool:
        """Whether it goes into the store."""
        return self in {IntakeOutcome.ANCHOR, IntakeOutcome.INTERMEDIATE, IntakeOutcome.STATED}


class Judged(Struct, frozen=True):
    """A certificate and what it may become."""

    certificate: Certificate
    standing: IntakeOutcome
    tier: Tier = Tier.UNTRUSTED


def judged(ders: Iterable[bytes], trust: TrustStore, tier: Tier | None = None) -> list[Judged]:
    """Return what each certificate may become; `tier` is what the user states of unpinned roots.

    A pinned certificate keeps its pinned tier, whatever is stated.
    """
    given = [*{c.sha256: c for c in Certificate.readable(ders)}.values()]
    pool = [*given, *Certificate.readable(trust.certificates.values())]
    stated = {c.sha256 for c in given if tier and _is_top(c, pool, trust)}
    if tier:
        anchors = {s: Anchor(s, "", tier, tuple(Purpose), "") for s in stated}
        trust = replace(trust, anchors={**trust.anchors, **anchors}, digest="")
    return [_judge(c, pool, trust, stated) for c in given]


def _is_top(certificate: Certificate, pool: Sequence[Certificate], trust: TrustStore) -> bool:
    """Say whether a CA that leads to no anchor was issued by nobody who is here."""
    if not certificate.is_ca or _pinned(certificate, trust):
        return False
    if build_path(certificate, pool, trust).anchor is not None:
        return False
    others = (c for c in pool if c.spki != certificate.spki)
    return not any(paths.issued_by(certificate, issuer) for issuer in others)


def _judge(
    certificate: Certificate, pool: Sequence[Certificate], trust: TrustStore, stated: set[str]
) -> Judged:
    if pin := _pinned(certificate, trust):
        return Judged(certificate, IntakeOutcome(pin[0].value), pin[1])
    path = build_path(certificate, pool, trust)
    tier = path.anchor.tier if path.anchor else Tier.UNTRUSTED
    if certificate.sha256 in stated:
        return Judged(certificate, IntakeOutcome.STATED, tier)
    if not certificate.is_ca:
        return Judged(certificate, IntakeOutcome.NOT_A_CA)
    if path.anchor is not None and not path.problems:
        return Judged(certificate, IntakeOutcome.INTERMEDIATE, tier)
    is_root = certificate.self_issued
    return Judged(certificate, IntakeOutcome.UNPINNED_ROOT if is_root else IntakeOutcome.NO_PATH)


def _pinned(certificate: Certificate, trust: TrustStore) -> tuple[Role, Tier] | None:
    found = (pin for pin in trust.pins if pin.sha256 == certificate.sha256)
    return next(((pin.role, pin.tier) for pin in found), None)
