"""Levels of documents that somebody else's tool made."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import pytest

import sigcheck
from sigcheck.model.indication import Indication
from sigcheck.model.report import SignatureReport
from tests.longterm import made

AT = made.WHEN + timedelta(hours=1)


@cache
def judged(level: str, policy: str = "intake") -> list[SignatureReport]:
    """Return what a document of a level comes to an hour after it was made."""
    trust = sigcheck.TrustStore.load([made.PKI])
    verifier = sigcheck.Verifier(trust=trust, policy=sigcheck.load_policy(policy))
    return list(verifier.verify(made.signed(level), at=AT).document.signatures)


@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LT", "B-LTA"])
def test_level_is_the_one_that_was_made(level: str) -> None:
    """Each level pyHanko makes is named as that level, and passes."""
    first, *others = judged(level)

    assert first.pades_level == level
    assert first.indication is Indication.TOTAL_PASSED
    assert len(others) == (level == "B-LTA")


def test_cms_without_pades_has_no_level() -> None:
    """A time-stamped adbe.pkcs7.detached signature is no PAdES signature."""
    (only,) = judged("none")

    assert only.pades_level is None
    assert only.indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize("policy", ["etsi", "archive"])
def test_strict_policies_pass_b_lta(policy: str) -> None:
    """A document with everything B-LTA asks for passes the strict policies too."""
    found = judged("B-LTA", policy)

    assert [s.indication for s in found] == [Indication.TOTAL_PASSED] * 2


def test_document_timestamp_has_no_level() -> None:
    """A document time-stamp is no signature of a person and has no level of its own."""
    assert judged("B-LTA")[1].pades_level is None


@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LT", "B-LTA"])
def test_level_is_not_a_matter_of_trust(level: str) -> None:
    """The level says what is there, also to somebody who trusts none of the roots."""
    report = sigcheck.Verifier(trust=sigcheck.TrustStore()).verify(made.signed(level), at=AT)
    first = report.document.signatures[0]

    assert first.indication is Indication.INDETERMINATE
    assert first.pades_level == level
