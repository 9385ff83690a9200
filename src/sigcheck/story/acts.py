"""Which act each signature is: the first row of the rules whose every condition holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sigcheck.model.evidence import Act, Evidence
from sigcheck.model.workflow import ActRule, WorkflowRules
from sigcheck.story.signs import (
    claimed,
    has_part,
    in_order,
    is_organization,
    is_person,
    same_certificate,
    says,
    widget,
)

Acted = tuple[Act, str]
"""An act and the id of the row that says so."""

_FIGURES = re.compile(r"\d{1,6}\b")
_STAMP: Acted = (Act.UNKNOWN, "document-timestamp")
_NOTHING: Acted = (Act.UNKNOWN, "no-row")


def classify_act(evidence: Evidence, siblings: Iterable[Evidence], rules: WorkflowRules) -> Acted:
    """Return a signature's act among all signatures of its document, itself included or not."""
    others = [e for e in siblings if e is not evidence]
    return classify((*others, evidence), rules)[-1]


def classify(signatures: Sequence[Evidence], rules: WorkflowRules) -> tuple[Acted, ...]:
    """Return every signature's act, in the order given.

    Rows that don't ask for a place come first for every signature: a person's place is counted
    among the persons' signatures that are nothing else.
    """
    plain = [_first(e, signatures, rules, "") for e in signatures]
    persons = in_order(
        [e for e, found in zip(signatures, plain, strict=True) if found is None and is_person(e)]
    )
    sealed = [e for e in signatures if is_organization(e) and has_part(e)]
    return tuple(
        found or _by_place(e, signatures, rules, _place(e, persons, in_order(sealed)))
        for e, found in zip(signatures, plain, strict=True)
    )


def _by_place(
    evidence: Evidence, signatures: Sequence[Evidence], rules: WorkflowRules, place: str
) -> Acted:
    return (place and _first(evidence, signatures, rules, place)) or _NOTHING


def _place(evidence: Evidence, persons: list[Evidence], sealed: list[Evidence]) -> str:
    """Return where a person's signature stands among the persons' and the organisations'."""
    if not any(e is evidence for e in persons):
        return ""
    before = [e for e in persons if not sealed or _precedes(e, sealed[0])]
    if before and not any(e is evidence for e in before):
        return "after-organization"
    last = (before or persons)[-1]
    return "last" if evidence is last or same_certificate(evidence, last) else "earlier"


def _precedes(one: Evidence, other: Evidence) -> bool:
    return (one.revision, one.index) < (other.revision, other.index)


def _first(
    evidence: Evidence, signatures: Sequence[Evidence], rules: WorkflowRules, place: str
) -> Acted | None:
    if not has_part(evidence):
        return _STAMP
    for rule in rules.acts:
        if rule.place == place and _holds(rule, evidence, signatures):
            return Act(rule.act), rule.id
    return None


def _holds(rule: ActRule, evidence: Evidence, signatures: Sequence[Evidence]) -> bool:
    shown = widget(evidence)
    return (
        (not rule.signer or evidence.signer.kind.value in rule.signer)
        and (rule.image is None or rule.image == shown.has_image)
        and (not rule.colour or rule.colour in shown.colours)
        and says(rule.text, shown.text)
        and says(rule.before, shown.before)
        and says(rule.after, shown.after)
        and says(rule.reason, evidence.dictionary.reason)
        and (not rule.same_day or _same_day(evidence, signatures))
    )


def _same_day(evidence: Evidence, signatures: Sequence[Evidence]) -> bool:
    """Say whether the figures are the day of signing, and another signature drew the number."""
    moment = claimed(evidence)
    drawn = widget(evidence).text.strip()
    if moment is None or not drawn.isdecimal() or int(drawn[:4]) != moment.day:
        return False
    others = [e for e in signatures if e is not evidence and same_certificate(e, evidence)]
    return any(_FIGURES.match(widget(e).text) for e in others)
