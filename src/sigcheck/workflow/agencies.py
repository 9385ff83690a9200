"""Agencies' names and units: written in many ways, and changed by law (data/agencies)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

from msgspec import Struct, field

from sigcheck.model.clock import in_vietnam
from sigcheck.model.evidence import Act, Evidence, SignerIdentity
from sigcheck.model.finding import NOT_APPLICABLE, Outcome, failed, passed
from sigcheck.model.indication import Indication
from sigcheck.model.workflow import LocalUnit, Succession, WorkflowRules
from sigcheck.workflow.acts import (
    ORGANIZATIONS,
    WorkflowContext,
    is_organization,
    is_person,
    signing_day,
)

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_TONELESS = dict.fromkeys(map(ord, _TONES))
_NOT_A_WORD = re.compile(r"[\W_]+")
_MAX_NAME = 200
_MOST = 2048
"""Names remembered from one document to the next."""
_PEOPLES, _ABOVE = "nhân dân", ("tỉnh", "thành phố")
_BELOW_PROVINCE = ("other-level", "other-unit")
_OFFICE = "office"
"""The row of `data/identity.toml` for holders named by their office."""
_UNIT_CODE = re.compile(r"[abcdhktvx]\d{2}")
"""How a unit of the Ministry of Public Security is named, in canonical form."""
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

    def unit(self, *texts: str) -> LocalUnit | None:
        """Return the level below the province whose committee or council a text names first."""
        index = _index(self.rules)
        found = (index.unit(index.canonical(text)) for text in texts)
        return next((unit for unit in found if unit), None)

    @property
    def reorganised(self) -> date | None:
        """Return the day since which a level of local government is gone, None before it."""
        ended = [u.until for u in self.rules.units if u.until and u.until < self.day]
        return max(ended) + timedelta(days=1) if ended else None

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
    units: tuple[tuple[str, LocalUnit], ...]
    """What a local unit's name begins with, canonical, and its level."""
    local: re.Pattern[str]
    """A local unit's own name in a canonical one: many bear that of a former province."""
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
            above = self.local.sub(" ", where)
            named = (name for plain, name in self.provinces if within(plain, above))
            found = _kept(self.placed, where, next(named, ""))
        return found

    def unit(self, where: str) -> LocalUnit | None:
        """Return the level of the local unit that a canonical name names first."""
        peoples = canonical(_PEOPLES)
        places = ((f" {where} ".find(f" {peoples} {word} "), unit) for word, unit in self.units)
        return min((p for p in places if p[0] >= 0), key=lambda p: p[0], default=(0, None))[1]


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
    units = tuple((canonical(word), unit) for unit in rules.units for word in unit.words)
    words = "|".join(sorted((re.escape(word) for word, _ in units), key=len, reverse=True))
    above = "|".join(map(canonical, _ABOVE))
    local = re.compile(rf"\b(?:{words or '(?!)'}) (?!{canonical('hội')}\b).*?(?= (?:{above}) |$)")
    return _Index(rules, provinces, ended, units, local)


# --- Whether the organisation that sealed is the unit of the person who signed, on that day


def same_unit(context: WorkflowContext) -> Outcome:
    """Is the organisation's certificate that of the signer's own unit, or of the one above it?"""
    persons = [e for e in context.of(Act.APPROVE) if is_person(e)]
    organizations = [e for e in context.of(*ORGANIZATIONS) if is_organization(e)]
    if not persons or not organizations:
        return NOT_APPLICABLE
    person, organization = persons[-1].signer, organizations[-1].signer
    units = [u for u in (person.organizational_unit, person.organization) if u]
    if not units or not organization.common_name:
        return NOT_APPLICABLE
    names = Names(context.rules, _day(organizations[-1]))
    relation = _relation(names, person, organization)
    if relation == "coded":
        return NOT_APPLICABLE  # which unit a code stands for is not known here
    both = (persons[-1], organizations[-1])
    if relation in _BELOW_PROVINCE and any(_outdated(names, e) for e in both):
        return NOT_APPLICABLE  # which unit took over which is not known here
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
    """Return `same`, `parent`, `coded`, `other-province`, `other-level` or `other-unit`."""
    here = _province(names, person)
    there = _province(names, organization)
    if here and there and names.successor(here) != names.successor(there):
        return "other-province"
    own = names.canonical(names.successor(organization.common_name))
    units = [names.canonical(names.successor(u)) for u in person.organizational_unit.split(", ")]
    parent = names.canonical(person.organization)
    if any(_same(own, unit) for unit in units):
        return "same"
    above = names.canonical(organization.organization)
    if organization.kind_reason == _OFFICE and _same(above, parent):
        return "same"  # an office names who holds it; the body it belongs to is O
    if _UNIT_CODE.fullmatch(own) and above == parent and not any(map(_UNIT_CODE.fullmatch, units)):
        return "coded"
    if _same(own, parent):
        # A commune is a tier of government with its own seal, no department of the province.
        own_tier = names.unit(person.organizational_unit) and not names.unit(person.organization)
        return "other-level" if own_tier else "parent" if any(units) else "same"
    return "other-unit"


def _outdated(names: Names, evidence: Evidence) -> bool:
    """Say whether a certificate names a local unit as it was before local units were merged."""
    since, certificate = names.reorganised, evidence.certificate
    if since is None or certificate is None:
        return False
    return in_vietnam(certificate.not_before).date() < since and _local(names, evidence) is not None


def _local(names: Names, evidence: Evidence) -> LocalUnit | None:
    signer = evidence.signer
    return names.unit(signer.common_name, signer.organizational_unit, signer.organization)


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


# --- Whether the certificates bear names in force on the day of signing


def names_in_force(context: WorkflowContext) -> Outcome:
    """Do the certificates name agencies as they were called when they signed?"""
    old: dict[str, str] = {}
    sound = (r for r in context.reports if r.indication is not Indication.TOTAL_FAILED)
    signed = [report.evidence for report in sound if report.evidence.certificate]
    for evidence in signed:
        old |= _former(Names(context.rules, _day(evidence)), evidence)
    if not signed:
        return NOT_APPLICABLE
    now = tuple(dict.fromkeys(name for name in old.values() if name))
    return failed(names=tuple(old), now=now) if old else passed()


def _former(names: Names, evidence: Evidence) -> dict[str, str]:
    """Return the names that were no longer in force, each with what it is now, where known."""
    signer = evidence.signer
    parts = (*signer.organizational_unit.split(", "), signer.organization, signer.common_name)
    known = (_province(names, signer), *parts)
    found = {n: names.successor(n) for n in known if n and names.superseded(n)}
    ended = {p: unit.until for p in parts if (unit := names.unit(p)) and unit.until}
    return found | {part: "" for part, until in ended.items() if until < names.day}
