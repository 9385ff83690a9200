"""A small parser of command lines: options and paths in any order, complaints in our own words.

`argparse` costs a cold `sigcheck verify` 8 ms, mostly for the help and the English we don't use.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, NoReturn

from msgspec import Struct

from sigcheck.cli.settings import configured
from sigcheck.cli.usage import CommandLineError

_NEGATIVE = r"-\d+(\.\d+)?"
"""A value that only looks like an option."""


class Argument(Struct, frozen=True):
    """One option or positional argument, as `argparse` would describe it."""

    names: tuple[str, ...]
    action: str
    default: Any
    nargs: str

    @property
    def dest(self) -> str:
        """The name of its value: the first long name without its dashes."""
        long = next((name for name in self.names if name.startswith("--")), self.names[0])
        return long.lstrip("-").replace("-", "_")


class Parser:
    """Takes the arguments of one command apart."""

    def __init__(self, command: str) -> None:
        """Name the command whose help a complaint points to."""
        self.command = command
        self.options: dict[str, Argument] = {}
        """By each of their names."""
        self._positionals: list[Argument] = []

    def add_argument(
        self, *names: str, action: str = "store", default: Any = None, nargs: str = ""
    ) -> None:
        """Add an option (action `store`, `append` or `store_true`) or a positional argument.

        `nargs` of a positional argument is empty for exactly one, `?`, `*` or `+`; those of one
        come first.
        """
        if action == "store_true":
            default = False
        argument = Argument(names, action, default, nargs)
        if names[0].startswith("-"):
            self.options.update(dict.fromkeys(names, argument))
        else:
            self._positionals.append(argument)

    def parse(self, arguments: Sequence[str]) -> SimpleNamespace:
        """Return the arguments, with what is configured where they say nothing.

        Options and paths may stand in any order.

        Raises:
            CommandLineError: for an unknown option or one without its value.
        """
        found = {a.dest: a.default for a in self._positionals}
        waiting = list(reversed(arguments))
        values: list[str] = []
        while waiting:
            word = waiting.pop()
            if word == "--":
                values += reversed(waiting)
                break
            if _is_value(word):
                values.append(word)
            else:
                self._option(word, waiting, found)
        self._place(values, found)
        kinds = {option.dest: option.action for option in self.options.values()}
        defaults = {option.dest: option.default for option in self.options.values()}
        return SimpleNamespace(**{**defaults, **configured(self.command, kinds), **found})

    def one_of(self, value: str, allowed: Sequence[str], option: str) -> str:
        """Return a value that is allowed; raises CommandLineError naming those that are."""
        if value not in allowed:
            self.refuse(option, ", ".join(allowed))
        return value

    def refuse(self, option: str, detail: str) -> NoReturn:
        """Raise CommandLineError for an option's value."""
        raise CommandLineError(
            "USAGE-OPTION-VALUE", option=option, detail=detail, command=self.command
        )

    def _option(self, word: str, waiting: list[str], found: dict[str, Any]) -> None:
        name, equals, value = word.partition("=")
        if not word.startswith("--"):  # -o FILE, -oFILE, -v, -vj4
            name, value = word[:2], word[2:]
            equals = value and "="
        option = self.options.get(name)
        if option is None:
            unknown = word.partition("=")[0]
            raise CommandLineError("USAGE-OPTION-UNKNOWN", detail=unknown, command=self.command)
        if option.action == "store_true":
            if equals and word.startswith("--"):
                self._incomplete(option)
            if equals:
                waiting.append(f"-{value}")
            found[option.dest] = True
            return
        if not equals:
            if not waiting or not _is_value(waiting[-1]):
                self._incomplete(option)
            value = waiting.pop()
        many = option.action == "append"
        found[option.dest] = [*found.get(option.dest, ()), value] if many else value

    def _place(self, values: list[str], found: dict[str, Any]) -> None:
        for positional in self._positionals:
            if positional.nargs in {"*", "+"}:
                found[positional.dest], values = values, []
            elif values:
                found[positional.dest] = values.pop(0)
            if positional.nargs in {"", "+"} and not found[positional.dest]:
                raise CommandLineError("USAGE", detail=positional.dest)
        if values:
            raise CommandLineError("USAGE", detail=values[0])

    def _incomplete(self, option: Argument) -> NoReturn:
        name = "/".join(option.names)
        raise CommandLineError("USAGE-OPTION-VALUE", option=name, command=self.command)


def _is_value(word: str) -> bool:
    """Say whether a word is no option; `-` alone is standard input or output."""
    if not word.startswith("-") or word == "-" or " " in word:
        return True
    return re.fullmatch(_NEGATIVE, word) is not None
