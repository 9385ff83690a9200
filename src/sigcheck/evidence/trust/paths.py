"""Certificate paths by key and signature, never by name alone (RFC 5280, 6.1; rule 4)."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from msgspec import Struct, field

from sigcheck.config.pins import Role
from sigcheck.config.trust import TrustStore
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.cms.extensions import TIME_STAMPING
from sigcheck.evidence.cms.names import folded
from sigcheck.evidence.cms.signature_check import verify_signature
from sigcheck.evidence.trust.context import TrustContext, remember
from sigcheck.model.evidence import PathFacts, PathProblem, PathStep, Purpose, Tier
from sigcheck.model.policy import Limits

MAX_CACHED = 20_000
"""Pairs remembered; each costs some 200 bytes."""

_LINKS: dict[tuple[str, str], bool] = {}


def same_name(child: Certificate, issuer: Certificate) -> bool:
    """Say whether the issuer's subject is the child's issuer name (RFC 5280, 7.1)."""
    if child.issuer_der == issuer.subject_der:
        return True
    names = child.issuer_attributes
    return bool(names) and folded(names) == folded(issuer.subject_attributes)


def known(child: Certificate, issuer: Certificate) -> bool:
    """Say whether this pair has been verified before, so that asking again costs nothing."""
    return (child.sha256, issuer.sha256) in _LINKS


def signed_by(child: Certificate, issuer: Certificate) -> bool:
    """Say whether the issuer's key made the child's signature (RFC 5280, 6.1.3 (a)(1)).

    SHA-1 verifies here: whether it is still good enough is the policy's business.
    """
    pair = (child.sha256, issuer.sha256)
    answer = _LINKS.get(pair)
    if answer is None:
        answer = verify_signature(
            issuer.public_key(),
            child.signature_oid,
            child.signature_params,
            child.signature,
            child.tbs,
        )
        if len(_LINKS) >= MAX_CACHED:
            _LINKS.clear()
        _LINKS[pair] = answer
    return answer


def issued_by(child: Certificate, issuer: Certificate) -> bool:
    """Say whether name and signature of a certificate are those of this issuer."""
    return same_name(child, issuer) and signed_by(child, issuer)


def key_ids_agree(child: Certificate, issuer: Certificate) -> bool | None:
    """Compare authority and subject key identifier; None where one of them is absent."""
    if not child.aki_key_id or not issuer.ski:
        return None
    return child.aki_key_id == issuer.ski


# --- What RFC 5280, 6.1 asks of a path besides signatures; each breach is a named fact

ANY_USAGE = "2.5.29.37.0"
_NOT_FOR_SIGNING = frozenset(
    {
        TIME_STAMPING,
        "1.3.6.1.5.5.7.3.1",  # serverAuth
        "1.3.6.1.5.5.7.3.3",  # codeSigning
        "1.3.6.1.5.5.7.3.9",  # OCSPSigning
    }
)
_DECISIVE = tuple(f"2.5.29.{arc}:" for arc in (15, 19, 30, 33, 36, 37, 54))
"""Extensions that limit a path: one that can't be read may have forbidden it."""


def problems(
    chain: Sequence[Certificate], pinned: frozenset[str], purpose: Purpose
) -> list[PathProblem]:
    """Return what a chain from end entity to anchor breaks, the end entity's own breaches first.

    The anchor's critical extensions hold as well (RFC 5937): a key is pinned with its limits.
    """
    found = [p for c in chain for p in _own(c, pinned)]
    for index, issuer in enumerate(chain[1:], 1):
        found += _as_issuer(issuer, chain[1:index], vouched=issuer.sha256 in pinned)
        found += _purpose(issuer, purpose)
    return found


def needs_certvalidator(chain: Sequence[Certificate]) -> bool:
    """Say whether name or policy constraints stand in the path, the anchor's included."""
    return any(c.has_name_constraints or c.has_policy_constraints for c in chain)


def _own(certificate: Certificate, pinned: frozenset[str]) -> Iterator[PathProblem]:
    """Yield breaches of the certificate itself (RFC 5280, 6.1.4 (o), 6.1.5 (f))."""
    subject = certificate.subject
    for identifier in certificate.critical_unknown:
        yield PathProblem("unknown-critical-extension", subject, identifier)
    for problem in certificate.extension_problems:
        if problem.startswith((*_DECISIVE, "extensions")):
            yield PathProblem("extension-unreadable", subject, problem)
    if "algorithms differ" in certificate.problem and certificate.sha256 not in pinned:
        yield PathProblem("signature-algorithm", subject, certificate.problem)


def _as_issuer(
    issuer: Certificate, below: Sequence[Certificate], *, vouched: bool
) -> Iterator[PathProblem]:
    """Yield breaches of 6.1.4 (k), (l), (m) and (n).

    NOTE: They are asked of the anchor too, as openssl does: a pinned key is pinned with its limits.
    A certificate of version 1 cannot say that it is a CA's: whoever pinned it has (6.1.4 (k)).
    """
    if not issuer.is_ca and not (vouched and issuer.is_old):
        yield PathProblem("not-a-ca", issuer.subject)
    if issuer.key_usage is not None and "key_cert_sign" not in issuer.key_usage:
        yield PathProblem("key-usage", issuer.subject, "keyCertSign")
    depth = sum(1 for c in below if not c.self_issued)
    if issuer.path_len is not None and depth > issuer.path_len:
        yield PathProblem("path-length", issuer.subject, f"{depth} > {issuer.path_len}")


def _purpose(issuer: Certificate, purpose: Purpose) -> Iterator[PathProblem]:
    """Yield a CA whose extended key usage rules the purpose out.

    RFC 5280 doesn't nest extended key usages, everybody else does, and NEAC's own time-stamping
    root relies on it.
    """
    usages = {*(issuer.eku or ())}
    if not usages or ANY_USAGE in usages:
        return
    fits = TIME_STAMPING in usages if purpose is Purpose.TIMESTAMPING else usages - _NOT_FOR_SIGNING
    if not fits:
        yield PathProblem("extended-key-usage", issuer.subject, " ".join(sorted(usages)))


# --- Why a path went no further: what is missing, and whether somebody used a known CA's name


class DeadEnd(Struct, frozen=True):
    """The last certificate's issuer as far as it is known; names are untrusted text."""

    problems: tuple[PathProblem, ...]
    subject: str = ""
    key_id: str = ""
    urls: tuple[str, ...] = ()
    known: bool = False
    unpublished: bool = False


def explain(last: Certificate, context: TrustContext, candidates: Sequence[Certificate]) -> DeadEnd:
    """Describe the end of a path that reached no anchor."""
    forged = _forged(last, context, candidates)
    if last.self_issued and signed_by(last, last):
        # A root nobody pinned: nothing is missing, somebody would have to trust it.
        return DeadEnd((forged or PathProblem("untrusted-root", last.subject),))
    key_id = last.aki_key_id.hex()
    pin = context.pin_by_key(key_id)
    urls = dict.fromkeys((*((pin.url,) if pin and pin.url else ()), *last.ca_issuers_urls))
    missing = PathProblem("issuer-missing", last.issuer, key_id)
    return DeadEnd(
        (forged or missing,),
        last.issuer,
        key_id,
        tuple(urls),
        known=bool(pin and pin.url),
        unpublished=pin is not None and pin.role is Role.MISSING,
    )


def _forged(
    last: Certificate, context: TrustContext, candidates: Sequence[Certificate]
) -> PathProblem | None:
    """Return the breach of a certificate that names a known CA whose key never signed it.

    NOTE: A CA that changed its key and kept its name looks the same while its new certificate is
    missing; the detail says whether the key identifiers differ, so that words can be careful.
    """
    trusted = [c for c in candidates if _known(c, context)]
    named = [c for c in trusted if same_name(last, c) and not signed_by(last, c)]
    if not named:
        return None
    agree = any(key_ids_agree(last, c) for c in named)
    detail = "same-key-id" if agree else "other-key-id"
    return PathProblem("forged-issuer-name", last.issuer, detail)


def _known(certificate: Certificate, context: TrustContext) -> bool:
    sha256 = certificate.sha256
    return sha256 in context.trust.certificates or sha256 in context.pinned


# --- Certificate paths by key and signature, never by name alone

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

    `pool` is what the document carries: it may bring intermediates, and an anchor's certificate,
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
            if signed_by(child, candidate):
                yield candidate

    def _afford(self, child: Certificate, issuer: Certificate) -> bool:
        self.visits += 1
        self.verifications += not known(child, issuer)
        return self.visits <= MAX_VISITS and self.verifications <= MAX_VERIFICATIONS

    def _candidates(self, child: Certificate) -> list[Certificate]:
        carried = [c for c in self.pool if same_name(child, c)]
        distinct = {c.sha256: c for c in (*self.context.named(child), *carried)}
        return sorted(distinct.values(), key=lambda issuer: self._order(child, issuer))

    def _order(self, child: Certificate, issuer: Certificate) -> tuple[float, ...]:
        """Prefer key identifiers that agree, anchors, pins, and a validity around the child's."""
        covers = issuer.not_before <= child.not_before <= issuer.not_after
        return (
            key_ids_agree(child, issuer) is not True,
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

        end = explain(self.best[-1], self.context, self._candidates(self.best[-1]))
        limit = PathProblem("search-limit", self.best[0].subject, str(self.max_chain))
        return PathFacts(
            steps,
            None,
            (*end.problems, *([limit] if self.exhausted else [])),
            missing_issuer=end.subject,
            missing_key_id=end.key_id,
            missing_urls=end.urls,
            missing_known=end.known,
            missing_unpublished=end.unpublished,
        )

    def _step(self, certificate: Certificate, index: int) -> PathStep:
        is_anchor = bool(self.best_rank) and index == len(self.best) - 1
        return PathStep(
            certificate.facts(),
            # id-pkix-ocsp-nocheck exempts OCSP responders only (RFC 6960, 4.2.2.2.1): no step here.
            revocation_exempt=is_anchor,
            pinned=certificate.sha256 in self.context.pinned,
        )
