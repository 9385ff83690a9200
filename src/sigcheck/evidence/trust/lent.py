"""What the network lends to a document: to be named without importing what asks and keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.trust.sources import RevocationSources


class Statements(Protocol):
    """CRLs and OCSP responses met before, as `cache.StatusCache` keeps them."""

    def sources(self, chain: Sequence[Certificate]) -> RevocationSources:
        """Return what is kept on the certificates of a path, each followed by its issuer."""
        ...


class Lent(Struct, frozen=True):
    """What the network gave for documents to come."""

    cache: Statements
    certificates: tuple[Certificate, ...] = ()
    """CAs fetched, each leading to a pinned anchor."""
