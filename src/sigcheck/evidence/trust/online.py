"""Status and missing CAs from the addresses in certificates, when somebody allowed it.

Nothing that comes back is believed for where it came from: a response or list counts when the
certificate's own CA, or whom that CA appointed, signed it, and a CA when it leads to a pinned
anchor. What counts goes into the cache, and the evidence is then gathered again from there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from sigcheck.config.der import DerError
from sigcheck.config.materials import Kind, items
from sigcheck.config.store import ISSUERS
from sigcheck.config.store_files import write_whole
from sigcheck.config.trust import TrustStore
from sigcheck.errors import TrustError
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.trust.asking import Asking
from sigcheck.evidence.trust.cache import StatusCache, cache_of
from sigcheck.evidence.trust.context import recall
from sigcheck.evidence.trust.crl import Crl, parse_crl
from sigcheck.evidence.trust.crl_answers import Asked, crl_answers
from sigcheck.evidence.trust.issuers import fetched_issuers
from sigcheck.evidence.trust.lent import Lent
from sigcheck.evidence.trust.ocsp import Ocsp, parse_ocsp
from sigcheck.evidence.trust.ocsp_answers import ocsp_answers
from sigcheck.evidence.trust.ocsp_request import CONTENT_TYPE, ocsp_request
from sigcheck.fetch import Fetcher
from sigcheck.model.evidence import PathFacts, RevocationAnswer, RevocationStatus

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of this machine's clock a statement may be dated."""
MAX_ADDRESSES = 3
"""Responders, and distribution points, asked for one certificate."""
MAX_LENT = 500
_NONCE_SIZE = 16


class Network:
    """What the network gave to one verifier: CAs that were missing, and status in a cache."""

    def __init__(self, fetch: Fetcher, trust: TrustStore) -> None:
        """Take the fetcher and the store whose anchors and cache count."""
        self.fetch = fetch
        self.trust = trust
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
        self._asking = Asking(network.fetch, network.asked)

    @property
    def lent(self) -> Lent:
        """What is at hand for the next gathering of evidence."""
        return Lent(self._cache, tuple(self._network.certificates.values()))

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
        ders = [item.data for item in items(data) if item.kind is Kind.CRL]
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
