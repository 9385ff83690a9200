"""Missing CAs by their addresses: they lend a path to a pinned anchor, or they are thrown away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import AuthorityInformationAccessOID as Access

from sigcheck.config.store import UserStore
from sigcheck.config.trust import TrustStore
from sigcheck.evidence.trust import build_path
from sigcheck.evidence.trust.online import Network
from sigcheck.fetch.http import HttpFetch
from tests.fetch.server import Server, body
from tests.trust.pki import Made, Spec, leaf, make, store
from tests.trust_store.online import QUICK, ROOT, access


@dataclass
class Chain:
    """A root, two CAs one above the other, and an end entity, each naming its issuer's address."""

    server: Server
    root: Made = ROOT

    def __post_init__(self) -> None:
        """Issue the certificates and serve the two CAs."""
        self.upper = make(self._spec("CA trên", "root"), self.root)
        self.lower = make(self._spec("CA dưới", "upper"), self.upper)
        self.end = make(leaf(extra=[access(self._url("lower"), Access.CA_ISSUERS)]), self.lower)
        self.serve("/root", self.root.der)
        self.serve("/upper", self.upper.der)
        self.serve("/lower", self.lower.der)

    def _url(self, name: str) -> str:
        return f"{self.server.url}/{name}"

    def _spec(self, name: str, above: str) -> Spec:
        return Spec(name, extra=[access(self._url(above), Access.CA_ISSUERS)])

    def serve(self, path: str, data: bytes) -> None:
        """Answer with these bytes."""
        self.server.answers[path] = body(data)


def completed(chain: Chain, trust: TrustStore, end: Made | None = None) -> tuple[bool, list[str]]:
    """Ask for what the end entity's path misses; return whether it came and who is in the path."""
    network = Network(HttpFetch(QUICK, allow_loopback=True), trust)
    session = network.session()
    signer = (end or chain.end).ours
    new = session.complete(build_path(signer, [signer], trust))
    path = build_path(signer, [signer, *session.material.certificates], trust)
    names = [step.certificate.subject.partition(",")[0] for step in path.steps]
    return new, names if path.anchor else []


def test_two_missing_cas_are_fetched(server: Server) -> None:
    """Each names where the next is, up to the pinned root."""
    new, names = completed(Chain(server), store(ROOT))

    assert new
    assert names == ["CN=Người ký", "CN=CA dưới", "CN=CA trên", "CN=Gốc trực tuyến"]


def test_pem_and_bundles_are_read(server: Server) -> None:
    """Authorities publish PEM and .p7b as well as DER."""
    chain = Chain(server)
    pem = chain.lower.x509.public_bytes(serialization.Encoding.PEM)
    both = [chain.root.x509, chain.upper.x509]
    chain.serve("/lower", pem)
    chain.serve("/upper", pkcs7.serialize_certificates(both, serialization.Encoding.DER))

    assert completed(chain, store(ROOT))[0]


def test_a_pinned_root_that_is_not_at_hand_is_fetched(server: Server) -> None:
    """Its fingerprint makes it the anchor, wherever it comes from."""
    pinned = replace(store(ROOT), certificates={})

    assert completed(Chain(server), pinned)[1][-1] == "CN=Gốc trực tuyến"


def test_a_root_nobody_pinned_is_no_anchor(server: Server) -> None:
    """A whole chain from the network to its own root is thrown away."""
    stranger = make(Spec("Gốc lạ"))

    assert completed(Chain(server, stranger), store(ROOT)) == (False, [])


def test_a_namesake_is_no_issuer(server: Server) -> None:
    """A certificate of the right name whose key signed nothing is passed over."""
    chain = Chain(server)
    chain.serve("/lower", make(Spec("CA dưới", key="khóa khác"), chain.upper).der)

    assert completed(chain, store(ROOT)) == (False, [])


def test_a_forged_upper_ca_leads_nowhere(server: Server) -> None:
    """A CA that names the pinned root, but was signed by another key, is thrown away."""
    chain = Chain(server, make(Spec("Gốc trực tuyến", key="gốc giả")))

    assert completed(chain, store(ROOT)) == (False, [])


def test_a_circle_of_issuers_ends(server: Server) -> None:
    """Two CAs that certify each other cost four questions at most."""
    one = make(Spec("Vòng A", extra=[access(f"{server.url}/b", Access.CA_ISSUERS)]))
    other = make(Spec("Vòng B", extra=[access(f"{server.url}/a", Access.CA_ISSUERS)]), one)
    again = make(Spec("Vòng A", extra=[access(f"{server.url}/b", Access.CA_ISSUERS)]), other)
    end = make(leaf(extra=[access(f"{server.url}/b", Access.CA_ISSUERS)]), other)
    server.answers |= {"/a": body(again.der), "/b": body(other.der)}

    assert completed(Chain(server), store(ROOT), end) == (False, [])
    assert len(server.asked) <= 4


@pytest.mark.parametrize("noise", [b"", b"<html>", b"\x30\x80" * 2000, b"\x30\x82\xff\xff"])
def test_noise_is_no_certificate(server: Server, noise: bytes) -> None:
    """A broken answer is as good as none."""
    chain = Chain(server)
    chain.serve("/lower", noise)

    assert completed(chain, store(ROOT)) == (False, [])


def test_fetched_cas_stay_for_later_runs(server: Server, tmp_path: Path) -> None:
    """They lie in the cache as intermediates; a later run without the network has them."""
    home = UserStore(tmp_path)
    chain = Chain(server)
    completed(chain, replace(store(ROOT), cache=str(home.cache)))
    later = TrustStore.load(store=home)

    assert {*later.certificates} == {chain.upper.ours.sha256, chain.lower.ours.sha256}
    assert not {*later.certificates} & {*later.anchors}
