"""Access: API keys, limits on requests, memory and rate, host names, cross-site requests."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from math import ceil
from time import monotonic
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sigcheck.log import INFO, log
from sigcheck.service import problems
from sigcheck.service.metrics import Metrics
from sigcheck.service.problems import ProblemError, language

_MINUTE = 60.0
_CLIENTS = 10_000
"""Clients remembered; the one that was quiet longest is forgotten first."""
_GRACE_SECONDS = 0.1
"""For a body to arrive before its place may be somebody else's."""
RETRY_SECONDS = 2
"""Seconds to wait when all places are taken: a document takes a fraction of one."""


class Hold:
    """The place of one request, and the bytes it keeps in memory."""

    def __init__(self, limiter: RequestLimiter, client: str) -> None:
        """Hold nothing yet."""
        self._limiter = limiter
        self._client = client
        self.held = 0
        self.since = monotonic()
        self.arriving: asyncio.Timeout | None = None
        """The time limit of the body, while it arrives."""

    @property
    def rate(self) -> float:
        """Bytes a second at which the body arrives."""
        return self.held / max(monotonic() - self.since, 1e-3)

    def take(self, count: int) -> None:
        """Hold so many bytes more; raises ProblemError BUSY when memory for documents is full."""
        if self._limiter.held + count > self._limiter.max_held:
            raise ProblemError("BUSY", retry_after=RETRY_SECONDS)
        self._limiter.held += count
        self.held += count

    def release(self) -> None:
        """Give everything back."""
        limiter = self._limiter
        limiter.holds.discard(self)
        limiter.held -= self.held
        limiter.clients[self._client] -= 1
        if not limiter.clients[self._client]:
            del limiter.clients[self._client]
        self.held = 0


class RequestLimiter:
    """Bounds the requests under way and the bytes of their documents, for the whole service."""

    def __init__(self, max_requests: int, max_client: int, max_held: int) -> None:
        """Take the bounds; `max_client` is that of one client."""
        self.max_requests = max_requests
        self.max_client = max_client
        self.max_held = max_held
        self.clients: Counter[str] = Counter()
        """Requests under way, by client."""
        self.holds: set[Hold] = set()
        self.held = 0

    @property
    def requests(self) -> int:
        """Requests under way."""
        return self.clients.total()

    @property
    def full(self) -> bool:
        """Whether no place is free."""
        return self.requests >= self.max_requests

    def enter(self, client: str) -> Hold:
        """Return a hold that somebody must release; raises ProblemError BUSY when all are taken.

        Where all are taken, the slowest body on its way loses its place (UPLOAD-TOO-SLOW).
        """
        if self.clients[client] >= self.max_client or (self.full and not self._evicted()):
            raise ProblemError("BUSY", retry_after=RETRY_SECONDS)
        self.clients[client] += 1
        self.holds.add(hold := Hold(self, client))
        return hold

    def _evicted(self) -> bool:
        """End the time of the body that arrives slowest; return whether there was one."""
        now = monotonic()
        slow = [h for h in self.holds if h.arriving and now - h.since > _GRACE_SECONDS]
        if not slow:
            return False
        slowest = min(slow, key=lambda hold: hold.rate)
        if slowest.arriving is not None:
            slowest.arriving.reschedule(0)
            slowest.arriving = None
        return True

    @contextmanager
    def request(self, client: str) -> Iterator[Hold]:
        """Hold for the time of a block."""
        hold = self.enter(client)
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
_LINGERING = frozenset({400, 401, 403, 406, 413, 415, 422, 429, 503})
"""Answers that may come before the body has; who is too slow (408) is not waited for."""
_LINGER_SECONDS, _QUIET_SECONDS = 10.0, 1.0
"""For a refused body in all, and for each piece of it."""
_READ_SECONDS = 60.0
"""For a client to take a piece of its answer."""


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
        body = _Body(scope, receive)
        refused = False

        async def answer(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start":
                self._label(scope, message)
                refused = message["status"] in _LINGERING
            elif refused and not message.get("more_body") and body.is_on_its_way:
                # All of the answer is sent, and the connection still open for what comes in.
                await self._send(send, {**message, "more_body": True})
                await body.discard()
                message = {"type": "http.response.body"}
            await self._send(send, message)

        problem = self._problem(scope)
        try:
            if problem:
                refusal = problems.response(problem, language(Request(scope)))
                await refusal(scope, body.receive, answer)
            else:
                await self._app(scope, body.receive, answer)
        except _SlowReaderError:
            log(INFO, "a client did not read its answer")

    @staticmethod
    async def _send(send: Send, message: Message) -> None:
        try:
            async with asyncio.timeout(_READ_SECONDS):
                await send(message)
        except TimeoutError:
            raise _SlowReaderError from None

    def _problem(self, scope: Scope) -> ProblemError | None:
        headers = Headers(scope=scope)
        if self._hosts and _without_port(headers.get("host", "")) not in self._hosts:
            return ProblemError("HOST-UNKNOWN")
        # Another site's page may send a form here, though it could never read the answer.
        if scope["method"] not in _SAFE and _is_foreign(headers):
            return ProblemError("CROSS-SITE")
        return None

    def _label(self, scope: Scope, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in _ALWAYS.items():
            headers.setdefault(name, value)
        headers["Content-Security-Policy"] = _policy(scope["path"], headers)
        headers.setdefault("Cache-Control", "no-store")
        self._metrics.request(_route(scope), scope["method"][:10], message["status"])


class _SlowReaderError(Exception):
    """A client takes nothing of its answer."""


class _Body:
    """The body of a request, as far as somebody has received it.

    To close a connection with unread bytes resets it, and the client never sees why it was refused
    (RFC 9112, 9.6); so a refused body is received, and thrown away, for a while.
    """

    def __init__(self, scope: Scope, receive: Receive) -> None:
        headers = Headers(scope=scope)
        self._receive = receive
        self._left = has_body(headers)
        self._asks = headers.get("expect", "").lower() == "100-continue"

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            self._left = False
        self._asks = False
        return message

    @property
    def is_on_its_way(self) -> bool:
        """Whether more will come: a client that asked first, and got no answer, sends nothing."""
        return self._left and not self._asks

    async def discard(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                while self._left:
                    async with asyncio.timeout(_QUIET_SECONDS):
                        await self.receive()


def has_body(headers: Headers) -> bool:
    """Say whether a request announces a body (RFC 9112, 6.3)."""
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _is_foreign(headers: Headers) -> bool:
    """Say whether the page of another site sends a request.

    Browsers say so by Sec-Fetch-Site, but not to an address without TLS; there by Origin alone.
    """
    if (site := headers.get("sec-fetch-site")) is not None:
        return site in {"cross-site", "same-site"}
    origin = headers.get("origin")
    return (
        origin is not None and origin.partition("://")[2].lower() != headers.get("host", "").lower()
    )


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
