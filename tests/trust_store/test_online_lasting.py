"""A strict policy online: the TSA's status is asked for as long as the proof has to last."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest

import sigcheck
from fixtures.make import pki, world
from fixtures.make.revocation import Window
from sigcheck.fetch import FetchSettings
from sigcheck.fetch.http import HttpFetch
from tests.fetch.server import Server, body

AT = datetime.fromisoformat("2026-11-01T08:00:00+07:00")
OLD = Window(world.day("2024-10-01"), world.day("2024-12-01"), 1)
"""In force when the token was made, and out of date since."""


@pytest.fixture
def trust(fixtures: Path, tmp_path: Path) -> sigcheck.TrustStore:
    """Return the test PKI with nothing but an old list of the root."""
    folder = tmp_path / "pki"
    shutil.copytree(fixtures / "pki", folder, ignore=shutil.ignore_patterns("g2-root-*", "keys"))
    (folder / "crl" / "old.crl").write_bytes(pki.crl_of("g2-root", OLD))
    return sigcheck.TrustStore.load([folder])


def found(
    trust: sigcheck.TrustStore, policy: str, document: Path, server: Server | None = None
) -> str:
    """Return the indication of the one signature, asking the server where there is one."""
    settings = server and FetchSettings(timeout=2, proxy=server.url, allow=(".sigcheck.test",))
    fetch = HttpFetch(settings) if settings else None
    verifier = sigcheck.Verifier(trust, policy=sigcheck.load_policy(policy), fetch=fetch)
    (signature,) = verifier.verify(document, at=AT).document.signatures
    return signature.indication.value


def test_the_newer_list_is_asked_for_where_the_policy_insists(
    server: Server, trust: sigcheck.TrustStore, fixtures: Path
) -> None:
    """The archive wants to know whether the TSA was revoked since, and learns it online."""
    document = fixtures / "vectors" / "longterm" / "b-t" / "document.pdf"
    server.answers[world.crl_url("g2-root")] = body(pki.crl_of("g2-root", pki.LATEST))

    assert found(trust, "archive", document) == "INDETERMINATE"
    assert found(trust, "archive", document, server) == "TOTAL-PASSED"


def test_the_clerk_asks_nothing_more(
    server: Server, trust: sigcheck.TrustStore, fixtures: Path
) -> None:
    """Under the clerk's policy the old list answers, and nobody is asked."""
    document = fixtures / "vectors" / "longterm" / "b-t" / "document.pdf"

    assert found(trust, "intake", document, server) == "TOTAL-PASSED"
    assert server.asked == []
