"""Who signed and in which order: each question can be answered yes, no and not at all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from sigcheck.model.evidence import SignerKind
from sigcheck.model.finding import Block, Level
from sigcheck.model.indication import Indication
from sigcheck.workflow.questions import QUESTIONS
from tests import facts
from tests.workflow.builder import (
    AT,
    NOTE,
    NUMBER,
    OFFICE,
    RULES,
    assessed,
    finding,
    office,
    person,
    signed,
    status,
)
from tests.workflow.test_acts import DIRECTIVE

BROKEN = facts.cms(digest_matches=False)
MOVED = facts.byte_range(gap_is_own_contents=False)
"""A file written anew has its /Contents elsewhere."""


def test_the_directive_answers_yes_to_everything() -> None:
    """Nothing is found wrong with the model document."""
    workflow, _ = assessed(*DIRECTIVE)

    assert {f.code: f.outcome.status.value for f in workflow.findings} == dict.fromkeys(
        QUESTIONS, "passed"
    )


def test_advice_never_decides() -> None:
    """Every finding is advice of level note or warn, whatever is wrong (vietnam.md 6, 21)."""
    cases = [assessed(person(), person()), assessed(office(), person()), assessed(*DIRECTIVE)]
    cases.append(assessed(person(cms=BROKEN), indication=Indication.TOTAL_FAILED))
    found = [f for workflow, _ in cases for f in workflow.findings]

    assert found
    assert {f.block for f in found} == {Block.ADVISORY}
    assert {f.level for f in found} <= {Level.NOTE, Level.WARN}
    assert not any(f.decides for f in found)


def test_every_question_has_its_rule() -> None:
    """Level and article of each question stand in the data."""
    assert RULES.findings.keys() == QUESTIONS.keys()


@pytest.mark.parametrize(
    ("signatures", "answer"),
    [
        ((person(), office()), "passed"),
        ((person(),), "failed"),
        ((office(),), "failed"),
        ((office(NOTE),), "not-applicable"),
        ((signed(replace(OFFICE, kind=SignerKind.SERVICE), None),), "not-applicable"),
        ((person(), signed(replace(OFFICE, kind=SignerKind.SERVICE), None)), "failed"),
        ((person(), signed(replace(OFFICE, kind=SignerKind.UNKNOWN), None)), "not-applicable"),
        ((person(), office(None)), "passed"),
    ],
)
def test_both_signed(signatures: tuple[object, ...], answer: str) -> None:
    """An original needs a person and the organisation; an attachment the organisation alone."""
    assert status("WF-BOTH-SIGNED", *signatures) == answer  # type: ignore[arg-type]


def test_a_broken_signature_does_not_count() -> None:
    """What a failed signature claims is nobody's act."""
    workflow, _ = assessed(person(), office(), indication=Indication.TOTAL_FAILED)

    assert finding("WF-BOTH-SIGNED", workflow).outcome.status.value == "not-applicable"


def test_person_before_organization() -> None:
    """The organisation signs what the competent person has signed (decree 30/2020, Article 32)."""
    assert status("WF-PERSON-BEFORE-ORG", person(), office()) == "passed"
    assert status("WF-PERSON-BEFORE-ORG", office(), person()) == "failed"
    assert status("WF-PERSON-BEFORE-ORG", office(None), person()) == "failed"
    assert status("WF-PERSON-BEFORE-ORG", person()) == "not-applicable"


def test_clerk_together() -> None:
    """One certificate, one go."""
    later = office(at=AT + timedelta(hours=2))
    other = office(key="another certificate")

    assert status("WF-CLERK-TOGETHER", person(), office(NUMBER), office()) == "passed"
    assert status("WF-CLERK-TOGETHER", person(), office(NUMBER), later) == "failed"
    assert status("WF-CLERK-TOGETHER", person(), office(NUMBER), other) == "failed"
    assert status("WF-CLERK-TOGETHER", person(), office()) == "not-applicable"


def test_seal_has_signature() -> None:
    """A red seal by a person's certificate, or by nobody's, is told."""
    seal = person(office().widget)

    assert status("WF-SEAL-UNSIGNED", person(), office()) == "passed"
    assert status("WF-SEAL-UNSIGNED", person(), seal) == "failed"
    assert status("WF-SEAL-UNSIGNED", person(), page_seals=(2,)) == "failed"
    unknown = signed(replace(OFFICE, kind=SignerKind.UNKNOWN), office().widget)
    assert status("WF-SEAL-UNSIGNED", person(), unknown) == "not-applicable"
    assert status("WF-SEAL-UNSIGNED", person()) == "not-applicable"


def test_rewritten_by_a_receiving_office() -> None:
    """One revision, every digest broken: told as such, with the cause where a stamp names it."""
    one = facts.document().revisions
    broken = [person(cms=BROKEN, byte_range=MOVED), office(cms=BROKEN, byte_range=MOVED)]
    workflow, acts = assessed(
        *broken, indication=Indication.TOTAL_FAILED, revisions=one, stamps=("kydauden",)
    )
    told = finding("WF-REWRITTEN", workflow).outcome

    assert (told.status.value, told.facts["cause"]) == ("failed", "receiving-office")
    assert acts == ["approve", "seal"]
    others = {f.outcome.status.value for f in workflow.findings if f.code != "WF-REWRITTEN"}
    assert others == {"not-applicable"}


def test_a_rewrite_without_traces() -> None:
    """Without a stamp nobody is blamed."""
    one = facts.document().revisions
    moved = person(cms=BROKEN, byte_range=MOVED)
    workflow, _ = assessed(moved, indication=Indication.TOTAL_FAILED, revisions=one)

    assert finding("WF-REWRITTEN", workflow).outcome.facts["cause"] == "unknown"


def test_one_broken_signature_is_no_rewrite() -> None:
    """A change by incremental update leaves the revisions it was made upon."""
    assert status("WF-REWRITTEN", person(cms=BROKEN), office()) == "passed"


def test_foreign_documents_get_no_advice() -> None:
    """The decree is not theirs: no certificate of a Vietnamese holder, no questions."""
    foreign = person(holder="CN=Alice,O=ACME,C=BE")

    assert assessed(foreign)[0].findings == ()
