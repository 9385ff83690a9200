"""What nobody outside can get is told as that, with advice that helps."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import sigcheck
from sigcheck.model.finding import Finding
from sigcheck.render.words import Words
from tests.render.builder import finding


def unknown_status(fixtures: Path, name: str) -> Finding:
    """Return what a vector's signature lacks."""
    trust = sigcheck.TrustStore.load([fixtures / "pki"])
    case = fixtures / "vectors" / "revocation" / name / "document.pdf"
    report = sigcheck.Verifier(trust).verify(case, at=datetime(2026, 11, 23, tzinfo=UTC))
    (signature,) = report.document.signatures
    return next(f for f in signature.findings if f.code == "RV-STATUS-KNOWN")


def test_addresses_of_an_internal_network(fixtures: Path) -> None:
    """They are not among those to ask; the network is named, and who can help."""
    found = unknown_status(fixtures, "internal-network")
    facts = found.outcome.facts

    assert facts["urls"] == ()
    assert facts["internal"] == ("http://www.ca.bca/pki/pub/crl/bca.crl", "http://ocsp.ca.bca")
    advice = Words.load("vi").advice(found)
    assert "chỉ mở được trong mạng nội bộ của Bộ Công an" in advice
    assert "địa chỉ:" not in advice
    assert "mạng nội bộ của Bộ Công an" in Words.load("vi", commands=False).advice(found)


def test_other_addresses(fixtures: Path) -> None:
    """A list that anybody may fetch is not said to be out of reach."""
    found = unknown_status(fixtures, "missing")

    assert found.outcome.facts["internal"] == ()
    assert found.outcome.facts["urls"] != ()
    assert "mạng nội bộ" not in Words.load("vi").advice(found)


@pytest.mark.parametrize("commands", [True, False])
def test_a_certificate_published_nowhere(commands: bool) -> None:
    """The gazette's CA: whom to ask, where fetching finds nothing."""
    name = "CN=CA phục vụ cho dịch vụ phần mềm G2,O=Ban Cơ yếu Chính phủ,C=VN"
    words = Words.load("vi", commands=commands)

    told = words.advice(finding("PA-ANCHOR-FOUND", facts={"unpublished": name}))
    assert "“CA phục vụ cho dịch vụ phần mềm G2” chưa thấy công bố ở đâu" in told
    assert "Cục Chứng thực số" not in words.advice(finding("PA-ANCHOR-FOUND"))
