"""What the story reads off one signature: words, colours, persons, days."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache

from sigcheck.model.clock import VIETNAM, in_vietnam
from sigcheck.model.evidence import Evidence, SignatureKind, SignerKind, WidgetFacts

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
    """Say whether a person signed; an unknown kind counts when it draws in a person's blue."""
    kind = evidence.signer.kind
    if kind is SignerKind.UNKNOWN:
        return "blue" in widget(evidence).colours
    return kind is SignerKind.INDIVIDUAL


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


def in_order(signatures: Sequence[Evidence]) -> list[Evidence]:
    """Return signatures in the order of the file: times can't tell (vietnam.md, 3.3)."""
    return sorted(signatures, key=lambda e: (e.revision, e.index))
