"""The way out of a process that has said what it had to say."""

from __future__ import annotations

import atexit
import os
import sys
from typing import NoReturn

from sigcheck.cli.pack import Pack, write
from sigcheck.cli.streams import silence_stdout

_FEW = 12
"""Patterns that depend on the document; more than these, and some are worth keeping."""


def leave(code: int, pack: Pack) -> NoReturn:
    """End the process at once; taking a thousand objects apart first would cost 8 ms.

    A pack that lacked something is written anew first, where Python may write bytecode. Where
    somebody asked to be called at the end (coverage, a pool of processes), Python goes the long
    way.
    """
    try:
        for stream in (sys.__stdout__, sys.__stderr__):
            if stream is not None:  # closed before the start
                stream.flush()
    except OSError:  # a closed pipe, a full disk: `run` has said so already
        silence_stdout()
    lacking = not pack.complete or len(pack.patterns.seen) > _FEW
    if lacking and not sys.dont_write_bytecode:
        write(pack.path, pack.patterns)
    if not atexit._ncallbacks():  # noqa: SLF001 - there is no other way to ask
        os._exit(code)
    sys.exit(code)
