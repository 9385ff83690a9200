"""What one document may cost: objects, expanded bytes and wall time."""

from __future__ import annotations

from time import monotonic

from sigcheck.errors import LimitExceededError
from sigcheck.model.policy import Limits

_CLOCK_EVERY = 128
"""Objects parsed between two looks at the clock: a look costs as much as a small object."""

_OVERLAP = 8
"""How often on average each byte may be read as part of an object."""
_OVERLAP_FREE = 1 << 25


class Budget:
    """Counts what reading a document costs, and stops it at its limits."""

    __slots__ = ("_deadline", "_expanded", "_objects", "_scanned", "limits")

    def __init__(self, limits: Limits) -> None:
        """Start the clock."""
        self.limits = limits
        self._deadline = monotonic() + limits.max_seconds
        self._expanded = 0
        self._objects = 0
        self._scanned = 0

    @property
    def expansion_left(self) -> int:
        """Return how many bytes streams may still expand to, in one stream and in all."""
        total = self.limits.max_total_expansion - self._expanded
        # Never below nothing: zlib takes a bound of 0 for none, and one is added to see an excess.
        return max(0, min(total, self.limits.max_stream_expansion))

    def expanded(self, size: int) -> None:
        """Count `size` decoded bytes.

        Raises LimitExceededError with LIMIT-STREAM-SIZE or LIMIT-EXPANSION.
        """
        if size > self.limits.max_stream_expansion:
            raise LimitExceededError(f"{size} bytes", code="LIMIT-STREAM-SIZE")
        self._expanded += size
        if self._expanded > self.limits.max_total_expansion:
            raise LimitExceededError(f"{self._expanded} bytes", code="LIMIT-EXPANSION")

    def scanned(self, size: int, available: int) -> None:
        """Count bytes read as objects; raises LimitExceededError with LIMIT-TIME.

        Objects of honest files do not overlap. Where the same bytes are read as many objects, one
        inside the other, time grows with the square of the file: this stops it.
        """
        self._scanned += size
        if self._scanned > _OVERLAP * (available + self._expanded) + _OVERLAP_FREE:
            raise LimitExceededError("overlapping objects", code="LIMIT-TIME")

    def parsed(self, size: int = 0, available: int = 0) -> None:
        """Count one parsed object, and its bytes as `scanned` does.

        Raises LimitExceededError with LIMIT-TIME.
        """
        self._objects += 1
        if not self._objects % _CLOCK_EVERY:
            self.check_time()
        self._scanned += size
        if self._scanned > _OVERLAP_FREE:
            self.scanned(0, available)

    def check_time(self) -> None:
        """Look at the clock; raises LimitExceededError with LIMIT-TIME."""
        if monotonic() > self._deadline:
            raise LimitExceededError(f"{self.limits.max_seconds} s", code="LIMIT-TIME")
