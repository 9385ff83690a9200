"""What a report says of the years to come, and that it says nothing where nothing lasts."""

from __future__ import annotations

from typing import Any

from sigcheck.api import judge_document
from sigcheck.config import load_policy
from sigcheck.model.report import DocumentReport
from sigcheck.render.cards import integrity_of
from sigcheck.render.sheet import archiving
from sigcheck.render.words import Words
from tests import facts


def judged(**odd: Any) -> DocumentReport:
    """Judge a document of one signature under the clerk's policy."""
    document = facts.document(facts.evidence(**odd))
    return judge_document(document, load_policy("intake"), facts.NOW, "x.pdf")


def test_end_of_proof_is_told() -> None:
    """A document that passes is told when its proof of time runs out, and by whom."""
    said = archiving(judged(), Words.load("en"), full=False)

    assert any("2026-01-01" in sentence and "leaf" not in sentence for sentence in said)


def test_broken_document_has_nothing_that_lasts() -> None:
    """A forged document gets no advice for the archive."""
    broken = judged(cms=facts.cms(digest_matches=False))

    assert archiving(broken, Words.load("vi"), full=True) == ()


def test_digest_that_was_not_computed_is_not_called_unchanged() -> None:
    """Where the byte range reaches beyond the file nobody can say that nothing was changed."""
    outside = facts.byte_range(inside_file=False, covers_file=False, covers_revision=False)
    report = judged(
        byte_range=outside, cms=facts.cms(digest_matches=None, computed_digest="")
    ).signatures[0]

    assert integrity_of(report)[0] == "integrity_unknown"
