"""A URL taken apart and judged before anything is asked of it (RFC 3986)."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from sigcheck.errors import FetchError

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
