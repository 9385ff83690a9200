"""Answers become findings under a policy, findings become a verdict (EN 319 102-1, 5.1.3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from msgspec import Struct

from sigcheck.checks import Answer, Check, Scope, checks, outcomes
from sigcheck.checks.registry import Subject
from sigcheck.model.evidence import Evidence, Permission, SignatureKind
from sigcheck.model.finding import (
    NOT_APPLICABLE,
    PASSED,
    Block,
    Finding,
    Level,
    Outcome,
    Status,
    deciding,
    order,
)
from sigcheck.model.indication import DocumentIndication, Indication, SubIndication
from sigcheck.model.policy import Policy, ToolProfile

_MAX_FIELD = 200
"""Characters of a field's name that a pattern is asked of: the file chooses the name."""
_MARKS: Mapping[str, Callable[[Evidence, str], bool]] = {
    "producer": lambda e, text: e.dictionary.producer == text,
    "producer-prefix": lambda e, text: e.dictionary.producer.startswith(text),
    "producer-contains": lambda e, text: text in e.dictionary.producer,
    "reason-prefix": lambda e, text: e.dictionary.reason.startswith(text),
    "contact-prefix": lambda e, text: e.dictionary.contact_info.startswith(text),
    "field-prefix": lambda e, text: e.field.startswith(text),
    "field-pattern": lambda e, text: re.search(text, e.field[:_MAX_FIELD]) is not None,
}


def recognise(evidence: Evidence, profiles: Iterable[ToolProfile], on: date) -> ToolProfile | None:
    """Return the profile in force whose marks all fit, the one with most to say of several.

    A mark nobody knows never fits.
    """
    fitting = (p for p in profiles if _in_force(p, on) and _fits(evidence, p))
    return max(fitting, key=_exactness, default=None)


def _exactness(profile: ToolProfile) -> tuple[int, int]:
    return len(profile.match), sum(map(len, profile.match.values()))


def _in_force(profile: ToolProfile, on: date) -> bool:
    return profile.until is None or on <= profile.until


def _fits(evidence: Evidence, profile: ToolProfile) -> bool:
    if not profile.match:
        return False
    return all(k in _MARKS and _MARKS[k](evidence, text) for k, text in profile.match.items())


# --- Turn answers into findings: the policy gives each its level, a profile may soften it

_RANK = {Level.SKIP: 0, Level.NOTE: 1, Level.WARN: 2, Level.INDETERMINATE: 3, Level.FAIL: 4}


def weigh(
    answers: Iterable[Answer],
    policy: Policy,
    permission: Permission = Permission.APPROVAL,
    profile: ToolProfile | None = None,
) -> tuple[Finding, ...]:
    """Return a finding per answer; a code the policy does not name fails."""
    return tuple(
        _finding(a.check, a.outcome, policy.level(a.check.code, permission), profile)
        for a in answers
    )


def findings_on(
    subject: Subject,
    scope: Scope,
    policy: Policy,
    permission: Permission = Permission.APPROVAL,
    profile: ToolProfile | None = None,
) -> tuple[Finding, ...]:
    """Ask every check of a scope and weigh what it answers; findings that say no more are shared.

    Most answers are a plain yes, or that the question does not arise: such a finding is made once
    for a policy, and travels once to another process however many signatures have it.
    """
    scale = _scale(policy, scope, permission)
    found = []
    for index, outcome in enumerate(outcomes(subject, scale.checks, policy)):
        if outcome is PASSED:
            finding = scale.passed[index] or scale.shared(scale.passed, index, outcome)
        elif outcome is NOT_APPLICABLE:
            finding = scale.moot[index] or scale.shared(scale.moot, index, outcome)
        else:
            finding = _finding(scale.checks[index], outcome, scale.levels[index], profile)
        found.append(finding)
    return tuple(found)


class _Scale(Struct, frozen=True):
    """What a policy makes of the checks of a scope, looked up once; all in the checks' order."""

    checks: tuple[Check, ...]
    levels: tuple[Level, ...]
    passed: list[Finding | None]
    """What a plain yes becomes, once there was one."""
    moot: list[Finding | None]
    """As above, where the question does not arise."""

    def shared(self, kind: list[Finding | None], index: int, outcome: Outcome) -> Finding:
        """Make a finding and keep it for all who answer the same."""
        made = kind[index] = _finding(self.checks[index], outcome, self.levels[index], None)
        return made


_POLICIES = 8
"""Policies whose scales are kept: a process judges by one, a service by a few."""
_scales: list[tuple[Policy, dict[tuple[Scope, Permission], _Scale]]] = []


def _scale(policy: Policy, scope: Scope, permission: Permission) -> _Scale:
    known = next((scales for one, scales in _scales if one is policy), None)
    if known is None:
        known = {}
        _scales[:] = [(policy, known), *_scales[: _POLICIES - 1]]
    made = known.get((scope, permission))
    if made is None:
        asked = tuple(checks(scope))
        levels = tuple(policy.level(check.code, permission) for check in asked)
        made = known[scope, permission] = _Scale(
            asked, levels, [None] * len(asked), [None] * len(asked)
        )
    return made


def _finding(check: Check, outcome: Outcome, level: Level, profile: ToolProfile | None) -> Finding:
    softened_by = None
    if profile and check.tolerable and outcome.status is Status.FAILED:
        softer = profile.softens.get(check.code, level)
        if _RANK[softer] < _RANK[level]:
            level, softened_by = softer, profile.id
    reason = _sub_indication(check, outcome, level)
    return Finding(check.code, check.block, level, outcome, reason, softened_by)


def _sub_indication(check: Check, outcome: Outcome, level: Level) -> SubIndication | None:
    if outcome.status is Status.CRASHED:
        return None  # INDETERMINATE without a reason of the standard: nobody knows
    reason = outcome.fails_as or check.fails_as
    if level is not Level.INDETERMINATE or reason is None:
        return reason
    # The policy holds this row to be no worse than INDETERMINATE.
    failing = reason.indication is Indication.TOTAL_FAILED
    in_doubt = check.block is not Block.CRYPTO
    return SubIndication.SIG_CONSTRAINTS_FAILURE if failing and in_doubt else reason


# --- The verdict on one signature, one token, one document

Conclusion = tuple[Indication, SubIndication | None]

_SEVERITY = {
    Indication.TOTAL_PASSED: 0,
    Indication.INDETERMINATE: 1,
    Indication.TOTAL_FAILED: 2,
}


def conclude(findings: Sequence[Finding], required: frozenset[Block]) -> Conclusion:
    """Let the gravest deciding finding, then the first in block order, speak for the signature.

    A failure is certain whatever else is unknown, so it speaks before any INDETERMINATE.
    """
    if found := deciding(findings):
        first = min(found, key=lambda f: (-_SEVERITY[f.indication], *order(f)))
        return first.indication, first.sub_indication
    # TOTAL-PASSED is earned: silence from a required block is not a pass, and neither is
    # requiring nothing.
    answered = {f.block for f in findings if f.outcome.status is Status.PASSED}
    if not required or not required <= answered:
        return Indication.INDETERMINATE, None
    return Indication.TOTAL_PASSED, None


def worst_document(
    judged: Iterable[tuple[Indication, SubIndication | None, SignatureKind]],
) -> tuple[DocumentIndication, SubIndication | None]:
    """Return the worst signature's conclusion; the first of equals, in document order.

    Document time-stamps sign nothing: alone they leave a document unsigned, and one that fails
    beside sound signatures keeps the document from passing, without breaking what was signed.
    """
    found: list[Conclusion] = []
    signed = False
    for indication, reason, kind in judged:
        is_stamp = kind is SignatureKind.DOCUMENT_TIMESTAMP
        signed = signed or not is_stamp
        if is_stamp and indication is Indication.TOTAL_FAILED:
            found.append((Indication.INDETERMINATE, SubIndication.SIG_CONSTRAINTS_FAILURE))
        else:
            found.append((indication, reason))
    if not signed:
        return DocumentIndication.NO_SIGNATURE, None
    indication, reason = max(found, key=lambda c: _SEVERITY[c[0]])
    return DocumentIndication(indication.value), reason
