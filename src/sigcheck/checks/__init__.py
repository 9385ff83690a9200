"""Evidence -> Outcome: one question each, pure, without I/O, clock or PDF library."""

from sigcheck.checks import (  # noqa: F401 - importing a module registers its checks
    advice,
    algorithms,
    archiving,
    changes,
    crypto,
    document,
    format,  # noqa: A004 - the block's own name
    identity,
    lasting,
    path,
    reading,
    revocation,
    time,
    timestamps,
)
from sigcheck.checks.archiving import proof_end
from sigcheck.checks.registry import Answer, Check, Scope, checks, outcomes, run

__all__ = ["Answer", "Check", "Scope", "checks", "outcomes", "proof_end", "run"]
