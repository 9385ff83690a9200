"""The clients in the documentation are the files in `examples/`, and they work."""

from __future__ import annotations

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from sigcheck.cli.manual import arguments_of
from sigcheck.service.problems import STATUS
from tests.service.conftest import FORGED, PRODUCTION

CLIENTS = ("verify.py", "Verify.java", "Verify.cs")


@pytest.mark.parametrize("name", CLIENTS)
def test_the_page_shows_the_file(root: Path, name: str) -> None:
    """What a reader copies from the page is the file the tests run."""
    code = (root / "examples" / "service" / name).read_text("utf-8")

    assert code in (root / "docs" / "service.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("case", "told", "code"),
    [
        (PRODUCTION, "TOTAL-PASSED", 0),
        (FORGED, "TOTAL-FAILED", 1),
    ],
)
def test_the_python_client(
    root: Path, fixtures: Path, service: str, tmp_path: Path, case: Path, told: str, code: int
) -> None:
    """It prints the verdict and its exit code says whether the document passed."""
    client = _pointed_at(service, root, "verify.py", tmp_path)
    done = subprocess.run(
        [sys.executable, str(client), str(fixtures / case)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout, done.returncode) == (f"document.pdf {told}\n", code)


def test_the_java_client(root: Path, fixtures: Path, service: str, tmp_path: Path) -> None:
    """It compiles and prints the report."""
    java = shutil.which("java")
    if java is None:
        pytest.skip("no java on this machine")
    client = _pointed_at(service, root, "Verify.java", tmp_path)
    done = subprocess.run(
        [java, str(client), str(fixtures / PRODUCTION)],
        capture_output=True,
        text=True,
        check=False,
    )
    if "compiler" in done.stderr:
        pytest.skip("this java is a runtime without a compiler")

    assert '"indication": "TOTAL-PASSED"' in done.stdout, done.stderr


def _pointed_at(service: str, root: Path, name: str, folder: Path) -> Path:
    """Return a copy of a client that calls the service of the tests."""
    code = (root / "examples" / "service" / name).read_text("utf-8")
    assert code.count("127.0.0.1:8000") == 1
    client = folder / name
    client.write_text(code.replace("127.0.0.1:8000", service.removeprefix("http://")), "utf-8")
    return client


def test_the_unit_starts_what_there_is(root: Path) -> None:
    """The systemd unit's options are options, and it leaves the workers to the service."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(root / "examples" / "service" / "sigcheck.service", "utf-8")
    program, _, _, command, *options = unit["Service"]["ExecStart"].split()
    known = {name for argument in arguments_of("serve") for name in argument.names}

    assert (Path(program).name, command) == ("sigcheck", "serve")
    assert {option for option in options if option.startswith("--")} <= known
    assert unit["Service"]["KillMode"] == "mixed"


def test_the_routes_on_the_page_are_the_routes(root: Path, service: str) -> None:
    """Each route and each problem code is on the documentation's page."""
    text = (root / "docs" / "service.md").read_text("utf-8")
    paths = httpx.get(f"{service}/openapi.json", trust_env=False).json()["paths"]

    assert [path for path in paths if path not in text] == []
    assert [code for code in STATUS if f"`{code}`" not in text] == []
