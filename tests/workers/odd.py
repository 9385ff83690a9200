"""What the workers of these tests do: the words of a task say how to misbehave."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing import util
from pathlib import Path
from typing import Any

from msgspec import Struct

MIB = 1 << 20


class Said(Struct, frozen=True):
    """A result: the task again, and who did it."""

    task: str
    pid: int


def do(task: str) -> Said:
    """Do what the task says; one that says nothing odd is answered."""
    word, _, rest = task.partition(" ")
    match word:
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "die-once":
            if not Path(rest).exists():
                Path(rest).mkdir()
                os._exit(0)
        case "sleep":
            time.sleep(float(rest))
        case "eat":
            bytearray(int(rest) * MIB)
        case "babble":
            return rest  # type: ignore[return-value]  # that is the lie
        case "write":
            Path(rest).write_bytes(b"x" * MIB)
        case "child":
            command = ["python", "-c", "import time; time.sleep(60)"]
            pid = os.spawnv(os.P_NOWAIT, sys.executable, command)
            Path(rest).write_text(str(pid), "utf-8")
            time.sleep(60)
    return Said(task, os.getpid())


def prepare() -> Callable[[str], Said]:
    """Return the worker's function."""
    return do


class Leaving:
    """Prepares workers that leave a file when they end by themselves."""

    def __init__(self, folder: Path) -> None:
        """Take where the file is left."""
        self.folder = folder

    def __call__(self) -> Callable[[str], Said]:
        """Return the worker's function."""
        util.Finalize(None, (self.folder / str(os.getpid())).touch, exitpriority=0)
        return do


def unable() -> Callable[[str], Said]:
    """Fail, as a broken installation does."""
    sys.exit(3)


class UnableAfter:
    """Prepares workers that start a few times only."""

    def __init__(self, marker: Path) -> None:
        """Take a path that exists once no further worker may start."""
        self.marker = marker

    def __call__(self) -> Callable[[str], Said]:
        """Return the worker's function, or fail."""
        if self.marker.exists():
            sys.exit(3)
        return do


class Unloadable:
    """A function that no worker can load: the process that does so ends."""

    def __call__(self, *_: object) -> Any:
        """Do nothing."""
        raise AssertionError

    def __reduce__(self) -> tuple[object, tuple[int]]:
        """End the process that loads it."""
        return sys.exit, (3,)
