"""Configuration: `sigcheck.toml`, then the environment, then options; the later one wins.

The file is the user's or the machine's, never one that happens to lie in the current folder: a
folder of downloaded documents must not bring its own trust along.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from sigcheck.cli.commands import COMMANDS
from sigcheck.cli.usage import CommandLineError

VARIABLE = "SIGCHECK_CONFIG"
PREFIX = "SIGCHECK_"
LARGEST = 1_000_000
"""Bytes of a configuration file."""
ONE_TIME = frozenset(
    {
        "as",
        "at",
        "cache",
        "crls",
        "document",
        "due",
        "head",
        "list",
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

Kinds = Mapping[str, str]
"""Action of an option (`store`, `append`, `store_true`) by the name of its value."""


def configured(command: str, kinds: Kinds) -> dict[str, Any]:
    """Return what is configured for a command's options.

    Raises:
        CommandLineError: naming the file and line, or the variable, that cannot be used.
    """
    wanted = {name: kind for name, kind in kinds.items() if name not in ONE_TIME}
    return {**_from_file(command, wanted), **_from_environment(wanted)}


def general(name: str) -> str:
    """Return a setting for all commands, such as `lang`, from the file or else empty.

    A file that cannot be used is complained of when a command asks for its options.
    """
    try:
        return str(_from_file("", {name: "store"}).get(name, ""))
    except CommandLineError:
        return ""


def file_in_use() -> str | None:
    """Return the configuration file: the one named, else the user's, else the machine's."""
    if named := os.environ.get(VARIABLE):
        return named
    home = os.environ.get("XDG_CONFIG_HOME") or os.environ.get("APPDATA") or "~/.config"
    for folder in (os.path.expanduser(home), "/etc"):
        path = f"{folder}/sigcheck/sigcheck.toml"
        if os.path.isfile(path):
            return path
    return None


# --- the environment ------------------------------------------------------------------------------


def _from_environment(kinds: Kinds) -> dict[str, Any]:
    found = {}
    for name, kind in kinds.items():
        variable = PREFIX + name.upper()
        if (text := os.environ.get(variable)) is not None:
            found[name] = _of_text(text, kind, variable)
    return found


def _of_text(text: str, kind: str, variable: str) -> Any:
    if kind == "append":
        return [part for part in text.split(os.pathsep) if part]
    if kind == "store_true":
        if text.lower() not in _TRUE:
            raise CommandLineError("CONFIG-INVALID", detail=f"{variable}={text}")
        return _TRUE[text.lower()]
    return text


# --- the file -------------------------------------------------------------------------------------


def _from_file(command: str, kinds: Kinds) -> dict[str, Any]:
    path = file_in_use()
    if path is None:
        return {}
    text, table = _table(path)
    for key, value in table.items():
        if key not in COMMANDS if isinstance(value, dict) else _name(key) not in _GENERAL:
            _refuse(path, text, key)
    own = table.get(command, {})
    shared = {k: v for k, v in table.items() if _name(k) in kinds}
    found = {}
    for key, value in (*shared.items(), *own.items()):
        if _name(key) not in kinds:
            _refuse(path, text, key, command)
        found[_name(key)] = _value(value, key, kinds, path, text)
    return found


def _table(path: str) -> tuple[str, dict[str, Any]]:
    import tomllib

    try:
        with open(path, "rb") as file:
            text = file.read(LARGEST).decode("utf-8")
        return text, tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as problem:
        reason = getattr(problem, "strerror", "") or str(problem)
        raise CommandLineError("CONFIG-INVALID", detail=f"{path}: {reason}") from problem


def _name(key: str) -> str:
    return key.replace("-", "_")


def _value(value: object, key: str, kinds: Kinds, path: str, text: str) -> Any:
    kind = kinds[_name(key)]
    if kind == "store_true" and isinstance(value, bool):
        return value
    if kind == "append" and isinstance(value, str | list):
        many = [value] if isinstance(value, str) else value
        if all(isinstance(one, str) for one in many):
            return list(_placed(many, key, path))
    if kind != "store" or not isinstance(value, str | int) or isinstance(value, bool):
        _refuse(path, text, key)
    return next(_placed([str(value)], key, path))


def _placed(values: Sequence[str], key: str, path: str) -> Iterator[str]:
    for value in values:
        yield os.path.join(os.path.dirname(path), value) if _name(key) in _PATHS else value


def _refuse(path: str, text: str, key: str, command: str = "") -> NoReturn:
    """Complain of a key, naming its line."""
    spelt = re.compile(rf"^\s*\[?\s*[\"']?{re.escape(key)}\b")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if spelt.match(line)]
    place = f"{path}:{lines[-1]}" if lines else path
    about = f"{key} ([{command}])" if command else key
    raise CommandLineError("CONFIG-INVALID", detail=f"{place}: {about}")
