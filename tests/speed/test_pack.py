"""The pack of bytecode gives what the modules give, and never speaks for a changed source."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sigcheck.cli import pack
from sigcheck.cli.patterns import Patterns

LOADERS = (
    "import sys; from sigcheck.cli.pack import use; use(); import {name}; "
    "print(type(sys.modules['{name}'].__spec__.loader).__name__)"
)
PROCESS = "import sys; sys.argv[0] = 'sigcheck'; from sigcheck.cli import main; main()"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a copy of the package that a test may change."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(pack.PACKAGE, tmp_path / "sigcheck", ignore=ignored)
    shutil.copytree(Path(pack.PACKAGE).parents[1] / "certs", tmp_path / "sigcheck" / "certs")
    return tmp_path


def _python(tree: Path, script: str, *arguments: str, keep: bool = False) -> tuple[int, str]:
    environment = {**os.environ, "PYTHONPATH": str(tree), "SIGCHECK_LANG": "en"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if not keep:
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tree,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def _kept(tree: Path) -> Path:
    return tree / "sigcheck" / "__pycache__" / Path(pack.pack_path()).name


def test_a_packed_module_is_taken_from_the_pack(tree: Path) -> None:
    """Packages and plain modules alike."""
    assert pack.write(str(_kept(tree)), Patterns({}), str(tree / "sigcheck"))

    for name in ("sigcheck.errors", "sigcheck.evidence.pdf"):
        assert _python(tree, LOADERS.format(name=name)) == (0, "Pack\n")


def test_a_changed_module_is_not(tree: Path) -> None:
    """A source of another time or size is read itself."""
    pack.write(str(_kept(tree)), Patterns({}), str(tree / "sigcheck"))
    source = tree / "sigcheck" / "errors.py"
    source.write_text(source.read_text("utf-8") + "\nADDED = 1\n", "utf-8")

    found = _python(tree, LOADERS.format(name="sigcheck.errors") + "; print(sigcheck.errors.ADDED)")

    assert found == (0, "SourceFileLoader\n1\n")


def test_a_copied_pack_asks_for_the_copied_sources(tree: Path, tmp_path: Path) -> None:
    """A tree copied with its times and changed there is not judged by the sources it came from."""
    pack.write(str(_kept(tree)), Patterns({}), str(tree / "sigcheck"))
    copy = tmp_path / "copy"
    shutil.copytree(tree / "sigcheck", copy / "sigcheck")
    source = copy / "sigcheck" / "errors.py"
    source.write_text(source.read_text("utf-8") + "\nADDED = 1\n", "utf-8")

    found = _python(copy, LOADERS.format(name="sigcheck.errors") + "; print(sigcheck.errors.ADDED)")

    assert found == (0, "SourceFileLoader\n1\n")


@pytest.mark.parametrize("damage", [b"", b"\0\0", b"not a pack at all", None])
def test_a_broken_pack_is_none(tree: Path, damage: bytes | None) -> None:
    """Whatever stands in its place, modules are imported as always."""
    if damage is not None:
        _kept(tree).parent.mkdir()
        _kept(tree).write_bytes(damage)

    assert _python(tree, LOADERS.format(name="sigcheck.errors")) == (0, "SourceFileLoader\n")


def test_a_process_keeps_a_pack_for_the_next(tree: Path, fixtures: Path) -> None:
    """The first run writes it, the second says the same with it: byte for byte."""
    case = fixtures / "vectors" / "long-an" / "2691-ct-ubnd" / "document.pdf"
    command = ("verify", str(case), "--trust", str(fixtures / "pki"), "--at", "2024-01-01")

    plain = _python(tree, PROCESS, *command)
    assert not _kept(tree).exists()
    first = _python(tree, PROCESS, *command, keep=True)
    assert _kept(tree).exists()
    second = _python(tree, PROCESS, *command)

    assert plain == first == second
    assert plain[0] == 10
    assert "2691" in plain[1]


def test_a_pack_that_cannot_be_written_is_no_error(tree: Path) -> None:
    """Where nobody may write, every run goes the long way."""
    (tree / "file").write_text("", "utf-8")

    assert not pack.write(str(tree / "file" / "pack.bin"), Patterns({}), str(tree / "sigcheck"))
