"""An office whose list of pins these tests hold the keys of, and what its store holds."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from msgspec.structs import replace

from sigcheck.config.pins import Pin, Role
from sigcheck.config.store import UserStore
from sigcheck.config.trust import TrustStore
from sigcheck.model.evidence import Purpose, Tier
from tests.trust.pki import Made, Spec, leaf, make
from tests.trust_store.online import points

ROOT = make(Spec("Gốc ghim"))
CA = make(Spec("CA dưới gốc ghim", extra=[points("http://ca.example/root.crl")]), ROOT)
TSA = make(leaf("Máy chủ dấu thời gian"), ROOT)
UNSEEN = make(Spec("CA chưa ai thấy"), ROOT)
STRANGER = make(Spec("Gốc lạ"))
BELOW = make(Spec("CA dưới gốc lạ"), STRANGER)
PERSON = make(leaf("Người ký"), CA)


def pin(made: Made, role: Role, url: str = "", crl: str = "") -> Pin:
    """Return a pin of our own list."""
    ours = made.ours
    sha256 = "" if role is Role.MISSING else ours.sha256
    tier, purposes = Tier.GOVERNMENT, tuple(Purpose)
    found = Pin(sha256, role, tier, purposes, subject=ours.subject, ski=ours.ski.hex(), url=url)
    return replace(found, crl=crl, listed_in="sigcheck")


def saved(folder: Path, *made: Made) -> list[str]:
    """Write certificates as DER; return their paths."""
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{number}.crt" for number in range(len(made))]
    for path, one in zip(paths, made, strict=True):
        path.write_bytes(one.der)
    return [str(path) for path in paths]


def held(store: UserStore) -> set[str]:
    """Return the common names of what the store holds."""
    found = TrustStore.load(store=store).certificates.values()
    names = (x509.load_der_x509_certificate(der).subject.rfc4514_string() for der in found)
    return {name.partition("CN=")[2].partition(",")[0] for name in names}
