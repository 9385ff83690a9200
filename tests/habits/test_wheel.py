"""What is installed is what was tested: the wheel carries its data and gives the same answer."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

CASE = Path("vectors", "long-an", "2691-ct-ubnd", "document.pdf")
AT = "2026-01-15T09:00:00+07:00"


def _run(*command: object, cwd: Path, ok: tuple[int, ...] = (0,)) -> str:
    bare = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV_", "PIP_"))}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        env=bare,
        check=False,
    )
    assert done.returncode in ok, done.stdout + done.stderr
    return done.stdout


def _build(kind: str, source: Path, target: Path) -> Path:
    _run(sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", target, cwd=source)
    (built,) = target.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the repository."""
    return _build("wheel", root, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def wheel_from_sdist(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from an unpacked source distribution."""
    sdist = _build("sdist", root, tmp_path_factory.mktemp("sdist"))
    unpacked = tmp_path_factory.mktemp("unpacked")
    shutil.unpack_archive(sdist, unpacked, filter="data")
    (source,) = unpacked.iterdir()
    return _build("wheel", source, tmp_path_factory.mktemp("wheel-from-sdist"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a fresh environment that lends its dependencies, not its sigcheck."""
    place = tmp_path_factory.mktemp("fresh")
    venv.create(place, with_pip=True)
    python = place / "bin" / "python"
    _run(python, "-m", "pip", "install", "--no-index", "--no-deps", wheel, cwd=place)
    # NOTE: a path in a .pth file is searched, but .pth files in it (our editable install) aren't.
    site = Path(
        _run(python, "-c", "import site; print(site.getsitepackages()[0])", cwd=place).strip()
    )
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return place


def _names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def _offline() -> list[str]:
    """Return a prefix that takes the network away, where this machine allows it."""
    prefix = ["unshare", "--map-root-user", "--net"]
    allowed = (
        shutil.which("unshare")
        and not subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode
    )
    return prefix if allowed else []


def _verify(program: Path, fixtures: Path, cwd: Path) -> dict[str, Any]:
    command = [program, "verify", fixtures / CASE, "--trust", fixtures / "pki"]
    text = _run(*_offline(), *command, "--at", AT, "--format", "json", cwd=cwd, ok=(10,))
    report: dict[str, Any] = json.loads(text)
    return report


def test_the_wheel_carries_anchors_and_data(wheel: Path, root: Path) -> None:
    """Pinned anchors, policies, words, the schema and the templates are inside."""
    source = root / "src" / "sigcheck"
    expected = {"sigcheck/certs/anchors.toml", "sigcheck/py.typed"} | {
        f"sigcheck/{path.relative_to(source)}"
        for folder in (source / "data", source / "render" / "templates", source / "service")
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    }

    assert expected - _names(wheel) == set()


def test_the_wheel_from_the_sdist_is_the_same(wheel: Path, wheel_from_sdist: Path) -> None:
    """Building by way of the source distribution loses no file."""
    assert _names(wheel_from_sdist) == _names(wheel)


def test_the_installed_wheel_is_not_the_working_tree(installed: Path) -> None:
    """The fresh environment imports its own copy."""
    where = _run(
        installed / "bin" / "python",
        "-c",
        "import sigcheck; print(sigcheck.__file__)",
        cwd=installed,
    )

    assert Path(where.strip()).is_relative_to(installed)


def test_the_installed_wheel_gives_the_same_answer(
    installed: Path, fixtures: Path, tmp_path: Path
) -> None:
    """The main job, run by the installed command without a network, matches the working tree's."""
    ours = Path(sys.executable).parent / "sigcheck"

    assert _verify(installed / "bin" / "sigcheck", fixtures, tmp_path) == _verify(
        ours, fixtures, tmp_path
    )
