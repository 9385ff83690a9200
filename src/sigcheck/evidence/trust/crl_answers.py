"""What a CRL says of one certificate, and whether it may say so (RFC 5280, 6.3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from sigcheck.evidence.cms import tlv
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.trust import links
from sigcheck.evidence.trust.crl import Crl
from sigcheck.evidence.trust.crl_entries import HOLD, REMOVED, Entry
from sigcheck.model.evidence import RevocationAnswer, RevocationStatus

MAX_DELEGATES = 20
"""Certificates tried as the signer of one list or response."""


class Asked(Struct, frozen=True):
    """A certificate, the certificates above it in its path, and who else may have signed."""

    certificate: Certificate
    above: Sequence[Certificate]
    """From its issuer to the anchor; never empty."""
    others: Sequence[Certificate] = ()
    """Certificates at hand that may be CRL issuers or responders of their own."""

    @property
    def issuer(self) -> Certificate:
        """The certificate whose key signed the one asked about."""
        return self.above[0]


def crl_answers(asked: Asked, lists: Iterable[Crl]) -> list[RevocationAnswer]:
    """Return one answer for each list that speaks of the certificate, authentic or not."""
    fitting = [crl for crl in lists if _concerns(asked, crl)]
    complete = [crl for crl in fitting if crl.base_number is None]
    answers = [_answer(asked, crl) for crl in complete]
    answers += [
        _delta_answer(asked, crl, complete) for crl in fitting if crl.base_number is not None
    ]
    return [answer for answer in answers if answer is not None]


def _concerns(asked: Asked, crl: Crl) -> bool:
    """Say whether issuer and scope take the certificate in (6.3.3 (b)); a sieve, not a proof."""
    certificate, scope = asked.certificate, crl.scope
    is_direct = crl.issuer_der in (certificate.issuer_der, asked.issuer.subject_der)
    points = certificate.crl_distribution_points
    is_named = scope.indirect and any(crl.issuer_der in p.crl_issuer for p in points)
    left_out = (
        scope.attribute_only
        or (scope.user_only and certificate.is_ca)
        or (scope.ca_only and not certificate.is_ca)
    )
    return (is_direct or is_named) and not left_out and _same_point(asked, crl)


def _same_point(asked: Asked, crl: Crl) -> bool:
    """Compare the list's distribution point with the certificate's (6.3.3 (b)(2)(i))."""
    if not crl.scope.full_name:
        return True
    names = {n for p in asked.certificate.crl_distribution_points for n in p.full_name}
    return not names.isdisjoint(crl.scope.full_name)


def _answer(asked: Asked, crl: Crl) -> RevocationAnswer | None:
    """Answer from a complete list."""
    signer, problem = _signer(asked, crl)
    if problem == "other-key":
        return None  # another CA of the same name: its list says nothing of this certificate
    problem = problem or _list_problem(crl)
    entry, entry_problem = _entry(asked, crl)
    problem = problem or entry_problem
    if entry is None and not problem:
        problem = _partial(asked, crl)
    return _statement(asked, crl, signer, entry, problem)


def _list_problem(crl: Crl) -> str:
    """Return why a list can't be used whatever it lists (5.2)."""
    if crl.unknown_critical:
        return "critical-extension"
    return "relative-name" if crl.scope.relative_name else ""


def _partial(asked: Asked, crl: Crl) -> str:
    """Return why silence of a list is no good news: it leaves some reasons out (6.3.3 (d))."""
    points = asked.certificate.crl_distribution_points
    limited = points and all(p.reasons is not None for p in points)
    return "some-reasons" if crl.scope.some_reasons or limited else ""


def _entry(asked: Asked, crl: Crl) -> tuple[Entry | None, str]:
    """Return the certificate's entry, or why the list can't be read."""
    try:
        found = crl.find(asked.certificate.serial)
    except tlv.Asn1Error:
        return None, "unreadable"
    if crl.scope.indirect:
        names = (asked.certificate.issuer_der, asked.issuer.subject_der)
        found = [entry for entry in found if entry.issuer_der in names]
    if any(entry.unknown_critical for entry in found):
        return found[0], "critical-extension"
    return min(found, key=lambda entry: entry.revoked_at, default=None), ""


def _statement(
    asked: Asked, crl: Crl, signer: Certificate | None, entry: Entry | None, problem: str
) -> RevocationAnswer:
    status = RevocationStatus.GOOD
    if entry is not None:
        held = entry.reason == HOLD
        status = RevocationStatus.ON_HOLD if held else RevocationStatus.REVOKED
    is_delegate = signer is not None and signer.spki != asked.issuer.spki
    return RevocationAnswer(
        status=status,
        source=f"crl:{crl.origin}",
        this_update=crl.this_update,
        next_update=crl.next_update,
        revoked_at=entry.revoked_at if entry else None,
        reason=entry.reason if entry else None,
        invalid_since=entry.invalid_since if entry else None,
        sha256=crl.sha256,
        problem=problem,
        responder_not_after=signer.not_after if signer and is_delegate else None,
        covers_expired_since=crl.covers_expired_since,
    )


def _delta_answer(asked: Asked, crl: Crl, complete: Sequence[Crl]) -> RevocationAnswer | None:
    """Answer from a delta list and the complete list it goes with (5.2.4)."""
    found = _answer(asked, crl)
    if found is None or found.problem:
        return found
    if found.reason == REMOVED:
        return replace(found, status=RevocationStatus.GOOD, revoked_at=None)
    if found.status is not RevocationStatus.GOOD:
        return found
    bases = [a for base in complete if _goes_with(crl, base) and (a := _answer(asked, base))]
    sound = [a for a in bases if not a.problem]
    if not sound:
        return replace(found, problem="delta-without-base")
    base = max(sound, key=lambda answer: answer.this_update)
    return replace(
        base,
        source=found.source,
        this_update=found.this_update,
        next_update=found.next_update,
        sha256=found.sha256,
        covers_expired_since=_both(found.covers_expired_since, base.covers_expired_since),
    )


def _both(first: datetime | None, second: datetime | None) -> datetime | None:
    """Return since when both lists keep what expired; None where one of them doesn't."""
    return max(first, second) if first and second else None


def _goes_with(delta: Crl, base: Crl) -> bool:
    """Say whether a complete list is recent enough for the delta, and of the same scope."""
    same = (delta.issuer_der, delta.scope) == (base.issuer_der, base.scope)
    if not same or base.number is None or delta.base_number is None or delta.number is None:
        return False
    return delta.base_number <= base.number <= delta.number


def _signer(asked: Asked, crl: Crl) -> tuple[Certificate | None, str]:
    """Return who signed the list, and why that one may not have (6.3.3 (f))."""
    issuer = asked.issuer
    is_direct = crl.issuer_der in (asked.certificate.issuer_der, issuer.subject_der)
    if is_direct and crl.signed_by(issuer):
        usage = issuer.key_usage
        return issuer, "" if usage is None or "crl_sign" in usage else "key-usage"
    candidates = islice(_delegates(asked, crl), MAX_DELEGATES)
    delegate = next((c for c in candidates if crl.signed_by(c)), None)
    if delegate is not None:
        inside = delegate.not_before <= crl.this_update <= delegate.not_after
        return delegate, "" if inside else "issuer-validity"
    if is_direct and crl.key_id and issuer.ski and crl.key_id != issuer.ski:
        return None, "other-key"
    return None, "signature" if is_direct else "issuer"


def _delegates(asked: Asked, crl: Crl) -> Iterator[Certificate]:
    """Yield certificates of the list's issuer that a CA of this very path certified for it.

    NOTE: RFC 5280, 6.3.3 (f) asks for a path to the same anchor; one link below this path is asked
    here, which is all that any CA in Vietnam or in the test suites uses.
    """
    for candidate in asked.others:
        if candidate.subject_der != crl.issuer_der or candidate.sha256 == asked.issuer.sha256:
            continue
        may_sign = "crl_sign" in (candidate.key_usage or ())
        if may_sign and any(_certified(candidate, ca) for ca in asked.above):
            yield candidate


def _certified(certificate: Certificate, issuer: Certificate) -> bool:
    return links.same_name(certificate, issuer) and links.signed_by(certificate, issuer)
