"""Real chains: every CA and TSA certificate, and every leaf inside the real documents."""

from __future__ import annotations

import re
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from asn1crypto import cms

from sigcheck.config.trust import TrustStore
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.trust import RevocationSources, attach_revocation, build_path
from sigcheck.evidence.trust.certvalidator import constraint_problems
from sigcheck.model.evidence import Purpose, Tier

pytestmark = pytest.mark.corpus

TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
_CONTENTS = re.compile(rb"/Contents\s*<([0-9A-Fa-f]{2000,})>")
DOCUMENTS = (
    "binh-thuan-3367",
    "lam-dong-156",
    "gia-lai-2061-annex",
    "binh-thuan-108-kydauden",
    "binh-thuan-788-kydauden",
)


@pytest.fixture(scope="module")
def trust(corpus: Path) -> TrustStore:
    """Return the real certificates as `--trust` would load them."""
    return TrustStore.load([corpus / "certs"])


def _purpose(certificate: Certificate) -> Purpose:
    return Purpose.TIMESTAMPING if TIME_STAMPING in (certificate.eku or ()) else Purpose.SIGNING


def test_every_ca_and_tsa_chains_without_a_flaw(corpus: Path, trust: TrustStore) -> None:
    """All 80 certificates reach a pinned root, critical anyPolicy and SHA-1 links included."""
    for path in sorted((corpus / "certs").glob("*.der")):
        certificate = Certificate.parse(path.read_bytes())
        assert certificate is not None
        facts = build_path(certificate, [], trust, _purpose(certificate))
        anchor = facts.anchor

        assert anchor is not None, path.name
        assert facts.problems == (), path.name
        assert facts.engine == "native", path.name
        assert all(step.pinned for step in facts.steps), path.name


def _embedded(document: Path) -> Iterator[tuple[Certificate, list[Certificate]]]:
    """Yield the certificates of each signature and token, found without our own readers."""
    for match in _CONTENTS.finditer(document.read_bytes()):
        signed = cms.ContentInfo.load(bytes.fromhex(match[1].decode()))["content"]
        tokens = [
            value
            for attribute in signed["signer_infos"][0]["unsigned_attrs"] or ()
            if attribute["type"].native == "signature_time_stamp_token"
            for value in attribute["values"]
        ]
        for part in (signed, *(token["content"] for token in tokens)):
            found = [Certificate.parse(c.chosen.dump()) for c in part["certificates"]]
            pool = [c for c in found if c is not None]
            end = next(c for c in pool if not c.is_ca)
            yield end, pool


@pytest.mark.parametrize("name", DOCUMENTS)
def test_leaves_of_real_documents_chain(corpus: Path, trust: TrustStore, name: str) -> None:
    """Signers and time-stamping services of the five documents hang under the VGCA roots."""
    found = list(_embedded(corpus / "vietnam" / f"{name}.pdf"))

    assert found
    for end, pool in found:
        facts = build_path(end, pool, trust, _purpose(end))
        assert facts.anchor is not None
        assert facts.anchor.tier is Tier.GOVERNMENT
        assert facts.problems == ()


def test_root_in_a_token_serves_because_it_is_pinned(corpus: Path) -> None:
    """Without any folder, a token's own root completes its path, but a signer's CA is missing."""
    bare = TrustStore.load()
    for end, pool in _embedded(corpus / "vietnam" / "lam-dong-156.pdf"):
        facts = build_path(end, pool, bare, _purpose(end))
        if _purpose(end) is Purpose.TIMESTAMPING:
            assert facts.anchor is not None
        else:
            assert facts.anchor is None
            assert facts.missing_key_id == "50becfa0bdea0f9f4e9128a32aeb7ceef02fc8ba"
            assert "http://ca.gov.vn/pki/pub/crt/cpcag2.crt" in facts.missing_urls


def test_real_steps_have_no_statement_without_lists(corpus: Path, trust: TrustStore) -> None:
    """No CRL is published with the corpus: no step claims to know its status."""
    for end, pool in _embedded(corpus / "vietnam" / "gia-lai-2061-annex.pdf"):
        facts = build_path(end, pool, trust, _purpose(end))
        attached = attach_revocation(facts, RevocationSources.of(certificates=pool), trust)

        assert all(step.revocation == () for step in attached.steps)


OPENSSL_DIFFERS = {
    # FPT's time-stamping certificate marks authorityInfoAccess critical. RFC 5280, 4.2.2.1 forbids
    # that to the CA, and openssl doesn't know the extension; we and certvalidator read it.
    "17c81e9ab51d4450e684861213b6b57be34b9ad27909d6d5e013d629001862d0",
}


def _chains(corpus: Path, trust: TrustStore) -> Iterator[list[Certificate]]:
    for path in sorted((corpus / "certs").glob("*.der")):
        end = Certificate.parse(path.read_bytes())
        assert end is not None
        facts = build_path(end, [], trust, _purpose(end))
        ders = [trust.certificates[step.certificate.sha256] for step in facts.steps]
        yield [c for c in map(Certificate.parse, ders) if c is not None]


def test_openssl_differs_only_where_listed(corpus: Path, trust: TrustStore, tmp_path: Path) -> None:
    """Every real chain we accept is accepted by openssl, but for the differences with a reason."""
    refused = {
        chain[0].sha256
        for chain in _chains(corpus, trust)
        if not _openssl_accepts([c.der for c in chain], tmp_path)
    }

    assert refused == OPENSSL_DIFFERS


def _openssl_accepts(chain: list[bytes], folder: Path) -> bool:
    names = [folder / name for name in ("leaf", "untrusted", "root")]
    parts = [chain[:1], chain[1:-1] or chain[-1:], chain[-1:]]
    for path, ders in zip(names, parts, strict=True):
        pem = (ssl.DER_cert_to_PEM_cert(der) for der in ders)
        path.write_text("".join(pem), "ascii")
    leaf, untrusted, root = map(str, names)
    # NOTE: Level 0 lets SHA-1 links pass, as our path layer does: the policy dates algorithms.
    command = ["openssl", "verify", "-no_check_time", "-auth_level", "0", "-CAfile", root]
    command += ["-untrusted", untrusted, leaf]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_certvalidator_agrees_on_every_real_chain(corpus: Path, trust: TrustStore) -> None:
    """The library of the uncommon route finds no fault in any real chain either."""
    chains = [chain for chain in _chains(corpus, trust) if len(chain) > 1]

    assert len(chains) == 70
    assert [p for chain in chains for p in constraint_problems(chain)] == []
