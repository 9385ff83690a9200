"""What a cold `sigcheck verify` does without: each of these costs milliseconds (docs/adr/0004)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SPARED = (
    "argparse",
    "concurrent.futures",
    "dataclasses",
    "gettext",
    "inspect",
    "json",
    "logging",
    "multiprocessing",
    "pickle",
    "shutil",
    "tempfile",
    "tomllib",
)
RUN = """
import sys
from sigcheck.cli import main
code = main(sys.argv[1:])
print(code, *sys.modules, file=sys.stderr)
"""


def test_a_plain_verification_spares_what_is_dear(fixtures: Path, tmp_path: Path) -> None:
    """One document and a folder of certificates: no parser of options or TOML, no code writing."""
    from sigcheck.config.data import precompile_shipped

    precompile_shipped()
    roots = tmp_path / "roots"
    roots.mkdir()
    for path in (fixtures / "pki").rglob("*.pem"):
        (roots / path.name).write_bytes(path.read_bytes())
    document = fixtures / "vectors" / "long-an" / "2691-ct-ubnd" / "document.pdf"

    done = subprocess.run(
        [sys.executable, "-c", RUN, "verify", str(document), "--trust", str(roots)],
        capture_output=True,
        text=True,
        check=True,
    )
    code, *loaded = done.stderr.split()

    assert code == "10"
    assert sorted(set(SPARED) & set(loaded)) == []
