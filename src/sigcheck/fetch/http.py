"""The fetcher that asks the network: http and https only, public addresses only, within limits."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Mapping
from contextlib import closing
from typing import Any, cast

from msgspec import Struct

from sigcheck._version import __version__
from sigcheck.errors import FetchError, UsageError
from sigcheck.fetch.addresses import Endpoint, endpoints
from sigcheck.fetch.settings import FetchSettings
from sigcheck.fetch.target import Target, target
from sigcheck.fetch.timed import Deadline, TimedSocket, connect

_MOVED = frozenset({301, 302, 303, 307, 308})
_OK = 200
_CHUNK = 64 * 1024


class _Request(Struct, frozen=True):
    method: str
    body: bytes | None = None
    content_type: str = ""

    def headers(self, to: Target) -> Mapping[str, str]:
        found = {
            "Host": to.authority,
            "User-Agent": f"sigcheck/{__version__}",
            "Accept-Encoding": "identity",  # a packed answer could unpack to any size
            "Connection": "close",
        }
        return {**found, "Content-Type": self.content_type} if self.content_type else found


class HttpFetch:
    """Fetches from addresses that a certificate, and so perhaps an enemy, has chosen.

    A name is resolved once, every address judged, and the connection made to the address judged:
    private, loopback, link-local, multicast, carrier and translated ones are refused, again after
    each redirect. Picklable, and without state: caching is the business of `evidence.trust`.
    """

    def __init__(
        self, settings: FetchSettings | None = None, *, allow_loopback: bool = False
    ) -> None:
        """Take the settings; `allow_loopback` is for tests with a responder on this machine.

        Raises:
            UsageError: if a proxy is set without the hosts it may be asked for.
        """
        self.settings = settings or FetchSettings()
        self._allow_loopback = allow_loopback
        if self.settings.proxy and not self.settings.allow:
            raise UsageError("proxy", code="FETCH-PROXY-NEEDS-ALLOW")

    def get(self, url: str) -> bytes:
        """Return the body at an address, after at most three redirects; raises FetchError."""
        return self._ask(url, _Request("GET"), self.settings.max_redirects)

    def post(self, url: str, body: bytes, content_type: str) -> bytes:
        """Return the answer to a request; a redirect is refused; raises FetchError."""
        return self._ask(url, _Request("POST", body, content_type), 0)

    def _ask(self, url: str, request: _Request, redirects: int) -> bytes:
        deadline = Deadline(self.settings.timeout)
        try:
            return self._follow(target(url), request, redirects, deadline)
        except TimeoutError as problem:
            raise FetchError(url, code="FETCH-SLOW") from problem
        except (OSError, http.client.HTTPException, ValueError) as problem:
            detail = f"{url}: {str(problem) or type(problem).__name__}"
            raise FetchError(detail, code="FETCH-NO-ANSWER") from problem

    def _follow(self, to: Target, request: _Request, redirects: int, deadline: Deadline) -> bytes:
        for _ in range(redirects + 1):
            answer = self._once(to, request, deadline)
            if isinstance(answer, bytes):
                return answer
            to = to.joined(answer)
        raise FetchError(to.url, code="FETCH-REDIRECTS")

    def _once(self, to: Target, request: _Request, deadline: Deadline) -> bytes | str:
        """Return the body, or where the answer points on to."""
        if not self.settings.allows(to.host):
            raise FetchError(to.host, code="FETCH-NOT-ALLOWED")
        with closing(connect(self._places(to), deadline)) as plain:
            sock = self._secured(plain, to, deadline) if to.scheme == "https" else plain
            with closing(sock):
                return self._exchange(TimedSocket(sock, deadline), to, request)

    def _exchange(self, sock: TimedSocket, to: Target, request: _Request) -> bytes | str:
        connection = http.client.HTTPConnection(to.host, to.port)
        connection.sock = cast("Any", sock)
        path = to.url if self._speaks_to_proxy(to) else to.path
        connection.request(request.method, path, request.body, dict(request.headers(to)))
        response = connection.getresponse()
        if response.status in _MOVED:
            return response.headers.get("Location", "")
        if response.status != _OK:
            raise FetchError(f"{to.url}: {response.status}", code="FETCH-STATUS")
        return self._body(response, to)

    def _body(self, response: http.client.HTTPResponse, to: Target) -> bytes:
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise FetchError(to.url, code="FETCH-PACKED")
        most = self.settings.max_size
        if (response.length or 0) > most:
            raise FetchError(to.url, code="FETCH-TOO-LARGE")
        parts = bytearray()
        while chunk := response.read(_CHUNK):
            parts += chunk
            if len(parts) > most:
                raise FetchError(to.url, code="FETCH-TOO-LARGE")
        if response.length:
            raise FetchError(f"{to.url}: the answer is cut off", code="FETCH-NO-ANSWER")
        return bytes(parts)

    def _places(self, to: Target) -> list[Endpoint]:
        """Return where to connect: the judged addresses of the host, or the proxy's."""
        if not self.settings.proxy:
            return endpoints(to.host, to.port, allow_loopback=self._allow_loopback)
        if to.is_literal:  # a proxy may sit among private addresses: judge the number itself
            endpoints(to.host, to.port, allow_loopback=self._allow_loopback)
        proxy = target(self.settings.proxy)
        return [Endpoint(proxy.host, proxy.port)]

    def _speaks_to_proxy(self, to: Target) -> bool:
        return bool(self.settings.proxy) and to.scheme == "http"

    def _secured(self, sock: socket.socket, to: Target, deadline: Deadline) -> socket.socket:
        import ssl

        if self.settings.proxy:
            _tunnel(sock, to, deadline)
        sock.settimeout(deadline.left())
        return ssl.create_default_context().wrap_socket(sock, server_hostname=to.host)


def _tunnel(sock: socket.socket, to: Target, deadline: Deadline) -> None:
    """Ask the proxy for a way through (RFC 9110, 9.3.6)."""
    host = f"[{to.host}]" if ":" in to.host else to.host
    timed = TimedSocket(sock, deadline)
    name = f"{host}:{to.port}"
    timed.sendall(f"CONNECT {name} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode("ascii"))
    response = http.client.HTTPResponse(cast("Any", timed), method="CONNECT")
    response.begin()
    if response.status != _OK:
        raise FetchError(f"{to.url}: {response.status}", code="FETCH-STATUS")
