"""A bar on standard error while many files are judged."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

_MANY = 5
_WIDTH = 30

T = TypeVar("T")


def tracked(items: Iterable[T], total: int, label: str, *, wanted: bool) -> Iterator[T]:
    """Yield the items, drawing how far it is when that is wanted and somebody is looking."""
    if not wanted or total < _MANY or not sys.stderr.isatty():
        yield from items
        return
    try:
        for done, item in enumerate(items, 1):
            filled = _WIDTH * done // total
            bar = "#" * filled + "-" * (_WIDTH - filled)
            sys.stderr.write(f"\r{label} [{bar}] {done}/{total}")
            sys.stderr.flush()
            yield item
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
