"""What `sigcheck trust fetch` downloads: pinned certificates and CRLs, from their authorities."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from sigcheck.config.pins import Pin, Role
from sigcheck.config.trust import TrustStore
from sigcheck.errors import FetchError, TrustError
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.trust import paths
from sigcheck.evidence.trust.cache import StatusCache
from sigcheck.evidence.trust.crl import Crl, parse_crl
from sigcheck.evidence.trust.online import CLOCK_SKEW, body_at, certificates, downloaded_lists
from sigcheck.evidence.trust.paths import build_path
from sigcheck.fetch import Fetcher


def fetched(pin: Pin, fetch: Fetcher, trust: TrustStore) -> list[Certificate]:
    """Return the pinned certificates found at a pin's address, the pin's own among them.

    A bundle may hold others that are pinned: they are returned too. Raises FetchError when nothing
    answers, TrustError when what answers is not the certificate that is pinned.
    """
    if not pin.url:
        raise FetchError(pin.subject, code="FETCH-NO-URL")
    found = [*certificates(body_at(pin.url, fetch))]
    wanted = {p.sha256 for p in trust.pins if p.sha256}
    pinned = [c for c in found if c.sha256 in wanted]
    own = [c for c in found if _is_pinned(c, pin, trust)]
    if not own:
        got = ", ".join(c.sha256 for c in found[:3])
        raise TrustError(f"{pin.url}: {got}" if got else pin.url, code="STORE-FETCH-MISMATCH")
    return [*{c.sha256: c for c in (*own, *pinned)}.values()]


def _is_pinned(certificate: Certificate, pin: Pin, trust: TrustStore) -> bool:
    """Say whether this is the certificate: by fingerprint, or for one nobody has seen by its path.

    What is known of a missing CA is its key identifier, which proves nothing; the signature of a
    pinned anchor does.
    """
    if pin.role is not Role.MISSING:
        return certificate.sha256 == pin.sha256
    path = build_path(certificate, [], trust)
    is_under_anchor = path.anchor is not None and not path.problems
    return is_under_anchor and certificate.is_ca and certificate.ski.hex() == pin.ski


class Publication(Struct, frozen=True):
    """A CA at hand and an address of its CRL."""

    issuer: Certificate
    url: str


def publications(trust: TrustStore) -> list[Publication]:
    """Return where the CAs at hand publish their lists: by our pins, and by what they issued."""
    at_hand = {c.sha256: c for c in Certificate.readable(trust.certificates.values())}
    found = {
        (pin.sha256, pin.crl): Publication(at_hand[pin.sha256], pin.crl)
        for pin in trust.pins
        if pin.crl and pin.sha256 in at_hand
    }
    for certificate in at_hand.values():
        for issuer in _issuers(certificate, [*at_hand.values()]):
            for url in _urls(certificate):
                found.setdefault((issuer.sha256, url), Publication(issuer, url))
    known = {pin.ski: pin.crl for pin in trust.pins if pin.role is Role.MISSING and pin.crl}
    for certificate in at_hand.values():
        if address := known.get(certificate.ski.hex()):
            found.setdefault((certificate.sha256, address), Publication(certificate, address))
    return [*found.values()]


def _urls(certificate: Certificate) -> Iterator[str]:
    for point in certificate.crl_distribution_points:
        yield from (url for url in point.urls if url.startswith(("http://", "https://")))


def _issuers(child: Certificate, pool: list[Certificate]) -> Iterator[Certificate]:
    for issuer in pool:
        if issuer.sha256 != child.sha256 and paths.issued_by(child, issuer):
            yield issuer


def fetch_list(
    publication: Publication, fetch: Fetcher, cache: StatusCache, now: datetime
) -> Crl | None:
    """Put the newest list of a CA into the cache and return it; None when it was no newer.

    Raises FetchError when nothing answers, TrustError when no list there is the CA's.
    """
    lists = downloaded_lists(body_at(publication.url, fetch))
    own = [crl for crl in lists if _is_of(crl, publication.issuer, now)]
    if not own:
        raise TrustError(publication.url, code="STORE-LIST-MISMATCH")
    newest = max(own, key=lambda crl: crl.this_update)
    return newest if cache.keep_crl(publication.issuer, publication.url, newest) else None


def _is_of(crl: Crl, issuer: Certificate, now: datetime) -> bool:
    named = crl.issuer_der == issuer.subject_der
    return named and crl.this_update <= now + CLOCK_SKEW and crl.signed_by(issuer)


def lists_at_hand(trust: TrustStore) -> list[tuple[Certificate, Crl]]:
    """Return the newest cached lists of every CA at hand."""
    cache = StatusCache(Path(trust.cache) if trust.cache else None)
    certificates = Certificate.readable(trust.certificates.values())
    return [(ca, crl) for ca in certificates for crl in cache.newest_lists(ca)]


def kept_lists(
    ders: list[bytes], trust: TrustStore, folder: Path, now: datetime
) -> list[tuple[Crl, bool]]:
    """Put lists from files into the cache, each under the CA at hand that signed it.

    Returns every list that could be read, and whether a CA at hand signed it.
    """
    at_hand = [*Certificate.readable(trust.certificates.values())]
    cache = StatusCache(folder)
    found: list[tuple[Crl, bool]] = []
    for crl in (crl for der in ders if (crl := parse_crl(der, "import"))):
        issuer = next((c for c in at_hand if _is_of(crl, c, now)), None)
        if issuer is not None:
            cache.import_crl(issuer, f"{crl.scope} {crl.base_number is None}", crl)
        found.append((crl, issuer is not None))
    return found
