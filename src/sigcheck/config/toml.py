"""TOML with the line of each complaint: a user's policy must be repairable."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from typing import Any, NoReturn

from sigcheck.errors import PolicyError

MAX_SIZE = 1024 * 1024
"""Bytes of a policy or tool profile; ours have a few kB."""

_TABLE = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")


class Source:
    """A TOML file, to find the line of a complaint in it."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Read and parse; raises PolicyError naming the file and the line."""
        self.path = os.fspath(path)
        try:
            if os.stat(path).st_size > MAX_SIZE:
                raise PolicyError(f"{path}: larger than {MAX_SIZE} bytes")
            self.table: Mapping[str, Any] = _parsed(self.path)
        except (OSError, ValueError, RecursionError) as problem:
            raise PolicyError(f"{path}: {problem}") from problem

    def refuse(self, complaint: str, table: str, key: str = "", number: int = 0) -> NoReturn:
        """Raise PolicyError with the line of a key in the n-th table of a name."""
        raise PolicyError(f"{self.path}, line {self.line(table, key, number)}: {complaint}")

    def line(self, table: str, key: str = "", number: int = 0) -> int:
        """Return the line of a key, of its table where the key isn't found, or 1."""
        current, seen, best = "", -1, 1
        wanted = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=") if key else None
        for at, text in enumerate(_text(self.path).splitlines(), 1):
            if header := _TABLE.match(text):
                current = header[1].strip("\"' ")
                seen += current == table
                if current == table and seen == number:
                    best = at
            elif current == table and (not table or seen == number) and _is_key(wanted, text):
                return at
        return best


def _parsed(path: str) -> Mapping[str, Any]:
    return tomllib.loads(_text(path))


def _text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def _is_key(wanted: re.Pattern[str] | None, line: str) -> bool:
    return wanted is not None and wanted.match(line) is not None
