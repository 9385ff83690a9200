"""uvicorn around the application: listens, and finishes what runs before it stops."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable

import uvicorn

from sigcheck.errors import UsageError
from sigcheck.service.app import create_app
from sigcheck.service.settings import Settings

_CONNECTIONS = 1_000
"""Open connections; the next one is turned away."""
_WAITING = 128
"""Connections the kernel keeps until they are taken."""
_IDLE_SECONDS = 15


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
        _Server(config, lambda: listening(f"http://{shown}:{port}/")).run([listener])


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
