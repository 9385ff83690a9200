"""The list of pins against the real certificates, read by another library."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from sigcheck.config import TrustStore
from sigcheck.config.pins import Pin, Role, own_pins
from sigcheck.model.evidence import Purpose, Tier

VGCA_ROOTS = {
    # From section 2.1 of the facts page.
    "f7bc89054cec7f12730d7b8cd3eb7955b163835087e5eb873edfb584763b3f90",
    "f04ba4b459a7c9a1b971ad9b1cb833e695a80c79aea63b174b66a70edfe2fdb8",
}


@pytest.fixture(scope="module")
def certificates(corpus: Path) -> dict[str, x509.Certificate]:
    """Return the real certificates by fingerprint."""
    files = [path.read_bytes() for path in (corpus / "certs").glob("*.der")]
    return {hashlib.sha256(f).hexdigest(): x509.load_der_x509_certificate(f) for f in files}


SEEN_ELSEWHERE = {
    # Section 0 of the facts page: six time-stamping certificates of which no file is at hand.
    "951476611da4ef709bafd5b533300d6f03f249305738e1c5f00cae014d3c6bbf": "HL02",
    "b9b2c81c181453b74129990714dcbf95488040676e2ae5e39297418cc4f185a8": "Bộ Công an",
    "09b1cc03dc3b3d0f712ab454f4952e43fc46c2ca4b73f3d52cc8deb5e545198a": "Bộ Công an 03",
    "0f14887cc8ef843e29f4783c13e4949e8ac67616e4c55cfce20326adef1fb153": "Bộ Công an 04",
    "894b891bb7aaf19fbf2abdbc95a0643ae6f1e7b6388e84fcb0efafd06a57d2cd": "Bộ Công an 01",
    "fb2889047796a588378a57d47ceb563efefa39af95b94d8f493830b5ff1634bc": "",
}


def _pinned() -> list[Pin]:
    """Return the pins whose certificates are at hand."""
    return [
        pin
        for pin in own_pins()
        if pin.role is not Role.MISSING and pin.sha256 not in SEEN_ELSEWHERE
    ]


@pytest.mark.corpus
def test_every_real_certificate_is_pinned(certificates: dict[str, x509.Certificate]) -> None:
    """The list and the folder of real certificates name the same fingerprints."""
    assert {pin.sha256 for pin in _pinned()} == {*certificates}


@pytest.mark.corpus
def test_pins_describe_their_certificates(certificates: dict[str, x509.Certificate]) -> None:
    """Dates, key identifier and common name of each pin are those of the certificate."""
    for pin in _pinned():
        real = certificates[pin.sha256]
        ski = real.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        name = str(real.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)

        assert pin.not_before == real.not_valid_before_utc.date(), pin.subject
        assert pin.not_after == real.not_valid_after_utc.date(), pin.subject
        assert pin.ski == ski.hex(), pin.subject
        assert f"CN={name}" in pin.subject.replace("\\", "")


@pytest.mark.corpus
def test_every_pin_hangs_under_a_pinned_anchor(certificates: dict[str, x509.Certificate]) -> None:
    """Each certificate's signature verifies under a pinned one, up to an anchor of its own tier."""
    pins = {pin.sha256: pin for pin in _pinned()}
    for sha256, pin in pins.items():
        issuers = [s for s, c in certificates.items() if _signed(certificates[sha256], c)]

        assert issuers, pin.subject
        assert {pins[s].tier for s in issuers} == {pin.tier}, pin.subject
        assert (pin.role is Role.ANCHOR) == (sha256 in issuers), pin.subject


def _signed(child: x509.Certificate, issuer: x509.Certificate) -> bool:
    key = issuer.public_key()
    if child.issuer != issuer.subject or not isinstance(key, rsa.RSAPublicKey):
        return False
    algorithm = child.signature_hash_algorithm
    assert isinstance(algorithm, hashes.HashAlgorithm)
    try:
        key.verify(child.signature, child.tbs_certificate_bytes, padding.PKCS1v15(), algorithm)
    except InvalidSignature:
        return False
    return True


def test_time_stampers_seen_in_documents_are_known_and_no_anchors() -> None:
    """They are named where they sign; their path and their status are asked for all the same."""
    found = {pin.sha256: pin for pin in own_pins() if pin.sha256 in SEEN_ELSEWHERE}

    assert found.keys() == SEEN_ELSEWHERE.keys()
    for sha256, name in SEEN_ELSEWHERE.items():
        pin = found[sha256]
        called = f"Máy chủ cấp dấu thời gian {name}".strip()
        assert pin.subject == f"CN={called}, O=Ban Cơ yếu Chính phủ, C=VN"
        assert (pin.role, pin.purposes) == (Role.INTERMEDIATE, (Purpose.TIMESTAMPING,))
        assert TrustStore.load().anchors.get(sha256) is None


def test_government_anchors_are_the_two_vgca_roots() -> None:
    """No other certificate makes a path a government path."""
    government = {
        p.sha256 for p in own_pins() if p.role is Role.ANCHOR and p.tier is Tier.GOVERNMENT
    }

    assert government == VGCA_ROOTS


def test_no_pin_is_for_tests() -> None:
    """Test roots are never part of what travels in the wheel."""
    assert all(pin.tier is not Tier.TEST for pin in own_pins())


def test_time_stamping_root_vouches_for_stamps_only() -> None:
    """The NEAC time-stamping root has a critical time-stamping usage, and its pin says so."""
    found = [p for p in own_pins() if "CN=VIETNAM NATIONAL ROOT CA - TSA" in p.subject]

    assert [p.purposes for p in found] == [(Purpose.TIMESTAMPING,)]


def test_every_pin_tells_its_source() -> None:
    """Provenance, mark and who checked are never empty."""
    for pin in own_pins():
        assert pin.source, pin.subject
        assert pin.mark in {"C", "S"}, pin.subject
        assert pin.checked_by, pin.subject


def test_missing_ca_is_known_by_its_key() -> None:
    """The CA of the gazette's signer has no fingerprint but a key identifier and an address."""
    missing = [p for p in own_pins() if p.role is Role.MISSING]

    assert [p.ski for p in missing] == ["44ef86eedc2f0a982c3f0ea6d9e7ec01ccd0d6b6"]
    assert missing[0].url == "http://ca.gov.vn/pki/pub/crt/sscag2.crt"
    assert missing[0].sha256 == ""


def test_pins_name_each_certificate_once() -> None:
    """No fingerprint stands twice, so no entry can contradict another."""
    fingerprints = [pin.sha256 for pin in own_pins() if pin.sha256]

    assert len(fingerprints) == len(set(fingerprints))
