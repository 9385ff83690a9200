"""Python's look for garbage, put off while one thing is done."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no garbage meanwhile; where nobody looks for any, leave it so.

    Judging a document makes thousands of objects and leaves no garbage that refers to itself.
    Where threads overlap, the first to end has Python look again.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
