"""Files that appear whole or not at all, and a lock between processes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sigcheck.errors import TrustError

LOCK_SECONDS = 20.0
"""How long one writer waits for another."""
_PAUSE = 0.02

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that readers see the old one or the new one; raises TrustError."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        _sync_folder(path.parent)
    except OSError as problem:
        raise TrustError(f"{path}: {problem.strerror}", code="STORE-NOT-WRITABLE") from problem
    finally:
        with suppress(OSError):
            partial.unlink()


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut, where the system can."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; raises TrustError when somebody else holds it too long.

    The system lets go of it when a process dies, so no stale lock is ever left.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / ".lock").open("ab")
    except OSError as problem:
        raise TrustError(f"{folder}: {problem.strerror}", code="STORE-NOT-WRITABLE") from problem
    with file:  # closing lets go
        _wait(file.fileno(), folder)
        yield


def _wait(descriptor: int, folder: Path) -> None:
    end = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            _try_lock(descriptor)
        except OSError as problem:
            if time.monotonic() > end:
                raise TrustError(str(folder), code="STORE-LOCKED") from problem
            time.sleep(_PAUSE)
        else:
            return
