"""What a user reads when a CA is missing, and the root that came inside a time-stamp token."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

import sigcheck
from fixtures.make import world
from fixtures.make.keys import identifier
from sigcheck.model.finding import Finding
from sigcheck.model.report import SignatureReport
from sigcheck.render.words import LANGUAGES, Words

AT = datetime.fromisoformat("2026-11-01T08:00:00+07:00")


def first(document: Path, *trust: Path) -> SignatureReport:
    """Return the report on the first signature."""
    verifier = sigcheck.Verifier(sigcheck.TrustStore.load(trust))
    return verifier.verify(document, at=AT).document.signatures[0]


def named(report: SignatureReport, code: str) -> Finding:
    """Return the finding of a code."""
    return next(f for f in report.findings if f.code == code)


def test_a_root_in_a_token_serves_when_its_hash_is_pinned(fixtures: Path) -> None:
    """With the list of pins alone, and no certificate, the token's path reaches its anchor."""
    document = fixtures / "vectors" / "cms" / "ordinary" / "document.pdf"
    pins = fixtures / "pki" / "anchors.toml"

    anchored = first(document, pins).evidence.timestamps[0].path
    bare = first(document).evidence.timestamps[0].path

    assert anchored is not None
    assert anchored.anchor is not None
    assert anchored.anchor.sha256 == world.ca("g2-root").sha256
    assert bare is not None
    assert bare.anchor is None


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_missing_ca_is_named_with_key_and_command(
    fixtures: Path, tmp_path: Path, lang: str
) -> None:
    """The reader learns which CA, which key, and what to type."""
    key = identifier("g2-party").hex()
    (tmp_path / "anchors.toml").write_text(
        f'[[missing]]\nsubject = "CN=x"\ntier = "government"\nski = "{key}"\n'
        f'url = "{world.crt_url("g2-party")}"\n'
    )
    document = fixtures / "vectors" / "path" / "missing-intermediate" / "document.pdf"
    report = first(document, fixtures / "pki", tmp_path)
    finding, words = named(report, "PA-ANCHOR-FOUND"), Words.load(lang)

    assert world.AUTHORITIES["g2-party"].cn in words.message(finding)
    assert key in words.message(finding)
    assert f"sigcheck trust fetch {key}" in words.advice(finding)
    assert "Cục Chứng thực số và Bảo mật thông tin" in words.advice(finding)


def test_no_command_is_given_that_would_not_work(fixtures: Path) -> None:
    """A CA nobody listed is named with its address, and no fetch that must fail."""
    document = fixtures / "vectors" / "path" / "missing-intermediate" / "document.pdf"
    finding = named(first(document, fixtures / "pki"), "PA-ANCHOR-FOUND")
    advice = Words.load("en").advice(finding)

    assert "trust fetch" not in advice
    assert "Cục Chứng thực số" not in advice
    assert world.crt_url("g2-party") in advice
    assert "--online" in advice


@pytest.mark.corpus
def test_a_real_documents_missing_ca_has_its_command(corpus: Path) -> None:
    """Without any store, a Gia Lai document names the state agencies' CA by its pinned key."""
    report = first(corpus / "vietnam" / "gia-lai-2061-annex.pdf")
    advice = Words.load("en").advice(named(report, "PA-ANCHOR-FOUND"))

    assert "sigcheck trust fetch 50becfa0bdea0f9f4e9128a32aeb7ceef02fc8ba" in advice


@pytest.mark.corpus
def test_a_real_token_brings_its_pinned_root(corpus: Path) -> None:
    """VGCA's tokens carry their root, which our list pins: no store is needed for them."""
    path = first(corpus / "vietnam" / "gia-lai-2061-annex.pdf").evidence.timestamps[0].path

    assert path is not None
    assert path.anchor is not None
    assert "Chính phủ" in path.anchor.subject


@pytest.mark.parametrize("lang", LANGUAGES)
def test_unknown_status_warns_and_says_what_to_do(fixtures: Path, lang: str) -> None:
    """TT 15/2025, Annex II 1.2: where the status can't be checked, there is a warning."""
    document = fixtures / "vectors" / "revocation" / "missing" / "document.pdf"
    report = first(document, fixtures / "pki")
    finding, words = named(report, "RV-STATUS-KNOWN"), Words.load(lang)

    assert report.sub_indication is not None
    assert report.sub_indication.value == "TRY_LATER"
    assert "CRL" in words.message(finding)
    assert "--online" in words.advice(finding)
    assert world.crl_url("g2-software") in words.advice(finding)
