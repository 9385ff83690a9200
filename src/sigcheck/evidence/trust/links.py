"""One link of a path: did this key sign that certificate? Asked once per process and pair."""

from __future__ import annotations

from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.cms.names import folded
from sigcheck.evidence.cms.signature_check import verify_signature

MAX_CACHED = 20_000
"""Pairs remembered; each costs some 200 bytes."""

_LINKS: dict[tuple[str, str], bool] = {}


def same_name(child: Certificate, issuer: Certificate) -> bool:
    """Say whether the issuer's subject is the child's issuer name (RFC 5280, 7.1)."""
    if child.issuer_der == issuer.subject_der:
        return True
    names = child.issuer_attributes
    return bool(names) and folded(names) == folded(issuer.subject_attributes)


def known(child: Certificate, issuer: Certificate) -> bool:
    """Say whether this pair has been verified before, so that asking again costs nothing."""
    return (child.sha256, issuer.sha256) in _LINKS


def signed_by(child: Certificate, issuer: Certificate) -> bool:
    """Say whether the issuer's key made the child's signature (RFC 5280, 6.1.3 (a)(1)).

    SHA-1 verifies here: whether it is still good enough is the policy's business.
    """
    pair = (child.sha256, issuer.sha256)
    answer = _LINKS.get(pair)
    if answer is None:
        answer = verify_signature(
            issuer.public_key(),
            child.signature_oid,
            child.signature_params,
            child.signature,
            child.tbs,
        )
        if len(_LINKS) >= MAX_CACHED:
            _LINKS.clear()
        _LINKS[pair] = answer
    return answer


def key_ids_agree(child: Certificate, issuer: Certificate) -> bool | None:
    """Compare authority and subject key identifier; None where one of them is absent."""
    if not child.aki_key_id or not issuer.ski:
        return None
    return child.aki_key_id == issuer.ski
