"""Whether the organisation that sealed is the unit of the person who signed, on that day."""

from __future__ import annotations

from datetime import date

from sigcheck.model.evidence import Act, Evidence, SignerIdentity
from sigcheck.model.finding import NOT_APPLICABLE, Outcome, failed, passed
from sigcheck.story.context import CLERK, Context
from sigcheck.story.names import Names, within
from sigcheck.story.signs import is_organization, is_person, signing_day


def same_unit(story: Context) -> Outcome:
    """Is the organisation's certificate that of the signer's own unit, or of the one above it?"""
    persons = [e for e in story.of(Act.APPROVE) if is_person(e)]
    organizations = [e for e in story.of(*CLERK) if is_organization(e)]
    if not persons or not organizations:
        return NOT_APPLICABLE
    person, organization = persons[-1].signer, organizations[-1].signer
    units = [u for u in (person.organizational_unit, person.organization) if u]
    if not units or not organization.common_name:
        return NOT_APPLICABLE
    names = Names(story.rules, _day(organizations[-1]))
    relation = _relation(names, person, organization)
    facts = {
        "person": ", ".join(units),
        "organization": _full_name(organization),
        "relation": relation,
        "old_name": _old_name(names, person, organization),
    }
    return failed(**facts) if relation.startswith("other") else passed(**facts)


def _day(evidence: Evidence) -> date:
    return signing_day(evidence) or date.max


def _full_name(identity: SignerIdentity) -> str:
    parts = (identity.common_name, identity.organization)
    return ", ".join(dict.fromkeys(part for part in parts if part))


def _relation(names: Names, person: SignerIdentity, organization: SignerIdentity) -> str:
    """Return `same`, `parent`, `other-province` or `other-unit`."""
    here = _province(names, person)
    there = _province(names, organization)
    if here and there and names.successor(here) != names.successor(there):
        return "other-province"
    own = names.canonical(names.successor(organization.common_name))
    unit = names.canonical(names.successor(person.organizational_unit))
    parent = names.canonical(person.organization)
    if _same(own, unit):
        return "same"
    if _same(own, parent):
        return "parent" if unit else "same"
    return "other-unit"


def _same(own: str, unit: str) -> bool:
    """Say whether two names mean one agency: one may name the province, the other not."""
    return within(own, unit) or within(unit, own)


def _province(names: Names, identity: SignerIdentity) -> str:
    """Return the province; L comes last, because it may be the holder's native place."""
    return names.province(
        identity.organization,
        identity.common_name,
        identity.organizational_unit,
        identity.locality,
    )


def _old_name(names: Names, *identities: SignerIdentity) -> str:
    found = (_province(names, identity) for identity in identities)
    return next((name for name in found if name and names.superseded(name)), "")
