"""CRLs, OCSP responses and certificates at hand for one document, parsed once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from msgspec import Struct, field

from sigcheck.config.der import DerError
from sigcheck.config.materials import Kind, items
from sigcheck.config.trust import TrustStore
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.trust.context import MAX_CONTEXTS
from sigcheck.evidence.trust.crl import Crl, parse_crl
from sigcheck.evidence.trust.ocsp import Ocsp, parse_ocsp

MAX_LISTS = 500
"""CRLs, and OCSP responses, that one document may bring along."""


MAX_REMEMBERED = 32 * 1024 * 1024
"""Bytes of documents' lists kept parsed: the signatures of one document share their DSS."""

T = TypeVar("T")


class _Parsed(Generic[T]):
    """Lists parsed before, with their indexes and verified signatures; forgotten when too large."""

    def __init__(self, parse: Callable[[bytes, str], T | None]) -> None:
        self._parse = parse
        self._known: dict[tuple[bytes, str], T | None] = {}
        self._size = 0

    def get(self, data: bytes, origin: str) -> T | None:
        """Return the parsed list, None when it is none."""
        key, known = (data, origin), self._known
        if key in known:
            return known.get(key)
        found = self._parse(data, origin)
        if self._size > MAX_REMEMBERED:
            known = self._known = {}  # a new one: other threads may be looking into the old
            self._size = 0
        known[key] = found
        self._size += len(data)
        return found


_CRLS: _Parsed[Crl] = _Parsed(parse_crl)
_OCSPS: _Parsed[Ocsp] = _Parsed(parse_ocsp)


class RevocationSources(Struct, frozen=True):
    """What a document, a cache or the network brought, besides the trust store."""

    crls: tuple[Crl, ...] = ()
    ocsps: tuple[Ocsp, ...] = ()
    certificates: tuple[Certificate, ...] = field(default=())
    """The document's certificates: responders and CRL issuers may be among them."""

    @classmethod
    def of(
        cls,
        crls: Iterable[tuple[str, bytes]] = (),
        ocsps: Iterable[tuple[str, bytes]] = (),
        certificates: Sequence[Certificate] = (),
    ) -> RevocationSources:
        """Parse (origin, bytes) pairs, DER or PEM; what can't be read is left out.

        The origin shows in the answers: `dss`, `cms`, `online`, a file name.
        """
        lists = [(o, der) for o, data in [*crls][:MAX_LISTS] for der in _ders(Kind.CRL, data)]
        answers = [(o, der) for o, data in [*ocsps][:MAX_LISTS] for der in _ders(Kind.OCSP, data)]
        return cls(
            tuple(crl for o, data in lists if (crl := _CRLS.get(data, o))),
            tuple(ocsp for o, data in answers if (ocsp := _OCSPS.get(data, o))),
            tuple(certificates),
        )

    def with_(self, other: RevocationSources) -> RevocationSources:
        """Return both together, each list once."""
        crls = {c.sha256: c for c in (*other.crls, *self.crls)}
        ocsps = {o.sha256: o for o in (*other.ocsps, *self.ocsps)}
        certificates = {c.sha256: c for c in (*other.certificates, *self.certificates)}
        return RevocationSources(
            tuple(crls.values()), tuple(ocsps.values()), tuple(certificates.values())
        )


_OF_STORES: dict[str, RevocationSources] = {}


def of_store(trust: TrustStore) -> RevocationSources:
    """Return the lists and responses of a trust store, parsed once per process."""
    found = _OF_STORES.get(trust.digest)
    if found is None:
        found = RevocationSources(
            tuple(crl for m in trust.crls if (crl := parse_crl(m.data, m.name))),
            tuple(ocsp for m in trust.ocsps if (ocsp := parse_ocsp(m.data, m.name))),
        )
        if len(_OF_STORES) >= MAX_CONTEXTS:
            _OF_STORES.clear()
        _OF_STORES[trust.digest] = found
    return found


def _ders(kind: Kind, data: bytes) -> list[bytes]:
    if data[:1] == b"\x30":
        return [data]
    try:
        return [item.data for item in items(data) if item.kind is kind]
    except DerError:
        return []
