"""Configuration: `sigcheck.toml`, then the environment, then options; the later one wins.

The file is the user's or the machine's, never one that happens to lie in the current folder: a
folder of downloaded documents must not bring its own trust along.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from sigcheck.errors import UsageError

VARIABLE = "SIGCHECK_CONFIG"
PREFIX = "SIGCHECK_"
LARGEST = 1_000_000
"""Bytes of a configuration file."""
ONE_TIME = frozenset(
    {
        "all",
        "as",
        "at",
        "cache",
        "crls",
        "document",
        "due",
        "head",
        "list",
        "open",
        "output",
        "ranges",
        "revision",
        "signature",
        "yes",
    }
)
"""Options that belong to one run, and are taken from the command line only."""
_TRUE = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}
_GENERAL = frozenset({"lang", "log_level", "color", "trust", "store", "crl", "policy", "online"})
"""Settings that may stand above all tables, for every command that has such an option."""
_PATHS = frozenset({"trust", "store", "crl", "password_file"})
"""In the file they are relative to its folder."""
_FLAGS = frozenset({"store_true", "switch"})

Kinds = Mapping[str, str]
"""Action of an option (`store`, `append`, `store_true`, `count`, `switch`) by its name."""


def configured(command: str, kinds: Kinds, commands: Collection[str] = ()) -> dict[str, Any]:
    """Return what is configured for a command's options; `commands` may have tables in the file.

    Raises:
        UsageError: naming the file and line, or the variable, that cannot be used.
    """
    wanted = {name: kind for name, kind in kinds.items() if name not in ONE_TIME}
    return {**_from_file(command, wanted, commands), **_from_environment(wanted)}


def general(name: str) -> str:
    """Return a setting for all commands, such as `lang`, from the file or else empty.

    A file that cannot be used is complained of when a command reads its options.
    """
    try:
        file = _File.in_use()
    except UsageError:
        return ""
    value = file.table.get(name, file.table.get(name.replace("_", "-"))) if file else None
    return value if isinstance(value, str) else ""


def file_in_use() -> Path | None:
    """Return the configuration file: the one named, else the user's, else the machine's."""
    if named := os.environ.get(VARIABLE):
        return Path(named)
    home = os.environ.get("XDG_CONFIG_HOME") or os.environ.get("APPDATA") or "~/.config"
    for folder in (Path(home).expanduser(), Path("/etc")):
        path = folder / "sigcheck" / "sigcheck.toml"
        if path.is_file():
            return path
    return None


def _from_environment(kinds: Kinds) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, kind in kinds.items():
        variable = PREFIX + name.upper()
        text = os.environ.get(variable)
        if text is None:
            continue
        if kind == "append":
            found[name] = [part for part in text.split(os.pathsep) if part]
        elif kind == "count" and text.isascii() and text.isdigit():
            found[name] = int(text)
        elif kind in {*_FLAGS, "count"}:
            if text.lower() not in _TRUE:
                raise UsageError(f"{variable}={text}", code="CONFIG-INVALID")
            found[name] = _TRUE[text.lower()]
        else:
            found[name] = text
    return found


def _from_file(command: str, kinds: Kinds, commands: Collection[str]) -> dict[str, Any]:
    file = _File.in_use()
    if file is None:
        return {}
    for key, value in file.table.items():
        if key not in commands if isinstance(value, dict) else _name(key) not in _GENERAL:
            file.refuse(key)
    own = file.table.get(command, {})
    shared = {k: v for k, v in file.table.items() if _name(k) in kinds}
    found = {}
    for key, value in (*shared.items(), *own.items()):
        if _name(key) not in kinds:
            file.refuse(key, command)
        found[_name(key)] = file.value(key, value, kinds[_name(key)])
    return found


class _File(NamedTuple):
    """A configuration file."""

    path: Path
    text: str
    table: dict[str, Any]

    @classmethod
    def in_use(cls) -> _File | None:
        path = file_in_use()
        if path is None:
            return None
        try:
            with path.open("rb") as file:
                text = file.read(LARGEST).decode("utf-8")
            return cls(path, text, tomllib.loads(text))
        except (OSError, ValueError, RecursionError) as problem:
            reason = getattr(problem, "strerror", "") or str(problem)
            raise UsageError(f"{path}: {reason}", code="CONFIG-INVALID") from problem

    def value(self, key: str, value: object, kind: str) -> Any:
        """Return a value as an option of this kind takes it."""
        if kind in _FLAGS and isinstance(value, bool):
            return value
        if kind == "count" and isinstance(value, int):
            return int(value)
        if kind == "append" and isinstance(value, str | list):
            many = [value] if isinstance(value, str) else value
            if all(isinstance(one, str) for one in many):
                return list(self._placed(many, key))
        if kind != "store" or not isinstance(value, str | int) or isinstance(value, bool):
            self.refuse(key)
        return next(self._placed([str(value)], key))

    def _placed(self, values: Sequence[str], key: str) -> Iterator[str]:
        for value in values:
            yield str(self.path.parent / value) if _name(key) in _PATHS else value

    def refuse(self, key: str, command: str = "") -> NoReturn:
        """Complain of a key, naming its line."""
        spelt = re.compile(rf"^\s*\[?\s*[\"']?{re.escape(key)}\b")
        lines = [n for n, line in enumerate(self.text.splitlines(), 1) if spelt.match(line)]
        place = f"{self.path}:{lines[-1]}" if lines else str(self.path)
        about = f"{key} ([{command}])" if command else key
        raise UsageError(f"{place}: {about}", code="CONFIG-INVALID")


def _name(key: str) -> str:
    return key.replace("-", "_")
