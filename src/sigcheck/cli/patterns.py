"""Regular expressions compiled once for all runs: a hundred of them take a cold start 10 ms.

What is kept is what `re` itself makes of a pattern, for this very Python; `_sre` checks the code
again when it is loaded. Anything unknown, or a Python that works otherwise, is left to `re`.
"""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Callable
from typing import Any

try:
    import _sre  # type: ignore[import-not-found]  # private, and so without types
    from re import _compiler, _parser  # type: ignore[attr-defined]  # as above

    MAGIC: tuple[int, ...] = (_sre.MAGIC, _sre.CODESIZE, sys.hexversion)
except (ImportError, AttributeError):  # pragma: no cover - a Python to come
    MAGIC = ()

Key = tuple[str | bytes, int]
Row = tuple[int, bytes, int, dict[str, int], tuple[str | None, ...]]
"""Flags, code, number of groups, numbers by name, names by number: the arguments of `_sre`."""

_MAX_PATTERNS = 400
_MAX_LENGTH = 8192
_WORD = "I"


class Patterns:
    """Stands in for the compiler of `re` in the command line's process."""

    def __init__(self, rows: dict[Key, Row]) -> None:
        """Know the patterns of earlier runs."""
        self.rows = rows
        self.seen: dict[Key, None] = {}
        self._compile: Callable[..., Any] | None = None

    def use(self) -> None:
        """Serve `re.compile` from now on."""
        if MAGIC:
            self._compile = _compiler.compile
            _compiler.compile = self.compile

    def leave(self) -> None:
        """Give `re` its own compiler back."""
        if self._compile is not None:
            _compiler.compile = self._compile

    def compile(self, pattern: Any, flags: int = 0) -> Any:
        """Return the pattern object, as `re._compiler.compile` does."""
        key = (pattern, int(flags))
        try:
            row = self.rows.get(key)
        except TypeError:  # re takes parsed patterns too
            row = None
        if row is None or flags & (re.DEBUG | re.LOCALE):
            if self._compile is None:
                raise RuntimeError("not in use")
            made = self._compile(pattern, flags)
            if isinstance(pattern, str | bytes) and len(self.seen) < _MAX_PATTERNS:
                self.seen[key] = None
            return made
        found, code, groups, numbers, names = row
        return _sre.compile(pattern, found, array(_WORD, code).tolist(), groups, numbers, names)

    def kept(self) -> dict[Key, Row]:
        """Return what is worth keeping for the next run."""
        rows = dict(self.rows)
        for pattern, flags in self.seen:
            if len(rows) < _MAX_PATTERNS and len(pattern) < _MAX_LENGTH:
                rows[pattern, flags] = _row(pattern, flags)
        return rows


def _row(pattern: str | bytes, flags: int) -> Row:
    """Return what `re._compiler.compile` hands to `_sre` for a pattern."""
    parsed = _parser.parse(pattern, flags)
    code = _compiler._code(parsed, flags)  # noqa: SLF001 - there is no other way to it
    numbers: dict[str, int] = parsed.state.groupdict
    names: list[str | None] = [None] * parsed.state.groups
    for name, number in numbers.items():
        names[number] = name
    packed = array(_WORD, code).tobytes()
    return flags | parsed.state.flags, packed, parsed.state.groups - 1, numbers, tuple(names)
