"""Revocation status at the time that matters (EN 319 102-1, 5.2.5 and 5.2.6)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sigcheck.checks.registry import check
from sigcheck.checks.times import (
    at_or_now,
    bad_answers,
    came_too_late,
    is_status_known,
    is_to_the_letter,
    later_revocations,
    shown,
    steps_to_check,
)
from sigcheck.model.evidence import Evidence, PathStep, RevocationAnswer, RevocationStatus
from sigcheck.model.finding import NOT_APPLICABLE, PASSED, Block, Outcome, failed, passed
from sigcheck.model.indication import SubIndication
from sigcheck.model.policy import Policy

_HOST = re.compile(r"[A-Za-z]{1,10}://([^/:?#@\s]{1,255})")
CLAIM_COUNTS = "claimed-time-shows-later"
"""Number of a policy: above 0, a claim to have signed after the revocation shows just that."""


@check(
    "RV-STATUS-KNOWN",
    block=Block.REVOCATION,
    fails_as=SubIndication.TRY_LATER,
    spec="EN 319 102-1, 5.2.6.4; TT 15/2025, Annex II 1.2 [S]",
)
def status_is_known(evidence: Evidence, policy: Policy) -> Outcome:
    """Is the status of every certificate of the path known for the time of signing?"""
    if evidence.path is None or evidence.path.anchor is None:
        return NOT_APPLICABLE  # PA-ANCHOR-FOUND speaks for this case
    moment = at_or_now(evidence.best_signature_time)
    silent = [s for s in steps_to_check(evidence.path) if not is_status_known(s, moment)]
    if not silent:
        return passed(time=shown(moment))
    now = at_or_now(evidence.validation_time)
    unknown = [s for s in silent if not came_too_late(s, moment, now)]
    if not unknown:
        return NOT_APPLICABLE  # RV-LIST-IN-TIME speaks for this case
    urls = tuple(u for s in unknown for u in (*s.certificate.crl_urls, *s.certificate.ocsp_urls))
    inside = {url: found for url in urls if (found := _internal(url, policy))}
    newest = _newest(unknown)
    return failed(
        subjects=tuple(s.certificate.subject for s in unknown),
        issuers=tuple(s.certificate.issuer for s in unknown),
        urls=tuple(url for url in urls if url not in inside),
        internal=tuple(inside),
        network=tuple(dict.fromkeys(inside.values())),
        time=shown(moment),
        stale=shown(newest) if newest and newest < moment else "",
        denied=tuple(s.certificate.subject for s in unknown if _is_unknown_to_responder(s)),
    )


def _is_unknown_to_responder(step: PathStep) -> bool:
    """Say whether a response that counts says it does not know the certificate (RFC 6960, 2.2)."""
    return any(a.status is RevocationStatus.UNKNOWN and not a.problem for a in step.revocation)


def _internal(url: str, policy: Policy) -> str:
    """Return the domain of an internal network that an address lies in, empty for any other."""
    found = _HOST.match(url)
    host = found[1].lower() if found else ""
    domains = policy.texts.get("internal-domains", ())
    return next((d for d in domains if f".{host}".endswith(f".{d}")), "")


@check(
    "RV-LIST-IN-TIME",
    block=Block.REVOCATION,
    fails_as=SubIndication.TRY_LATER,
    spec="EN 319 102-1, 5.2.5 and 5.2.6.4; RFC 5280, 3.3",
)
def list_is_in_time(evidence: Evidence, policy: Policy) -> Outcome:
    """Was a list or response issued while the certificates it speaks of had not expired?"""
    if evidence.path is None or evidence.path.anchor is None:
        return NOT_APPLICABLE
    moment, now = at_or_now(evidence.best_signature_time), at_or_now(evidence.validation_time)
    late = [s for s in steps_to_check(evidence.path) if came_too_late(s, moment, now)]
    if not late:
        return PASSED
    # What is issued from now on is as silent: no waiting helps (table 6, TRY_LATER).
    verdict = SubIndication.OUT_OF_BOUNDS_NO_POE if is_to_the_letter(policy) else None
    return failed(
        verdict,
        subjects=tuple(s.certificate.subject for s in late),
        not_after=shown(min(s.certificate.not_after for s in late)),
    )


def _newest(steps: list[PathStep]) -> datetime | None:
    ends = [a.next_update for s in steps for a in s.revocation if a.next_update and not a.problem]
    return max(ends, default=None)


@check(
    "RV-SIGNER-GOOD",
    block=Block.REVOCATION,
    fails_as=SubIndication.REVOKED_NO_POE,
    spec="EN 319 102-1, 5.2.6.4 and 5.5.4",
)
def signer_was_not_revoked(evidence: Evidence, policy: Policy) -> Outcome:
    """Was the signing certificate free of revocation when the signature was made?"""
    if evidence.path is None or evidence.path.anchor is None:
        return NOT_APPLICABLE  # a list counts along a path to an anchor only
    answer = _revocation_of_signer(evidence, RevocationStatus.REVOKED)
    if answer is None:
        return PASSED
    # Revoked before the best time; that it was signed later is another question. A policy may
    # take the signer's own claim for it, never the absence of one (5.5.4, NOTE).
    claimed = evidence.dictionary.claimed_time
    since = answer.revoked_at or datetime.min.replace(tzinfo=UTC)
    later = claimed is not None and since <= claimed and policy.numbers.get(CLAIM_COUNTS, 0) > 0
    # A content time-stamp proves it: what it stamped was signed after it (5.3.4).
    begun = evidence.not_signed_before
    later = later or (begun is not None and since <= begun)
    verdict = SubIndication.REVOKED if later else None
    return failed(verdict, revoked_at=shown(answer.revoked_at), reason=answer.reason)


@check(
    "RV-ON-HOLD",
    block=Block.REVOCATION,
    fails_as=SubIndication.TRY_LATER,
    spec="RFC 5280, 5.3.1; TT 15/2025, Annex II 1.1 [S]",
)
def signer_was_not_on_hold(evidence: Evidence) -> Outcome:
    """Was the signing certificate free of suspension when the signature was made?"""
    if evidence.path is None or evidence.path.anchor is None:
        return NOT_APPLICABLE
    answer = _revocation_of_signer(evidence, RevocationStatus.ON_HOLD)
    if answer is None:
        return PASSED
    return failed(revoked_at=shown(answer.revoked_at))


def _revocation_of_signer(evidence: Evidence, status: RevocationStatus) -> RevocationAnswer | None:
    if evidence.path is None or not evidence.path.steps:
        return None
    moment = at_or_now(evidence.best_signature_time)
    found = [a for a in bad_answers(evidence.path.steps[0], moment) if a.status is status]
    return max(found, key=lambda a: a.this_update, default=None)


@check(
    "RV-CA-GOOD",
    block=Block.REVOCATION,
    fails_as=SubIndication.REVOKED_CA_NO_POE,
    spec="EN 319 102-1, 5.2.6.4",
)
def authorities_were_not_revoked(evidence: Evidence) -> Outcome:
    """Was every CA certificate of the path free of revocation at that time?"""
    if evidence.path is None or evidence.path.anchor is None:
        return NOT_APPLICABLE
    moment = at_or_now(evidence.best_signature_time)
    for step in evidence.path.steps[1:]:
        if step.revocation_exempt:
            continue
        for answer in bad_answers(step, moment):
            since = shown(answer.revoked_at)
            return failed(subject=step.certificate.subject, revoked_at=since)
    return PASSED


@check("RV-REVOKED-LATER", block=Block.ADVISORY, spec="EN 319 102-1, 5.5.4")
def signer_was_not_revoked_later(evidence: Evidence) -> Outcome:
    """Has the signing certificate stayed free of revocation since?"""
    if evidence.path is None or evidence.path.anchor is None or not evidence.path.steps:
        return NOT_APPLICABLE
    moment = at_or_now(evidence.best_signature_time)
    later = later_revocations(evidence.path.steps[0], moment)
    if not later:
        return PASSED
    return failed(revoked_at=shown(later[0].revoked_at), reason=later[0].reason)
