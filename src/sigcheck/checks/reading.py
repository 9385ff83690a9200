"""Whether what later revisions wrote has one reading (design, *one reading*; ISO 32000-2, 7.5).

How much an ambiguity weighs is a row of the policy's data, by its code; here the codes are only
sorted by that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sigcheck.checks.registry import check
from sigcheck.model.evidence import Evidence
from sigcheck.model.finding import PASSED, Block, Level, Outcome, failed
from sigcheck.model.indication import SubIndication
from sigcheck.model.policy import Policy

_NAMED = 5
"""Ambiguities a finding names one by one; the report lists them all."""
_UNKNOWN = "other"
"""Kind of a code without a row."""


def _none_of(level: Level) -> Callable[[Evidence, Policy], Outcome]:
    def ask(evidence: Evidence, policy: Policy) -> Outcome:
        rules = policy.ambiguities
        found = [
            ambiguity
            for ambiguity in evidence.ambiguities
            if (rules[ambiguity.code].level if ambiguity.code in rules else Level.FAIL) is level
        ]
        if not found:
            return PASSED
        codes = tuple(dict.fromkeys(ambiguity.code for ambiguity in found))
        places = tuple(f"r{a.revision}: {a.code} at {a.offset}" for a in found[:_NAMED])
        kinds = _kinds(codes, policy)
        return failed(count=len(found), kinds=kinds, codes=codes, places=places)

    return ask


def _kinds(codes: Iterable[str], policy: Policy) -> tuple[str, ...]:
    rules = policy.ambiguities
    return tuple(dict.fromkeys(rules[c].kind if c in rules else _UNKNOWN for c in codes))


def _row(code: str, question: str, level: Level) -> None:
    ask = _none_of(level)
    ask.__doc__ = question
    check(
        code,
        block=Block.CHANGES,
        fails_as=SubIndication.FORMAT_FAILURE,
        spec="ISO 32000-2, 7.2, 7.3 and 7.5",
    )(ask)


_row(
    "CH-READING-ONE",
    "Does every program read alike what later revisions wrote?",
    Level.FAIL,
)
_row(
    "CH-READING-CAREFUL",
    "Is what later revisions wrote free of carelessness that programs may read differently?",
    Level.INDETERMINATE,
)
_row(
    "CH-READING-LETTER",
    "Are later revisions written to the letter of the standard?",
    Level.NOTE,
)


@check(
    "CH-DRAWN-ONE",
    block=Block.CHANGES,
    fails_as=SubIndication.FORMAT_FAILURE,
    spec="ISO 32000-2, 7.5.4",
)
def what_is_drawn_has_one_reading(evidence: Evidence, policy: Policy) -> Outcome:
    """Was what the pages draw defined in one way when it was signed?"""
    codes = evidence.drawn_ambiguities
    return failed(kinds=_kinds(codes, policy), codes=codes) if codes else PASSED
