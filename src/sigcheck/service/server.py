"""uvicorn around the application: listens, and finishes what runs before it stops."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from typing import ClassVar

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from sigcheck.errors import UsageError
from sigcheck.service.app import create_app
from sigcheck.service.settings import Settings
from sigcheck.service.state import State

_CONNECTIONS = 1_000
"""Open connections; the next one is turned away."""
_WAITING = 128
"""Connections the kernel keeps until they are taken."""
_IDLE_SECONDS = 15
"""From the connection, or its last answer, until the headers of a request are there."""
_WAITING_FOR_HEADERS = 256
"""Connections without a request under way; of more the one that waits longest is closed, so that
many half requests keep nobody out who sends a whole one."""


def serve(settings: Settings, listening: Callable[[str], object]) -> None:
    """Serve until SIGTERM or SIGINT, then finish running requests; `listening` gets the address.

    Raises:
        UsageError: for an address, trust store, policy or audit log that cannot be used.
    """
    app = create_app(settings)
    with _listener(settings) as listener:
        host, port, *_ = listener.getsockname()
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,  # who checked which document is nobody's business
            server_header=False,
            http=_Protocol,
            ws="none",
            timeout_keep_alive=_IDLE_SECONDS,
            limit_concurrency=_CONNECTIONS,
            # A document on its way may take its whole time, with its pages compared; what takes
            # longer is cut off.
            timeout_graceful_shutdown=round(1.5 * settings.limits.max_seconds) + 5,
            lifespan="on",
        )
        # uvicorn raises the signal again after an orderly stop; to us it has been answered.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        shown = f"[{host}]" if ":" in host else host
        state: State = app.state.service

        def ready() -> None:
            if hasattr(signal, "SIGHUP"):
                loop = asyncio.get_running_loop()
                loop.add_signal_handler(signal.SIGHUP, lambda: state.later(state.reload()))
            listening(f"http://{shown}:{port}/")

        _Server(config, ready).run([listener])


def _listener(settings: Settings) -> socket.socket:
    where = f"{settings.host}:{settings.port}"
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
        family, _, _, _, address = found[0]
        return socket.create_server(address[:2], family=family, backlog=_WAITING)
    except OSError as problem:
        raise UsageError(where, code="SERVICE-ADDRESS") from problem


class _Server(uvicorn.Server):
    """A server that says when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


class _Protocol(H11Protocol):
    """uvicorn's own, with a time limit for the headers of each request; it has none.

    Until there is a request the application is not called, so no layer of ours above could do it.
    """

    waiting: ClassVar[dict[_Protocol, asyncio.TimerHandle]] = {}
    """Connections without a request under way, those that wait longest first."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not getattr(self.cycle, "response_complete", True):  # no cycle before the first request
            self._wait_no_more()

    def on_response_complete(self) -> None:
        self._wait()
        super().on_response_complete()

    def _wait(self) -> None:
        self._wait_no_more()
        self.waiting[self] = self.loop.call_later(_IDLE_SECONDS, self.give_up)
        if len(self.waiting) > _WAITING_FOR_HEADERS:
            next(iter(self.waiting)).give_up()

    def _wait_no_more(self) -> None:
        if timer := self.waiting.pop(self, None):
            timer.cancel()

    def give_up(self) -> None:
        """Close the connection."""
        self._wait_no_more()
        self.transport.close()
