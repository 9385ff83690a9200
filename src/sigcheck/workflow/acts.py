"""Which act each signature is: the first row of the rules whose every condition holds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache

from msgspec import Struct

from sigcheck.model.clock import VIETNAM, in_vietnam
from sigcheck.model.evidence import (
    Act,
    DocumentEvidence,
    Evidence,
    SignatureKind,
    SignerKind,
    WidgetFacts,
)
from sigcheck.model.indication import Indication
from sigcheck.model.report import SignatureReport
from sigcheck.model.workflow import ActRule, WorkflowRules

_MAX_TEXT = 500
"""Characters of one text that are looked at: the file must not choose how long that takes."""
_NO_WIDGET = WidgetFacts(page=None, rect=None, visible=False)


def words(text: str) -> str:
    """Return text as the rules compare it: NFC, cut to a length."""
    return unicodedata.normalize("NFC", text[:_MAX_TEXT])


def says(pattern: str, text: str) -> bool:
    """Say whether a rule's expression is found in a text; an empty rule always is."""
    return not pattern or _found(pattern, text[:_MAX_TEXT])


@lru_cache(maxsize=1024)
def _found(pattern: str, text: str) -> bool:
    """Look for it; the same few texts, many of them empty, are asked of by every rule."""
    return re.search(pattern, words(text)) is not None


def widget(evidence: Evidence) -> WidgetFacts:
    """Return the signature's widget, or one that shows nothing."""
    return evidence.widget or _NO_WIDGET


def is_person(evidence: Evidence) -> bool:
    """Say whether a person's certificate signed; an unknown kind is none."""
    return evidence.signer.kind is SignerKind.INDIVIDUAL


def _stands_for_a_person(evidence: Evidence) -> bool:
    """Say whether a signature has a person's place; an unknown kind where it draws in blue."""
    unknown = evidence.signer.kind is SignerKind.UNKNOWN
    return is_person(evidence) or (unknown and "blue" in widget(evidence).colours)


def is_organization(evidence: Evidence) -> bool:
    """Say whether an organisation's certificate signed."""
    return evidence.signer.kind is SignerKind.ORGANIZATION


def has_part(evidence: Evidence) -> bool:
    """Say whether the signature is an act of clerical work: a document time-stamp is none."""
    return evidence.kind is not SignatureKind.DOCUMENT_TIMESTAMP


def same_certificate(one: Evidence, other: Evidence) -> bool:
    """Say whether two signatures were made with the same certificate."""
    if one.certificate is None or other.certificate is None:
        return False
    return one.certificate.sha256 == other.certificate.sha256


def claimed(evidence: Evidence) -> datetime | None:
    """Return the claimed signing time in Vietnam's zone."""
    moment = evidence.dictionary.claimed_time
    if moment is None:
        return None
    return in_vietnam(moment) if moment.tzinfo else moment.replace(tzinfo=VIETNAM)


def signing_day(evidence: Evidence) -> date | None:
    """Return the day of signing in Vietnam: the time-stamp's, else the claimed one."""
    stamped = [t.time for t in evidence.timestamps if t.time is not None and t.time.tzinfo]
    if stamped:
        return in_vietnam(stamped[0]).date()
    moment = claimed(evidence)
    return moment.date() if moment else None


def place_in_file(evidence: Evidence) -> tuple[int, int]:
    """Return what orders signatures by the file: times can't tell (vietnam.md, 3.3)."""
    return evidence.revision, evidence.index


def in_order(signatures: Sequence[Evidence]) -> list[Evidence]:
    """Return signatures in the order of the file."""
    return sorted(signatures, key=place_in_file)


# --- Which act each signature is: the first row of the rules whose every condition holds

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
        [
            e
            for e, found in zip(signatures, plain, strict=True)
            if found is None and _stands_for_a_person(e)
        ]
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
    before = [e for e in persons if not sealed or place_in_file(e) < place_in_file(sealed[0])]
    if before and not any(e is evidence for e in before):
        return "after-organization"
    last = (before or persons)[-1]
    return "last" if evidence is last or same_certificate(evidence, last) else "earlier"


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
        and (not rule.sides or sized(shown, *rule.sides))
        and says(rule.text, shown.text)
        and says(rule.before, shown.before)
        and says(rule.after, shown.after)
        and says(rule.reason, evidence.dictionary.reason)
        and (not rule.same_day or _same_day(evidence, signatures))
    )


def sized(shown: WidgetFacts, least: float, most: float) -> bool:
    """Say whether both sides of the rectangle are between two lengths in points."""
    if shown.rect is None:
        return False
    left, bottom, right, top = shown.rect
    return all(least <= side <= most for side in (right - left, top - bottom))


def _same_day(evidence: Evidence, signatures: Sequence[Evidence]) -> bool:
    """Say whether the figures are the day of signing, and another signature drew the number."""
    moment = claimed(evidence)
    drawn = widget(evidence).text.strip()
    if moment is None or not drawn.isdecimal() or int(drawn[:4]) != moment.day:
        return False
    others = [e for e in signatures if e is not evidence and same_certificate(e, evidence)]
    return any(_FIGURES.match(widget(e).text) for e in others)


# --- What the questions are asked of: the document, its reports, the acts, the rules

CLERK = (Act.NUMBER, Act.DATE, Act.MONTH, Act.SEAL)
"""What the clerk does one after the other, by the organisation's certificate."""
ORGANIZATIONS = (*CLERK, Act.UNKNOWN)
"""Acts by which an organisation signs a document of its own; it need not draw anything."""


class WorkflowContext(Struct, frozen=True):
    """One document, and what is known of it when the questions are asked."""

    document: DocumentEvidence
    reports: Sequence[SignatureReport]
    acts: tuple[Acted, ...]
    """The act of each report, in the same order."""
    rules: WorkflowRules

    def of(self, *acts: Act) -> list[Evidence]:
        """Return the signatures of these acts in the order of the file, broken ones left out."""
        found = [
            report.evidence
            for report, (act, _) in zip(self.reports, self.acts, strict=True)
            if act in acts and report.indication is not Indication.TOTAL_FAILED
        ]
        return in_order(found)

    def all_of(self, *acts: Act) -> list[Evidence]:
        """Return the signatures of these acts in the order of the report, broken ones as well."""
        told = zip(self.reports, self.acts, strict=True)
        return [report.evidence for report, (act, _) in told if act in acts]

    def text(self, name: str) -> str:
        """Return a named expression of the rules; one that finds nothing where it is missing."""
        return self.rules.texts.get(name, r"(?!)")


def number_of(evidence: Evidence) -> str:
    """Return a signature's number as people count them, from 1."""
    return str(evidence.index + 1)
