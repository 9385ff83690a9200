"""Whole documents online: what one finding asks for is fetched, and the verdict changes with it."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

import sigcheck
from fixtures.make import pki, revocation, world
from fixtures.make.leaves import leaf
from sigcheck.config.store import UserStore
from sigcheck.fetch import FetchSettings
from sigcheck.fetch.http import HttpFetch
from sigcheck.model.report import SignatureReport
from tests.fetch.server import Server, body

AT = datetime.fromisoformat("2026-11-01T08:00:00+07:00")


@pytest.fixture
def trust(fixtures: Path) -> sigcheck.TrustStore:
    """Return the test PKI, from which the software CA's list is missing."""
    return sigcheck.TrustStore.load([fixtures / "pki"])


def verifier(server: Server, trust: sigcheck.TrustStore) -> sigcheck.Verifier:
    """Return a verifier whose every question ends at the server."""
    settings = FetchSettings(timeout=2, proxy=server.url, allow=(".sigcheck.test",))
    return sigcheck.Verifier(trust, fetch=HttpFetch(settings))


def verdict(made: sigcheck.Verifier, document: Path) -> tuple[str, str | None]:
    """Return indication and sub-indication of the one signature."""
    (signature,) = made.verify(document, at=AT).document.signatures
    sub = signature.sub_indication.value if signature.sub_indication else None
    return signature.indication.value, sub


def vector(fixtures: Path, name: str) -> Path:
    """Return the document of a vector."""
    return fixtures / "vectors" / name / "document.pdf"


def test_a_missing_list_is_fetched(
    server: Server, trust: sigcheck.TrustStore, fixtures: Path
) -> None:
    """TRY_LATER becomes TOTAL-PASSED once the CA's server answers."""
    document = vector(fixtures, "revocation/missing")
    server.answers[world.crl_url("g2-software")] = body(pki.crl_of("g2-software", pki.FIRST))

    assert verdict(sigcheck.Verifier(trust), document) == ("INDETERMINATE", "TRY_LATER")
    assert verdict(verifier(server, trust), document) == ("TOTAL-PASSED", None)


def test_a_list_that_revokes_is_fetched_too(
    server: Server, trust: sigcheck.TrustStore, fixtures: Path
) -> None:
    """The network may bring bad news: revoked three weeks before signing."""
    entry = revocation.Revoked(leaf("software").serial, world.day("2022-08-01"))
    made = revocation.crl(world.ca("g2-software"), pki.FIRST, [entry])
    server.answers[world.crl_url("g2-software")] = body(made)

    found = verdict(verifier(server, trust), vector(fixtures, "revocation/missing"))

    assert found == ("TOTAL-FAILED", "REVOKED")


def test_a_forged_list_changes_nothing(
    server: Server, trust: sigcheck.TrustStore, fixtures: Path
) -> None:
    """A list by another key leaves the status unknown."""
    forged = revocation.crl(world.ca("g2-software"), pki.FIRST, key="forged-sub")
    server.answers[world.crl_url("g2-software")] = body(forged)

    found = verdict(verifier(server, trust), vector(fixtures, "revocation/missing"))

    assert found == ("INDETERMINATE", "TRY_LATER")


def test_a_list_from_after_the_expiry_needs_to_say_that_it_keeps_it(
    server: Server, trust: sigcheck.TrustStore, fixtures: Path
) -> None:
    """Only expiredCertsOnCRL makes a list of today speak of a certificate of yesterday."""
    document = vector(fixtures, "revocation/missing")
    url = world.crl_url("g2-software")
    server.answers[url] = body(pki.crl_of("g2-software", pki.LATEST))
    assert verdict(verifier(server, trust), document) == ("INDETERMINATE", "TRY_LATER")

    server.answers[url] = body(
        revocation.crl(world.ca("g2-software"), pki.LATEST, keeps_since=world.day("2020-01-01"))
    )
    assert verdict(verifier(server, trust), document) == ("TOTAL-PASSED", None)


def test_a_missing_ca_and_its_list_are_fetched(
    server: Server, trust: sigcheck.TrustStore, fixtures: Path
) -> None:
    """First the CA by the address in the certificate, then the list the CA's path asks for."""
    document = vector(fixtures, "path/missing-intermediate")
    server.answers[world.crt_url("g2-party")] = body(world.ca("g2-party").der)
    server.answers[world.crl_url("g2-party")] = body(pki.crl_of("g2-party", pki.FIRST))

    offline = verdict(sigcheck.Verifier(trust), document)
    online = verdict(verifier(server, trust), document)

    assert offline == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")
    assert online == ("TOTAL-PASSED", None)


def test_an_unpinned_chain_stays_unpinned_online(
    server: Server, trust: sigcheck.TrustStore, fixtures: Path
) -> None:
    """Serving one's own root brings no trust."""
    for name in ("unknown-sub", "unknown-root"):
        server.answers[world.crt_url(name)] = body(world.ca(name).der)

    found = verdict(verifier(server, trust), vector(fixtures, "path/unknown-root"))

    assert found == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")


def test_nothing_is_asked_when_all_is_known(
    server: Server, trust: sigcheck.TrustStore, fixtures: Path
) -> None:
    """A document whose evidence is complete costs no question."""
    case = fixtures / "vectors" / "long-an" / "2691-ct-ubnd-production"
    expected = json.loads((case / "expected.json").read_text("utf-8"))
    report = verifier(server, trust).verify(case / "document.pdf", at=AT)

    assert report.document.indication.value == expected["document"]["indication"]
    assert server.asked == []


def test_a_second_document_asks_nothing_again(
    server: Server, trust: sigcheck.TrustStore, fixtures: Path
) -> None:
    """What one document learnt, the next one knows."""
    document = vector(fixtures, "revocation/missing")
    server.answers[world.crl_url("g2-software")] = body(pki.crl_of("g2-software", pki.FIRST))
    made = verifier(server, trust)
    verdict(made, document)
    asked = len(server.asked)

    assert verdict(made, document) == ("TOTAL-PASSED", None)
    assert len(server.asked) == asked


def test_the_office_without_network_uses_what_was_cached(
    server: Server, fixtures: Path, tmp_path: Path
) -> None:
    """One machine asks and keeps; a later run without the network comes to the same verdict."""
    document = vector(fixtures, "revocation/missing")
    server.answers[world.crl_url("g2-software")] = body(pki.crl_of("g2-software", pki.FIRST))
    folder = [fixtures / "pki"]
    stored = sigcheck.TrustStore.load(folder, store=UserStore(tmp_path))

    assert verdict(verifier(server, stored), document) == ("TOTAL-PASSED", None)
    assert verdict(sigcheck.Verifier(stored), document) == ("TOTAL-PASSED", None)
    assert _sources(sigcheck.Verifier(stored).verify(document, at=AT).document.signatures[0])


def _sources(signature: SignatureReport) -> bool:
    path = signature.evidence.path
    assert path is not None
    sources = {a.source for step in path.steps for a in step.revocation if not a.problem}
    return bool(sources & {"crl:cache", "crl:online"})


def test_threads_share_what_was_learnt(
    server: Server, trust: sigcheck.TrustStore, fixtures: Path
) -> None:
    """One verifier serves eight threads at once, as the HTTP service uses it."""
    document = vector(fixtures, "revocation/missing")
    server.answers[world.crl_url("g2-software")] = body(pki.crl_of("g2-software", pki.FIRST))
    made = verifier(server, trust)
    verdict(made, document)
    with ThreadPoolExecutor(8) as pool:
        found = [*pool.map(lambda _: verdict(made, document), range(24))]

    assert found == [("TOTAL-PASSED", None)] * 24


def test_worker_processes_ask_too(
    server: Server, trust: sigcheck.TrustStore, fixtures: Path
) -> None:
    """A verifier with a fetcher travels to its workers."""
    document = vector(fixtures, "revocation/missing")
    server.answers[world.crl_url("g2-software")] = body(pki.crl_of("g2-software", pki.FIRST))
    made = verifier(server, trust)
    made.verify(document, at=AT)

    reports = list(made.verify_many([os.fspath(document)] * 2, jobs=2, at=AT))

    assert [r.document.indication.value for r in reports] == ["TOTAL-PASSED"] * 2
