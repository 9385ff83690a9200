"""Why a path went no further: what is missing, and whether somebody used a known CA's name."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.trust import links
from sigcheck.evidence.trust.context import TrustContext
from sigcheck.model.evidence import PathProblem


class DeadEnd(Struct, frozen=True):
    """The last certificate's issuer as far as it is known; names are untrusted text."""

    problems: tuple[PathProblem, ...]
    subject: str = ""
    key_id: str = ""
    urls: tuple[str, ...] = ()
    known: bool = False


def explain(last: Certificate, context: TrustContext, candidates: Sequence[Certificate]) -> DeadEnd:
    """Describe the end of a path that reached no anchor."""
    forged = _forged(last, context, candidates)
    if last.self_issued and links.signed_by(last, last):
        # A root nobody pinned: nothing is missing, somebody would have to trust it.
        return DeadEnd((forged or PathProblem("untrusted-root", last.subject),))
    key_id = last.aki_key_id.hex()
    pin = context.pin_by_key(key_id)
    urls = dict.fromkeys((*((pin.url,) if pin and pin.url else ()), *last.ca_issuers_urls))
    missing = PathProblem("issuer-missing", last.issuer, key_id)
    return DeadEnd((forged or missing,), last.issuer, key_id, tuple(urls), bool(pin and pin.url))


def _forged(
    last: Certificate, context: TrustContext, candidates: Sequence[Certificate]
) -> PathProblem | None:
    """Return the breach of a certificate that names a known CA whose key never signed it.

    NOTE: A CA that changed its key and kept its name looks the same while its new certificate is
    missing; the detail says whether the key identifiers differ, so that words can be careful.
    """
    trusted = [c for c in candidates if _known(c, context)]
    named = [c for c in trusted if links.same_name(last, c) and not links.signed_by(last, c)]
    if not named:
        return None
    agree = any(links.key_ids_agree(last, c) for c in named)
    detail = "same-key-id" if agree else "other-key-id"
    return PathProblem("forged-issuer-name", last.issuer, detail)


def _known(certificate: Certificate, context: TrustContext) -> bool:
    sha256 = certificate.sha256
    return sha256 in context.trust.certificates or sha256 in context.pinned
