"""What a cold `sigcheck verify` does without: each of these costs milliseconds (docs/adr/0004)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SPARED = (
    "argparse",
    "base64",
    "concurrent.futures",
    "cryptography.hazmat.primitives.serialization",
    "cryptography.x509",
    "dataclasses",
    "encodings.utf_16_be",
    "fnmatch",
    "gettext",
    "hashlib",
    "inspect",
    "ipaddress",
    "json",
    "logging",
    "mmap",
    "multiprocessing",
    "pathlib",
    "pickle",
    "shutil",
    "signal",
    "tempfile",
    "tomllib",
    "urllib",
)
RARE = (
    "cryptography.hazmat.primitives.asymmetric.dsa",
    "cryptography.hazmat.primitives.asymmetric.ec",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "cryptography.hazmat.primitives.asymmetric.ed448",
    "xml",
)
"""Spared as well where all keys are RSA and no metadata was changed."""
RUN = """
import sys
from sigcheck.cli import main
code = main(sys.argv[1:])
print(code, *sys.modules, file=sys.stderr)
"""


@pytest.fixture(scope="module")
def roots(fixtures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of certificates without a list that would have to be parsed."""
    from sigcheck.config.data import precompile_shipped

    precompile_shipped()
    folder = tmp_path_factory.mktemp("roots")
    for path in (fixtures / "pki").rglob("*.pem"):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def _loaded(document: Path, roots: Path) -> set[str]:
    """Verify a document in a process of its own; return the modules it imported."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, "verify", str(document), "--trust", str(roots)],
        capture_output=True,
        text=True,
        check=True,
    )
    code, *loaded = done.stderr.split()
    assert code == "10"
    return set(loaded)


def test_a_plain_verification_spares_what_is_dear(fixtures: Path, roots: Path) -> None:
    """One document and a folder of certificates: no parser of options or TOML, no code writing."""
    document = fixtures / "vectors" / "long-an" / "2691-ct-ubnd" / "document.pdf"

    assert sorted(_loaded(document, roots).intersection(SPARED)) == []


def test_rare_algorithms_are_imported_where_they_turn_up(fixtures: Path, roots: Path) -> None:
    """One signature with an RSA key, and no metadata to parse."""
    document = fixtures / "vectors" / "cms" / "ordinary" / "document.pdf"

    assert sorted(_loaded(document, roots).intersection(SPARED + RARE)) == []
