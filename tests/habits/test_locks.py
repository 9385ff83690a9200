"""Set-up lasts: `make` installs what the locks say, whatever a registry offers meanwhile."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.habits.sources import ROOT

LOCKS = ROOT / "requirements"
ASKED_FOR_WITH_AN_EXTRA = ("coverage", "iniconfig", "packaging", "pluggy", "pygments", "pytest")
"""pytest-cov asks for `coverage[toml]`, which pip's resolver once took for another package than
the locked `coverage`: it refused the lock as soon as a newer release was there."""
PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "sigcheck"
version = "0"
[tool.hatch.build.targets.wheel]
packages = ["src/sigcheck"]
"""


def _entries(lock: Path) -> dict[str, str]:
    """Return each entry of a lock, hashes and all, by the package's name."""
    entries = re.findall(r"^[\w.-]+==(?:.*\\\n)*.*$", lock.read_text("utf-8"), re.MULTILINE)
    return {entry.partition("==")[0]: entry for entry in entries}


def _version(entry: str) -> str:
    return entry.partition("==")[2].split()[0]


def _write(lock: Path, entries: Iterable[str]) -> Path:
    lock.parent.mkdir(exist_ok=True)
    lock.write_text("".join(f"{entry}\n" for entry in entries), "utf-8")
    return lock


def _wheel(folder: Path, name: str, version: str) -> None:
    """Write a wheel with nothing but its name and version."""
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a small project with our Makefile and, of our locks, the entries of a few packages."""
    project = tmp_path / "project"
    (project / "src/sigcheck").mkdir(parents=True)
    (project / "src/sigcheck/__init__.py").touch()
    (project / "pyproject.toml").write_text(PYPROJECT, "utf-8")
    shutil.copy(ROOT / "Makefile", project)
    entries = _entries(LOCKS / "dev.lock")
    few = [entries[name] for name in ("pytest-cov", *ASKED_FOR_WITH_AN_EXTRA)]
    _write(project / "requirements/run.lock", [])
    _write(project / "requirements/build.lock", _entries(LOCKS / "build.lock").values())
    _write(project / "requirements/dev.lock", few)
    return project


@pytest.fixture
def wheels(project: Path, tmp_path: Path) -> Path:
    """Return a folder with the locked wheels of those packages and a newer one of each."""
    wheels = tmp_path / "wheels"
    options = "--quiet --no-deps --require-hashes --only-binary :all: --retries 1 --timeout 20"
    locks = "-r requirements/build.lock -r requirements/dev.lock"
    download = [sys.executable, "-m", "pip", "download", *options.split(), *locks.split()]
    download += ["-d", str(wheels)]
    done = subprocess.run(download, cwd=project, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"the locked wheels cannot be had here: {done.stderr.strip()[-200:]}")
    for name in ("coverage", "hatchling", "pluggy"):
        _wheel(wheels, name, "9999.0")
    return wheels


@pytest.mark.slow
def test_a_newer_release_changes_nothing(project: Path, wheels: Path) -> None:
    """`make setup` installs the locked versions from a folder that offers newer ones."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(project),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_CONFIG_FILE": "/dev/null",
    }

    done = subprocess.run(
        ["make", "setup"], cwd=project, env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    listed = subprocess.run(
        [project / ".venv/bin/python", "-m", "pip", "list", "--format", "freeze"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    installed = dict(line.lower().split("==") for line in listed.stdout.splitlines())
    locked = _entries(project / "requirements/build.lock") | _entries(
        project / "requirements/dev.lock"
    )
    assert {name: installed.get(name) for name in locked} == {
        name: _version(entry) for name, entry in locked.items()
    }


def test_the_locks_agree() -> None:
    """A package has one version in whichever locks it stands."""
    versions: dict[str, set[str]] = {}
    for lock in LOCKS.glob("*.lock"):
        for name, entry in _entries(lock).items():
            versions.setdefault(name, set()).add(_version(entry))

    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


@pytest.mark.parametrize("lock", sorted(LOCKS.glob("*.lock")), ids=lambda lock: lock.stem)
def test_every_entry_has_a_hash_and_no_registry(lock: Path) -> None:
    """A lock fixes files by their hash and leaves open where they come from."""
    entries = _entries(lock)

    assert entries
    assert [name for name, entry in entries.items() if "--hash=sha256:" not in entry] == []
    assert "://" not in lock.read_text("utf-8")
