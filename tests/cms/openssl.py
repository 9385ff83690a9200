"""openssl as the outside world: keys, CMS objects and tokens that our code had no hand in."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="no openssl here")

_KEYS = {
    "rsa": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
    "pss": ("-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"),
    "ec": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
    "ec384": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"),
    "ed25519": ("-algorithm", "ED25519"),
    "ed448": ("-algorithm", "ED448"),
    "dsa": ("-algorithm", "DSA"),
}


@dataclass(frozen=True)
class Signer:
    """A key and its self-signed certificate, as files."""

    key: Path
    certificate: Path

    @property
    def der(self) -> bytes:
        """The certificate's bytes."""
        return run("x509", "-in", self.certificate, "-outform", "DER")


def run(*arguments: str | Path, stdin: bytes = b"") -> bytes:
    """Run openssl and return what it wrote; skip the test when it is not installed."""
    if OPENSSL is None:
        pytest.skip("no openssl here")
    done = subprocess.run(
        [OPENSSL, *map(str, arguments)], input=stdin, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def make_signer(folder: Path, kind: str, *extensions: str, name: str = "Signer") -> Signer:
    """Make a key and a self-signed certificate."""
    folder.mkdir(parents=True, exist_ok=True)
    key, certificate = folder / f"{kind}.key", folder / f"{kind}.pem"
    if kind == "dsa":
        parameters = folder / "dsa.param"
        run("genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt", "dsa_paramgen_bits:2048",
            "-pkeyopt", "dsa_paramgen_q_bits:256", "-out", parameters)  # fmt: skip
        run("genpkey", "-paramfile", parameters, "-out", key)
    else:
        run("genpkey", *_KEYS[kind], "-out", key)
    added = [part for extension in extensions for part in ("-addext", extension)]
    run("req", "-new", "-x509", "-key", key, "-out", certificate, "-days", "30",
        "-subj", f"/C=VN/O=Test/CN={name}", *added)  # fmt: skip
    return Signer(key, certificate)


def sign(signer: Signer, content: Path, *options: str) -> bytes:
    """Sign a file and return the CMS object."""
    return run("cms", "-sign", "-binary", "-in", content, "-signer", signer.certificate,
               "-inkey", signer.key, "-outform", "DER", *options)  # fmt: skip
