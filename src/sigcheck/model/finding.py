"""The answer of one check, and the finding it becomes under a policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum, StrEnum

from msgspec import Struct, field

from sigcheck.model.indication import Indication, SubIndication

FactValue = str | int | float | bool | None | tuple[str, ...]
"""What a finding may carry as a fact: plain values that survive JSON."""


class Block(IntEnum):
    """Building blocks of EN 319 102-1, in the order in which they speak for a signature.

    NOTE: The standard runs format checking first; here a broken digest speaks before it, because
    "the signed bytes were changed" is the stronger news when a rewritten file breaks both.
    """

    CRYPTO = 1
    """Cryptographic verification: digest, then signature value (5.2.7)."""
    FORMAT = 2
    """Format checking and the byte layer (5.2.2)."""
    CHANGES = 3
    """What later revisions did to the signed document (ISO 32000-2, 12.8.2)."""
    IDENTITY = 4
    """Identification of the signing certificate (5.2.3)."""
    PATH = 5
    """X.509 certificate validation: path, constraints, validity (5.2.6)."""
    REVOCATION = 6
    """Revocation freshness and status (5.2.5, 5.2.6)."""
    TIME = 7
    """Time-stamps and proof of existence (5.4, 5.5, 5.6)."""
    ACCEPTANCE = 8
    """Signature acceptance: algorithms, attributes (5.2.8)."""
    ADVISORY = 9
    """Advice to the clerk: never more than a note or a warning."""


class Status(StrEnum):
    """How a check answered its question."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not-applicable"
    CRASHED = "crashed"
    """The check itself failed to answer: never a pass."""


class Level(StrEnum):
    """What a policy makes of a check that failed."""

    FAIL = "fail"
    """The finding decides, with the sub-indication of its check."""
    INDETERMINATE = "indeterminate"
    """The finding decides, but never worse than INDETERMINATE."""
    WARN = "warn"
    NOTE = "note"
    SKIP = "skip"


class Outcome(Struct, frozen=True):
    """One check's answer and the numbers behind it."""

    status: Status
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    fails_as: SubIndication | None = None
    """Set where the facts choose between two sub-indications of the same check."""


PASSED = Outcome(Status.PASSED)
NOT_APPLICABLE = Outcome(Status.NOT_APPLICABLE)


def passed(**facts: FactValue) -> Outcome:
    """Answer yes, with the facts a reader may want to see."""
    return Outcome(Status.PASSED, facts)


def failed(fails_as: SubIndication | None = None, /, **facts: FactValue) -> Outcome:
    """Answer no, with the facts that explain why."""
    return Outcome(Status.FAILED, facts, fails_as)


class Finding(Struct, frozen=True):
    """A check's outcome weighed by a policy."""

    code: str
    block: Block
    level: Level
    outcome: Outcome
    sub_indication: SubIndication | None
    """What the finding makes of the signature when it decides; None for a crashed check."""
    softened_by: str | None = None
    """The tool or agency profile that lowered the level, if any."""

    @property
    def unanswered(self) -> bool:
        """Say whether the check failed or crashed."""
        return self.outcome.status in _UNANSWERED

    @property
    def decides(self) -> bool:
        """Say whether this finding keeps the signature from passing."""
        return self.level in _DECIDING and self.outcome.status in _UNANSWERED

    @property
    def indication(self) -> Indication:
        """Return the indication this finding leads to when it decides."""
        return self.sub_indication.indication if self.sub_indication else Indication.INDETERMINATE


_UNANSWERED = (Status.FAILED, Status.CRASHED)
_DECIDING = (Level.FAIL, Level.INDETERMINATE)


def unanswered(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings whose check failed or crashed."""
    return [f for f in findings if f.outcome.status in _UNANSWERED]


def deciding(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that decide."""
    # Asked of every finding of every signature: `decides` in place saves two calls for each.
    return [f for f in findings if f.outcome.status in _UNANSWERED and f.level in _DECIDING]


_ASKED_TOO_EARLY = "TM-CHECK-AFTER-SIGNING"
"""Whatever else is open may follow from that (design, rule 5)."""
_REVOKED = (SubIndication.REVOKED_NO_POE, SubIndication.REVOKED_CA_NO_POE)


def order(finding: Finding) -> tuple[int, bool]:
    """Order findings of one gravity: by block, a revocation before an expiry (5.2.6.4, step 2)."""
    if finding.code == _ASKED_TOO_EARLY:
        return 0, False
    if finding.sub_indication in _REVOKED:
        return Block.PATH, False
    return finding.block, True
