"""A small PKI whose addresses lead to a loopback server, and what a session learns there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID as Access

from sigcheck.config.trust import TrustStore
from sigcheck.evidence.trust import attach_revocation, build_path
from sigcheck.evidence.trust.online import Network, Session
from sigcheck.fetch import FetchSettings
from sigcheck.fetch.http import HttpFetch
from sigcheck.model.evidence import PathStep, RevocationAnswer
from tests.fetch.server import Handler, Server
from tests.trust import pki
from tests.trust.pki import Extension, Made, Spec, leaf, make, store

ROOT = make(Spec("Gốc trực tuyến"))
CA = make(Spec("CA trực tuyến"), ROOT)
NOW = pki.NOW + timedelta(hours=1)
"""What the machine's clock says in these tests; the statements are made an hour earlier."""
QUICK = FetchSettings(timeout=1.0, max_size=100_000)


def access(url: str, method: Any = Access.OCSP) -> Extension:
    """Return authorityInfoAccess with one address."""
    found = x509.AccessDescription(method, x509.UniformResourceIdentifier(url))
    return x509.AuthorityInformationAccess([found]), False


def points(*urls: str) -> Extension:
    """Return cRLDistributionPoints."""
    names = [[x509.UniformResourceIdentifier(url)] for url in urls]
    found = [x509.DistributionPoint(name, None, None, None) for name in names]
    return x509.CRLDistributionPoints(found), False


def signer(*extra: Extension, serial: int = 4711) -> Made:
    """Return an end entity of the online CA."""
    return make(leaf(serial=serial, extra=list(extra)), CA)


@dataclass
class Learner:
    """A verifier's view of one end entity."""

    end: Made
    trust: TrustStore = field(default_factory=lambda: store(ROOT, at_hand=[CA]))
    settings: FetchSettings = QUICK

    def __post_init__(self) -> None:
        """Begin a document."""
        fetch = HttpFetch(self.settings, allow_loopback=True)
        self.network = Network(fetch, self.trust)
        self.session: Session = self.network.session()

    def asks(self, now: datetime = NOW) -> bool:
        """Ask about the end entity; return whether anything new came."""
        path = build_path(self.end.ours, [self.end.ours], self.trust)
        return self.session.inform(path, [0], now)

    @property
    def answers(self) -> tuple[RevocationAnswer, ...]:
        """What is at hand on the end entity."""
        return self.step.revocation

    @property
    def step(self) -> PathStep:
        """The end entity with what is at hand on it."""
        path = build_path(self.end.ours, [self.end.ours], self.trust)
        chain = [self.end.ours, CA.ours, ROOT.ours]
        sources = self.network.cache.sources(chain)
        return attach_revocation(path, sources, self.trust).steps[0]

    @property
    def told(self) -> list[tuple[str, str]]:
        """Status and source of each answer."""
        return [(a.status.value, a.source) for a in self.answers]


@dataclass
class Responder:
    """An OCSP responder by `cryptography`, honest until told otherwise."""

    end: Made
    issuer: Made = CA
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD
    responder: Made | None = None
    key: str = ""
    at: datetime = pki.NOW
    reason: x509.ReasonFlags | None = None
    nonce: str = "echo"
    """echo, none, or any other text, which is sent as it stands."""
    extra: Sequence[Extension] = ()
    lasts: bool = True
    """Whether there is a nextUpdate."""

    def __call__(self, handler: Handler) -> None:
        """Answer one request."""
        handler.reply(self.answer(handler.body), Content_Type="application/ocsp-response")

    def answer(self, body: bytes) -> bytes:
        """Return the response to a request."""
        asked = ocsp.load_der_ocsp_request(body)
        by = self.responder or self.issuer
        revoked = self.status is ocsp.OCSPCertStatus.REVOKED
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                cert=self.end.x509,
                issuer=self.issuer.x509,
                algorithm=hashes.SHA1(),
                cert_status=self.status,
                this_update=self.at,
                next_update=self.at + timedelta(days=1) if self.lasts else None,
                revocation_time=self.at - timedelta(days=3) if revoked else None,
                revocation_reason=self.reason,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, by.x509)
        )
        if self.responder:
            builder = builder.certificates([self.responder.x509])
        for value, critical in (*self._nonce(asked), *self.extra):
            builder = builder.add_extension(value, critical)
        made = builder.sign(pki.key(self.key or by.key_name), hashes.SHA256())
        return made.public_bytes(serialization.Encoding.DER)

    def _nonce(self, asked: ocsp.OCSPRequest) -> list[Extension]:
        if self.nonce == "none":
            return []
        sent = asked.extensions.get_extension_for_class(x509.OCSPNonce).value
        return [(sent if self.nonce == "echo" else x509.OCSPNonce(self.nonce.encode()), False)]


Making = Callable[[Made], Responder]


def served(server: Server, making: Making, *extra: Extension) -> Learner:
    """Serve a responder for a new end entity that names it; return who asks."""
    end = signer(access(f"{server.url}/ocsp"), *extra)
    server.answers["/ocsp"] = making(end)
    return Learner(end)
