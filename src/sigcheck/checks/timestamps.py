"""Validation of a time-stamp token (EN 319 102-1, 5.4; RFC 3161, 2.3)."""

from __future__ import annotations

from sigcheck.checks.crypto import WITHOUT_NULL
from sigcheck.checks.path import broken_path, search_limit
from sigcheck.checks.registry import Scope, check
from sigcheck.checks.times import (
    SHOWN_DIGITS,
    at_or_now,
    bad_answers,
    came_too_late,
    is_status_known,
    shown,
    steps_to_check,
)
from sigcheck.model.evidence import Purpose, Tier, TimestampFacts
from sigcheck.model.finding import NOT_APPLICABLE, PASSED, Block, Outcome, failed, passed
from sigcheck.model.indication import SubIndication
from sigcheck.model.policy import Policy

_CRYPTO = SubIndication.CRYPTO_CONSTRAINTS_FAILURE


@check(
    "TS-PARSED",
    block=Block.FORMAT,
    fails_as=SubIndication.FORMAT_FAILURE,
    spec="RFC 3161, 2.4.2",
    scope=Scope.TIMESTAMP,
)
def token_is_readable(token: TimestampFacts) -> Outcome:
    """Is the token one that can be read, with a time in it?"""
    return PASSED if token.parsed and token.time else failed(problem=token.parse_problem)


@check(
    "TS-IMPRINT-MATCHES",
    block=Block.CRYPTO,
    fails_as=SubIndication.HASH_FAILURE,
    spec="RFC 3161, 2.4.2; RFC 3161, appendix A",
    scope=Scope.TIMESTAMP,
)
def imprint_matches(token: TimestampFacts) -> Outcome:
    """Was the token made for this very signature?"""
    if not token.parsed:
        return NOT_APPLICABLE
    algorithm = token.imprint_algorithm
    if token.imprint_matches:
        return passed(algorithm=algorithm)
    if token.imprint_matches is None:
        return failed(_CRYPTO, algorithm=algorithm)
    return failed(
        algorithm=algorithm,
        stamped=token.imprint[:SHOWN_DIGITS],
        computed=token.computed_imprint[:SHOWN_DIGITS],
    )


@check(
    "TS-SIGNATURE-VERIFIES",
    block=Block.CRYPTO,
    fails_as=SubIndication.SIG_CRYPTO_FAILURE,
    spec="RFC 3161, 2.4.2; RFC 5652, 5.6",
    scope=Scope.TIMESTAMP,
)
def token_signature_verifies(token: TimestampFacts) -> Outcome:
    """Did the time-stamping authority sign the token?"""
    if not token.parsed or token.certificate is None:
        return NOT_APPLICABLE  # TS-PARSED or TS-PATH-ANCHORED speaks for this case
    cms = token.cms
    if cms.digest_matches is False or cms.signature_ok is False or not cms.algorithms_agree:
        return failed(problem=cms.signature_problem)
    if not cms.signature_ok:
        return failed(_CRYPTO, problem=cms.signature_problem)
    codes = {anomaly.code for anomaly in cms.anomalies}
    return failed(_CRYPTO, problem=WITHOUT_NULL) if WITHOUT_NULL in codes else PASSED


@check(
    "TS-ATTRIBUTE-MATCHES",
    block=Block.IDENTITY,
    fails_as=SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
    spec="RFC 3161, 2.4.1; RFC 5816",
    scope=Scope.TIMESTAMP,
)
def token_names_its_certificate(token: TimestampFacts) -> Outcome:
    """Does the token's signing-certificate attribute name the certificate that signed it?"""
    if not token.parsed:
        return NOT_APPLICABLE
    # RFC 3161, 2.4.2: the identifier is required, as a signed attribute.
    return PASSED if token.cms.signing_certificate_matches else failed()


@check(
    "TS-EKU-CRITICAL",
    block=Block.PATH,
    fails_as=SubIndication.CHAIN_CONSTRAINTS_FAILURE,
    spec="RFC 3161, 2.3",
    scope=Scope.TIMESTAMP,
)
def certificate_is_for_time_stamping(token: TimestampFacts) -> Outcome:
    """Is time-stamping the only use of the TSA's certificate, and marked critical?"""
    if token.certificate is None:
        return NOT_APPLICABLE
    usage = token.certificate.extended_key_usage
    return PASSED if token.eku_ok else failed(usage=usage)


@check(
    "TS-PATH-ANCHORED",
    block=Block.PATH,
    fails_as=SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
    spec="EN 319 102-1, 5.4.4",
    scope=Scope.TIMESTAMP,
)
def token_path_is_anchored(token: TimestampFacts, policy: Policy) -> Outcome:
    """Does the TSA's certificate path lead to an anchor pinned for time-stamping?"""
    path = token.path
    if path is None or path.anchor is None:
        if path and (limit := search_limit(path)):
            return failed(limit=limit)
        missing = path.missing_issuer if path else ""
        return failed(missing_issuer=missing) if token.parsed else NOT_APPLICABLE
    if path.problems:
        return failed(broken_path(policy), problem=path.problems[0].code)
    if path.anchor.tier is Tier.TEST:
        return failed(SubIndication.CHAIN_CONSTRAINTS_FAILURE, problem="test-anchor")
    if Purpose.TIMESTAMPING in path.anchor.purposes:
        return passed(anchor=path.anchor.subject)
    return failed(SubIndication.CHAIN_CONSTRAINTS_FAILURE, problem="anchor-purpose")


@check(
    "TS-CERTIFICATE-VALID",
    block=Block.PATH,
    fails_as=SubIndication.OUT_OF_BOUNDS_NO_POE,
    spec="EN 319 102-1, 5.4.4; QCVN 138:2025 [S]",
    scope=Scope.TIMESTAMP,
)
def certificates_were_in_force(token: TimestampFacts) -> Outcome:
    """Were the certificates of the TSA's path in force at the time it states?"""
    if token.path is None or token.time is None:
        return NOT_APPLICABLE
    for certificate in (s.certificate for s in token.path.steps):
        if not certificate.not_before <= token.time <= certificate.not_after:
            return failed(subject=certificate.subject, not_after=shown(certificate.not_after))
    return PASSED


@check(
    "TS-STATUS-KNOWN",
    block=Block.REVOCATION,
    fails_as=SubIndication.TRY_LATER,
    spec="EN 319 102-1, 5.4.4",
    scope=Scope.TIMESTAMP,
)
def status_is_known(token: TimestampFacts) -> Outcome:
    """Is the status of the TSA's certificate known for the time it states?"""
    if token.path is None or token.path.anchor is None:
        return NOT_APPLICABLE
    moment = at_or_now(token.time)
    silent = [s for s in steps_to_check(token.path) if not is_status_known(s, moment)]
    if not silent:
        return PASSED
    unknown = [s for s in silent if not came_too_late(s, moment, at_or_now(None))]
    if not unknown:
        return NOT_APPLICABLE  # TS-LIST-IN-TIME speaks for this case
    return failed(subjects=tuple(s.certificate.subject for s in unknown))


@check(
    "TS-LIST-IN-TIME",
    block=Block.REVOCATION,
    fails_as=SubIndication.OUT_OF_BOUNDS_NO_POE,
    spec="EN 319 102-1, 5.4.4 and 5.2.5; RFC 5280, 3.3",
    scope=Scope.TIMESTAMP,
)
def list_is_in_time(token: TimestampFacts) -> Outcome:
    """Was a list or response issued while the certificates of the TSA's path had not expired?"""
    if token.path is None or token.path.anchor is None:
        return NOT_APPLICABLE
    moment = at_or_now(token.time)
    late = [s for s in steps_to_check(token.path) if came_too_late(s, moment, at_or_now(None))]
    if not late:
        return PASSED
    # What is issued from now on is as silent: no waiting helps (table 6, TRY_LATER).
    return failed(
        subjects=tuple(s.certificate.subject for s in late),
        not_after=shown(min(s.certificate.not_after for s in late)),
    )


@check(
    "TS-NOT-REVOKED",
    block=Block.REVOCATION,
    fails_as=SubIndication.REVOKED_NO_POE,
    spec="EN 319 102-1, 5.4.4",
    scope=Scope.TIMESTAMP,
)
def tsa_was_not_revoked(token: TimestampFacts) -> Outcome:
    """Was every certificate of the TSA's path free of revocation at that time?"""
    if token.path is None or token.path.anchor is None:
        return NOT_APPLICABLE
    moment = at_or_now(token.time)
    for step in steps_to_check(token.path):
        if bad_answers(step, moment):
            return failed(subject=step.certificate.subject)
    return PASSED
