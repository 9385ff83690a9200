"""What veraPDF says of a document, where it is installed; and what it says otherwise."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

import sigcheck
from sigcheck.model.finding import Status
from sigcheck.preserve.verapdf import VeraPdf

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "fixtures" / "vectors" / "long-an" / "2691-ct-ubnd-production" / "document.pdf"
AT = datetime.fromisoformat("2026-11-23T00:00:00+07:00")


def answer(pdfa: VeraPdf | None) -> tuple[Status, str]:
    """Return how the check on veraPDF's verdict came out, and the verdict."""
    trust = sigcheck.TrustStore.load([ROOT / "fixtures" / "pki"])
    document = sigcheck.Verifier(trust=trust, pdfa=pdfa).verify(MODEL, at=AT).document
    finding = next(f for f in document.findings if f.code == "DC-PDFA-HOLDS")
    assert document.evidence is not None
    return finding.outcome.status, document.evidence.pdfa_verdict


def test_verapdf_refuses_what_claims_nothing() -> None:
    """The real program finds the model document not to be PDF/A, as its own report says."""
    pdfa = VeraPdf.installed()
    if pdfa is None:
        pytest.skip("verapdf is not on the PATH")

    status, verdict = answer(pdfa)

    assert status is Status.FAILED
    assert verdict.startswith("no PDF/A-")


def test_without_verapdf_nothing_is_said() -> None:
    """Where the program is absent the question does not apply."""
    assert answer(None) == (Status.NOT_APPLICABLE, "")


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("", ""),
        ("{", ""),
        ('{"report": {"jobs": []}}', ""),
        (
            (
                'WARN {"report": {"jobs": [{"validationResult": [{"profileName":'
                ' "PDF/A-2B validation profile", "compliant": true}]}]}}'
            ),
            "yes PDF/A-2B",
        ),
    ],
)
def test_odd_answers(said: str, verdict: str, tmp_path: Path) -> None:
    """A program that dies, says half or warns first gives no verdict, or the one it gave."""
    program = tmp_path / "verapdf"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{said}\nEND\n", "utf-8")
    program.chmod(0o755)

    assert VeraPdf(str(program))(b"%PDF-1.7") == verdict


@pytest.mark.parametrize(("compliant", "status"), [("true", "passed"), ("false", "failed")])
def test_answer_becomes_a_finding(compliant: str, status: str, tmp_path: Path) -> None:
    """A document that fails its profile fails the check."""
    program = tmp_path / "verapdf"
    said = (
        '{"report": {"jobs": [{"validationResult": [{"profileName": "PDF/A-2B validation'
        f' profile", "compliant": {compliant}}}]}}]}}}}'
    )
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{said}\nEND\n", "utf-8")
    program.chmod(0o755)

    found, verdict = answer(VeraPdf(str(program)))

    assert found.value == status
    assert verdict.endswith("PDF/A-2B")
