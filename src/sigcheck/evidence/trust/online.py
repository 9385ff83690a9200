"""Status and missing CAs from the addresses in certificates, when the caller allowed it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from sigcheck.config.materials import DerError, MaterialKind, items
from sigcheck.config.store import ISSUERS, write_whole
from sigcheck.config.trust import TrustStore
from sigcheck.errors import FetchError, TrustError
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.trust import paths
from sigcheck.evidence.trust.cache import StatusCache, cache_of
from sigcheck.evidence.trust.context import recall
from sigcheck.evidence.trust.crl import Asked, Crl, crl_answers, parse_crl
from sigcheck.evidence.trust.ocsp import CONTENT_TYPE, Ocsp, ocsp_answers, ocsp_request, parse_ocsp
from sigcheck.evidence.trust.paths import build_path
from sigcheck.evidence.trust.revocation import OnlineMaterial
from sigcheck.fetch import Fetcher
from sigcheck.model.evidence import PathFacts, Purpose, RevocationAnswer, RevocationStatus
from sigcheck.model.policy import Limits

RETRY_AFTER = 300.0
"""Seconds during which an address isn't asked the same again, whatever came of it."""
MAX_REMEMBERED = 10_000
MAX_QUESTIONS = 40
"""Addresses asked for one document, whose certificates choose them."""


def body_at(url: str, fetch: Fetcher) -> bytes:
    """Return what is at an address, over http where https fails; raises FetchError.

    NOTE: rootca.gov.vn sends a wrong intermediate over https. What comes back is compared with a
    fingerprint or verified by signature, so the plain way is no weaker (RFC 5280, section 8).
    """
    try:
        return fetch.get(url)
    except FetchError:
        if not url.startswith("https://"):
            raise
        return fetch.get(f"http://{url.removeprefix('https://')}")


class Asking:
    """Asks each address the same once in five minutes, and stops at a document's bounds."""

    def __init__(self, fetch: Fetcher, asked: dict[tuple[str, str], float], seconds: float) -> None:
        """Begin a document: its own time and number of questions, a common memory of addresses."""
        self._fetch = fetch
        self._asked = asked
        self._until = time.monotonic() + seconds
        self._questions = 0

    def get(self, url: str, about: str = "") -> bytes | None:
        """Return a body, None when it was refused, failed, or asked for a short while ago."""
        return self._once(url, about, lambda: body_at(url, self._fetch))

    def post(self, url: str, body: bytes, content_type: str, about: str) -> bytes | None:
        """Return the answer on `about`, None as in `get`."""
        return self._once(url, about, lambda: self._fetch.post(url, body, content_type))

    def _once(self, url: str, about: str, ask: Callable[[], bytes]) -> bytes | None:
        now = time.monotonic()
        asked = self._asked.get((url, about))
        is_recent = asked is not None and now - asked < RETRY_AFTER
        if is_recent or now > self._until or self._questions >= MAX_QUESTIONS:
            return None
        self._questions += 1
        if len(self._asked) >= MAX_REMEMBERED:
            self._asked.clear()
        self._asked[url, about] = now
        try:
            return ask()
        except FetchError:
            # What is missing stays missing: the finding says so, and names the address.
            return None


# --- Missing CA certificates by the addresses in what they issued

MAX_HOPS = 4
"""CAs fetched one above the other."""
MAX_BUNDLE = 50
"""Certificates looked at in one answer (a .p7b may hold several)."""
MAX_ADDRESSES = 3


def fetched_issuers(
    last: Certificate, urls: tuple[str, ...], trust: TrustStore, asking: Asking
) -> list[Certificate]:
    """Return the CAs that lead from a certificate to a pinned anchor; empty when none do.

    They add to a path and nothing else: what makes the anchor is the fingerprint in the store, and
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
            if paths.issued_by(child, candidate):
                return candidate
    return None


def certificates(data: bytes) -> Iterator[Certificate]:
    """Yield the certificates of an answer: DER, PEM or a PKCS #7 bundle; noise yields nothing."""
    try:
        for number, item in enumerate(items(data)):
            if number >= MAX_BUNDLE:
                return
            parsed = Certificate.parse(item.data) if item.kind is MaterialKind.CERTIFICATE else None
            if parsed is not None:
                yield parsed
    except DerError:
        return


# --- Status and missing CAs from the addresses in certificates, when somebody allowed it

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of this machine's clock a statement may be dated."""
MAX_LENT = 500
_NONCE_SIZE = 16


class Network:
    """What the network gave to one verifier: CAs that were missing, and status in a cache."""

    def __init__(
        self, fetch: Fetcher, trust: TrustStore, seconds: float = Limits().max_network_seconds
    ) -> None:
        """Take the fetcher, the store whose anchors and cache count, and a document's seconds."""
        self.fetch = fetch
        self.trust = trust
        self.seconds = seconds
        self.cache: StatusCache = cache_of(trust.cache) or StatusCache()
        self.certificates: dict[str, Certificate] = {}
        """Intermediates fetched so far, each leading to a pinned anchor."""
        self.asked: dict[tuple[str, str], float] = {}

    def session(self) -> Session:
        """Begin a document."""
        return Session(self)


class Session:
    """The questions of one document."""

    def __init__(self, network: Network) -> None:
        """Take what earlier documents learnt."""
        self._network = network
        self._trust = network.trust
        self._cache = network.cache
        self._asking = Asking(network.fetch, network.asked, network.seconds)

    @property
    def material(self) -> OnlineMaterial:
        """What is at hand for the next gathering of evidence."""
        return OnlineMaterial(self._cache, tuple(self._network.certificates.values()))

    def complete(self, path: PathFacts) -> bool:
        """Fetch the CAs a path misses; return whether something new is at hand."""
        if path.anchor is not None or not path.missing_issuer:
            return False
        last = self._certificate(path.steps[-1].certificate.sha256)
        if last is None:
            return False
        found = fetched_issuers(last, path.missing_urls, self._trust, self._asking)
        known = self._network.certificates
        new = [c for c in found if c.sha256 not in known][: MAX_LENT - len(known)]
        for certificate in new:
            known[certificate.sha256] = certificate
            self._write(certificate)
        return bool(new)

    def inform(self, path: PathFacts, unknown: Sequence[int], now: datetime) -> bool:
        """Ask about the steps of an anchored path; return whether something new is at hand.

        `now` is this machine's time: what is dated after it is no statement but a lie.
        """
        chain = [self._certificate(step.certificate.sha256) for step in path.steps]
        known = [c for c in chain if c is not None]
        if path.anchor is None or len(known) < len(chain):
            return False
        asked = [
            Asked(known[i], known[i + 1 :], [*self._network.certificates.values()])
            for i in unknown
            if i + 1 < len(known)
        ]
        answered = [self._ask(one, now) for one in asked]  # all of them, whatever the first says
        return any(answered)

    def _certificate(self, sha256: str) -> Certificate | None:
        return self._network.certificates.get(sha256) or recall(sha256, self._trust)

    def _ask(self, asked: Asked, now: datetime) -> bool:
        """Ask the responders, and the distribution points where they leave a question open."""
        found = False
        for url in asked.certificate.ocsp_urls[:MAX_ADDRESSES]:
            response = self._respond(url, asked)
            answers = ocsp_answers(asked, [response], _no_lists) if response else []
            if response and _usable(answers, now):
                found |= self._cache.keep_ocsp(asked.certificate, asked.issuer, response)
                if any(_settles(a, asked.certificate) for a in answers):
                    return found
        return self._lists(asked, now) or found

    def _respond(self, url: str, asked: Asked) -> Ocsp | None:
        nonce = os.urandom(_NONCE_SIZE)
        request = ocsp_request(asked.certificate, asked.issuer, nonce)
        about = asked.certificate.sha256
        data = self._asking.post(url, request, CONTENT_TYPE, about)
        response = parse_ocsp(data, "online") if data else None
        if response and response.nonce and response.nonce != nonce:
            return None  # an answer to somebody else's question, played again (RFC 8954, 2.1)
        return response

    def _lists(self, asked: Asked, now: datetime) -> bool:
        urls = [url for point in asked.certificate.crl_distribution_points for url in point.urls]
        found = False
        for url in [*dict.fromkeys(urls)][:MAX_ADDRESSES]:
            for crl in downloaded_lists(self._asking.get(url) or b""):
                if _usable(crl_answers(asked, [crl]), now):
                    found |= self._cache.keep_crl(asked.issuer, url, crl)
        return found

    def _write(self, certificate: Certificate) -> None:
        """Keep a CA for later runs; a cache that can't be written costs only the next download."""
        if not self._trust.cache:
            return
        path = Path(self._trust.cache) / ISSUERS / f"{certificate.sha256}.der"
        with suppress(TrustError):
            write_whole(path, certificate.der)


def downloaded_lists(data: bytes) -> list[Crl]:
    """Return the CRLs of an answer, DER or PEM; noise yields none."""
    try:
        ders = [item.data for item in items(data) if item.kind is MaterialKind.CRL]
    except DerError:
        return []
    return [crl for der in ders if (crl := parse_crl(der, "online"))]


def _usable(answers: Iterable[RevocationAnswer], now: datetime) -> bool:
    """Say whether one statement is authentic, about this certificate and not from the future."""
    return any(
        not a.problem
        and a.status is not RevocationStatus.UNKNOWN
        and a.this_update <= now + CLOCK_SKEW
        for a in answers
    )


def _settles(answer: RevocationAnswer, certificate: Certificate) -> bool:
    """Say whether no list can tell more: bad news, or good news from before the expiry."""
    bad = answer.status in {RevocationStatus.REVOKED, RevocationStatus.ON_HOLD}
    kept = answer.covers_expired_since
    end = certificate.not_after
    return bad or answer.this_update <= end or (kept is not None and kept <= end)


def _no_lists(_: Asked) -> list[RevocationAnswer]:
    return []
