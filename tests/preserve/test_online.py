"""Preserving with what the network lends: a CA's own list, asked for once and kept for good."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import sigcheck
from fixtures.make import pki, world
from sigcheck.fetch import FetchSettings
from sigcheck.fetch.http import HttpFetch
from sigcheck.model.indication import DocumentIndication
from sigcheck.preserve import preserve
from tests.archive.tsa import PKI, authority
from tests.fetch.server import body, serving

DOCUMENT = PKI.parent / "vectors" / "revocation" / "missing" / "document.pdf"
NOW = datetime.now(UTC)
LATER = datetime(2040, 6, 1, tzinfo=UTC)


def test_fetched_list_is_kept_in_the_document(tmp_path: Path) -> None:
    """A list that only the CA's server had makes the document pass, offline and in 2040."""
    trust = sigcheck.TrustStore.load([PKI])
    offline = sigcheck.Verifier(trust)
    listed = {world.crl_url("g2-software"): body(pki.crl_of("g2-software", pki.FIRST))}
    with serving(listed) as office, authority(tmp_path) as tsa:
        settings = FetchSettings(timeout=5, proxy=office.url, allow=(".sigcheck.test",))
        online = sigcheck.Verifier(trust, fetch=HttpFetch(settings))
        asking = HttpFetch(allow_loopback=True)
        done = preserve(DOCUMENT.read_bytes(), online, tsa=f"{tsa.url}/tsa", fetch=asking, at=NOW)

    assert offline.verify(DOCUMENT, at=NOW).document.indication is DocumentIndication.INDETERMINATE
    for moment in (NOW, LATER):
        found = offline.verify(done.data, at=moment).document
        assert found.indication is DocumentIndication.TOTAL_PASSED
