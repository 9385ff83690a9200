"""What an OCSP response says of one certificate, and whether it may (RFC 6960, 3.2 and 4.2.2.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.cms.signature_check import verify_signature
from sigcheck.evidence.trust import links
from sigcheck.evidence.trust.crl_answers import MAX_DELEGATES, Asked
from sigcheck.evidence.trust.ocsp import Ocsp
from sigcheck.model.evidence import RevocationAnswer, RevocationStatus

MAX_REPEATED = 10
"""Statements about one certificate in one response."""

OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"

StatusOf = Callable[[Asked], list[RevocationAnswer]]
"""What the CRLs at hand say of a certificate."""


def ocsp_answers(
    asked: Asked, responses: Iterable[Ocsp], status_of: StatusOf
) -> list[RevocationAnswer]:
    """Return one answer for each response about the certificate, authentic or not."""
    return [answer for r in responses for answer in _answers(asked, r, status_of)]


def _answers(asked: Asked, response: Ocsp, status_of: StatusOf) -> Iterator[RevocationAnswer]:
    fitting = (s for s in response.responses if s.cert_id.fits(asked.certificate, asked.issuer))
    found = [*islice(fitting, MAX_REPEATED)]
    if not found:
        return
    responder, problem = _responder(asked, response, status_of)
    is_delegate = responder is not None and responder.spki != asked.issuer.spki
    for single in found:
        yield RevocationAnswer(
            status=single.status,
            source=f"ocsp:{response.origin}",
            this_update=single.this_update,
            next_update=single.next_update,
            revoked_at=single.revoked_at,
            reason=single.reason,
            sha256=response.sha256,
            problem=problem or ("critical-extension" if single.unknown_critical else ""),
            responder_not_after=responder.not_after if responder and is_delegate else None,
            covers_expired_since=single.covers_expired_since,
        )


def _responder(asked: Asked, response: Ocsp, status_of: StatusOf) -> tuple[Certificate | None, str]:
    """Return who signed the response, and why that one may not have."""
    if response.by(asked.issuer) and _signed(response, asked.issuer):
        return asked.issuer, ""
    at_hand = (*response.certificates, *asked.others)
    named = [*islice((c for c in at_hand if response.by(c)), MAX_DELEGATES)]
    signer = next((c for c in named if _signed(response, c)), None)
    if signer is None:
        is_known = bool(named) or response.by(asked.issuer)
        return None, "signature" if is_known else "responder-missing"
    return signer, _delegation_problem(asked, response, signer, status_of)


def _delegation_problem(
    asked: Asked, response: Ocsp, signer: Certificate, status_of: StatusOf
) -> str:
    """Return why a delegated responder doesn't count (RFC 6960, 4.2.2.2)."""
    issued = links.same_name(signer, asked.issuer) and links.signed_by(signer, asked.issuer)
    if not issued:
        return "responder-issuer"
    if OCSP_SIGNING not in (signer.eku or ()):
        return "responder-usage"
    if not signer.not_before <= response.produced_at <= signer.not_after:
        return "responder-validity"
    if not signer.has_ocsp_nocheck and signer.sha256 != asked.certificate.sha256:
        return _revoked_responder(Asked(signer, asked.above, asked.others), response, status_of)
    return ""


def _revoked_responder(asked: Asked, response: Ocsp, status_of: StatusOf) -> str:
    """Ask the CRLs at hand about a responder that isn't exempt.

    NOTE: 4.2.2.2.1 leaves a responder without nocheck and without a CRL to the policy: it counts.
    """
    bad = (RevocationStatus.REVOKED, RevocationStatus.ON_HOLD)
    found = [a for a in status_of(asked) if a.status in bad and not a.problem]
    revoked = any(a.revoked_at is None or a.revoked_at <= response.produced_at for a in found)
    return "responder-revoked" if revoked else ""


def _signed(response: Ocsp, responder: Certificate) -> bool:
    return verify_signature(
        responder.public_key(),
        response.signature_oid,
        response.signature_params,
        response.signature,
        response.tbs,
    )
