"""Words accuse only of what was found: what could not be computed is not called wrong."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

import sigcheck
from fixtures.make.cases import attacks_base
from sigcheck.render.cards import integrity_of
from sigcheck.render.layout import RenderOptions, Tone
from sigcheck.render.text import render
from sigcheck.render.words import LANGUAGES, Words

AT = datetime.fromisoformat("2026-11-23T00:00:00+07:00")
ACCUSATIONS = (
    "bị thay đổi sau khi ký",
    "không khớp",
    "SAI;",
    "was changed after",
    "not match",
    "WRONG",
)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "case", ["honest/unknown-gost", "honest/unknown-sm2", "attack-algorithm/no-signature"]
)
def test_an_algorithm_nobody_knows_accuses_nobody(fixtures: Path, case: str, lang: str) -> None:
    """No digest or value was computed, so none differs."""
    trust = sigcheck.TrustStore.load([fixtures / "pki"])
    report = sigcheck.verify(fixtures / "vectors" / case / "document.pdf", trust=trust, at=AT)
    text = render(report, Words.load(lang), RenderOptions(verbose=1, width=400))

    assert [word for word in ACCUSATIONS if word in text] == []


def test_a_value_that_verifies_under_names_that_disagree_is_not_called_wrong(
    fixtures: Path,
) -> None:
    """The fault is the one that was found."""
    trust = sigcheck.TrustStore.load([fixtures / "pki"])
    case = fixtures / "vectors" / "attack-algorithm" / "digest-named-otherwise" / "document.pdf"
    signature = sigcheck.verify(case, trust=trust, at=AT).document.signatures[0]

    assert integrity_of(signature) == ("algorithms_disagree", Tone.BAD)


@pytest.mark.parametrize(
    ("written", "shown"), [(b"thu Bay, 8/10", "thu Bay, 8/10"), (2024, "2024")]
)
def test_a_time_nobody_can_read_is_shown_as_written(written: bytes | int, shown: str) -> None:
    """/M is there: nobody may say that no time is stated."""
    report = sigcheck.verify(attacks_base.signed(extra={"M": written}).data, at=AT)
    text = " ".join(render(report, Words.load("en"), RenderOptions(verbose=1, width=400)).split())

    assert f"no signing time stated that can be read: “{shown}”" in text
    assert report.to_dict()["documents"][0]["signatures"][0]["claimed_time_raw"] == shown
