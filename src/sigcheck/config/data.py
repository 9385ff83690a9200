"""TOML files: the project's own, wherever installed, and a user's, with the lines of mistakes."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, NoReturn

from sigcheck.errors import Mistake, PolicyError, SigcheckError, TrustError

PACKAGE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
REPOSITORY = os.path.dirname(os.path.dirname(PACKAGE))


def data_folder() -> str:
    """Return `sigcheck/data`, which travels inside the package."""
    return os.path.join(PACKAGE, "data")


def data_files(folder: str) -> list[str]:
    """Return the TOML files of a folder of `data/`, in the order of their names."""
    path = os.path.join(data_folder(), folder)
    return [os.path.join(path, name) for name in sorted(os.listdir(path)) if name.endswith(".toml")]


@cache
def load_data(name: str) -> dict[str, Any]:
    """Return a TOML file of `data/`, such as `identity.toml`; raises SigcheckError when absent."""
    try:
        with open(os.path.join(data_folder(), name), "rb") as file:
            return tomllib.load(file)
    except (OSError, ValueError) as problem:
        raise SigcheckError(f"data file {name}: {problem}", code="DATA-MISSING") from problem


@cache
def certs_folder() -> str:
    """Return the folder of `anchors.toml`: the packaged one, then the repository's.

    Raises TrustError when neither is there.
    """
    for root in (PACKAGE, REPOSITORY):
        folder = os.path.join(root, "certs")
        if os.path.isfile(os.path.join(folder, "anchors.toml")):
            return folder
    raise TrustError(f"certs/anchors.toml is neither in {PACKAGE} nor in {REPOSITORY}")


# --- TOML with the line of each complaint: a user's policy must be repairable

MAX_SIZE = 1024 * 1024
"""Bytes of a policy or tool profile; ours have a few kB."""

_TABLE = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")


def told(mistake: Mistake, language: str = "en") -> str:
    """Return a mistake in words, behind its place in the file."""
    words: Mapping[str, str] = load_data(f"words/policy.{language}.toml")["mistakes"]
    place = words["place"] if mistake.line else "{path}: " if mistake.path else ""
    facts = {"path": mistake.path, "line": mistake.line, **mistake.facts}
    return (place + words[mistake.code]).format_map(facts)


def wrong(*mistakes: Mistake) -> PolicyError:
    """Return the error that some mistakes are."""
    error = PolicyError("\n".join(map(told, mistakes)))
    error.mistakes = mistakes
    return error


class Source:
    """A TOML file that finds the lines of mistakes, and complains of all of them at once."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Read and parse; raises PolicyError naming the file and the line."""
        self.path = os.fspath(path)
        self._mistakes: list[Mistake] = []
        try:
            if os.stat(path).st_size > MAX_SIZE:
                raise wrong(Mistake(self.path, 0, "large", {"most": str(MAX_SIZE)}))
            self.table: Mapping[str, Any] = _parsed(self.path)
        except (OSError, ValueError, RecursionError) as problem:
            mistake = Mistake(self.path, 0, "unreadable", {"problem": str(problem)})
            raise wrong(mistake) from problem

    def refuse(
        self, code: str, table: str, key: str = "", number: int = 0, **facts: str
    ) -> NoReturn:
        """Raise PolicyError with the line of a key in the n-th table of a name."""
        told = {"key": key or table, **facts}
        raise wrong(Mistake(self.path, self.line(table, key, number), code, told))

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Keep a complaint raised inside for `settle`, and go on behind the block."""
        try:
            yield
        except PolicyError as problem:
            self._mistakes += problem.mistakes

    def settle(self) -> None:
        """Raise PolicyError with the complaints that were kept, a line for each."""
        if self._mistakes:
            raise wrong(*self._mistakes)

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
