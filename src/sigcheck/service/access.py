"""Access: API keys, limits on requests, memory and rate, host names, cross-site requests."""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import ceil
from time import monotonic
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sigcheck.service import problems
from sigcheck.service.metrics import Metrics
from sigcheck.service.problems import ProblemError, language

_MINUTE = 60.0
_CLIENTS = 10_000
"""Clients remembered; the one that was quiet longest is forgotten first."""
RETRY_SECONDS = 2
"""Seconds to wait when all places are taken: a document takes a fraction of one."""


class Hold:
    """The bytes one request keeps in memory."""

    def __init__(self, limiter: RequestLimiter) -> None:
        """Hold nothing yet."""
        self._limiter = limiter
        self.held = 0

    def take(self, count: int) -> None:
        """Hold so many bytes more; raises ProblemError BUSY when memory for documents is full."""
        if self._limiter.held + count > self._limiter.max_held:
            raise ProblemError("BUSY", retry_after=RETRY_SECONDS)
        self._limiter.held += count
        self.held += count

    def release(self) -> None:
        """Give everything back."""
        self._limiter.held -= self.held
        self._limiter.requests -= 1
        self.held = 0


class RequestLimiter:
    """Bounds the requests under way and the bytes of their documents, for the whole service."""

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


class RateLimiter:
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


# --- API keys -------------------------------------------------------------------------------------


def caller(request: Request, keys: Mapping[str, str]) -> str:
    """Return who calls: a key's holder, or an address where no keys are wanted.

    Raises:
        ProblemError: KEY-NEEDED, when a key is missing or unknown.
    """
    if not keys:
        return request.client.host if request.client else "-"
    digest = hashlib.sha256(_presented(request).encode()).hexdigest()
    holders = [name for known, name in keys.items() if hmac.compare_digest(known, digest)]
    if not holders:
        raise ProblemError("KEY-NEEDED")
    return f"key:{holders[0]}"


def _presented(request: Request) -> str:
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credential.strip()
    return request.headers.get("x-api-key", "")


# --- names and browsers ---------------------------------------------------------------------------

_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
_REPORT = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""The HTML report has its style inside and nothing else: no script may ever run in it."""
_NOTHING = "default-src 'none'; frame-ancestors 'none'"
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Around the whole application."""

    def __init__(self, app: ASGIApp, hosts: Sequence[str], metrics: Metrics) -> None:
        """Take the names to answer to, any when there are none."""
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what must not come in, and label what goes out."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def labelled(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._label(scope, message)
            await send(message)

        if problem := self._problem(scope):
            refusal = problems.response(problem, language(Request(scope)))
            await refusal(scope, receive, labelled)
        else:
            await self._app(scope, receive, labelled)

    def _problem(self, scope: Scope) -> ProblemError | None:
        headers = Headers(scope=scope)
        if self._hosts and _without_port(headers.get("host", "")) not in self._hosts:
            return ProblemError("HOST-UNKNOWN")
        # Another site's page may send a form here, though it could never read the answer.
        foreign = headers.get("sec-fetch-site") in {"cross-site", "same-site"}
        if foreign and scope["method"] not in _SAFE:
            return ProblemError("CROSS-SITE")
        return None

    def _label(self, scope: Scope, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in _ALWAYS.items():
            headers.setdefault(name, value)
        headers["Content-Security-Policy"] = _policy(scope["path"], headers)
        headers.setdefault("Cache-Control", "no-store")
        self._metrics.request(_route(scope), scope["method"][:10], message["status"])


def _policy(path: str, headers: MutableHeaders) -> str:
    # By path, not by type: a 304 has no type, and its policy takes the place of the stored one.
    if path == "/" or path.startswith("/static/"):
        return _PAGE
    return _REPORT if headers.get("content-type", "").startswith("text/html") else _NOTHING


def _route(scope: Scope) -> str:
    route: Any = scope.get("route")
    return str(getattr(route, "path", "other"))


def _without_port(host: str) -> str:
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdigit() else host.lower()
