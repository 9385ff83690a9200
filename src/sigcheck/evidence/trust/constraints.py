"""What RFC 5280, 6.1 asks of a path besides signatures; each breach is a named fact.

Validity and the strength of algorithms aren't judged here: the certificates carry their dates
and digests, and checks choose the moment. Name and policy constraints go to certvalidator.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.model.evidence import PathProblem, Purpose

TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
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
    """Return what a chain from end entity to anchor breaks, the end entity's own breaches first."""
    found = [p for c in chain[:-1] for p in _own(c, pinned)]
    for index, issuer in enumerate(chain[1:], 1):
        found += _as_issuer(issuer, chain[1:index])
        found += _purpose(issuer, purpose)
    return found


def needs_certvalidator(chain: Sequence[Certificate]) -> bool:
    """Say whether name or policy constraints stand in the path below the anchor."""
    return any(c.has_name_constraints or c.has_policy_constraints for c in chain[:-1])


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


def _as_issuer(issuer: Certificate, below: Sequence[Certificate]) -> Iterator[PathProblem]:
    """Yield breaches of 6.1.4 (k), (l), (m) and (n).

    NOTE: They are asked of the anchor too, as openssl does: a pinned key is pinned with its limits.
    """
    if not issuer.is_ca:
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
