"""What a worker process gives up before it reads a file that may be hostile."""

from __future__ import annotations

import os
import resource
import signal
import sys
from typing import BinaryIO


def confine(max_memory: int, *, max_written: int | None = 0) -> None:
    """Take from this process what judging never needs.

    `max_memory` is bytes of address space (RLIMIT_AS), 0 for no limit; `max_written` bytes of any
    file it may write (RLIMIT_FSIZE), None for no limit.
    """
    # Whoever started it ends it: Ctrl-C and `systemctl stop` reach the whole group.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.dont_write_bytecode = True
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if max_written is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (max_written, max_written))
    if max_memory:
        resource.setrlimit(resource.RLIMIT_AS, (max_memory, max_memory))


def private_stdout() -> BinaryIO:
    """Return standard output for answers alone; whatever else is printed goes to stderr."""
    private = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return os.fdopen(private, "wb")
