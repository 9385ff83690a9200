"""Who signed, and in which order: questions about persons and organisations."""

from __future__ import annotations

from sigcheck.model.evidence import Act, SignerKind
from sigcheck.model.finding import NOT_APPLICABLE, FactValue, Outcome, failed, passed
from sigcheck.workflow.acts import (
    CLERK,
    ORGANIZATIONS,
    WorkflowContext,
    claimed,
    is_organization,
    is_person,
    number_of,
    place_in_file,
    same_certificate,
    says,
)

_NO_ORIGINAL = (Act.ATTACHMENT, Act.COPY, Act.INCOMING)
_EVERY_ACT = tuple(Act)


def both_signed(context: WorkflowContext) -> Outcome:
    """Did a person and the organisation sign the electronic original?"""
    signed = context.of(*_EVERY_ACT)
    original = not context.of(*_NO_ORIGINAL) or context.of(Act.APPROVE)
    only_software = signed and all(e.signer.kind is SignerKind.SERVICE for e in signed)
    if not signed or not original or only_software or context.document.rewritten:
        return NOT_APPLICABLE
    persons = sum(is_person(e) for e in signed)
    organizations = sum(is_organization(e) for e in signed)
    counts: dict[str, FactValue] = {"persons": persons, "organizations": organizations}
    if persons and organizations:
        return passed(**counts)
    if any(e.signer.kind is SignerKind.UNKNOWN for e in signed):
        return NOT_APPLICABLE  # of whom nobody can tell, nobody may say that he is missing
    return failed(missing="organization" if persons else "person", **counts)


def person_before_organization(context: WorkflowContext) -> Outcome:
    """Did the competent person sign before the organisation?"""
    persons = [e for e in context.of(Act.APPROVE) if is_person(e)]
    organizations = [e for e in context.of(*ORGANIZATIONS) if is_organization(e)]
    if not persons or not organizations:
        return NOT_APPLICABLE
    person, organization = persons[0], organizations[0]
    before = place_in_file(person) < place_in_file(organization)
    answer = passed if before else failed
    return answer(person=number_of(person), organization=number_of(organization))


def clerk_together(context: WorkflowContext) -> Outcome:
    """Were number, date and seal put on by one certificate within a short time?"""
    signed = context.of(*CLERK)
    if len(signed) < 2:  # noqa: PLR2004 - one alone has no company to keep
        return NOT_APPLICABLE
    one = all(same_certificate(e, signed[0]) for e in signed)
    times = [moment for e in signed if (moment := claimed(e))]
    span = int((max(times) - min(times)).total_seconds()) if times else 0
    near = span <= context.rules.numbers.get("clerk-span-seconds", 0)
    answer = passed if one and near else failed
    problem = "" if one and near else "span" if one else "certificates"
    return answer(signatures=tuple(number_of(e) for e in signed), span=str(span), problem=problem)


def seal_has_signature(context: WorkflowContext) -> Outcome:
    """Does the organisation's own signature stand behind every seal that is shown?"""
    seals = context.of(Act.SEAL)
    by_person = [e for e in seals if is_person(e)]
    if by_person:
        numbers = tuple(number_of(e) for e in by_person)
        names = tuple(dict.fromkeys(e.signer.common_name for e in by_person))
        return failed(problem="person", signatures=numbers, signer=names)
    if context.document.page_seals and not seals:
        pages = tuple(str(page) for page in context.document.page_seals)
        return failed(problem="page", pages=pages)
    own = tuple(number_of(e) for e in seals if is_organization(e))
    return passed(signatures=own) if own else NOT_APPLICABLE


def not_rewritten(context: WorkflowContext) -> Outcome:
    """Is the file the one that was issued, not one another office wrote anew?"""
    if not context.document.signatures:
        return NOT_APPLICABLE
    if not context.document.rewritten:
        return passed()
    receiving = context.text("receiving-office")
    stamped = any(says(receiving, stamp) for stamp in context.document.stamps)
    cause = "receiving-office" if stamped else "unknown"
    return failed(cause=cause, stamps=context.document.stamps)
