"""The long view: does a proof outlast its TSA, its algorithms, its CAs? (EN 319 102-1, 5.6).

A time-stamp is first judged at the time it states. What is asked here is asked at the moment by
which the token itself provably existed: a later document time-stamp, else the validation time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sigcheck.checks.algorithms import broken_facts, broken_rule
from sigcheck.checks.registry import Scope, check
from sigcheck.checks.times import (
    at_or_now,
    bad_answers,
    came_too_late,
    is_status_known,
    later_revocations,
    revoked_since,
    shown,
    speaking_answers,
    steps_to_check,
)
from sigcheck.model.evidence import (
    CertificateFacts,
    Evidence,
    PathFacts,
    PathStep,
    ProofOfExistence,
    RevocationAnswer,
    TimestampFacts,
)
from sigcheck.model.finding import NOT_APPLICABLE, PASSED, Block, Outcome, failed, passed
from sigcheck.model.indication import SubIndication
from sigcheck.model.policy import Policy

_HARMLESS = frozenset(
    {"unspecified", "affiliation_changed", "superseded", "cessation_of_operation"}
    | {"certificate_hold"}
)
"""Reasons after which earlier tokens stay good (RFC 3161, 4, 1); where no reason is given, none
does. NOTE: Suspension isn't named there; it casts no doubt on what was done before."""


def _links(path: PathFacts | None) -> tuple[PathStep, ...]:
    """Return the certificates of a path but for the anchor, which is trusted as it is."""
    anchor = path.anchor.sha256 if path and path.anchor else ""
    return tuple(s for s in path.steps if s.certificate.sha256 != anchor) if path else ()


def first_to_end(token: TimestampFacts) -> CertificateFacts | None:
    """Return a certificate of the TSA's path that ended before the token provably existed."""
    moment = at_or_now(token.existed_by)
    ended = [c for c in (s.certificate for s in _links(token.path)) if c.not_after < moment]
    return min(ended, key=lambda c: c.not_after, default=None)


@check(
    "TS-CERTIFICATE-LASTS",
    block=Block.TIME,
    fails_as=SubIndication.OUT_OF_BOUNDS_NO_POE,
    spec="EN 319 102-1, 5.4.4 and 5.6.2.4",
    scope=Scope.TIMESTAMP,
)
def tsa_certificate_lasts(token: TimestampFacts) -> Outcome:
    """Is the TSA's certificate still in force, or was the token renewed before it ended?"""
    if token.path is None or token.path.anchor is None or token.existed_by is None:
        return NOT_APPLICABLE
    ended = first_to_end(token)
    if ended is None:
        return passed(existed_by=shown(token.existed_by))
    return failed(subject=ended.subject, not_after=shown(ended.not_after))


@check(
    "TS-STATUS-LASTS",
    block=Block.TIME,
    fails_as=SubIndication.TRY_LATER,
    spec="EN 319 102-1, 5.2.5 and 5.6.2.2",
    scope=Scope.TIMESTAMP,
)
def tsa_status_lasts(token: TimestampFacts) -> Outcome:
    """Is the status of the TSA's certificate known up to when the token provably existed?"""
    if token.path is None or token.path.anchor is None or token.existed_by is None:
        return NOT_APPLICABLE
    for step in steps_to_check(token.path):
        if came_too_late(step, at_or_now(token.time), at_or_now(None)):
            continue  # TS-LIST-IN-TIME speaks for this case
        # After its end no list speaks of a certificate; TS-CERTIFICATE-LASTS asks about that.
        moment = min(token.existed_by, step.certificate.not_after)
        if not is_status_known(step, moment):
            return failed(subject=step.certificate.subject, time=shown(moment))
    return PASSED


@check(
    "TS-KEY-SAFE",
    block=Block.REVOCATION,
    fails_as=SubIndication.REVOKED_NO_POE,
    spec="RFC 3161, 4, 1 and 2",
    scope=Scope.TIMESTAMP,
)
def tsa_key_was_safe(token: TimestampFacts) -> Outcome:
    """Did the token provably exist before any revocation that casts doubt on the TSA's key?"""
    return _no_revocation(token, harmless=False)


@check(
    "TS-REVOKED-LATER",
    block=Block.TIME,
    fails_as=SubIndication.REVOKED_NO_POE,
    spec="EN 319 102-1, 5.4.4; RFC 3161, 4, 1",
    scope=Scope.TIMESTAMP,
)
def tsa_was_not_revoked_later(token: TimestampFacts) -> Outcome:
    """Did the token provably exist before any revocation for a harmless reason?"""
    return _no_revocation(token, harmless=True)


def _no_revocation(token: TimestampFacts, *, harmless: bool) -> Outcome:
    if token.path is None or token.time is None or token.existed_by is None:
        return NOT_APPLICABLE
    for step in _links(token.path):
        for answer in later_revocations(step, token.time):
            in_time = token.existed_by < revoked_since(answer)
            if (answer.reason in _HARMLESS) is harmless and not in_time:
                since = shown(revoked_since(answer))
                subject = step.certificate.subject
                return failed(subject=subject, revoked_at=since, reason=answer.reason)
    return PASSED


@check(
    "TS-ALGORITHMS-ACCEPTED",
    block=Block.ACCEPTANCE,
    fails_as=SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
    spec="EN 319 102-1, 5.4.4 and 5.2.8; QCVN 138:2025 [S]",
    scope=Scope.TIMESTAMP,
)
def stamp_was_strong_enough(token: TimestampFacts, policy: Policy) -> Outcome:
    """Were the TSA's digest and keys accepted at the time the token states?"""
    if not token.parsed or token.time is None:
        return NOT_APPLICABLE
    return _accepted(token, policy, token.time, with_imprint=False)


@check(
    "TS-ALGORITHMS-LAST",
    block=Block.TIME,
    fails_as=SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    spec="EN 319 102-1, 5.6.2.2 and 5.2.8",
    scope=Scope.TIMESTAMP,
)
def stamp_is_strong_enough(token: TimestampFacts, policy: Policy) -> Outcome:
    """Were the token's digests and keys accepted when the token provably existed?"""
    if not token.parsed or token.existed_by is None:
        return NOT_APPLICABLE
    return _accepted(token, policy, token.existed_by, with_imprint=True)


def _accepted(
    token: TimestampFacts, policy: Policy, moment: datetime, *, with_imprint: bool
) -> Outcome:
    for name, bits in _algorithms(token, with_imprint=with_imprint):
        if rule := broken_rule(policy, name, bits, moment):
            return failed(**broken_facts(rule, bits, moment))
    return PASSED


def _algorithms(token: TimestampFacts, *, with_imprint: bool) -> Iterator[tuple[str, int]]:
    """Yield what the token rests on: digests, keys, and the signatures of its path."""
    if with_imprint:
        yield token.imprint_algorithm, 0
    yield token.cms.digest_algorithm, 0
    if token.certificate and not _links(token.path):
        yield token.certificate.key_type, token.certificate.key_bits
    for step in _links(token.path):
        certificate = step.certificate
        yield certificate.key_type, certificate.key_bits
        if not step.pinned:
            yield certificate.signature_hash, 0


@check(
    "TS-EVIDENCE-LASTS",
    block=Block.TIME,
    fails_as=SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE,
    spec="EN 319 102-1, 5.6.2.2",
    scope=Scope.TIMESTAMP,
)
def tsa_evidence_lasts(token: TimestampFacts) -> Outcome:
    """Did the status of the TSA's path provably exist while the keys that signed it were good?"""
    if token.path is None or token.path.anchor is None or token.time is None:
        return NOT_APPLICABLE
    return _evidence(token.path, token.time, token.proofs, at_or_now(token.validation_time))


@check(
    "RV-EVIDENCE-LASTS",
    block=Block.TIME,
    fails_as=SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE,
    spec="EN 319 102-1, 5.6.2.2",
)
def evidence_lasts(evidence: Evidence) -> Outcome:
    """Did the status of the path provably exist while the keys that signed it were good?"""
    if evidence.path is None or evidence.path.anchor is None:
        return NOT_APPLICABLE
    moment, now = at_or_now(evidence.best_signature_time), at_or_now(evidence.validation_time)
    return _evidence(evidence.path, moment, evidence.proofs, now)


def _evidence(
    path: PathFacts, moment: datetime, proofs: tuple[ProofOfExistence, ...], now: datetime
) -> Outcome:
    links = _links(path)
    for index, step in enumerate(links):
        speaking = speaking_answers(step, moment)
        if step.revocation_exempt or not speaking or bad_answers(step, moment):
            continue  # RV-STATUS-KNOWN, RV-SIGNER-GOOD and RV-CA-GOOD speak for these
        above = links[index + 1 :]
        if not any(_lasts(answer, above, proofs, now) for answer in speaking):
            return failed(subject=step.certificate.subject, issuer=step.certificate.issuer)
    return PASSED


def _lasts(
    answer: RevocationAnswer,
    above: tuple[PathStep, ...],
    proofs: tuple[ProofOfExistence, ...],
    now: datetime,
) -> bool:
    """Say whether a statement is older than the end of every key it rests on."""
    existed_by = _existed_by(answer, proofs, now)
    ends = [c.not_after for c in (s.certificate for s in above)]
    if answer.responder_not_after is not None:
        ends.append(answer.responder_not_after)
    revoked = any(bad_answers(step, existed_by) for step in above)
    return all(existed_by <= end for end in ends) and not revoked


def _existed_by(
    answer: RevocationAnswer, proofs: tuple[ProofOfExistence, ...], now: datetime
) -> datetime:
    since = answer.since_revision
    later = [p.time for p in proofs if since is not None and p.revision >= since]
    return min(later, default=now)


@check("TM-PROOF-LASTS", block=Block.ADVISORY, spec="EN 319 102-1, 5.6; EN 319 142-1, 6.3 (B-LTA)")
def proof_of_time_lasts(evidence: Evidence) -> Outcome:
    """Is the TSA's certificate still in force, or was the proof of time renewed before it ended?"""
    tokens = [t for t in evidence.timestamps if t.existed_by is not None and t.path is not None]
    if not tokens:
        return NOT_APPLICABLE
    for token in tokens:
        if ended := first_to_end(token):
            return failed(subject=ended.subject, not_after=shown(ended.not_after))
    return PASSED
