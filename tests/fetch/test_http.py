"""The fetcher against servers with bad manners: it refuses, and waits and swallows little."""

from __future__ import annotations

import pickle
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sigcheck.errors import FetchError, UsageError
from sigcheck.fetch import FetchSettings, NoFetch
from sigcheck.fetch.http import HttpFetch
from tests.fetch.server import RawServer, body, numeric_lookups, redirect, serving

QUICK = FetchSettings(timeout=0.6, max_size=1000)


def fetcher(settings: FetchSettings = QUICK) -> HttpFetch:
    """Return a fetcher that may talk to this machine."""
    return HttpFetch(settings, allow_loopback=True)


def refused(url: str, fetch: HttpFetch | None = None) -> str:
    """Return the code of the refusal."""
    with pytest.raises(FetchError) as caught:
        (fetch or fetcher()).get(url)
    return caught.value.code


def test_a_body_arrives_whole() -> None:
    """What the server sends is what comes back, byte for byte."""
    with serving({"/a.crl": body(b"\x30\x00list")}) as server:
        assert fetcher().get(f"{server.url}/a.crl?x=1") == b"\x30\x00list"
        assert server.asked == ["GET /a.crl?x=1"]


def test_a_request_is_posted_with_its_type() -> None:
    """An OCSP request travels in the body, typed as RFC 6960 asks."""
    seen: list[tuple[str, bytes]] = []

    def answer(handler: Any) -> None:
        seen.append((handler.headers["Content-Type"], handler.body))
        handler.reply(b"answer")

    with serving({"/ocsp": answer}) as server:
        found = fetcher().post(f"{server.url}/ocsp", b"ask", "application/ocsp-request")

    assert found == b"answer"
    assert seen == [("application/ocsp-request", b"ask")]


def test_loopback_is_refused_without_the_test_allowance() -> None:
    """The door these tests come in by is closed in a normal run."""
    with serving({"/": body(b"secret")}) as server:
        assert refused(f"{server.url}/", HttpFetch(QUICK)) == "FETCH-PRIVATE-ADDRESS"
        assert server.asked == []


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1:70/", "data:,x", "//[::1"],
)
def test_a_redirect_to_another_scheme_is_refused(location: str) -> None:
    """Only http and https are spoken, also on the second step."""
    with serving({"/a": redirect(location)}) as server:
        assert refused(f"{server.url}/a") in {"FETCH-SCHEME", "FETCH-BAD-ADDRESS"}


def test_three_redirects_are_followed_and_no_more() -> None:
    """A chain of three arrives, a chain of four and a circle don't."""
    answers = {f"/{n}": redirect(f"/{n + 1}", 301 + n % 2) for n in range(4)}
    answers |= {"/4": body(b"end"), "/round": redirect("/round"), "/blank": redirect("")}
    with serving(answers) as server:
        assert fetcher().get(f"{server.url}/1") == b"end"
        assert refused(f"{server.url}/0") == "FETCH-REDIRECTS"
        assert refused(f"{server.url}/round") == "FETCH-REDIRECTS"
        assert refused(f"{server.url}/blank") == "FETCH-REDIRECTS"


def test_a_posted_request_is_not_sent_on() -> None:
    """An OCSP responder that redirects isn't followed."""
    with serving({"/a": redirect("/b", 307), "/b": body(b"x")}) as server:
        with pytest.raises(FetchError) as caught:
            fetcher().post(f"{server.url}/a", b"q", "application/ocsp-request")

        assert caught.value.code == "FETCH-REDIRECTS"
        assert server.asked == ["POST /a"]


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.vn/x.crl",
        "ldap://ca.example.vn/cn=x?certificateRevocationList",
        "javascript:alert(1)",
        "http://user:secret@127.0.0.1/",
        "http://127.0.0.1:22/",
        "http://127.0.0.1:99999/",
        "http:///nowhere",
        "http://127.0.0.1/\r\nHost: evil",
        "http://127.0.0.1/ space",
        "http://127.0.0.1/Việt",
        "http://127.0.0.1/" + "a" * 3000,
        "",
    ],
)
def test_addresses_that_are_no_plain_http_are_refused(url: str) -> None:
    """Other schemes, credentials, other services' ports and smuggled lines go nowhere."""
    assert refused(url) in {"FETCH-SCHEME", "FETCH-BAD-ADDRESS"}


def test_a_large_answer_is_refused_before_it_is_read() -> None:
    """An announced size above the limit is enough."""
    with serving({"/": body(b"", Content_Length="1001")}) as server:
        assert refused(f"{server.url}/") == "FETCH-TOO-LARGE"


def test_an_answer_that_grows_too_large_is_given_up() -> None:
    """A body without a length ends at the limit."""

    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 1024)

    with RawServer(endless).running() as url:
        assert refused(url) == "FETCH-TOO-LARGE"


def test_a_packed_answer_is_refused() -> None:
    """A few bytes may not unpack to gigabytes: nothing packed was asked for."""
    with serving({"/": body(b"\x1f\x8b", Content_Encoding="gzip")}) as server:
        assert refused(f"{server.url}/") == "FETCH-PACKED"


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_an_answer_that_drips_is_given_up_in_time(start: bytes) -> None:
    """One byte every tenth of a second keeps no single wait long, and still runs out of time."""

    def drip(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(100):
            connection.sendall(b"H")
            time.sleep(0.1)

    begun = time.monotonic()
    with RawServer(drip).running() as url:
        code = refused(url)
        taken = time.monotonic() - begun

    assert (code, taken < 1.5) == ("FETCH-SLOW", True)


def test_the_time_is_for_all_redirects_together() -> None:
    """Three slow steps don't get three times the limit."""

    def slow(to: str) -> Callable[[Any], None]:
        def answer(handler: Any) -> None:
            time.sleep(0.35)
            handler.reply(b"", 302, Location=to)

        return answer

    with serving({"/a": slow("/b"), "/b": slow("/c"), "/c": body(b"late")}) as server:
        assert refused(f"{server.url}/a") == "FETCH-SLOW"


@pytest.mark.parametrize(
    "noise",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"x" * 70_000 + b"\r\n\r\n",
    ],
)
def test_noise_is_no_answer(noise: bytes) -> None:
    """What isn't HTTP, or breaks off, is a FetchError and nothing worse."""
    with RawServer(lambda connection: connection.sendall(noise)).running() as url:
        assert refused(url) == "FETCH-NO-ANSWER"


@pytest.mark.parametrize("status", [204, 401, 404, 500])
def test_other_answers_than_200_are_refused(status: int) -> None:
    """An error page is no CRL."""
    with serving({"/": lambda handler: handler.reply(b"<html>", status)}) as server:
        assert refused(f"{server.url}/") == "FETCH-STATUS"


def test_the_list_of_hosts_decides() -> None:
    """Where an office names hosts, no other is asked, and a suffix needs its dot."""
    listed = FetchSettings(allow=("ca.gov.vn", ".rootca.gov.vn"))

    assert [listed.allows(h) for h in ("ca.gov.vn", "CA.gov.vn.", "public.rootca.gov.vn")] == [
        True,
        True,
        True,
    ]
    assert [listed.allows(h) for h in ("evil-ca.gov.vn", "x.ca.gov.vn", "evilrootca.gov.vn")] == [
        False,
        False,
        False,
    ]
    assert refused("http://127.0.0.1/", fetcher(listed)) == "FETCH-NOT-ALLOWED"


def test_a_proxy_is_asked_with_the_whole_address() -> None:
    """An office's proxy may be private; the name is not looked up here."""
    seen: list[str] = []

    def answer(handler: Any) -> None:
        seen.append(handler.headers["Host"])
        handler.reply(b"list")

    with serving({"http://ca.gov.vn/pki/pub/crl/cp.crl": answer}) as server:
        settings = FetchSettings(proxy=server.url, allow=("ca.gov.vn",))
        found = HttpFetch(settings).get("http://ca.gov.vn/pki/pub/crl/cp.crl")

        assert (found, seen) == (b"list", ["ca.gov.vn"])
        assert server.asked == ["GET http://ca.gov.vn/pki/pub/crl/cp.crl"]


def test_a_proxy_needs_a_list_of_hosts() -> None:
    """A proxy resolves names itself, so only hosts somebody named may be asked through it."""
    with pytest.raises(UsageError) as caught:
        HttpFetch(FetchSettings(proxy="http://10.0.0.1:3128"))

    assert caught.value.code == "FETCH-PROXY-NEEDS-ALLOW"


def test_a_private_number_is_refused_through_a_proxy_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Even where somebody listed it."""
    settings = FetchSettings(proxy="http://127.0.0.1:9", allow=("169.254.169.254",))
    monkeypatch.setattr(socket, "getaddrinfo", numeric_lookups())

    code = refused("http://169.254.169.254/latest/meta-data", HttpFetch(settings))

    assert code == "FETCH-PRIVATE-ADDRESS"


def test_a_server_with_an_unknown_certificate_is_refused(tmp_path: Path) -> None:
    """Over https the server's certificate counts as usual."""
    import ssl
    import subprocess
    import threading

    pem = tmp_path / "server.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1"]
    files: list[str | Path] = ["-keyout", pem, "-out", tmp_path / "c.pem"]
    subprocess.run([*command, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "c.pem", pem)

    def handshake(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with pytest.raises((ssl.SSLError, OSError)):
            context.wrap_socket(connection, server_side=True)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=handshake, args=(listener,), daemon=True)
        thread.start()
        code = refused(f"https://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join(5)

    assert code == "FETCH-NO-ANSWER"


def test_a_fetcher_travels_to_a_worker_process() -> None:
    """Settings survive pickling; nothing else is in it."""
    found = pickle.loads(pickle.dumps(HttpFetch(FetchSettings(allow=(".gov.vn",)))))

    assert found.settings.allow == (".gov.vn",)


def test_nothing_is_fetched_by_default() -> None:
    """The default refuses without looking anything up."""
    with pytest.raises(FetchError) as caught:
        NoFetch().get("http://ca.gov.vn/")

    assert caught.value.code == "FETCH-OFFLINE"
