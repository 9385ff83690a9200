"""Quirks of time: told side by side in Vietnam's time, noted by size, never used for ordering."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import sigcheck
from sigcheck.api import judge_document
from sigcheck.cli import main
from sigcheck.config import load_policy
from sigcheck.model.evidence import DictionaryFacts
from sigcheck.model.finding import Level
from tests import facts

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
TOLD = {
    "timestamp/clock-behind": ("2022-08-26 20:20:45 +07:00", "2022-08-26 20:43:31 +07:00"),
    "timestamp/gentime-local-as-utc": ("2022-08-26 20:20:45 +07:00", "2022-08-27 03:00:45 +07:00"),
    "longterm/clock-a-week-off": ("2022-08-26 20:20:45 +07:00", "2022-09-02 20:20:45 +07:00"),
    "longterm/token-from-the-future": ("2024-10-08 09:15:00 +07:00", "2024-10-08 15:55:00 +07:00"),
}
"""Claimed and stamped time as the generator chose them."""


def shown(case: str, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """Return the text report of a vector on one line."""
    folder = FIXTURES / "vectors" / case
    at = json.loads((folder / "expected.json").read_text("utf-8"))["options"]["at"]
    document, trust = str(folder / "document.pdf"), str(FIXTURES / "pki")
    main(["verify", "-v", document, "--trust", trust, "--at", at, "--lang", "en", *more])
    return " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("case", TOLD)
def test_both_times_stand_side_by_side(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The text tells the claimed and the stamped time on one line, both at +07:00."""
    claimed, stamped = TOLD[case]

    assert f"{claimed} (by the signer's clock); {stamped} (time-stamp)" in shown(case, capsys)


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("timestamp/gentime-local-as-utc", "seems to give Vietnamese time labelled as universal"),
        ("longterm/clock-a-week-off", "The claimed time is 7 days away from the time-stamp"),
        ("longterm/token-from-the-future", "is later than the time of this check"),
        ("longterm/asked-before-signing", "is later than the time of this check"),
    ],
)
def test_clerk_is_told(case: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What a clerk may stumble over is told without being asked for."""
    assert told in shown(case, capsys)


@pytest.mark.parametrize(
    ("seconds", "spread", "far"),
    [(299, False, False), (301, True, False), (86_399, True, False), (86_401, True, True)],
)
def test_size_decides_between_note_and_warning(seconds: int, spread: bool, far: bool) -> None:
    """Over five minutes is a note, over a day a warning; neither decides."""
    token = facts.token(time=facts.SIGNED + timedelta(seconds=seconds))
    document = facts.document(facts.evidence(timestamps=(token,)))
    (report,) = judge_document(document, load_policy("intake"), facts.NOW, "x.pdf").signatures
    levels = {f.code: f.level for f in report.findings if f.unanswered}

    assert levels.get("TM-CLOCK-SPREAD") is (Level.NOTE if spread else None)
    assert levels.get("TM-CLOCK-FAR") is (Level.WARN if far else None)
    assert not any(f.decides for f in report.findings)


@pytest.mark.parametrize(
    ("ahead", "noted"), [(6.2, False), (6.3, True), (7.0, True), (7.7, True), (7.8, False)]
)
def test_local_time_labelled_utc_is_recognised(ahead: float, noted: bool) -> None:
    """A token some seven hours ahead of /M is told as local time labelled UTC."""
    token = facts.token(time=facts.SIGNED + timedelta(hours=ahead))
    document = facts.document(facts.evidence(timestamps=(token,)))
    (report,) = judge_document(document, load_policy("intake"), facts.NOW, "x.pdf").signatures

    assert ("TM-TOKEN-LABEL" in {f.code for f in report.findings if f.unanswered}) is noted


def test_order_is_the_files() -> None:
    """Signatures stand in revision order, whatever their clocks say."""
    late, early = facts.SIGNED + timedelta(hours=2), facts.SIGNED
    signatures = [
        facts.evidence(
            field=f"Signature{i + 1}",
            index=i,
            revision=i + 1,
            revision_count=2,
            timestamps=(facts.token(time=time),),
            dictionary=DictionaryFacts(sub_filter="adbe.pkcs7.detached", claimed_time=time),
        )
        for i, time in enumerate((late, early))
    ]
    document = facts.document(*signatures)
    reports = judge_document(document, load_policy("intake"), facts.NOW, "x.pdf").signatures

    assert [r.evidence.field for r in reports] == ["Signature1", "Signature2"]
    assert [r.evidence.best_signature_time for r in reports] == [late, early]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2024-10-08T09:14:59+07:00", "SIG_CONSTRAINTS_FAILURE"),
        ("2024-10-08T09:15:00+07:00", None),
        ("2029-06-13T00:00:00+00:00", None),
        ("2029-06-13T00:00:01+00:00", "OUT_OF_BOUNDS_NO_POE"),
    ],
)
def test_at_asks_was_it_valid_then(at: str, expected: str | None) -> None:
    """Without a token `at` decides, from the claimed time to the certificate's end."""
    trust = sigcheck.TrustStore.load([FIXTURES / "pki"])
    document = FIXTURES / "vectors" / "longterm" / "at-the-last-second" / "document.pdf"
    report = sigcheck.verify(document, trust=trust, at=datetime.fromisoformat(at))
    sub = report.document.signatures[0].sub_indication

    assert (sub.value if sub else None) == expected
