"""Files that appear whole or not at all: they are written under another name beside their own."""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from pathlib import Path

_LEFT_SECONDS = 60.0
"""An unfinished file this old, of a process that is gone, is swept away."""


def partial_of(target: Path) -> Path:
    """Return the name under which this process writes a file until it is whole.

    What killed processes left of the same file is removed. The name begins with a dot: a watched
    folder passes over it.
    """
    name = re.compile(rf"\.{re.escape(target.name)}\.(\d{{1,9}})\.part")
    with suppress(OSError):
        for path in target.parent.iterdir():
            found = name.fullmatch(path.name)
            if found and not _lives(int(found[1])) and _is_old(path):
                path.unlink()
    return target.with_name(f".{target.name}.{os.getpid()}.part")


def _lives(pid: int) -> bool:
    if os.name != "posix":
        return True  # to ask would end the process
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _is_old(path: Path) -> bool:
    # In a shared folder the process may be another machine's: what it writes to is not old.
    return time.time() - path.stat().st_mtime > _LEFT_SECONDS


def keep_mode(partial: Path, target: Path) -> None:
    """Give a file that is about to replace another the permissions of that."""
    if target.exists():
        partial.chmod(target.stat().st_mode & 0o7777)
