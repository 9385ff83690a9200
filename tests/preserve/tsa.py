"""A real time-stamping authority on loopback: `openssl ts` behind an HTTP server."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PKI = Path(__file__).resolve().parents[2] / "fixtures" / "pki"

_CONFIG = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
default_policy = 2.16.704.1.1.1.2
signer_digest = sha256
digests = sha256, sha384, sha512
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class Authority:
    """Answers time-stamp queries with a certificate of the test PKI, at the present time."""

    def __init__(self, folder: Path, name: str = "g2-tsa") -> None:
        """Prepare openssl's files in a folder."""
        self._folder = folder
        self._key = PKI / "keys" / f"TEST-ONLY-{name}.key.pem"
        self._certificate = folder / "tsa.pem"
        (folder / "serial").write_text("01\n", "ascii")
        (folder / "ts.cnf").write_text(_CONFIG.format(folder=folder), "ascii")
        source = str(PKI / "tsa" / f"{name}.der")
        self._openssl("x509", "-inform", "der", "-in", source, "-out", str(self._certificate))

    def answer(self, query: bytes) -> bytes:
        """Return the response to a query."""
        asked, told = self._folder / "query.tsq", self._folder / "answer.tsr"
        asked.write_bytes(query)
        self._openssl(
            "ts", "-reply", "-config", str(self._folder / "ts.cnf"), "-queryfile", str(asked),
            "-signer", str(self._certificate), "-inkey", str(self._key), "-out", str(told),
        )  # fmt: skip
        return told.read_bytes()

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)


@contextmanager
def serving(answer: Callable[[bytes], bytes]) -> Iterator[str]:
    """Serve answers to POST requests on loopback; yields the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            body = answer(query)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
