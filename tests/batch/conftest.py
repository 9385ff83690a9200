"""Folders of documents and the command, as the tests of a batch use them."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from sigcheck.api import Verifier
from sigcheck.batch.judging import Setup
from sigcheck.config import TrustStore
from sigcheck.model.policy import MIB, Limits

AT = "2026-11-23T08:00:00+07:00"

Make = Callable[..., Path]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def vector(fixtures: Path) -> Path:
    """Return a small document that passes."""
    return fixtures / "vectors" / "long-an" / "2691-ct-ubnd-production" / "document.pdf"


@pytest.fixture
def folder(tmp_path: Path, vector: Path) -> Make:
    """Return what makes a folder of copies of a passing document, by name."""

    def make(*names: str, count: int = 0, of: Path = vector) -> Path:
        made = tmp_path / "documents"
        made.mkdir(exist_ok=True)
        for name in (*names, *(f"{n:03}.pdf" for n in range(count))):
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(of, made / name)
        return made

    return make


@pytest.fixture
def setup(fixtures: Path) -> Setup:
    """Return a setup with short limits."""
    trust = TrustStore.load([fixtures / "pki"])
    return Setup(Verifier(trust, limits=Limits(max_seconds=0.5, max_memory=1024 * MIB)), lang="en")


@pytest.fixture
def start(fixtures: Path, root: Path) -> Start:
    """Return what starts `sigcheck batch` as a process of its own."""

    def start_(*arguments: object, own_group: bool = False) -> subprocess.Popen[str]:
        line = [*map(str, arguments), "--trust", str(fixtures / "pki"), "--at", AT, "--lang", "en"]
        return subprocess.Popen(
            [sys.executable, "-m", "sigcheck", "batch", *line],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=own_group,
            env={**os.environ, "PYTHONPATH": str(root / "src")},
        )

    return start_


def rows(path: Path) -> dict[str, tuple[str, str, int]]:
    """Return what a job database holds: verdict, digest and run by path; others may write."""
    if not path.exists():
        return {}
    with closing(sqlite3.connect(path, timeout=10)) as database:
        try:
            found = database.execute("SELECT path, indication, sha256, run FROM documents")
            return {name: (verdict, sha256, run) for name, verdict, sha256, run in found}
        except sqlite3.OperationalError:
            return {}  # not made yet


def wait_for(path: Path, count: int) -> None:
    """Wait until a job database has some rows."""
    end = time.monotonic() + 60
    while len(rows(path)) < count:
        assert time.monotonic() < end
        time.sleep(0.02)
