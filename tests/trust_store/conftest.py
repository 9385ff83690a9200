"""A store of one's own, and a server that answers as a proxy would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sigcheck.config.pins import Role
from sigcheck.config.store import UserStore
from sigcheck.fetch import FetchSettings
from sigcheck.fetch.http import HttpFetch
from tests.fetch.server import Server, serving
from tests.trust_store.office import ROOT, TSA, UNSEEN, pin


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UserStore:
    """Return an empty store, with our list replaced by one whose keys these tests hold."""
    monkeypatch.setenv("SIGCHECK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SIGCHECK_LANG", "en")
    pins = [
        pin(ROOT, Role.ANCHOR, "http://ca.example/root.crt", "http://ca.example/root.crl"),
        pin(TSA, Role.INTERMEDIATE),
        pin(UNSEEN, Role.MISSING, "http://ca.example/unseen.crt"),
    ]
    for module in ("trust", "pins"):
        monkeypatch.setattr(f"sigcheck.config.{module}.own_pins", lambda: tuple(pins))
    monkeypatch.setattr("sigcheck.cli.trust.own_pins", lambda: tuple(pins))
    return UserStore(tmp_path / "home")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Return a server on loopback that plays the office's proxy, for `sigcheck trust` as well."""
    with serving() as running:
        settings = FetchSettings(timeout=2, proxy=running.url, allow=("ca.example",))
        monkeypatch.setattr("sigcheck.cli.trust_intake.fetcher", lambda _: HttpFetch(settings))
        yield running
