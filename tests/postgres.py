"""A PostgreSQL server of the tests' own, from Debian's package: one for a session."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

MakeLog = Callable[[], str]
"""Returns the address of a new, empty database."""
_SETTINGS = {
    "fsync": "off",  # what is tested are processes that die, not the machine
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "20",
    "shared_buffers": "16MB",
}


def programs() -> Path | None:
    """Return the folder of the newest server installed, None for none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    if found:
        return found[-1].parent
    path = shutil.which("initdb")
    return Path(path).resolve().parent if path else None


def _version(path: Path) -> int:
    text = path.parts[-3]
    return int(text) if text.isdigit() else 0


def _account() -> str | None:
    """Return whom the server runs as: never root, which it refuses."""
    if os.getuid():
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


@contextmanager
def server() -> Iterator[MakeLog]:
    """Run a server on a socket of its own; skip, with the reason, where that can't be done."""
    pytest.importorskip("psycopg", reason="psycopg is not installed (make setup)")
    found = programs()
    if found is None:
        pytest.skip("no PostgreSQL server here: apt-get install postgresql")
    account = _account()
    if not os.getuid() and account is None:
        pytest.skip("PostgreSQL does not run as root, and there is no account for it")
    # Not below pytest's folder, which no other account may enter.
    folder = Path(tempfile.mkdtemp(prefix="sigcheck-pg-"))
    process: subprocess.Popen[bytes] | None = None
    try:
        if account:
            shutil.chown(folder, account)
        make = [found / "initdb", "-D", folder / "data", "-U", "sigcheck", "-A", "trust"]
        done = subprocess.run(
            [*map(str, make), "-E", "UTF8", "--no-locale", "--no-sync", "--no-instructions"],
            user=account,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"initdb does not work here: {done.stderr.strip()[-200:]}")
        settings = [f"-c{name}={value}" for name, value in _SETTINGS.items()]
        process = subprocess.Popen(
            [str(found / "postgres"), "-D", str(folder / "data"), "-k", str(folder), *settings],
            user=account,
            cwd=folder,
            stderr=subprocess.DEVNULL,
        )
        wait = [str(found / "pg_isready"), "-h", str(folder), "-t", "20", "-q"]
        while subprocess.run(wait, check=False).returncode:
            if process.poll() is not None:
                pytest.skip(f"the PostgreSQL server ended at once with {process.returncode}")
        yield _maker(folder)
    finally:
        if process is not None:
            process.terminate()
            process.wait(20)
        shutil.rmtree(folder)


def _maker(folder: Path) -> MakeLog:
    import psycopg

    numbers = count()

    def make() -> str:
        name = f"log{next(numbers)}"
        address = f"postgresql://sigcheck@/{{}}?host={folder}"
        with psycopg.connect(address.format("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        return address.format(name)

    return make
