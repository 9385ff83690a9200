"""Missing CA certificates by the addresses in what they issued (RFC 5280, 4.2.2.1)."""

from __future__ import annotations

from collections.abc import Iterator

from sigcheck.config.der import DerError
from sigcheck.config.materials import Kind, items
from sigcheck.config.trust import TrustStore
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.trust import links
from sigcheck.evidence.trust.asking import Asking
from sigcheck.evidence.trust.paths import build_path
from sigcheck.model.evidence import Purpose

MAX_HOPS = 4
"""CAs fetched one above the other."""
MAX_BUNDLE = 50
"""Certificates looked at in one answer (a .p7b may hold several)."""
MAX_ADDRESSES = 3


def fetched_issuers(
    last: Certificate, urls: tuple[str, ...], trust: TrustStore, asking: Asking
) -> list[Certificate]:
    """Return the CAs that lead from a certificate to a pinned anchor; empty when none do.

    They lend a path and nothing else: what makes the anchor is the fingerprint in the store, and
    what doesn't lead to one is thrown away.
    """
    pool: list[Certificate] = []
    for _ in range(MAX_HOPS):
        found = _issuer(last, urls, asking)
        if found is None:
            return []
        pool.append(found)
        path = build_path(found, pool, trust, Purpose.SIGNING)
        if path.anchor is not None:
            return pool
        last, urls = found, path.missing_urls
        if last.self_issued:
            return []
    return []


def _issuer(child: Certificate, urls: tuple[str, ...], asking: Asking) -> Certificate | None:
    addresses = [*dict.fromkeys((*urls, *child.ca_issuers_urls))][:MAX_ADDRESSES]
    for url in addresses:
        for candidate in certificates(asking.get(url) or b""):
            if links.same_name(child, candidate) and links.signed_by(child, candidate):
                return candidate
    return None


def certificates(data: bytes) -> Iterator[Certificate]:
    """Yield the certificates of an answer: DER, PEM or a PKCS #7 bundle; noise yields nothing."""
    try:
        for number, item in enumerate(items(data)):
            if number >= MAX_BUNDLE:
                return
            parsed = Certificate.parse(item.data) if item.kind is Kind.CERTIFICATE else None
            if parsed is not None:
                yield parsed
    except DerError:
        return
