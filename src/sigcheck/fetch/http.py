"""The fetcher that asks the network: http and https only, public addresses only, within limits.

See RFC 3986, RFC 6890.
"""

from __future__ import annotations

import http.client
import io
import re
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, NamedTuple, cast
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from sigcheck._version import __version__
from sigcheck.errors import FetchError, UsageError
from sigcheck.fetch.protocol import FetchSettings

MAX_URL = 2048
_PRINTABLE = re.compile(r"[\x21-\x7e]+\Z")
_PORTS = {"http": 80, "https": 443}
_FIRST_UNPRIVILEGED = 1024


class Target(NamedTuple):
    """One http or https address."""

    scheme: str
    host: str
    port: int
    path: str
    """Path and query, as they stand in the request line."""

    @property
    def authority(self) -> str:
        """Return host and port as the Host header has them (RFC 9110, 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """Return the whole address again, without fragment."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def is_literal(self) -> bool:
        """Say whether the host is an address and no name."""
        try:
            ip_address(self.host)
        except ValueError:
            return False
        return True

    def joined(self, location: str) -> Target:
        """Return where a redirect leads; raises FetchError as `target` does."""
        try:
            return target(urljoin(self.url, location))
        except ValueError as problem:
            raise FetchError(location[:200], code="FETCH-BAD-ADDRESS") from problem


def target(url: str) -> Target:
    """Take a URL apart; raises FetchError for anything but a plain http or https address.

    NOTE: Ports below 1024 other than 80 and 443 belong to other services (mail, LDAP, SSH): a
    certificate has no business making this machine talk to them.
    """
    if len(url) > MAX_URL or not _PRINTABLE.match(url):
        raise FetchError(url[:200], code="FETCH-BAD-ADDRESS")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as problem:
        raise FetchError(url[:200], code="FETCH-BAD-ADDRESS") from problem
    if parts.scheme not in _PORTS:
        raise FetchError(url[:200], code="FETCH-SCHEME")
    port = port if port is not None else _PORTS[parts.scheme]
    is_other_service = port < _FIRST_UNPRIVILEGED and port not in _PORTS.values()
    if not parts.hostname or "@" in parts.netloc or is_other_service:
        raise FetchError(url[:200], code="FETCH-BAD-ADDRESS")
    query = f"?{parts.query}" if parts.query else ""
    return Target(parts.scheme, parts.hostname, port, f"{parts.path or '/'}{query}")


# --- Which addresses may be asked: public ones, judged after the name was resolved

Ip = IPv4Address | IPv6Address

_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")
_MORE_THAN_PUBLIC = (
    IPv6Network("64:ff9b:1::/48"),  # translation inside one network, RFC 8215
    IPv6Network("fec0::/10"),  # site-local, RFC 3879
    IPv6Network("3fff::/20"),  # documentation, RFC 9637
    IPv6Network("5f00::/16"),  # segment identifiers inside one network, RFC 9602
    IPv4Network("192.0.0.0/24"),  # protocol assignments, RFC 6890; one is a cloud's metadata
)
_V4_BITS = 0xFFFFFFFF


class Endpoint(NamedTuple):
    """Where to connect: an address that was judged, and its port."""

    address: str
    port: int


def endpoints(host: str, port: int, *, allow_loopback: bool) -> list[Endpoint]:
    """Resolve a host once and return where to connect; raises FetchError.

    One address that isn't public refuses them all: a name with both is somebody's trick. The
    caller connects to what is returned here and never asks for the name again (rebinding).
    """
    found = dict.fromkeys(_resolved(host, port))
    for text in found:
        if not is_allowed(ip_address(text), allow_loopback=allow_loopback):
            raise FetchError(f"{host} ({text})", code="FETCH-PRIVATE-ADDRESS")
    return [Endpoint(text, port) for text in found]


def _resolved(host: str, port: int) -> Iterator[str]:
    # NOTE: The system's resolver has a time limit of its own; ours begins at the connection.
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise FetchError(host, code="FETCH-NO-HOST") from problem
    for family, *_, address in found:
        if family in {socket.AF_INET, socket.AF_INET6}:
            yield str(address[0]).partition("%")[0]


def is_allowed(address: Ip, *, allow_loopback: bool = False) -> bool:
    """Say whether an address is a public one, or loopback where a test allows that."""
    if address.is_loopback:
        return allow_loopback
    return all(map(_is_public, (address, *_embedded(address))))


def _is_public(address: Ip) -> bool:
    if any(address in net for net in _MORE_THAN_PUBLIC):
        return False
    special = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not special and not address.is_link_local


def _embedded(address: Ip) -> Iterator[Ip]:
    """Yield the IPv4 addresses that an IPv6 address stands for."""
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if address in _NAT64 or address in _COMPATIBLE:
        yield IPv4Address(int(address) & _V4_BITS)


# --- A socket that gives up at one moment, however busily the other side drips bytes

_TRIES = 4
"""Addresses of one host that are tried; names with many are somebody's way of losing our time."""


class Deadline:
    """A moment of the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        """Begin now."""
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left; raises TimeoutError when there are none."""
        remaining = self._end - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the time for this address is over")
        return remaining


class TimedSocket:
    """The part of a socket that `http.client` uses, with one deadline over all of it."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        """Take over the socket."""
        self._sock = sock
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        """Send everything in the time left."""
        self._sock.settimeout(self._deadline.left())
        self._sock.sendall(data)

    def makefile(self, mode: str, *_: object, **__: object) -> io.BufferedReader:
        """Return a reader of the answer; only reading is asked for."""
        if mode != "rb":
            raise ValueError(mode)
        return io.BufferedReader(_TimedReader(self._sock, self._deadline))

    def close(self) -> None:
        """Leave the socket open: `http.client` closes before it has read, the owner when done."""


class _TimedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object, /) -> int:
        self._sock.settimeout(self._deadline.left())
        return self._sock.recv_into(buffer)  # type: ignore[arg-type]


def connect(places: Iterable[Endpoint], deadline: Deadline) -> socket.socket:
    """Connect to the first address that answers; raises FetchError.

    The address is the one that was judged: nothing is resolved here.
    """
    problem: OSError | None = None
    for place in [*places][:_TRIES]:
        try:
            return socket.create_connection(place, timeout=deadline.left())
        except OSError as caught:
            problem = caught
    raise FetchError(str(problem), code="FETCH-NO-ANSWER") from problem


# --- The fetcher that asks the network

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
