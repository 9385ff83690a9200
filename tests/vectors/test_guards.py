"""What no document can show by itself: a greedy tool profile, a comparison that breaks."""

from __future__ import annotations

from datetime import datetime

import pytest
from msgspec.structs import replace

import sigcheck
from fixtures.make.vector import trust_folders
from sigcheck.checks import checks
from sigcheck.config import load_policy
from sigcheck.evidence.changes import engine
from sigcheck.model.finding import Level
from sigcheck.model.policy import ToolProfile
from tests.fixtures import vectors

GREEDY = ToolProfile(
    id="greedy",
    match={"producer-prefix": ""},
    softens={check.code: Level.NOTE for check in checks()},
    reason="softens whatever it may",
)
"""A profile that fits every signature and asks for everything."""
BROKEN = (
    "bytes/changed-in-first-range",
    "bytes/range-ends-early",
    "cms/not-cms",
    "cms/signing-certificate-mismatch",
    "cms/wrong-signature-value",
    "docmdp/approval-then-content-replaced",
    "docmdp/approval-then-note",
    "path/missing-intermediate",
    "path/test-anchor",
    "revocation/ca-revoked",
    "revocation/missing",
    "revocation/revoked-before-signing",
    "time/expired-without-proof",
    "timestamp/imprint-mismatch",
    "timestamp/tsa-status-unknown",
    "cms/rsa-1024-after-circular-15",
)


def verified(case: str, policy: sigcheck.Policy) -> sigcheck.Report:
    """Verify a vector as its options ask, under this policy."""
    folder = vectors.ROOT / "vectors" / case
    options = vectors.expected(folder)["options"]
    trust = sigcheck.TrustStore.load(trust_folders(folder, options))
    verifier = sigcheck.Verifier(trust=trust, policy=policy)
    return verifier.verify(folder / "document.pdf", at=datetime.fromisoformat(options["at"]))


@pytest.mark.parametrize("case", BROKEN)
def test_greedy_profile_softens_nothing_that_counts(case: str) -> None:
    """Rule 6: a profile may never soften coverage, digest, value, path or revocation."""
    plain = verified(case, replace(load_policy("intake"), profiles=()))
    greedy = verified(case, replace(load_policy("intake"), profiles=(GREEDY,)))

    assert plain.document.indication.value != "TOTAL-PASSED"
    assert [s.indication for s in greedy.document.signatures] == [
        s.indication for s in plain.document.signatures
    ]
    assert [s.sub_indication for s in greedy.document.signatures] == [
        s.sub_indication for s in plain.document.signatures
    ]


def test_profile_softens_what_opted_in() -> None:
    """The same profile lowers the one kind of check that allows it, and the report says so."""
    policy = replace(load_policy("intake"), profiles=(GREEDY,))
    (signature,) = verified("identity/reason-mismatch", policy).document.signatures
    finding = next(f for f in signature.findings if f.code == "AD-REASON-MATCHES")

    assert finding.level is Level.NOTE
    assert finding.softened_by == "greedy"
    assert signature.profiles == ("greedy",)


LATER = (
    "docmdp/approval-then-signature",
    "docmdp/p2-then-form-filled",
    "longterm/b-lta",
    "file/two-signatures",
)
"""Vectors whose first signature passes because what came later was compared."""


@pytest.mark.parametrize("case", LATER)
@pytest.mark.parametrize(
    "error", [ValueError, KeyError, IndexError, TypeError, RecursionError, ZeroDivisionError]
)
def test_comparison_that_breaks_explains_nothing(
    case: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule 1: a pair of revisions that could not be compared is a change nobody explained."""

    def breaks(_: object) -> None:
        raise error

    policy = load_policy("intake")
    before = verified(case, policy).document.signatures[0]
    monkeypatch.setattr(engine, "judge_leftovers", breaks)
    after = verified(case, policy).document.signatures[0]

    assert before.indication.value == "TOTAL-PASSED"
    assert after.indication.value == "TOTAL-FAILED"
    assert {f.code for f in after.findings if f.decides} == {"CH-UNDEFINED"}


@pytest.mark.parametrize("case", LATER)
def test_comparison_that_dies_gives_no_verdict(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no parser raises is the caller's to see: there is no report that could have passed."""

    def dies(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(engine, "Pair", dies)

    with pytest.raises(OSError):  # noqa: PT011 - raised bare a line above
        verified(case, load_policy("intake"))
