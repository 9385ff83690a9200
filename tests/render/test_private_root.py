"""A root that the checker added is never shown as one of NEAC's."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import sigcheck
from sigcheck.model.evidence import Tier
from sigcheck.render import RenderOptions, Words, renderer


@pytest.fixture
def report(fixtures: Path, tmp_path: Path) -> sigcheck.Report:
    """Return the report on the model document with the roots as bare files, listed by nobody."""
    for folder in ("roots", "intermediates", "tsa", "crl"):
        shutil.copytree(fixtures / "pki" / folder, tmp_path / folder)
    trust = sigcheck.TrustStore.load([tmp_path])
    document = fixtures / "vectors" / "long-an" / "2691-ct-ubnd-production" / "document.pdf"
    return sigcheck.verify(document, trust=trust)


def test_the_reader_is_told_whose_root_it_is(report: sigcheck.Report) -> None:
    """In the card and in the advice, in both languages."""
    anchor = report.document.signatures[0].evidence.path
    assert anchor is not None
    assert anchor.anchor is not None
    assert anchor.anchor.tier is Tier.PUBLIC
    assert anchor.anchor.self_made

    vietnamese = renderer("text")(report, Words.load("vi"), RenderOptions(verbose=1))
    english = renderer("csv")(report, Words.load("en"), RenderOptions())

    assert "hệ riêng (CA gốc do người kiểm tra tự thêm)" in " ".join(vietnamese.split())
    assert "CA công cộng (NEAC)" not in vietnamese
    assert "a private root added by whoever checks" in english


def test_the_law_of_a_private_root_is_not_the_public_ones(report: sigcheck.Report) -> None:
    """The advisory finding doesn't call the path one to NEAC."""
    found = [f for f in report.document.signatures[0].findings if f.code == "AD-TIER-LAW"]

    assert found[0].outcome.facts == {"tier": "own"}
    assert "--trust" in Words.load("vi").message(found[0])
