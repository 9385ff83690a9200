"""Claimed, written and proven times, side by side and never used for ordering."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from sigcheck.checks.registry import check
from sigcheck.checks.times import SHOWN_DIGITS, shown
from sigcheck.model.evidence import Evidence, SignatureKind, TimeBasis
from sigcheck.model.finding import NOT_APPLICABLE, PASSED, Block, Outcome, failed, passed
from sigcheck.model.indication import SubIndication
from sigcheck.model.policy import Policy

_ZONE = re.compile(r"Z|[+-]\d{2}")
_EASTERNMOST = timedelta(hours=14)
"""A time without its zone may have been written this far east of UTC (ISO 32000-2, 7.9.4)."""
_LABEL_SHIFT = timedelta(hours=7)
"""Vietnam time written with a Z: seven hours ahead of the truth."""
_LABEL_TOLERANCE = timedelta(minutes=45)
"""Tokens of this kind were met 6 h 17 to 6 h 40 off; signing computers drift by minutes."""


def _first_token_time(evidence: Evidence) -> datetime | None:
    return min((t.time for t in evidence.timestamps if t.time), default=None)


def is_mislabelled(written: datetime | None, other: datetime | None) -> bool:
    """Say whether `written` is local time labelled UTC, by a time that is known to be right."""
    if written is None or other is None:
        return False
    return abs(written - other - _LABEL_SHIFT) <= _LABEL_TOLERANCE


@check("TS-PRESENT", block=Block.ADVISORY, spec="TT 15/2025, Article 6.1 g [S]")
def time_stamp_is_present(evidence: Evidence) -> Outcome:
    """Does the signature carry a time-stamp?"""
    stamped = evidence.timestamps or evidence.covered_by_document_timestamp
    return PASSED if stamped else failed()


@check(
    "TS-TOKENS-HOLD",
    block=Block.TIME,
    fails_as=SubIndication.SIG_CONSTRAINTS_FAILURE,
    spec="EN 319 102-1, 5.5.4",
)
def time_stamps_hold(evidence: Evidence) -> Outcome:
    """Does every time-stamp of this signature prove the time it states?"""
    if not evidence.timestamps or evidence.kind is SignatureKind.DOCUMENT_TIMESTAMP:
        return NOT_APPLICABLE  # a document time-stamp is judged as a signature of its own
    if not evidence.rejected_tokens:
        return PASSED
    other = next((t for t in evidence.timestamps if t.imprint_matches is False), None)
    return failed(
        findings=evidence.rejected_tokens,
        stamped=other.imprint[:SHOWN_DIGITS] if other else "",
        computed=other.computed_imprint[:SHOWN_DIGITS] if other else "",
    )


@check(
    "TS-CONTENT-HOLDS",
    block=Block.TIME,
    fails_as=SubIndication.SIG_CONSTRAINTS_FAILURE,
    spec="EN 319 102-1, 5.3.4; EN 319 122-1, 5.2.8",
)
def content_time_stamps_hold(evidence: Evidence) -> Outcome:
    """Does every time-stamp that was signed with the content prove the time it states?"""
    if not evidence.content_timestamps:
        return NOT_APPLICABLE
    rejected = evidence.rejected_content_tokens
    return failed(findings=rejected) if rejected else PASSED


@check(
    "TM-PROVISIONAL",
    block=Block.REVOCATION,
    fails_as=SubIndication.TRY_LATER,
    spec="EN 319 102-1, 5.5.4",
)
def time_rests_on_checked_tsa(evidence: Evidence) -> Outcome:
    """Could the certificate of the TSA that proves the time be checked for revocation?"""
    if evidence.best_time_basis is TimeBasis.UNPROVEN:
        return NOT_APPLICABLE
    basis = evidence.best_time_basis
    return PASSED if basis is TimeBasis.PROVEN else failed(time=shown(evidence.best_signature_time))


@check("TM-PROVEN", block=Block.TIME, fails_as=SubIndication.NO_POE, spec="EN 319 102-1, 5.5.4")
def time_is_proven(evidence: Evidence) -> Outcome:
    """Is there proof that the signature existed at the time it claims?"""
    if evidence.best_time_basis is TimeBasis.UNPROVEN:
        return failed(claimed=shown(evidence.dictionary.claimed_time))
    return passed(time=shown(evidence.best_signature_time))


@check("TM-CLAIMED-PRESENT", block=Block.ADVISORY, spec="ISO 32000-2, table 255")
def claimed_time_is_present(evidence: Evidence) -> Outcome:
    """Does the signature say when it was made?"""
    claimed = evidence.dictionary.claimed_time or evidence.cms.signing_time
    if evidence.kind is SignatureKind.DOCUMENT_TIMESTAMP:
        return NOT_APPLICABLE
    raw = evidence.dictionary.claimed_time_raw
    return passed(time=shown(claimed)) if claimed else failed(raw=raw)


@check("TM-SIGNINGTIME-LABEL", block=Block.ADVISORY, spec="RFC 5652, 11.3")
def signing_time_is_labelled_right(evidence: Evidence) -> Outcome:
    """Is the signingTime attribute free of the tool habit of writing local time as UTC?"""
    written, claimed = evidence.cms.signing_time, evidence.dictionary.claimed_time
    if written is None or claimed is None:
        return NOT_APPLICABLE
    return failed(written=written.isoformat()) if is_mislabelled(written, claimed) else PASSED


@check("TM-TOKEN-LABEL", block=Block.ADVISORY, spec="RFC 3161, 2.4.2")
def token_time_is_labelled_right(evidence: Evidence) -> Outcome:
    """Is the time-stamp free of the fault of stating local time as UTC?"""
    token, claimed = _first_token_time(evidence), evidence.dictionary.claimed_time
    if token is None or claimed is None:
        return NOT_APPLICABLE
    return failed(time=shown(token)) if is_mislabelled(token, claimed) else PASSED


@check("TM-CLOCK-SPREAD", block=Block.ADVISORY, spec="sigcheck: vietnam.md 3.3")
def clocks_agree_closely(evidence: Evidence, policy: Policy) -> Outcome:
    """Do the claimed time and the time-stamp lie within minutes of one another?"""
    return _spread(evidence, policy.numbers.get("clock-spread-note-seconds", 300.0))


@check("TM-CLOCK-FAR", block=Block.ADVISORY, spec="sigcheck: vietnam.md 6, 14")
def clocks_are_not_a_day_apart(evidence: Evidence, policy: Policy) -> Outcome:
    """Do the claimed time and the time-stamp lie within a day of one another?"""
    return _spread(evidence, policy.numbers.get("clock-spread-warn-seconds", 86_400.0))


@check("TM-NOT-FUTURE", block=Block.ADVISORY, spec="EN 319 102-1, 5.5.4")
def token_is_not_from_the_future(evidence: Evidence) -> Outcome:
    """Does every time-stamp state a time before that of the check?"""
    now = evidence.validation_time
    if now is None or not evidence.timestamps:
        return NOT_APPLICABLE
    ahead = [t.time for t in evidence.timestamps if t.time and t.time > now]
    return failed(time=shown(max(ahead)), checked=shown(now)) if ahead else PASSED


@check("TM-CLAIM-NOT-FUTURE", block=Block.ADVISORY, spec="EN 319 102-1, 5.1.4.1")
def claim_is_not_from_the_future(evidence: Evidence) -> Outcome:
    """Does the signature claim a time before that of the check?"""
    now, claimed = evidence.validation_time, evidence.dictionary.claimed_time
    if now is None or claimed is None:
        return NOT_APPLICABLE
    return failed(claimed=shown(claimed), checked=shown(now)) if claimed > now else PASSED


@check(
    "TM-CHECK-AFTER-SIGNING",
    block=Block.TIME,
    fails_as=SubIndication.SIG_CONSTRAINTS_FAILURE,
    spec="design, rule 5; EN 319 102-1, 5.1.4.1",
)
def check_is_not_before_signing(evidence: Evidence) -> Outcome:
    """Is the check about a time after the signing, as claimed or else as stamped?"""
    now, claimed = evidence.validation_time, evidence.dictionary.claimed_time
    written = evidence.cms.signing_time  # in local time with the mark of UTC, more often than not
    signed = next((t for t in (claimed, written, _first_token_time(evidence)) if t), None)
    if now is None or signed is None or evidence.kind is SignatureKind.DOCUMENT_TIMESTAMP:
        return NOT_APPLICABLE  # a time-stamp of later proves nothing, and fails nothing
    raw = evidence.dictionary.claimed_time_raw
    zoned = not raw or _ZONE.search(raw) is not None if claimed else signed is not written
    if signed - (timedelta() if zoned else _EASTERNMOST) <= now:
        return PASSED
    return failed(claimed=shown(signed), checked=shown(now))


@check(
    "TM-ORDER",
    block=Block.TIME,
    fails_as=SubIndication.TIMESTAMP_ORDER_FAILURE,
    spec="EN 319 102-1, 5.5.4",
)
def later_stamps_state_later_times(evidence: Evidence, policy: Policy) -> Outcome:
    """Do the document time-stamps that follow state later times than this one's own?"""
    own = [t.time for t in evidence.timestamps if t.time]
    if not own or not evidence.proofs:
        return NOT_APPLICABLE
    tolerance = timedelta(seconds=policy.numbers.get("stamp-order-seconds", 0.0))
    first = min(proof.time for proof in evidence.proofs)
    if first + tolerance >= max(own):
        return PASSED
    return failed(stamped=shown(max(own)), later=shown(first))


def _spread(evidence: Evidence, limit: float) -> Outcome:
    token, claimed = _first_token_time(evidence), evidence.dictionary.claimed_time
    if token is None or claimed is None:
        return NOT_APPLICABLE
    seconds = int(abs((token - claimed).total_seconds()))
    answer = failed if seconds > limit else passed
    return answer(seconds=seconds, claimed=shown(claimed), stamped=shown(token))


@check("TM-CLAIM-IN-VALIDITY", block=Block.ADVISORY, spec="TT 15/2025, Annex II 1.1 and 2.3 [S]")
def claimed_time_lies_in_validity(evidence: Evidence) -> Outcome:
    """Does the claimed time lie inside the certificate's validity?"""
    claimed, certificate = evidence.dictionary.claimed_time, evidence.certificate
    if claimed is None or certificate is None:
        return NOT_APPLICABLE
    inside = certificate.not_before <= claimed <= certificate.not_after
    return PASSED if inside else failed(claimed=shown(claimed))
