"""Which statements of time and status count at a given moment; shared by several checks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import MAXYEAR, UTC, datetime, timedelta
from functools import lru_cache

from sigcheck.model.clock import in_vietnam
from sigcheck.model.evidence import PathFacts, PathStep, RevocationAnswer, RevocationStatus
from sigcheck.model.policy import Policy

RESPONSE_LASTS = timedelta(hours=24)
"""How long an OCSP response without nextUpdate is fresh.

RFC 6960, 2.4: such a responder has newer information at any time, so the standard sets no end; a
CRL must have one (RFC 5280, 5.1.2.5) and is never fresh without.
"""
TO_THE_LETTER = "etsi-sub-indications"
"""Number of a policy: above 0, sub-indications are those of EN 319 102-1, tables 5 and 6, where a
clerk's policy says less."""
SHOWN_DIGITS = 16
"""Hexadecimal digits of a digest that a sentence shows; the evidence has them all."""
_BAD = (RevocationStatus.REVOKED, RevocationStatus.ON_HOLD)


def is_to_the_letter(policy: Policy) -> bool:
    """Say whether a policy asks for the standard's own sub-indications."""
    return policy.numbers.get(TO_THE_LETTER, 0) > 0


def shown(moment: datetime | None) -> str:
    """Return a moment as ISO 8601 in Vietnam time, or nothing."""
    if moment is None:
        return ""
    # In the calendar's last year equal moments may be shown differently (see `in_vietnam`).
    return _shown(moment) if moment.year < MAXYEAR else _shown.__wrapped__(moment)


@lru_cache(maxsize=512)
def _shown(moment: datetime) -> str:
    return in_vietnam(moment).isoformat(timespec="seconds")


def at_or_now(moment: datetime | None) -> datetime:
    """Return the moment, or the far future where none is known: nothing is in force then."""
    return moment if moment is not None else datetime.max.replace(tzinfo=UTC)


def bad_answers(step: PathStep, moment: datetime) -> list[RevocationAnswer]:
    """Return the authentic statements by which the certificate was revoked or held by then."""
    if not (bad := [a for a in step.revocation if a.status in _BAD and not a.problem]):
        return bad
    found = [a for a in bad if revoked_since(a) <= moment]
    return [answer for answer in found if not _was_released(answer, step, moment)]


def _was_released(answer: RevocationAnswer, step: PathStep, moment: datetime) -> bool:
    """Say whether a hold had ended by then: a later statement of that time finds the list clear.

    A hold leaves no trace in later lists (RFC 5280, 5.3.1); a release after the moment tells that
    the certificate was on hold at the moment.
    """
    if answer.status is not RevocationStatus.ON_HOLD:
        return False
    good = (a.this_update for a in _counting(step) if a.status is RevocationStatus.GOOD)
    return any(answer.this_update < since <= moment for since in good)


def later_revocations(step: PathStep, moment: datetime) -> list[RevocationAnswer]:
    """Return the authentic statements of a revocation after the moment."""
    return [a for a in _counting(step) if a.status in _BAD and revoked_since(a) > moment]


def fresh_answer(step: PathStep, moment: datetime) -> RevocationAnswer | None:
    """Return the newest statement that can speak of the moment (EN 319 102-1, 5.2.5).

    It was issued after the moment while the certificate was still listed if revoked, or it was
    the one in force at that moment (TT 15/2025 [S] asks for the newest at signing time).
    """
    speaking = speaking_answers(step, moment)
    if len(speaking) == 1:
        return speaking[0]
    return max(speaking, key=lambda a: a.this_update, default=None)


def is_status_known(step: PathStep, moment: datetime) -> bool:
    """Say whether a statement speaks of the moment, or says it was bad by then."""
    return bool(fresh_answer(step, moment) or bad_answers(step, moment))


def came_too_late(step: PathStep, moment: datetime, now: datetime) -> bool:
    """Say whether something was issued after a certificate's end, and nothing tells its status.

    A list need not keep what has expired (RFC 5280, 3.3), unless it says so by expiredCertsOnCRL.
    """
    end = step.certificate.not_after
    late = any(end < a.this_update <= now for a in _counting(step))
    return late and not is_status_known(step, moment)


def speaking_answers(step: PathStep, moment: datetime) -> list[RevocationAnswer]:
    """Return all authentic statements that can speak of the moment."""
    return [a for a in step.revocation if not a.problem and _speaks_of(a, step, moment)]


def steps_to_check(path: PathFacts | None) -> Iterable[PathStep]:
    """Return the certificates whose status matters: all but the anchor and the exempt."""
    return (s for s in path.steps if not s.revocation_exempt) if path else ()


def _counting(step: PathStep) -> Iterable[RevocationAnswer]:
    return (a for a in step.revocation if not a.problem)


def revoked_since(answer: RevocationAnswer) -> datetime:
    """Return since when a certificate is bad by a statement that says so."""
    # NOTE: A revocation without a date is taken to have been in force always.
    since = answer.revoked_at or datetime.min.replace(tzinfo=UTC)
    return min(since, answer.invalid_since) if answer.invalid_since else since


def _speaks_of(answer: RevocationAnswer, step: PathStep, moment: datetime) -> bool:
    if answer.status is RevocationStatus.UNKNOWN:
        return False
    if answer.this_update > moment:
        # A list made after the certificate expired may have dropped it (RFC 5280, 5), unless it
        # says that it keeps what expired since some earlier day.
        end, kept = step.certificate.not_after, answer.covers_expired_since
        return answer.this_update <= end or (kept is not None and kept <= end)
    if answer.next_update is None:
        return answer.source.startswith("ocsp:") and moment - answer.this_update <= RESPONSE_LASTS
    return moment <= answer.next_update
