"""What a fetcher promises, the one that fetches nothing, and settings for the network."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from msgspec import Struct

from sigcheck.errors import FetchError
from sigcheck.model.policy import MIB


class FetchSettings(Struct, frozen=True):
    """Limits of one fetcher. Loopback is no setting: only a test passes that to `HttpFetch`."""

    max_size: int = 32 * MIB
    """Bytes of one answer; the largest real CRL met has 2 MiB."""
    timeout: float = 15.0
    """Seconds for one address from the first connection to the last byte, redirects included."""
    max_redirects: int = 3
    allow: tuple[str, ...] = ()
    """Hosts that may be asked; `.gov.vn` takes in every host below. Empty: any public host."""
    proxy: str = ""
    """`http://host:port`. A proxy resolves names itself, so it needs `allow`."""

    def allows(self, host: str) -> bool:
        """Say whether the list of hosts takes this one in."""
        if not self.allow:
            return True
        name = host.lower().rstrip(".")
        return any(_covers(entry.lower(), name) for entry in self.allow)


def _covers(entry: str, name: str) -> bool:
    return name.endswith(entry) if entry.startswith(".") else name == entry


# --- What a fetcher promises, and the one that fetches nothing


@runtime_checkable
class Fetcher(Protocol):
    """Fetches CRLs, OCSP responses and CA certificates from addresses in certificates.

    Those addresses are chosen by whoever made the certificate: an implementation must refuse
    private networks, other schemes, and answers that are too large or too slow.
    """

    def get(self, url: str) -> bytes:
        """Return the body at an address; raises FetchError."""
        ...

    def post(self, url: str, body: bytes, content_type: str) -> bytes:
        """Return the answer to a request (OCSP, RFC 6960 appendix A); raises FetchError."""
        ...


class NoFetch:
    """The default: no network at all."""

    def get(self, url: str) -> bytes:
        """Refuse."""
        raise FetchError(url, code="FETCH-OFFLINE")

    def post(self, url: str, body: bytes, content_type: str) -> bytes:  # noqa: ARG002
        """Refuse."""
        raise FetchError(url, code="FETCH-OFFLINE")
