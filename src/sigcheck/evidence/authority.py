"""Paths and status for all signatures of one document, each asked for once."""

from __future__ import annotations

from collections.abc import Iterable

from sigcheck.config import TrustStore
from sigcheck.evidence.cms import (
    Certificate,
    SignedData,
    embedded_certificates,
    revocation_values,
)
from sigcheck.evidence.dss import ValidationData
from sigcheck.evidence.trust import RevocationSources, known_path, known_status
from sigcheck.evidence.trust.context import recall
from sigcheck.evidence.trust.lent import Lent, Statements
from sigcheck.model.evidence import PathFacts, Purpose
from sigcheck.model.limits import Limits


class Authority:
    """The trust store and the document's own material, prepared for path questions."""

    def __init__(
        self,
        trust: TrustStore,
        material: ValidationData,
        limits: Limits,
        lent: Lent | None = None,
    ) -> None:
        """Hold the store, what the document's DSS lends, and what was fetched for it."""
        self._trust = trust
        self._cache = lent.cache if lent else _kept(trust.cache)
        self._fetched = lent.certificates if lent else ()
        self._material = material
        self._limits = limits
        self._known: dict[tuple[str, Purpose, tuple[bytes, ...]], PathFacts] = {}
        self.sources: list[RevocationSources] = []
        """What each path was judged with, besides the store."""

    @property
    def trust(self) -> TrustStore:
        """Return the store."""
        return self._trust

    @property
    def stored(self) -> tuple[bytes, ...]:
        """Return the certificates of the store, for a signature that carries none."""
        return tuple(self._trust.certificates.values())

    def path(self, certificate: Certificate, data: SignedData, purpose: Purpose) -> PathFacts:
        """Return the path of a certificate, with what CRLs and OCSP responses say of it."""
        carried = embedded_certificates(data)
        crls, ocsps = revocation_values(data)
        key = (certificate.sha256, purpose, (*carried, *crls, *ocsps))
        if key not in self._known:
            own = _parsed((*carried, *self._material.certificates))
            pool = (*own, *self._fetched)
            sources = RevocationSources.of(
                [*_from("cms", crls), *_from("dss", self._material.crls)],
                [*_from("cms", ocsps), *_from("dss", self._material.ocsps)],
                pool,
            )
            path = known_path(certificate, pool, self._trust, purpose, self._limits)
            if self._cache is not None:
                sources = sources.with_(_cached(self._cache, path, self._trust))
            self.sources.append(sources)
            self._known[key] = known_status(path, sources, self._trust)
        return self._known[key]


def _kept(folder: str) -> Statements | None:
    """Return the user's own cache, where there is one."""
    if not folder:
        return None
    from sigcheck.evidence.trust.cache import cache_of

    return cache_of(folder)


def _cached(cache: Statements, path: PathFacts, trust: TrustStore) -> RevocationSources:
    steps = (recall(step.certificate.sha256, trust) for step in path.steps)
    return cache.sources([step for step in steps if step is not None])


def _parsed(items: Iterable[bytes]) -> tuple[Certificate, ...]:
    found = (Certificate.parse(der) for der in items)
    return tuple(certificate for certificate in found if certificate is not None)


def _from(origin: str, items: Iterable[bytes]) -> list[tuple[str, bytes]]:
    return [(origin, item) for item in items]
