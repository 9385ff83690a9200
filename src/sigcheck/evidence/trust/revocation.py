"""Revocation statements for every certificate of a path (EN 319 102-1, 5.2.6.4; RFC 5280, 6.3)."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from sigcheck.config.trust import TrustStore
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.trust.context import TrustContext, recall
from sigcheck.evidence.trust.crl_answers import Asked, crl_answers
from sigcheck.evidence.trust.ocsp_answers import ocsp_answers
from sigcheck.evidence.trust.sources import RevocationSources, of_store
from sigcheck.model.evidence import PathFacts, PathStep, RevocationAnswer

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
