"""The common path stays light: importing is most of a cold start (docs/adr/0002)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "PIL",
    "aiohttp",
    "asn1crypto",
    "asyncio",
    "dask",
    "distributed",
    "fastapi",
    "http.client",
    "jsonschema",
    "lxml",
    "oscrypto",
    "pyhanko",
    "pyhanko_certvalidator",
    "pypdfium2",
    "requests",
    "rich",
    "sigcheck.archive",
    "sigcheck.batch",
    "sigcheck.preserve",
    "sigcheck.service",
    "sqlite3",
    "ssl",
    "urllib.request",
    "xlsxwriter",
    "yaml",
)
RUN = """
import json, sys
from sigcheck.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def loaded_by(*arguments: str) -> set[str]:
    """Return the modules a fresh process has loaded after one command."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


def heavy(loaded: set[str]) -> list[str]:
    """Return the modules among them that a plain verification must not need."""
    return sorted(m for m in loaded if any(m == h or m.startswith(h + ".") for h in HEAVY))


@pytest.mark.parametrize("case", ["2691-ct-ubnd", "2691-ct-ubnd-production"])
@pytest.mark.parametrize("shape", ["text", "json"])
def test_the_common_path_loads_nothing_heavy(fixtures: Path, case: str, shape: str) -> None:
    """Verifying the model document loads nothing that is slow to import."""
    document = fixtures / "vectors" / "long-an" / case / "document.pdf"

    loaded = loaded_by("verify", str(document), "--trust", str(fixtures / "pki"), "--format", shape)

    assert heavy(loaded) == []


def test_only_the_renderer_asked_for_is_loaded(fixtures: Path) -> None:
    """A text report loads no other renderer."""
    document = fixtures / "vectors" / "long-an" / "2691-ct-ubnd" / "document.pdf"

    loaded = loaded_by("verify", str(document), "--trust", str(fixtures / "pki"))

    others = {f"sigcheck.render.{name}" for name in ("html", "json", "spreadsheet", "xml")} | {
        "jinja2"
    }
    assert loaded & others == set()


def test_importing_the_package_is_cheap() -> None:
    """`import sigcheck` alone loads nothing heavy."""
    done = subprocess.run(
        [sys.executable, "-c", "import json, sys, sigcheck; print(json.dumps(list(sys.modules)))"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert heavy(set(json.loads(done.stdout))) == []
