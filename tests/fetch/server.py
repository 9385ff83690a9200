"""A loopback HTTP server whose manners each test chooses."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """One request; what happens stands in the server's table."""

    server: Server

    def do_GET(self) -> None:
        """Do what the table says for this path."""
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append(f"{self.command} {self.path}")
        answer = self.server.answers.get(self.path.partition("?")[0])
        if answer is None:
            self.send_error(404)
        else:
            answer(self)

    do_POST = do_GET  # noqa: N815 - the name http.server looks for

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def reply(self, body: bytes, status: int = 200, /, **headers: str) -> None:
        """Send a whole answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers and "Transfer_Encoding" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """A server with a table of answers and a list of what it was asked."""

    daemon_threads = True
    answers: dict[str, Answer]
    asked: list[str]

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what many tests want."""


@contextmanager
def serving(answers: dict[str, Answer] | None = None) -> Iterator[Server]:
    """Serve on loopback until the block ends."""
    server = Server(("127.0.0.1", 0), Handler)
    server.answers, server.asked = answers or {}, []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def body(data: bytes, **headers: str) -> Answer:
    """Return the answer that sends these bytes."""
    return lambda handler: handler.reply(data, **headers)


def redirect(location: str, status: int = 302) -> Answer:
    """Return the answer that points elsewhere."""
    return lambda handler: handler.reply(b"", status, Location=location)


def numeric_lookups() -> Callable[..., Any]:
    """Return the C library's resolver, for numbers: the suite's guard stops all that aren't local.

    It knows spellings such as 0x7f000001 and 127.1, which no list of ours would.
    """
    import _socket

    def look_up(host: str, port: int, *_: object, **__: object) -> Any:
        return _socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)

    return look_up


@dataclass
class RawServer:
    """A listener that answers with bytes that no HTTP library would send."""

    act: Callable[[socket.socket], None]
    port: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[str]:
        """Accept one connection and act on it; yield the address."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
            thread = threading.Thread(target=self._serve, args=(listener,), daemon=True)
            thread.start()
            yield f"http://127.0.0.1:{self.port}/x"
        thread.join(5)

    def _serve(self, listener: socket.socket) -> None:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            try:
                connection.recv(65536)
                self.act(connection)
            except OSError:
                return
