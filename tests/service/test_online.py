"""`serve --online`: what a document does not bring is asked for, with the command line's guards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import httpx
import pytest

from fixtures.make import pki, world
from sigcheck.fetch import FetchSettings
from sigcheck.fetch.http import HttpFetch
from tests.fetch.server import Answer, Handler, Server, body
from tests.fetch.server import serving as answering
from tests.service.conftest import MakeClient, serving

MISSING = Path("vectors", "revocation", "missing", "document.pdf")
PDF = {"Content-Type": "application/pdf"}
LIST = world.crl_url("g2-software")
ALLOW = (".sigcheck.test", "127.0.0.1")


@pytest.fixture(scope="module")
def office() -> Iterator[Server]:
    """Return the proxy that the service asks; each test says what it answers."""
    with answering() as server:
        yield server


def judged(client: httpx.Client, fixtures: Path) -> tuple[str, str]:
    """Return what comes of a document without revocation data."""
    answer = client.post("/v1/verify", content=(fixtures / MISSING).read_bytes(), headers=PDF)
    document = answer.json()["documents"][0]
    return document["indication"], document["reason"]["code"] if document["reason"] else ""


def fetches(client: httpx.Client, outcome: str) -> float:
    """Return how many questions had an outcome, as the metrics tell."""
    text = client.get("/metrics").text
    sample = f'sigcheck_fetches_total{{outcome="{outcome}"}} '
    return next((float(x[len(sample) :]) for x in text.splitlines() if x.startswith(sample)), 0.0)


def test_a_list_is_fetched_once_and_kept(
    root: Path, fixtures: Path, tmp_path: Path, office: Server
) -> None:
    """The CA's list makes the document pass; it is told, counted, kept, and not asked for again.

    As an office would start it: `network.toml` of the store says what may be asked.
    """
    store = tmp_path / "store"
    store.mkdir()
    (store / "network.toml").write_text(f'proxy = "{office.url}"\nallow = {[*ALLOW]}\n')
    office.answers, office.asked[:] = {LIST: body(pki.crl_of("g2-software", pki.FIRST))}, []
    options = ("--online", "--store", str(store), "--workers", "1")
    with (
        serving(root, *options) as (address, _),
        httpx.Client(base_url=address, timeout=60, trust_env=False) as client,
    ):
        ready = client.get("/readyz").json()
        first = judged(client, fixtures)
        asked = len(office.asked)
        second = judged(client, fixtures)

        assert ready["online"] is True
        assert "sigcheck_online 1.0\n" in client.get("/metrics").text
        assert first[0] == second[0] == "TOTAL-PASSED"
        assert f"GET {LIST}" in office.asked
        assert len(office.asked) == asked
        assert fetches(client, "answered") == 1
    assert [*store.rglob("*.crl")] != []


def _elsewhere(inner: Server) -> Answer:
    return lambda handler: handler.reply(b"", 302, Location=f"{inner.url}/list.crl")


def _too_large(_: Server) -> Answer:
    return body(bytes(200_000))


def _dripping(_: Server) -> Answer:
    def drip(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:  # until the other side has had enough
            handler.wfile.write(b"0")
            handler.wfile.flush()

    return drip


@pytest.mark.parametrize("trick", [_elsewhere, _too_large, _dripping])
def test_an_address_that_misbehaves_gives_nothing(
    client_of: MakeClient, fixtures: Path, office: Server, trick: Callable[[Server], Answer]
) -> None:
    """A redirect into this machine, an answer without end or in drops: refused, and counted."""
    with answering({"/list.crl": body(pki.crl_of("g2-software", pki.FIRST))}) as inner:
        office.answers = {LIST: trick(inner)}
        limits = FetchSettings(timeout=0.5, max_size=100_000, proxy=office.url, allow=ALLOW)
        client = client_of(fetch=HttpFetch(limits), network_seconds=1.0)
        started = monotonic()

        assert judged(client, fixtures)[0] == "INDETERMINATE"
        assert monotonic() - started < 10
        assert fetches(client, "answered") == 0
        assert fetches(client, "failed") >= 1
        assert inner.asked == []


def test_without_the_option_nobody_is_asked(service: str) -> None:
    """The default is offline, and is told as such."""
    assert httpx.get(f"{service}/readyz").json()["online"] is False
    assert "sigcheck_online 0.0\n" in httpx.get(f"{service}/metrics").text
