"""Certificate paths by key and signature, never by name alone (RFC 5280, 6.1; rule 4)."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from msgspec import Struct, field

from sigcheck.config.trust import TrustStore
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.trust import links
from sigcheck.evidence.trust.constraints import needs_certvalidator, problems
from sigcheck.evidence.trust.context import TrustContext, remember
from sigcheck.model.evidence import PathFacts, PathProblem, PathStep, Purpose, Tier
from sigcheck.model.limits import Limits

MAX_VERIFICATIONS = 100
"""Signatures verified for one path; honest paths need two or three."""
_MAX_CHAIN_BYTES = 64 * 1024
_MAX_POOL = 64
"""Certificates of a document; with more of them its paths aren't remembered."""
MAX_VISITS = 500
"""Certificates looked at for one path, remembered links included."""


def build_path(
    end: Certificate,
    pool: Sequence[Certificate],
    trust: TrustStore,
    purpose: Purpose = Purpose.SIGNING,
    limits: Limits | None = None,
) -> PathFacts:
    """Return the best path from a certificate to an anchor, or the longest and what it misses.

    `pool` is what the document carries: it may lend intermediates, and an anchor's certificate,
    but only a fingerprint in `trust` makes an anchor. Nothing is raised, whatever the input.
    """
    return _searched(end, pool, TrustContext.of(trust), purpose, limits or Limits()).facts()


def _searched(
    end: Certificate,
    pool: Sequence[Certificate],
    context: TrustContext,
    purpose: Purpose,
    limits: Limits,
) -> _Search:
    search = _Search(context, tuple(pool[: limits.max_certificates]), purpose, limits.max_chain)
    search.run(end)
    remember(search.best)
    return search


def known_path(
    end: Certificate,
    pool: Sequence[Certificate],
    trust: TrustStore,
    purpose: Purpose,
    limits: Limits,
) -> PathFacts:
    """Return what `build_path` does, built once per process: offices sign with the same keys.

    A search that came to its bounds isn't kept: how far it gets depends on the links known.
    """
    if len(pool) > _MAX_POOL:
        return build_path(end, pool, trust, purpose, limits)
    context = TrustContext.of(trust)
    question = _question(end, pool, purpose, limits)
    known: tuple[PathFacts, list[Certificate]] | None = context.answers.get(question)
    if known is not None:
        remember(known[1])
        return known[0]
    search = _searched(end, pool, context, purpose, limits)
    facts = search.facts()
    if not search.exhausted and sum(len(c.der) for c in search.best) <= _MAX_CHAIN_BYTES:
        context.keep(question, (facts, search.best))
    return facts


def _question(
    end: Certificate, pool: Sequence[Certificate], purpose: Purpose, limits: Limits
) -> Hashable:
    bounds = (limits.max_chain, limits.max_certificates)
    return ("path", end.sha256, purpose, bounds, *(c.sha256 for c in pool))


class _Search(Struct):
    """A depth-first search that stops at the first path without a flaw, or at its bounds."""

    context: TrustContext
    pool: tuple[Certificate, ...]
    purpose: Purpose
    max_chain: int
    verifications: int = 0
    visits: int = 0
    best: list[Certificate] = field(default_factory=list)
    best_rank: tuple[int, ...] = ()
    best_problems: list[PathProblem] = field(default_factory=list)
    exhausted: bool = False
    engine: str = "native"

    def run(self, end: Certificate) -> None:
        """Search from the end entity upwards."""
        self.best = [end]
        self._extend([end])

    def _extend(self, chain: list[Certificate]) -> bool:
        """Go on from the end of a chain; return whether a flawless path was found."""
        if self.context.anchor(chain[-1]) is not None:
            return self._arrive(chain)
        if not self.best_rank and len(chain) > len(self.best):
            self.best = [*chain]
        if len(chain) >= self.max_chain:
            self.exhausted = True
            return False
        return any(self._extend([*chain, issuer]) for issuer in self._issuers(chain))

    def _issuers(self, chain: list[Certificate]) -> Iterator[Certificate]:
        """Yield the certificates whose key signed the last one, the likeliest first."""
        child = chain[-1]
        met = {(c.subject_der, c.spki) for c in chain}
        for candidate in self._candidates(child):
            if (candidate.subject_der, candidate.spki) in met:
                continue  # RFC 5280, 6.1: no certificate, and here no key, occurs twice
            if not self._afford(child, candidate):
                self.exhausted = True
                return
            if links.signed_by(child, candidate):
                yield candidate

    def _afford(self, child: Certificate, issuer: Certificate) -> bool:
        self.visits += 1
        self.verifications += not links.known(child, issuer)
        return self.visits <= MAX_VISITS and self.verifications <= MAX_VERIFICATIONS

    def _candidates(self, child: Certificate) -> list[Certificate]:
        carried = [c for c in self.pool if links.same_name(child, c)]
        distinct = {c.sha256: c for c in (*self.context.named(child), *carried)}
        return sorted(distinct.values(), key=lambda issuer: self._order(child, issuer))

    def _order(self, child: Certificate, issuer: Certificate) -> tuple[float, ...]:
        """Prefer key identifiers that agree, anchors, pins, and a validity around the child's."""
        covers = issuer.not_before <= child.not_before <= issuer.not_after
        return (
            links.key_ids_agree(child, issuer) is not True,
            self.context.anchor(issuer) is None,
            issuer.sha256 not in self.context.pinned,
            not covers,
            -issuer.not_after.timestamp(),
        )

    def _arrive(self, chain: list[Certificate]) -> bool:
        """Weigh a path that reached an anchor against the best so far."""
        found = problems(chain, self.context.pinned, self.purpose)
        engine = "native"
        if needs_certvalidator(chain):
            from sigcheck.evidence.trust.certvalidator import constraint_problems

            engine = "certvalidator"
            found += constraint_problems(chain)
        anchor = self.context.anchor(chain[-1])
        fits = anchor is not None and self.purpose in anchor.purposes
        real = anchor is not None and anchor.tier is not Tier.TEST
        rank = (1, not found, fits, real, -len(chain))
        if rank > self.best_rank:
            self.best, self.best_rank = [*chain], rank
            self.best_problems, self.engine = found, engine
        return not found and fits and real

    def facts(self) -> PathFacts:
        """Describe the best path, or the dead end and what would lead on."""
        steps = tuple(self._step(c, i) for i, c in enumerate(self.best))
        if self.best_rank:
            anchor = self.context.anchor(self.best[-1])
            return PathFacts(steps, anchor, tuple(self.best_problems), engine=self.engine)
        from sigcheck.evidence.trust.dead_end import explain

        end = explain(self.best[-1], self.context, self._candidates(self.best[-1]))
        limit = [PathProblem("search-limit", self.best[0].subject)] if self.exhausted else []
        return PathFacts(
            steps,
            None,
            (*end.problems, *limit),
            missing_issuer=end.subject,
            missing_key_id=end.key_id,
            missing_urls=end.urls,
            missing_known=end.known,
        )

    def _step(self, certificate: Certificate, index: int) -> PathStep:
        is_anchor = bool(self.best_rank) and index == len(self.best) - 1
        return PathStep(
            certificate.facts(),
            revocation_exempt=is_anchor or certificate.has_ocsp_nocheck,
            pinned=certificate.sha256 in self.context.pinned,
        )
