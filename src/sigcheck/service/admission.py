"""Who gets in: how many requests at once, how many bytes in memory, how many documents a minute."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from time import monotonic

from sigcheck.service.problems import ProblemError

_MINUTE = 60.0
_CLIENTS = 10_000
"""Clients remembered; the one that was quiet longest is forgotten first."""
RETRY_SECONDS = 2
"""Seconds to wait when all places are taken: a document takes a fraction of one."""


class Hold:
    """The bytes one request keeps in memory."""

    def __init__(self, admission: Admission) -> None:
        """Hold nothing yet."""
        self._admission = admission
        self.held = 0

    def take(self, count: int) -> None:
        """Hold so many bytes more; raises ProblemError BUSY when memory for documents is full."""
        if self._admission.held + count > self._admission.max_held:
            raise ProblemError("BUSY", retry_after=RETRY_SECONDS)
        self._admission.held += count
        self.held += count

    def release(self) -> None:
        """Give everything back."""
        self._admission.held -= self.held
        self._admission.requests -= 1
        self.held = 0


class Admission:
    """Counts requests and bytes of the whole service."""

    def __init__(self, max_requests: int, max_held: int) -> None:
        """Take the bounds."""
        self.max_requests = max_requests
        self.max_held = max_held
        self.requests = 0
        self.held = 0

    def enter(self) -> Hold:
        """Return a hold that somebody must release; raises ProblemError BUSY when all are taken."""
        if self.requests >= self.max_requests:
            raise ProblemError("BUSY", retry_after=RETRY_SECONDS)
        self.requests += 1
        return Hold(self)

    @contextmanager
    def request(self) -> Iterator[Hold]:
        """Hold for the time of a block."""
        hold = self.enter()
        try:
            yield hold
        finally:
            hold.release()


class Rate:
    """So many documents a minute from each client, saved up for a minute at most."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        """Take the rate; 0 lets everything pass."""
        self.per_minute = per_minute
        self._clock = clock
        self._clients: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def count(self, client: str, documents: int = 1) -> None:
        """Count documents of a client; raises ProblemError RATE beyond what it may have."""
        if not self.per_minute:
            return
        now = self._clock()
        left, then = self._clients.pop(client, (float(self.per_minute), now))
        left = min(self.per_minute, left + (now - then) * self.per_minute / _MINUTE)
        enough = left >= documents
        self._clients[client] = (left - documents if enough else left, now)
        if len(self._clients) > _CLIENTS:
            self._clients.popitem(last=False)
        if not enough:
            wait = ceil((documents - left) * _MINUTE / self.per_minute)
            raise ProblemError("RATE", retry_after=wait, limit=self.per_minute)
