"""No attack vector passes, and docs/attacks.md speaks of every one of them."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

import sigcheck
from fixtures.make.cases import attacks_base
from fixtures.make.vector import AT
from tests.fixtures import vectors

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "attacks.md").read_text("utf-8")
CASES = [case for case in vectors.CASES if case.parent.name.startswith("attack-")]
CLASSES = sorted({case.parent.name for case in CASES})
EVERY = pytest.mark.parametrize("case", CASES, ids=vectors.name)
LEAST = 3
"""Variants of each class."""


def sections() -> dict[str, str]:
    """Return the page's section about each class, by the name of the vectors' folder."""
    parts = PAGE.split("\n## ")[1:]
    named = (re.search(r"^`(attack-[a-z-]+)/`", part, re.MULTILINE) for part in parts)
    return {name[1]: part for name, part in zip(named, parts, strict=True) if name}


@EVERY
def test_the_signature_an_attack_is_aimed_at_never_passes(case: Path) -> None:
    """Neither the document nor a signature that must not pass is TOTAL-PASSED."""
    wanted = vectors.expected(case)
    document = vectors.judged(case).document
    passing = Counter(
        (s.evidence.field or "") for s in document.signatures if s.indication == "TOTAL-PASSED"
    )
    allowed = Counter(s["field"] for s in wanted["signatures"] if s["indication"] == "TOTAL-PASSED")

    assert document.indication != "TOTAL-PASSED"
    assert passing <= allowed


def test_every_attack_is_aimed_at_something() -> None:
    """A vector of these groups expects a refusal; otherwise it would test nothing."""
    for case in CASES:
        wanted = vectors.expected(case)

        indication = wanted["document"]["indication"]
        assert indication in {"TOTAL-FAILED", "INDETERMINATE", "UNREADABLE"}, case
        assert wanted["exit_code"] in {1, 10, 11}, case


@pytest.mark.parametrize("permission", [None, 1, 2, 3])
def test_what_the_attacks_begin_with_passes(permission: int | None) -> None:
    """The small signed page and its certified forms are sound as long as nobody touches them."""
    document = attacks_base.certified(permission) if permission else attacks_base.base()
    trust = sigcheck.TrustStore.load((ROOT / "fixtures" / "pki",))

    report = sigcheck.verify(document.data, trust=trust, at=datetime.fromisoformat(AT))

    assert sigcheck.require_passed(report) is report


def test_each_class_has_its_variants() -> None:
    """At least three documents of each class."""
    few = {name: count for name, count in Counter(c.parent.name for c in CASES).items()
           if count < LEAST}  # fmt: skip

    assert few == {}


def test_the_page_has_a_section_for_each_class() -> None:
    """The page speaks of the classes there are, and of no other."""
    assert sorted(sections()) == CLASSES


@pytest.mark.parametrize("name", CLASSES)
def test_the_page_names_every_document(name: str) -> None:
    """Each section says how its class is refused and names exactly its documents."""
    section = sections()[name]
    listed = section.rsplit("\n\n", 1)[1] if section.count("\n\n") > 2 else section
    named = set(re.findall(r"`([a-z0-9-]+)`", listed.split("\n\n")[-1]))
    there = {case.name for case in CASES if case.parent.name == name}

    assert "**Refused:**" in section
    assert named == there
    assert f"{len(there)} documents" in section


def test_the_page_counts_right() -> None:
    """The page tells how many documents and classes there are."""
    assert f"There are {len(CASES)} documents in {len(CLASSES)} classes." in PAGE
