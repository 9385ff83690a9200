"""The rules that never bend, one by one."""

from __future__ import annotations

import pytest

from sigcheck.checks import checks
from sigcheck.config import load_policy
from sigcheck.model.evidence import Permission
from sigcheck.model.finding import NOT_APPLICABLE, Block, Finding, Level, Outcome, Status, failed
from sigcheck.model.finding import PASSED as YES
from sigcheck.model.indication import Indication, SubIndication
from sigcheck.model.policy import Policy
from sigcheck.verdict import conclude


def finding(outcome: Outcome, block: Block, level: Level = Level.FAIL) -> Finding:
    """Return a finding whose check fails as HASH_FAILURE."""
    return Finding("X", block, level, outcome, SubIndication.HASH_FAILURE)


def test_silence_is_not_a_pass() -> None:
    """Without any finding nothing passes."""
    assert conclude([], frozenset({Block.CRYPTO}))[0] is Indication.INDETERMINATE


def test_requiring_nothing_is_not_a_pass() -> None:
    """A policy that requires no block lets nothing pass."""
    assert conclude([finding(YES, Block.CRYPTO)], frozenset())[0] is Indication.INDETERMINATE


@pytest.mark.parametrize("outcome", [NOT_APPLICABLE, failed(), Outcome(Status.CRASHED)])
def test_required_block_needs_a_passed_finding(outcome: Outcome) -> None:
    """Not applicable, failed and crashed do not answer for a required block."""
    findings = [finding(YES, Block.CRYPTO), finding(outcome, Block.PATH, Level.NOTE)]

    assert conclude(findings, frozenset({Block.CRYPTO, Block.PATH}))[0] is Indication.INDETERMINATE


def test_failure_speaks_before_doubt() -> None:
    """A certain failure of a later block speaks before an earlier block's INDETERMINATE."""
    doubt = Finding("A", Block.FORMAT, Level.FAIL, failed(), SubIndication.TRY_LATER)
    sure = Finding("B", Block.PATH, Level.FAIL, failed(), SubIndication.REVOKED)

    assert conclude([doubt, sure], frozenset())[1] is SubIndication.REVOKED


def test_unknown_code_fails() -> None:
    """A code the policy does not name fails, whatever the permission."""
    policy = Policy("p", "1", levels={"KNOWN": Level.NOTE, "ROW": {Permission.P1: Level.NOTE}})

    assert policy.level("UNKNOWN") is Level.FAIL
    assert policy.level("ROW", Permission.P2) is Level.FAIL


@pytest.mark.parametrize("name", ["intake", "archive", "etsi"])
def test_shipped_policies_name_every_check(name: str) -> None:
    """Each shipped policy gives every check a level, and names no code that does not exist."""
    named = set(load_policy(name).levels)
    known = {c.code for c in checks()}

    assert {c for c in known if not c.startswith("WF-")} - named == set()
    assert {c for c in named if not c.startswith("WF-")} - known == set()


def test_advice_never_decides() -> None:
    """A check without a sub-indication has a level that cannot decide, in every policy."""
    for name in ("intake", "archive", "etsi"):
        policy = load_policy(name)
        for check in checks():
            if check.fails_as is None:
                assert policy.level(check.code) in {Level.NOTE, Level.WARN, Level.SKIP}
