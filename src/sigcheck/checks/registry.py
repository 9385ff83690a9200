"""The table of checks: a code, a block, what failing means, and one question each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any

from msgspec import Struct

from sigcheck.errors import FAULTS
from sigcheck.model.evidence import DocumentEvidence, Evidence, TimestampFacts
from sigcheck.model.finding import Block, Outcome, Status
from sigcheck.model.indication import SubIndication
from sigcheck.model.policy import Policy

Subject = Evidence | TimestampFacts | DocumentEvidence


class Scope(StrEnum):
    """What a check asks its question of."""

    SIGNATURE = "signature"
    TIMESTAMP = "timestamp"
    DOCUMENT = "document"


class Check(Struct, frozen=True):
    """One question, with everything the verdict must know about it."""

    code: str
    block: Block
    fails_as: SubIndication | None
    """None for advice: such a check may never decide."""
    spec: str
    scope: Scope
    tolerable: bool
    """Whether a tool or agency profile may soften it; an opt-in (rule 6 of the design)."""
    question: str
    ask: Callable[[Any, Policy], Outcome]
    alone: Callable[[Any], Outcome] | None = None
    """The same of a question that needs no policy."""


class Answer(Struct, frozen=True):
    """A check and what it answered."""

    check: Check
    outcome: Outcome


_CHECKS: dict[str, Check] = {}
_OF_SCOPE: dict[Scope, list[Check]] = {scope: [] for scope in Scope}
_NEVER_TOLERABLE = frozenset({Block.CRYPTO, Block.FORMAT, Block.PATH, Block.REVOCATION})


def check(
    code: str,
    *,
    block: Block,
    fails_as: SubIndication | None = None,
    spec: str,
    scope: Scope = Scope.SIGNATURE,
    tolerable: bool = False,
) -> Callable[[Callable[..., Outcome]], Callable[..., Outcome]]:
    """Register a function as the check `code`; its docstring is the question.

    The function takes the subject, and the policy too if it asks about algorithms or thresholds.

    Raises:
        ValueError: for a code used twice, or a profile allowed where rule 6 forbids it.
    """

    def register(function: Callable[..., Outcome]) -> Callable[..., Outcome]:
        if code in _CHECKS or (tolerable and block in _NEVER_TOLERABLE):
            raise ValueError(code)
        wants_policy = function.__code__.co_argcount > 1
        ask = function if wants_policy else _without_policy(function)
        question = (function.__doc__ or "").strip()
        alone = None if wants_policy else function
        made = Check(code, block, fails_as, spec, scope, tolerable, question, ask, alone)
        _CHECKS[code] = made
        _OF_SCOPE[scope].append(made)
        return function

    return register


def _without_policy(function: Callable[[Any], Outcome]) -> Callable[[Any, Policy], Outcome]:
    def ask(subject: Any, _policy: Policy) -> Outcome:
        return function(subject)

    return ask


def checks(scope: Scope | None = None) -> Iterable[Check]:
    """Return every registered check, or those of one scope, in the order of registration."""
    return _CHECKS.values() if scope is None else _OF_SCOPE[scope]


def run(subject: Subject, scope: Scope, policy: Policy) -> list[Answer]:
    """Ask every check of a scope; a check that crashes is named and never counts as a pass."""
    asked = checks(scope)
    return [Answer(c, o) for c, o in zip(asked, outcomes(subject, asked, policy), strict=True)]


def outcomes(subject: Subject, asked: Iterable[Check], policy: Policy) -> list[Outcome]:
    """Return what some checks answer, in their order."""
    found = []
    for one in asked:
        try:
            alone = one.alone
            found.append(alone(subject) if alone else one.ask(subject, policy))
        except FAULTS as error:  # a crash costs this check alone
            facts = {"error": f"{type(error).__name__}: {error}"[:200]}
            found.append(Outcome(Status.CRASHED, facts))
    return found
