"""The uncommon route: name and policy constraints by pyhanko_certvalidator (RFC 5280, 6.1).

Imported only by a path that carries such constraints: it costs a tenth of a second.
"""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import x509
from pyhanko_certvalidator.authority import CertTrustAnchor
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.validate import async_validate_path

from sigcheck.errors import FAULTS
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.model.evidence import PathProblem

_CODES = (
    ("name constraint", "name-constraints"),
    ("permitted", "name-constraints"),
    ("excluded", "name-constraints"),
    ("polic", "policy-constraints"),
)


def constraint_problems(chain: Sequence[Certificate]) -> list[PathProblem]:
    """Return what certvalidator finds wrong with a path; what it can't judge is a problem too."""
    moment = _common_moment(chain)
    subject = chain[0].subject
    if moment is None:
        return [PathProblem("constraints-unchecked", subject, "the validities do not overlap")]
    try:
        _finish(async_validate_path(_context(chain, moment), _path(chain)))
    except (PathError, ValidationError) as problem:
        text = str(problem)
        code = next((code for word, code in _CODES if word in text.lower()), "constraints")
        return [PathProblem(code, subject, text[:200])]
    except FAULTS as problem:  # its parser, on hostile extensions
        return [PathProblem("constraints-unchecked", subject, type(problem).__name__)]
    return []


def _common_moment(chain: Sequence[Certificate]) -> datetime | None:
    """Return a moment at which the whole path was in force: dates are judged elsewhere."""
    begin = max(c.not_before for c in chain)
    end = min(c.not_after for c in chain)
    return begin + timedelta(seconds=1) if begin < end else None


def _context(chain: Sequence[Certificate], moment: datetime) -> ValidationContext:
    # NOTE: SHA-1 links are allowed here because the policy judges algorithms with their dates.
    return ValidationContext(
        trust_roots=[x509.Certificate.load(chain[-1].der)],
        moment=moment,
        allow_fetching=False,
        revocation_mode="soft-fail",
        weak_hash_algos=set(),
    )


def _path(chain: Sequence[Certificate]) -> ValidationPath:
    leaf, *intermediates, root = (x509.Certificate.load(c.der) for c in chain)
    return ValidationPath(
        CertTrustAnchor(root, derive_default_quals_from_cert=True), reversed(intermediates), leaf
    )


def _finish(steps: Coroutine[Any, Any, object]) -> None:
    """Run a coroutine that never waits, also inside somebody's event loop."""
    try:
        steps.send(None)
    except StopIteration:
        return
    steps.close()
    raise RuntimeError("certvalidator waited for something")
