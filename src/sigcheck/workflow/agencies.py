"""Agencies' names and units: written in many ways, and changed by law (data/agencies)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from msgspec import Struct, field

from sigcheck.model.evidence import Act, Evidence, SignerIdentity
from sigcheck.model.finding import NOT_APPLICABLE, Outcome, failed, passed
from sigcheck.model.workflow import Succession, WorkflowRules
from sigcheck.workflow.acts import CLERK, WorkflowContext, is_organization, is_person, signing_day

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_TONELESS = dict.fromkeys(map(ord, _TONES))
_NOT_A_WORD = re.compile(r"[\W_]+")
_MAX_NAME = 200
_MOST = 2048
"""Names remembered from one document to the next."""
_MAX_STEPS = 10
"""Successions one name may go through."""


def canonical(name: str, spellings: tuple[tuple[str, str], ...] = ()) -> str:
    """Return a name as names are compared: case, punctuation and the place of tone marks aside.

    `Hoà` and `Hòa` are the same word: the tone is moved behind it.
    """
    plain = _NOT_A_WORD.sub(" ", unicodedata.normalize("NFC", name[:_MAX_NAME]).casefold())
    expanded = plain.split()
    if spellings:
        ways = dict(spellings)
        expanded = " ".join([ways.get(word, word) for word in expanded]).split()
    return " ".join(map(_word, expanded))


@lru_cache(maxsize=_MOST)
def _word(word: str) -> str:
    if word.isascii():
        return word
    letters = unicodedata.normalize("NFD", word)
    bare = letters.translate(_TONELESS)
    tone = "" if len(bare) == len(letters) else "".join(c for c in letters if c in _TONES)
    return unicodedata.normalize("NFC", bare) + tone


def within(inner: str, outer: str) -> bool:
    """Say whether one canonical name occurs in another, word by word."""
    return bool(inner) and f" {inner} " in f" {outer} "


class Names(Struct, frozen=True):
    """Agencies as they are called on one day."""

    rules: WorkflowRules
    day: date

    def canonical(self, name: str) -> str:
        """Return a name as names are compared."""
        return _index(self.rules).canonical(name)

    def province(self, *texts: str) -> str:
        """Return the province named in the first of several texts that names one.

        The longest name counts where one begins another (`Huế`, `Thừa Thiên Huế`).
        """
        index = _index(self.rules)
        found = (index.province(index.canonical(text)) for text in texts)
        return next((name for name in found if name), "")

    def successor(self, name: str) -> str:
        """Return what an agency of this name is called on the day."""
        for _ in range(_MAX_STEPS):
            row = self._taken_over(name)
            if row is None:
                return name
            name = row.into
        return name

    def superseded(self, name: str) -> bool:
        """Say whether a name was no longer in force on the day."""
        return self._taken_over(name) is not None

    def _taken_over(self, name: str) -> Succession | None:
        rows = _index(self.rules).successions.get(self.canonical(name), ())
        return next((row for row in rows if row.since <= self.day), None)


class _Index(Struct, frozen=True):
    """The rules' names in canonical form, made once for one set of rules."""

    rules: WorkflowRules
    provinces: tuple[tuple[str, str], ...]
    """(canonical, as written), longest first."""
    successions: Mapping[str, tuple[Succession, ...]]
    """Canonical former name to the rows that end it."""
    known: dict[str, str] = field(default_factory=dict)
    """Names asked for before and their canonical forms."""
    placed: dict[str, str] = field(default_factory=dict)
    """Canonical names asked for before and the province in each."""

    def canonical(self, name: str) -> str:
        """Return a name as names are compared."""
        name = name[:_MAX_NAME]
        found = self.known.get(name)
        if found is None:
            found = _kept(self.known, name, canonical(name, self.rules.spellings))
        return found

    def province(self, where: str) -> str:
        """Return the province named in a canonical name, the longest such name first."""
        found = self.placed.get(where)
        if found is None:
            named = (name for plain, name in self.provinces if within(plain, where))
            found = _kept(self.placed, where, next(named, ""))
        return found


def _kept(known: dict[str, str], key: str, value: str) -> str:
    if len(known) >= _MOST:
        known.clear()
    known[key] = value
    return value


_indexes: list[_Index] = []


def _index(rules: WorkflowRules) -> _Index:
    known = _indexes[-1] if _indexes else None
    if known is None or known.rules is not rules:
        known = _made(rules)
        _indexes[:] = [known]
    return known


def _made(rules: WorkflowRules) -> _Index:
    names = sorted(rules.provinces, key=lambda name: (-len(name), name))
    provinces = tuple((canonical(name, rules.spellings), name) for name in names)
    ended: dict[str, tuple[Succession, ...]] = {}
    for row in rules.successions:
        for name in row.names:
            key = canonical(name, rules.spellings)
            ended[key] = (*ended.get(key, ()), row)
    return _Index(rules, provinces, ended)


# --- Whether the organisation that sealed is the unit of the person who signed, on that day


def same_unit(context: WorkflowContext) -> Outcome:
    """Is the organisation's certificate that of the signer's own unit, or of the one above it?"""
    persons = [e for e in context.of(Act.APPROVE) if is_person(e)]
    organizations = [e for e in context.of(*CLERK) if is_organization(e)]
    if not persons or not organizations:
        return NOT_APPLICABLE
    person, organization = persons[-1].signer, organizations[-1].signer
    units = [u for u in (person.organizational_unit, person.organization) if u]
    if not units or not organization.common_name:
        return NOT_APPLICABLE
    names = Names(context.rules, _day(organizations[-1]))
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
