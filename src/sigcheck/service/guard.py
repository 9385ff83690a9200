"""For every request: by which name we are called, from where, and what browsers may do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sigcheck.service import problems
from sigcheck.service.metrics import Metrics
from sigcheck.service.parameters import language
from sigcheck.service.problems import ProblemError

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
