"""EdDSA in CMS (RFC 8419, 8032), which names no digest and signs whole bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed448, ed25519

from sigcheck.evidence.cms import examine, needed_digests, parse_signed_data
from sigcheck.model.evidence import Scheme
from tests.cms import maker, peers

CONTENT = b"the byte range"
SHA512, SHAKE256 = "2.16.840.1.101.3.4.2.3", "2.16.840.1.101.3.4.2.12"


def _ed25519() -> maker.Cms:
    key = ed25519.Ed25519PrivateKey.generate()
    cms = maker.Cms(key, [maker.certificate(key)], CONTENT)
    cms.signature_oid, cms.signature_params = "1.3.101.112", b""
    cms.digest_oid, cms.hash = SHA512, hashes.SHA512()
    return cms


def _ed448() -> maker.Cms:
    key = ed448.Ed448PrivateKey.generate()
    cms = maker.Cms(key, [maker.certificate(key)], CONTENT)
    cms.signature_oid, cms.signature_params = "1.3.101.113", b""
    cms.digest_oid, cms.hash = SHAKE256, hashes.SHAKE256(64)
    return cms


@pytest.mark.parametrize(("cms", "digest"), [(_ed25519(), "sha512"), (_ed448(), "shake_256")])
def test_eddsa_over_attributes(cms: maker.Cms, digest: str) -> None:
    """Ed25519 goes with SHA-512, Ed448 with SHAKE256."""
    data = parse_signed_data(cms.encode())

    facts = examine(data, maker.digest_of(CONTENT)).facts

    assert needed_digests(data) == {digest}
    assert (facts.scheme, facts.algorithms_agree) == (Scheme.EDDSA, True)
    assert (facts.digest_matches, facts.signature_ok) == (True, True)


def test_eddsa_without_attributes_asks_for_the_bytes() -> None:
    """RFC 8419, 3.2: then the content itself is signed."""
    cms = _ed25519()
    cms.attributes = []
    data = parse_signed_data(cms.encode())

    blind = examine(data, maker.digest_of(CONTENT)).facts
    right = examine(data, maker.digest_of(CONTENT), whole=lambda: CONTENT).facts
    changed = examine(data, maker.digest_of(CONTENT), whole=lambda: b"changed").facts

    assert (blind.signature_ok, right.signature_ok, changed.signature_ok) == (False, True, False)


def test_eddsa_with_another_digest_does_not_agree() -> None:
    """RFC 8419, 3.1: no other digest may stand beside it."""
    cms = _ed25519()
    cms.digest_oid, cms.hash = maker.SHA256, hashes.SHA256()

    facts = examine(parse_signed_data(cms.encode()), maker.digest_of(CONTENT)).facts

    assert facts.signature_ok is True
    assert facts.algorithms_agree is False


@pytest.mark.corpus
def test_pyhankos_eddsa_files_are_sound(corpus: Path) -> None:
    """Files pyHanko signed with Ed25519 and Ed448 and verified itself."""
    judged = [
        examine(parse_signed_data(found.contents), maker.digest_of(found.covered)).facts
        for name in ("19268c5e6929a9e6.pdf", "bac219bc36b370c8.pdf", "77a0e620c24c2200.pdf")
        for found in peers.signatures(corpus / "peers" / name)
    ]

    assert judged
    assert all(facts.signature_ok and facts.digest_matches for facts in judged)
