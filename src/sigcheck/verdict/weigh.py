"""Turn answers into findings: the policy gives each its level, a profile may soften it."""

from __future__ import annotations

from collections.abc import Iterable

from sigcheck.checks import Answer
from sigcheck.model.evidence import Permission
from sigcheck.model.finding import Block, Finding, Level, Status
from sigcheck.model.indication import Indication, SubIndication
from sigcheck.model.policy import Policy, ToolProfile

_RANK = {Level.SKIP: 0, Level.NOTE: 1, Level.WARN: 2, Level.INDETERMINATE: 3, Level.FAIL: 4}


def weigh(
    answers: Iterable[Answer],
    policy: Policy,
    permission: Permission = Permission.APPROVAL,
    profile: ToolProfile | None = None,
) -> tuple[Finding, ...]:
    """Return a finding per answer; a code the policy does not name fails."""
    return tuple(_finding(answer, policy, permission, profile) for answer in answers)


def _finding(
    answer: Answer, policy: Policy, permission: Permission, profile: ToolProfile | None
) -> Finding:
    check = answer.check
    level = policy.level(check.code, permission)
    softened_by = None
    if answer.outcome.status is Status.FAILED and check.tolerable and profile:
        softer = profile.softens.get(check.code, level)
        if _RANK[softer] < _RANK[level]:
            level, softened_by = softer, profile.id
    reason = _sub_indication(answer, level)
    return Finding(check.code, check.block, level, answer.outcome, reason, softened_by)


def _sub_indication(answer: Answer, level: Level) -> SubIndication | None:
    if answer.outcome.status is Status.CRASHED:
        return None  # INDETERMINATE without a reason of the standard: nobody knows
    reason = answer.outcome.fails_as or answer.check.fails_as
    if level is not Level.INDETERMINATE or reason is None:
        return reason
    # The policy holds this row to be no worse than INDETERMINATE.
    failing = reason.indication is Indication.TOTAL_FAILED
    in_doubt = answer.check.block is not Block.CRYPTO
    return SubIndication.SIG_CONSTRAINTS_FAILURE if failing and in_doubt else reason
