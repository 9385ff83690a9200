"""What signing tools write is shown as theirs, and gives nobody away."""

from __future__ import annotations

from pathlib import Path

import pytest

import sigcheck
from sigcheck.model.report import Report
from sigcheck.render import RenderOptions, Words, renderer


def judged(fixtures: Path, name: str) -> Report:
    """Return the report on a vector of the group."""
    trust = sigcheck.TrustStore.load([fixtures / "pki"])
    return sigcheck.Verifier(trust).verify(fixtures / "vectors" / "tools" / name / "document.pdf")


@pytest.mark.parametrize("form", ["text", "json", "jsonl", "html", "csv", "xml"])
def test_identity_numbers_in_a_reason_are_masked(fixtures: Path, form: str) -> None:
    """A tool that writes the certificate's whole name into /Reason shows no citizen's number."""
    report = judged(fixtures, "json-build")

    told = renderer(form)(report, Words.load("vi"), RenderOptions(verbose=2))

    assert "000000001234" in report.document.signatures[0].evidence.dictionary.reason
    assert "000000001234" not in told


def test_the_tool_is_named_beside_what_it_calls_itself(fixtures: Path) -> None:
    """The name is ours, for readers; the tool's own words stand before it."""
    report = judged(fixtures, "vnpt-smartca-office")

    told = renderer("text")(report, Words.load("en"), RenderOptions(verbose=2, width=200))

    assert "SmartCA © VNPT 2026 – VNPT SmartCA inside a document system" in told


def test_trial_words_are_the_tools(fixtures: Path) -> None:
    """They are quoted, explained, and change nothing."""
    report = judged(fixtures, "trial-text")

    told = " ".join(renderer("text")(report, Words.load("vi"), RenderOptions(verbose=1)).split())

    assert report.indication is sigcheck.DocumentIndication.TOTAL_PASSED
    assert "“PHIÊN BẢN THỬ NGHIỆM” là do phần mềm ký ghi, không phải của chứng thư số" in told
