"""What every test shares: where the material is, and that nothing leaves this machine."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import postgres as postgres_server

ROOT = Path(__file__).resolve().parent.parent
CORPUS = Path(os.environ.get("SIGCHECK_CORPUS", ROOT.parent / "shared" / "corpus"))
LOOKS = {"LC_ALL", "LC_MESSAGES", "LANG", "NO_COLOR"}
"""Variables that decide in which language, and how, something is shown."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of one vector together, at the end: they share its report."""

    def vector(item: pytest.Item) -> str:
        parameters = (
            item.callspec.params
            if isinstance(item, pytest.Function) and hasattr(item, "callspec")
            else {}
        )
        case = parameters.get("case")
        return str(case) if isinstance(case, Path) else ""

    items.sort(key=vector)


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """Return the folder of our own vectors and test PKI."""
    return ROOT / "fixtures"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the folder of real files, or skip: they are never part of the project."""
    if not CORPUS.is_dir():
        pytest.skip(f"no corpus at {CORPUS}")
    return CORPUS


@pytest.fixture(scope="session", autouse=True)
def _own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the trust store, the settings and the language of whoever runs the tests out of them."""
    with pytest.MonkeyPatch.context() as patch:
        ours = {name for name in os.environ if name.startswith("SIGCHECK_")}
        for name in ours - {"SIGCHECK_CORPUS", "SIGCHECK_BROWSER"} | LOOKS:
            patch.delenv(name, raising=False)
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        patch.setenv("SIGCHECK_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_server.MakeLog]:
    """Return what makes an empty database of a PostgreSQL server started for the tests."""
    with postgres_server.server() as make:
        yield make


class NetworkUsedError(AssertionError):
    """A test tried to reach another machine."""


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Refuse every connection and look-up that would leave this machine (rule 5)."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            original = getattr(socket.socket, name)
            patch.setattr(socket.socket, name, _guarded(original), raising=True)
        patch.setattr(socket, "getaddrinfo", _local_lookup(socket.getaddrinfo))
        yield


def _guarded(original: Callable[..., Any]) -> Callable[..., Any]:
    def call(this: socket.socket, *args: Any) -> Any:
        if this.family in {socket.AF_INET, socket.AF_INET6}:
            _require_loopback(args[-1][0])
        return original(this, *args)

    return call


def _local_lookup(original: Callable[..., Any]) -> Callable[..., Any]:
    def look_up(host: Any, *args: Any, **options: Any) -> Any:
        _require_loopback(host)
        return original(host, *args, **options)

    return look_up


def _require_loopback(host: object) -> None:
    text = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    if text in {"localhost", socket.gethostname()}:
        return
    try:
        local = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        raise NetworkUsedError(f"a test looked up {text}") from None
    if not (local.is_loopback or local.is_unspecified):
        raise NetworkUsedError(f"a test connected to {text}")
