"""A time-stamping authority on loopback: openssl's, behind a door of HTTP."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fetch.server import Handler, Server, serving

PKI = Path(__file__).resolve().parents[2] / "fixtures" / "pki"
_CONFIG = """
[tsa]
dir = {folder}
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
certs = {folder}/tsa.pem
signer_key = {key}
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""
_REPLY = "openssl ts -reply -config tsa.cnf -section tsa -queryfile request.tsq -out reply.tsr"
_VERIFY = (
    "openssl ts -verify -token_in -in token.tst -data stamped -CAfile root.pem -untrusted sub.pem"
)


@contextmanager
def authority(folder: Path, *, broken: bool = False) -> Iterator[Server]:
    """Serve RFC 3161 requests at /tsa; `broken` answers every question but the one asked."""
    pem = subprocess.run(
        ["openssl", "x509", "-inform", "DER", "-in", str(PKI / "tsa" / "g2-tsa.der")],
        check=True,
        capture_output=True,
    ).stdout
    (folder / "tsa.pem").write_bytes(pem)
    (folder / "serial").write_text("01\n")
    key = PKI / "keys" / "TEST-ONLY-g2-tsa.key.pem"
    (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder, key=key))

    def answer(handler: Handler) -> None:
        asked = folder / "request.tsq"
        if broken and asked.exists():
            body = (folder / "reply.tsr").read_bytes()
        else:
            asked.write_bytes(handler.body)
            _reply(folder)
            body = (folder / "reply.tsr").read_bytes()
        handler.reply(body, Content_Type="application/timestamp-reply")

    with serving({"/tsa": answer}) as server:
        yield server


def _reply(folder: Path) -> None:
    subprocess.run(
        shlex.split(_REPLY),
        check=True,
        capture_output=True,
        cwd=folder,
    )


def openssl_accepts(token: bytes, data: bytes, folder: Path) -> bool:
    """Say whether `openssl ts -verify` takes a token over these bytes."""
    (folder / "token.tst").write_bytes(token)
    (folder / "stamped").write_bytes(data)
    root, sub = folder / "root.pem", folder / "sub.pem"
    for source, target in (("roots/g2-root", root), ("intermediates/g2-sub", sub)):
        found = subprocess.run(
            ["openssl", "x509", "-inform", "DER", "-in", str(PKI / f"{source}.der")],
            check=True,
            capture_output=True,
        )
        target.write_bytes(found.stdout)
    done = subprocess.run(
        shlex.split(_VERIFY),
        check=False,
        capture_output=True,
        cwd=folder,
    )
    return done.returncode == 0
