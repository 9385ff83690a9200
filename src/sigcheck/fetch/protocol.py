"""What a fetcher promises, and the one that fetches nothing."""

from __future__ import annotations

from typing import Protocol

from sigcheck.errors import FetchError


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
