"""Revocation statements for every certificate of a path (EN 319 102-1, 5.2.6.4; RFC 5280, 6.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from sigcheck.config.materials import DerError, MaterialKind, items
from sigcheck.config.trust import TrustStore
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.trust.context import MAX_CONTEXTS, TrustContext, recall
from sigcheck.evidence.trust.crl import Asked, Crl, crl_answers, parse_crl
from sigcheck.evidence.trust.ocsp import Ocsp, ocsp_answers, parse_ocsp
from sigcheck.model.evidence import PathFacts, PathStep, RevocationAnswer

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
        lists = [
            (o, der) for o, data in [*crls][:MAX_LISTS] for der in _ders(MaterialKind.CRL, data)
        ]
        answers = [
            (o, der) for o, data in [*ocsps][:MAX_LISTS] for der in _ders(MaterialKind.OCSP, data)
        ]
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


def _ders(kind: MaterialKind, data: bytes) -> list[bytes]:
    if data[:1] == b"\x30":
        return [data]
    try:
        return [item.data for item in items(data) if item.kind is kind]
    except DerError:
        return []


# --- What the network gave: named here, so that nothing that asks or keeps need be imported


class StatusSource(Protocol):
    """CRLs and OCSP responses met before, as `cache.StatusCache` keeps them."""

    def sources(self, chain: Sequence[Certificate]) -> RevocationSources:
        """Return what is kept on the certificates of a path, each followed by its issuer."""
        ...


class OnlineMaterial(Struct, frozen=True):
    """What the network gave for documents to come."""

    cache: StatusSource
    certificates: tuple[Certificate, ...] = ()
    """CAs fetched, each leading to a pinned anchor."""


# --- Revocation statements for every certificate of a path

_MAX_ANSWERS = 64
"""Statements on all steps of a path; where there are more, they are worked out each time."""
_MAX_SOURCES = 100
"""Lists, responses and certificates; of a document with more of them nothing is remembered."""


def attach_revocation(path: PathFacts, sources: RevocationSources, trust: TrustStore) -> PathFacts:
    """Return the path with everything the lists and responses at hand say of its certificates.

    All statements are kept with their times, also those that don't count (`problem`): which one
    speaks of the moment in question is for the checks to say. Nothing is raised.
    """
    known = {c.sha256: c for c in sources.certificates}
    digests = [s.certificate.sha256 for s in path.steps]
    chain = [known.get(sha256) or recall(sha256, trust) for sha256 in digests]
    at_hand = of_store(trust).with_(sources)
    steps = [_step(step, chain, i, at_hand, trust) for i, step in enumerate(path.steps)]
    return replace(path, steps=tuple(steps))


def known_status(path: PathFacts, sources: RevocationSources, trust: TrustStore) -> PathFacts:
    """Return what `attach_revocation` does, worked out once per process for one path.

    A path is known by its object: `known_path` gives the same one as long as it is kept.
    """
    if len(sources.crls) + len(sources.ocsps) + len(sources.certificates) > _MAX_SOURCES:
        return attach_revocation(path, sources, trust)
    context = TrustContext.of(trust)
    question = (
        *("status", id(path)),
        *("crl", *((crl.sha256, crl.origin) for crl in sources.crls)),
        *("ocsp", *((ocsp.sha256, ocsp.origin) for ocsp in sources.ocsps)),
        *("certificate", *(c.sha256 for c in sources.certificates)),
    )
    known: tuple[PathFacts, PathFacts] | None = context.answers.get(question)
    if known is None or known[0] is not path:
        known = path, attach_revocation(path, sources, trust)
        if sum(len(step.revocation) for step in known[1].steps) <= _MAX_ANSWERS:
            context.keep(question, known)
    return known[1]


def _step(
    step: PathStep,
    chain: Sequence[Certificate | None],
    index: int,
    sources: RevocationSources,
    trust: TrustStore,
) -> PathStep:
    certificate = chain[index]
    above = [c for c in chain[index + 1 :] if c is not None]
    is_whole = len(above) == len(chain) - index - 1
    if certificate is None or not above or not is_whole:
        return step  # the anchor, or the last certificate of a path that goes no further
    others = (*sources.certificates, *_listed_issuers(certificate, trust, sources))
    return replace(step, revocation=answers(Asked(certificate, above, others), sources))


def answers(asked: Asked, sources: RevocationSources) -> tuple[RevocationAnswer, ...]:
    """Return every statement about one certificate, CRLs first."""

    def listed(question: Asked) -> list[RevocationAnswer]:
        return crl_answers(question, sources.crls)

    return (*listed(asked), *ocsp_answers(asked, sources.ocsps, listed))


def _listed_issuers(
    certificate: Certificate, trust: TrustStore, sources: RevocationSources
) -> tuple[Certificate, ...]:
    """Return the store's certificates that may have signed a list or response on their own."""
    names = {certificate.issuer_der}
    names.update(n for p in certificate.crl_distribution_points for n in p.crl_issuer)
    names.update(o.responder_name for o in sources.ocsps if o.responder_name)
    return TrustContext.of(trust).with_subjects(frozenset(names))
