"""The certificate store of NSS, which pdfsig looks issuers up in, holding one trust folder."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

WORK = Path(__file__).resolve().parent.parent / "work"


@cache
def store(trust: Path) -> Path:
    """Return a store that trusts the folder's roots and knows its other certificates and CRLs."""
    made = WORK / f"nss-{trust.name}"
    if not trust.is_dir():  # a name that stands for a folder: nothing is made for it
        return made
    shutil.rmtree(made, ignore_errors=True)  # the PKI may have been made anew meanwhile
    made.mkdir(parents=True)
    _run("certutil", made, "-N", "--empty-password")
    for path in sorted(trust.glob("*.pem")):
        root = _is_root(path)
        _run(
            "certutil",
            made,
            "-A",
            "-a",
            "-n",
            path.stem,
            "-t",
            "C,C,C" if root else ",,",
            "-i",
            path,
        )
    for path in sorted(trust.glob("*.crl")):
        # A list of an issuer it doesn't know, or another encoding: pdfsig would not have it either.
        _run("crlutil", made, "-I", "-i", path, check=False)
    return made


def _run(program: str, made: Path, *arguments: str | Path, check: bool = True) -> None:
    command = [program, "-d", f"sql:{made}", *map(str, arguments)]
    subprocess.run(command, check=check, capture_output=True)


def _is_root(path: Path) -> bool:
    from cryptography import x509

    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return certificate.subject == certificate.issuer
