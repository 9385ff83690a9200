"""uvicorn around the application: listens, logs, and finishes what runs before it stops."""

from __future__ import annotations

from collections.abc import Callable

import uvicorn

from sigcheck.service.app import create_app
from sigcheck.service.settings import Settings

_CONNECTIONS = 1_000
"""Open connections; the next one is turned away."""
_IDLE_SECONDS = 15


class _Server(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[str], object]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        for server in getattr(self, "servers", []):
            for socket in server.sockets:
                host, port, *_ = socket.getsockname()
                self._listening(f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/")


def serve(settings: Settings, listening: Callable[[str], object]) -> bool:
    """Serve until SIGTERM or SIGINT, then finish running requests; `listening` gets each address.

    Returns whether it ever listened. Raises UsageError for what cannot be set up.
    """
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,  # addresses and file names of who checked what are nobody's business
        server_header=False,
        timeout_keep_alive=_IDLE_SECONDS,
        limit_concurrency=_CONNECTIONS,
        # A document on its way may take its whole time; what takes longer is cut off.
        timeout_graceful_shutdown=round(settings.limits.max_seconds) + 5,
        lifespan="on",
    )
    server = _Server(config, listening)
    server.run()
    return bool(server.started)
