"""Who signed, and in which order: questions about persons and organisations."""

from __future__ import annotations

from sigcheck.model.evidence import Act, SignerKind
from sigcheck.model.finding import NOT_APPLICABLE, FactValue, Outcome, failed, passed
from sigcheck.workflow.acts import (
    CLERK,
    WorkflowContext,
    claimed,
    is_organization,
    is_person,
    number_of,
    same_certificate,
    says,
)

_NO_ORIGINAL = (Act.ATTACHMENT, Act.COPY, Act.INCOMING)
_EVERY_ACT = tuple(Act)


def both_signed(story: WorkflowContext) -> Outcome:
    """Did a person and the organisation sign the electronic original?"""
    signed = story.of(*_EVERY_ACT)
    original = not story.of(*_NO_ORIGINAL) or story.of(Act.APPROVE)
    only_software = signed and all(e.signer.kind is SignerKind.SERVICE for e in signed)
    if not signed or not original or only_software or story.document.rewritten:
        return NOT_APPLICABLE
    persons = sum(is_person(e) for e in signed)
    organizations = sum(is_organization(e) for e in signed)
    counts: dict[str, FactValue] = {"persons": persons, "organizations": organizations}
    if persons and organizations:
        return passed(**counts)
    return failed(missing="organization" if persons else "person", **counts)


def person_before_organization(story: WorkflowContext) -> Outcome:
    """Did the competent person sign before the organisation?"""
    persons = story.of(Act.APPROVE)
    organizations = [e for e in story.of(*CLERK) if is_organization(e)]
    if not persons or not organizations:
        return NOT_APPLICABLE
    person, organization = persons[0], organizations[0]
    before = (person.revision, person.index) < (organization.revision, organization.index)
    answer = passed if before else failed
    return answer(person=number_of(person), organization=number_of(organization))


def clerk_together(story: WorkflowContext) -> Outcome:
    """Were number, date and seal put on by one certificate within a short time?"""
    signed = story.of(*CLERK)
    if len(signed) < 2:  # noqa: PLR2004 - one alone has no company to keep
        return NOT_APPLICABLE
    one = all(same_certificate(e, signed[0]) for e in signed)
    times = [moment for e in signed if (moment := claimed(e))]
    span = int((max(times) - min(times)).total_seconds()) if times else 0
    near = span <= story.rules.numbers.get("clerk-span-seconds", 0)
    answer = passed if one and near else failed
    problem = "" if one and near else "span" if one else "certificates"
    return answer(signatures=tuple(number_of(e) for e in signed), span=str(span), problem=problem)


def seal_has_signature(story: WorkflowContext) -> Outcome:
    """Does the organisation's own signature stand behind every red seal that is shown?"""
    seals = story.of(Act.SEAL)
    by_person = [e for e in seals if not is_organization(e)]
    if by_person:
        numbers = tuple(number_of(e) for e in by_person)
        names = tuple(dict.fromkeys(e.signer.common_name for e in by_person))
        return failed(problem="person", signatures=numbers, signer=names)
    if story.document.page_seals and not seals:
        pages = tuple(str(page) for page in story.document.page_seals)
        return failed(problem="page", pages=pages)
    return passed(signatures=tuple(number_of(e) for e in seals)) if seals else NOT_APPLICABLE


def not_rewritten(story: WorkflowContext) -> Outcome:
    """Is the file the one that was issued, not one another office wrote anew?"""
    if not story.document.signatures:
        return NOT_APPLICABLE
    if not story.document.rewritten:
        return passed()
    receiving = story.text("receiving-office")
    stamped = any(says(receiving, stamp) for stamp in story.document.stamps)
    cause = "receiving-office" if stamped else "unknown"
    return failed(cause=cause, stamps=story.document.stamps)
