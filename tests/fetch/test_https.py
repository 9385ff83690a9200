"""https: a server whose certificate is known is asked, directly and through a proxy's tunnel."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sigcheck.errors import FetchError
from sigcheck.fetch import FetchSettings
from sigcheck.fetch.http import HttpFetch
from tests.fetch.server import Handler, Server, body

QUICK = FetchSettings(timeout=3)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with the key and the self-signed certificate of `localhost`."""
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost"]
    made = subprocess.run(
        [*command, *names, "-keyout", "-", "-out", "-"], check=True, capture_output=True
    )
    path.write_bytes(made.stdout)
    return path


@pytest.fixture
def server(certificate: Path) -> Iterator[Server]:
    """Return a server that speaks TLS."""
    running = Server(("127.0.0.1", 0), Handler)
    running.answers, running.asked = {"/a": body(b"list")}, []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    running.socket = context.wrap_socket(running.socket, server_side=True)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


def test_a_known_certificate_is_accepted(
    server: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name in the address is the one the certificate must have."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    fetch = HttpFetch(QUICK, allow_loopback=True)

    assert fetch.get(f"https://localhost:{server.server_port}/a") == b"list"
    with pytest.raises(FetchError):
        fetch.get(f"https://127.0.0.1:{server.server_port}/a")


def test_an_unknown_certificate_is_refused(server: Server) -> None:
    """The usual rules of TLS hold."""
    with pytest.raises(FetchError):
        HttpFetch(QUICK, allow_loopback=True).get(f"https://localhost:{server.server_port}/a")


@contextmanager
def _proxy(to: int, answer: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> Iterator[tuple[str, list[str]]]:
    """Serve one CONNECT as a proxy does, whatever name was asked for."""
    seen: list[str] = []

    def serve(listener: socket.socket) -> None:
        inner, _ = listener.accept()
        with inner, socket.create_connection(("127.0.0.1", to)) as outer:
            seen.append(inner.recv(4096).decode().partition("\r\n")[0])
            inner.sendall(answer)
            back = threading.Thread(target=_copy, args=(outer, inner), daemon=True)
            back.start()
            _copy(inner, outer)
            back.join(2)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", seen
        thread.join(3)


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(4096):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


def test_a_proxys_tunnel_is_used(
    server: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy sees the name and port, the server is proved by its certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with _proxy(server.server_port) as (url, seen):
        settings = FetchSettings(timeout=3, proxy=url, allow=("localhost",))
        found = HttpFetch(settings).get("https://localhost/a")

    assert found == b"list"
    assert seen == ["CONNECT localhost:443 HTTP/1.1"]


def test_a_proxy_that_refuses_is_said(server: Server) -> None:
    """No TLS is begun with a proxy that said no."""
    with _proxy(server.server_port, b"HTTP/1.1 403 Forbidden\r\n\r\n") as (url, _):
        settings = FetchSettings(timeout=3, proxy=url, allow=("localhost",))
        with pytest.raises(FetchError) as caught:
            HttpFetch(settings).get("https://localhost/a")

    assert caught.value.code == "FETCH-STATUS"
