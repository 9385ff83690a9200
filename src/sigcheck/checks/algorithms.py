"""Signature acceptance: algorithms and key sizes with their dates (EN 319 102-1, 5.2.8)."""

from __future__ import annotations

from datetime import datetime

from sigcheck.checks.registry import check
from sigcheck.checks.times import (
    at_or_now,
    is_to_the_letter,
    shown,
    speaking_answers,
    steps_to_check,
)
from sigcheck.model.clock import in_vietnam
from sigcheck.model.evidence import Evidence, PathFacts, PathStep, RevocationAnswer, TimeBasis
from sigcheck.model.finding import (
    NOT_APPLICABLE,
    PASSED,
    Block,
    FactValue,
    Outcome,
    failed,
    passed,
)
from sigcheck.model.indication import SubIndication
from sigcheck.model.policy import AlgorithmRule, Policy

_CRYPTO = SubIndication.CRYPTO_CONSTRAINTS_FAILURE
_CRYPTO_NO_POE = SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE
_LONGEST_TOOL = 60


def broken_rule(policy: Policy, name: str, bits: int, moment: datetime) -> AlgorithmRule | None:
    """Return the rule of the policy an algorithm breaks at a moment; a name without rule breaks.

    Advice is left out: it is asked for by `AL-SCHEME-ADVISED`.
    """
    known = False
    for rule in policy.algorithms:
        if rule.name == name and not rule.advice:
            known = True
            if bits < rule.min_bits or (rule.until and in_vietnam(moment).date() > rule.until):
                return rule
    return None if known else AlgorithmRule(name=name, article="policy")


def _refused(rule: AlgorithmRule, evidence: Evidence, policy: Policy, bits: int = 0) -> Outcome:
    return failed(
        _CRYPTO_NO_POE if _may_be_older(rule, evidence, policy) else _CRYPTO,
        **broken_facts(rule, bits, evidence.best_signature_time),
    )


def _may_be_older(rule: AlgorithmRule, evidence: Evidence, policy: Policy) -> bool:
    """Say whether the signature may have been made while the algorithm was accepted (table 6)."""
    if rule.until is None:
        return False
    if is_to_the_letter(policy):
        return True  # a proof of existence tells that it is older, none that it is younger
    unproven = evidence.best_time_basis is TimeBasis.UNPROVEN
    return unproven and _accepted_when_claimed(rule, evidence)


def _made(rule: AlgorithmRule, made: datetime, policy: Policy) -> SubIndication:
    """Return what a certificate, list or response made then comes to that breaks a rule."""
    older = rule.until is not None and in_vietnam(made).date() <= rule.until
    return _CRYPTO_NO_POE if older and is_to_the_letter(policy) else _CRYPTO


def broken_facts(rule: AlgorithmRule, bits: int, moment: datetime | None) -> dict[str, FactValue]:
    """Return what is to be said of a rule that an algorithm breaks."""
    return {
        "algorithm": rule.name,
        "bits": bits or None,
        "min_bits": rule.min_bits or None,  # a rule about dates asks for no size
        "until": rule.until.isoformat() if rule.until else "",
        "time": shown(moment),
        **_cited(rule),
    }


def _cited(rule: AlgorithmRule) -> dict[str, FactValue]:
    """Return the article of a rule, and how sure it is unless its text was read."""
    return {"article": rule.article, "mark": "" if rule.mark == "C" else rule.mark}


def _accepted_when_claimed(rule: AlgorithmRule, evidence: Evidence) -> bool:
    claimed = evidence.dictionary.claimed_time
    return bool(claimed and rule.until and in_vietnam(claimed).date() <= rule.until)


def is_tolerated(rule: AlgorithmRule, evidence: Evidence, policy: Policy) -> bool:
    """Say whether a digest past its last day still counts: for some tiers, under a time-stamp.

    The time must rest on a token of the signature whose own imprint the policy accepts: a stamp
    made over the same weak digest would prove nothing about which document it was.
    """
    if evidence.tier not in rule.tolerated or evidence.best_time_basis is TimeBasis.UNPROVEN:
        return False
    return any(
        token.time is not None
        and token.time == evidence.best_signature_time
        and broken_rule(policy, token.imprint_algorithm, 0, token.time) is None
        for token in evidence.timestamps
    )


@check("AL-DIGEST-ACCEPTED", block=Block.ACCEPTANCE, fails_as=_CRYPTO, spec="EN 319 102-1, 5.2.8")
def digest_is_accepted(evidence: Evidence, policy: Policy) -> Outcome:
    """Was the digest algorithm accepted when the signature provably existed?"""
    if not evidence.cms.parsed:
        return NOT_APPLICABLE
    rule = _broken_digest(evidence, policy)
    if rule is None or (not _by_filter(evidence) and is_tolerated(rule, evidence, policy)):
        return passed(algorithm=evidence.cms.digest_algorithm)
    return _refused(rule, evidence, policy)


def _broken_digest(evidence: Evidence, policy: Policy) -> AlgorithmRule | None:
    moment = at_or_now(evidence.best_signature_time)
    broken = (broken_rule(policy, name, 0, moment) for name in _digests(evidence))
    return next((rule for rule in broken if rule), None)


def _by_filter(evidence: Evidence) -> bool:
    return evidence.dictionary.sub_filter == "adbe.pkcs7.sha1"


def _digests(evidence: Evidence) -> tuple[str, ...]:
    """Return every digest a signature rests on: the weakest counts.

    With adbe.pkcs7.sha1 the document's digest is SHA-1, whatever the SignerInfo names
    (ISO 32000-2, 12.8.3.3.1).
    """
    named = evidence.cms.digest_algorithm
    if _by_filter(evidence):
        return named, "sha1"
    return (named,)


@check("AL-KEY-ACCEPTED", block=Block.ACCEPTANCE, fails_as=_CRYPTO, spec="EN 319 102-1, 5.2.8")
def key_is_accepted(evidence: Evidence, policy: Policy) -> Outcome:
    """Was the signer's key long enough when the signature provably existed?"""
    certificate = evidence.certificate
    if certificate is None:
        return NOT_APPLICABLE
    name, bits = certificate.key_type, certificate.key_bits
    rule = broken_rule(policy, name, bits, at_or_now(evidence.best_signature_time))
    return _refused(rule, evidence, policy, bits) if rule else passed(algorithm=name, bits=bits)


def _tolerable(path: PathFacts) -> tuple[PathStep, ...]:
    """Return the signer's certificate, and the one that the anchor itself issued."""
    return (*path.steps[:1], *path.steps[-2:-1])


@check("AL-CHAIN-ACCEPTED", block=Block.ACCEPTANCE, fails_as=_CRYPTO, spec="EN 319 102-1, 5.2.8")
def chain_algorithms_are_accepted(evidence: Evidence, policy: Policy) -> Outcome:
    """Were the path's own signatures and keys accepted at that time, pinned certificates aside?"""
    path, moment = evidence.path, at_or_now(evidence.best_signature_time)
    if path is None or path.anchor is None:
        return NOT_APPLICABLE
    for step in (s for s in path.steps if not s.pinned):
        certificate = step.certificate
        rule = broken_rule(policy, certificate.signature_hash, 0, moment)
        if rule and step in _tolerable(path) and is_tolerated(rule, evidence, policy):
            rule = None
        if rule is None and step is not path.steps[0]:  # AL-KEY-ACCEPTED has the signer's key
            rule = broken_rule(policy, certificate.key_type, certificate.key_bits, moment)
        if rule:
            return failed(
                _made(rule, certificate.not_before, policy),
                subject=certificate.subject,
                algorithm=rule.name,
                **_cited(rule),
            )
    return PASSED


@check("AL-DIGEST-TOLERATED", block=Block.ADVISORY, spec="TT 15/2025, Annex I [S]")
def no_digest_is_tolerated_only(evidence: Evidence, policy: Policy) -> Outcome:
    """Does the signature do without a digest that counts only because a time-stamp proves when?"""
    if not evidence.cms.parsed:
        return NOT_APPLICABLE
    moment = at_or_now(evidence.best_signature_time)
    steps = _tolerable(evidence.path) if evidence.path else ()
    hashes = [s.certificate.signature_hash for s in steps if not s.pinned]
    broken = (broken_rule(policy, name, 0, moment) for name in hashes)
    found = {
        "document": _broken_digest(evidence, policy),
        "certificate": next((rule for rule in broken if rule), None),
    }
    rules = {where: rule for where, rule in found.items() if rule}
    if not rules or not all(is_tolerated(r, evidence, policy) for r in rules.values()):
        return PASSED
    first = next(iter(rules.values()))
    return failed(
        algorithm=first.name,
        where=tuple(rules),
        tool=evidence.dictionary.producer[:_LONGEST_TOOL],
        until=first.until.isoformat() if first.until else "",
        **_cited(first),
    )


@check("AL-STATUS-ACCEPTED", block=Block.ACCEPTANCE, fails_as=_CRYPTO, spec="EN 319 102-1, 5.2.8")
def status_algorithms_are_accepted(evidence: Evidence, policy: Policy) -> Outcome:
    """Were the lists and responses that decide signed with accepted digests and keys?"""
    path, moment = evidence.path, at_or_now(evidence.best_signature_time)
    if path is None or path.anchor is None:
        return NOT_APPLICABLE
    for step in steps_to_check(path):
        answers = [a for a in speaking_answers(step, moment) if a.signature_hash]
        rules = [_broken_by(answer, policy, moment) for answer in answers]
        if rules and all(rules):
            rule, answer = next((r, a) for r, a in zip(rules, answers, strict=True) if r)
            sub = _made(rule, answer.this_update, policy)
            return failed(sub, subject=step.certificate.subject, algorithm=rule.name)
    return PASSED


def _broken_by(answer: RevocationAnswer, policy: Policy, moment: datetime) -> AlgorithmRule | None:
    """Return the rule that a list's or response's own signature breaks."""
    since = max(answer.this_update, moment)
    rule = broken_rule(policy, answer.signature_hash, 0, since)
    return rule or broken_rule(policy, answer.key_type, answer.key_bits, since)


@check("AL-STAMP-ACCEPTED", block=Block.ADVISORY, spec="TT 15/2025, Annex I [S]; QCVN 138:2025 [S]")
def stamp_algorithms_are_accepted(evidence: Evidence, policy: Policy) -> Outcome:
    """Does every time-stamp use a digest the policy accepts at its time?"""
    tokens = [t for t in evidence.timestamps if t.imprint_algorithm and t.time]
    if not tokens:
        return NOT_APPLICABLE
    for token in tokens:
        rules = [r for r in policy.algorithms if r.name == token.imprint_algorithm]
        if any(rule.until for rule in rules):
            return failed(algorithm=token.imprint_algorithm, time=shown(token.time))
    return PASSED


@check("AL-DIGEST-AGED", block=Block.ADVISORY, spec="TT 15/2025, Annex I [S]")
def digest_is_accepted_today(evidence: Evidence, policy: Policy) -> Outcome:
    """Would the digest algorithm still be accepted for a signature made today?"""
    if not evidence.cms.parsed:
        return NOT_APPLICABLE
    now = at_or_now(evidence.validation_time)
    for name in _digests(evidence):
        if rule := broken_rule(policy, name, 0, now):
            return failed(algorithm=name, **_cited(rule))
    return PASSED


@check("AL-SCHEME-ADVISED", block=Block.ADVISORY, spec="TT 15/2025, Annex I [S]")
def scheme_is_the_advised_one(evidence: Evidence, policy: Policy) -> Outcome:
    """Is the signature scheme the one the current technical rule names?"""
    if not evidence.cms.parsed:
        return NOT_APPLICABLE
    scheme = evidence.cms.scheme
    advice = next((r for r in policy.algorithms if r.advice and r.name == scheme), None)
    return failed(scheme=scheme, **_cited(advice)) if advice else passed(scheme=scheme)
