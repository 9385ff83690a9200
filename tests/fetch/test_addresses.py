"""Which addresses the fetcher connects to: judged after resolution, and never resolved again."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from sigcheck.errors import FetchError
from sigcheck.fetch import FetchSettings
from sigcheck.fetch.http import HttpFetch
from tests.fetch.server import numeric_lookups, redirect, serving

QUICK = FetchSettings(timeout=0.6, max_size=1000)


def refused(url: str, fetch: HttpFetch) -> str:
    """Return the code of the refusal."""
    with pytest.raises(FetchError) as caught:
        fetch.get(url)
    return caught.value.code


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0.0.0.0",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "192.0.0.192",
        "192.0.2.1",
        "198.18.0.1",
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[ff02::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:10.0.0.1]",
        "[::10.0.0.1]",
        "[64:ff9b::a00:1]",
        "[64:ff9b:1::1]",
        "[2002:7f00:1::]",
        "[fec0::1]",
        "[2001:db8::1]",
        "[3fff::1]",
        "[5f00::1]",
    ],
)
def test_addresses_that_are_not_public_are_refused(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No certificate makes this machine talk to itself, its neighbours or a cloud's metadata."""
    monkeypatch.setattr(socket, "getaddrinfo", numeric_lookups())
    monkeypatch.setattr(socket, "create_connection", _never)

    assert refused(f"http://{host}/latest", HttpFetch(QUICK)) == "FETCH-PRIVATE-ADDRESS"


def _never(*_: object, **__: object) -> socket.socket:
    raise AssertionError("connected")


@pytest.mark.parametrize("host", ["203.162.10.5", "[2a00:1450:4001::1]", "8.8.8.8"])
def test_public_addresses_are_asked(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sieve lets the world through; it stops at the connection, which is refused here."""
    asked: list[Any] = []

    def connect(place: Any, timeout: float) -> socket.socket:  # noqa: ARG001
        asked.append(place)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", numeric_lookups())
    monkeypatch.setattr(socket, "create_connection", connect)

    assert refused(f"http://{host}/", HttpFetch(QUICK)) == "FETCH-NO-ANSWER"
    assert [place[:2] for place in asked] == [(host.strip("[]"), 80)]


def _resolver(*rounds: list[str]) -> tuple[Callable[..., Any], list[str]]:
    """Return a resolver that answers differently each time, and whom it was asked about."""
    asked: list[str] = []

    def look_up(host: str, port: int, *_: object, **__: object) -> Any:
        found = rounds[min(len(asked), len(rounds) - 1)]
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in found]

    return look_up, asked


def test_a_name_is_resolved_once_and_its_address_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that turns private after the look-up (rebinding) gains nothing."""
    look_up, asked = _resolver(["93.184.216.34"], ["127.0.0.1"])
    connected: list[Any] = []

    def connect(place: Any, timeout: float) -> socket.socket:  # noqa: ARG001
        connected.append(tuple(place))
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", connect)

    assert refused("http://rebind.example/x", HttpFetch(QUICK)) == "FETCH-NO-ANSWER"
    assert asked == ["rebind.example"]
    assert connected == [("93.184.216.34", 80)]


def test_one_private_address_among_public_ones_refuses_the_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody falls back from a public address to a private one."""
    look_up, _ = _resolver(["93.184.216.34", "10.0.0.1"])
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", _never)

    assert refused("http://mixed.example/", HttpFetch(QUICK)) == "FETCH-PRIVATE-ADDRESS"


def test_a_redirect_is_judged_like_the_first_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """A public server can't send the fetcher on to a private one, nor to a rebound name."""
    with serving({"/a": redirect("http://inside.example/secret")}) as server:
        real = socket.getaddrinfo
        look_up, _ = _resolver(["10.1.2.3"])
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda host, *a, **k: (look_up if host.endswith(".example") else real)(host, *a, **k),
        )

        assert (
            refused(f"{server.url}/a", HttpFetch(QUICK, allow_loopback=True))
            == "FETCH-PRIVATE-ADDRESS"
        )
