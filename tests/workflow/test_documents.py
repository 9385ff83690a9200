"""Whole documents: our own directive, and real ones, told as people see them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sigcheck import Verifier
from sigcheck.config import TrustStore
from sigcheck.model.report import DocumentReport

AT = datetime(2026, 11, 23, tzinfo=UTC)


def told(path: Path, trust: Path) -> DocumentReport:
    """Verify a document, or skip where it is absent."""
    if not path.exists():
        pytest.skip(f"no {path}")
    return Verifier(trust=TrustStore.load((trust,))).verify(path, at=AT).document


def statuses(report: DocumentReport) -> dict[str, str]:
    """Return every question's answer."""
    return {f.code: f.outcome.status.value for f in report.workflow.findings}


@pytest.mark.parametrize("name", ["2691-ct-ubnd", "2691-ct-ubnd-production"])
def test_the_directive(fixtures: Path, name: str) -> None:
    """The generator's expectation names the acts; nothing is found wrong."""
    folder = fixtures / "vectors" / "long-an" / name
    report = told(folder / "document.pdf", fixtures / "pki")
    expected = json.loads((folder / "expected.json").read_text("utf-8"))

    assert [s.act for s in report.signatures] == [s["act"] for s in expected["signatures"]]
    assert report.workflow.pattern == "directive-by-province"
    assert set(statuses(report).values()) == {"passed"}


def test_a_file_that_was_cut_off_is_no_rewritten_one(fixtures: Path) -> None:
    """Its last bytes are missing; nobody wrote it anew, and the byte layer tells the cause."""
    report = told(fixtures / "vectors" / "bytes" / "truncated" / "document.pdf", fixtures / "pki")
    advice = {f.code: f.outcome.status.value for f in report.findings}
    deciding = report.signatures[0].deciding

    assert (statuses(report)["WF-REWRITTEN"], advice["DC-REWRITTEN"]) == ("passed", "passed")
    assert deciding is not None
    assert deciding.code == "FC-BYTERANGE-INSIDE"


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "pattern", "acts"),
    [
        ("lam-dong-156", "directive-by-province", ["approve", "seal", "number", "date"]),
        ("binh-thuan-3367", "seal-by-person", ["approve", "seal"]),
        ("gia-lai-2061-annex", "attachment", ["attachment"]),
        (
            "binh-thuan-108-kydauden",
            "directive-by-province",
            ["approve", "number", "date", "seal"],
        ),
        ("binh-thuan-788-kydauden", "seal-by-person", ["approve", "seal"]),
    ],
)
def test_real_documents(corpus: Path, name: str, pattern: str, acts: list[str]) -> None:
    """The acts are those the pictures of the pages show."""
    report = told(corpus / "vietnam" / f"{name}.pdf", corpus / "certs")

    assert (report.workflow.pattern, [s.act for s in report.signatures]) == (pattern, acts)


@pytest.mark.corpus
def test_what_is_told_of_real_documents(corpus: Path) -> None:
    """A sound document, one whose seal a person put, one an office rewrote."""
    folder, trust = corpus / "vietnam", corpus / "certs"
    sound = statuses(told(folder / "lam-dong-156.pdf", trust))
    sealed = statuses(told(folder / "binh-thuan-3367.pdf", trust))
    rewritten = told(folder / "binh-thuan-788-kydauden.pdf", trust)

    assert set(sound.values()) == {"passed"}
    assert (sealed["WF-BOTH-SIGNED"], sealed["WF-SEAL-UNSIGNED"]) == ("failed", "failed")
    assert statuses(rewritten)["WF-REWRITTEN"] == "failed"
    assert rewritten.evidence is not None
    assert "kydauden" in rewritten.evidence.stamps
