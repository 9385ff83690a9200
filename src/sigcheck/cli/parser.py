"""Arguments of `verify`: taken apart by argparse, checked and complained about in our own words."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from sigcheck.cli.usage import CommandLineError


class Parser(argparse.ArgumentParser):
    """argparse without its English, its help and its exits."""

    def __init__(self, command: str) -> None:
        """Take no abbreviations: they change their meaning as options are added."""
        super().__init__(command, add_help=False, allow_abbrev=False, exit_on_error=False)
        self.command = command

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing and exiting."""
        raise CommandLineError("USAGE", detail=message)

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Return the arguments; options and paths may stand in any order.

        Raises:
            CommandLineError: for an unknown option or one without its value.
        """
        try:
            found, unknown = self.parse_known_intermixed_args(arguments)
        except argparse.ArgumentError as problem:
            option = problem.argument_name or ""
            raise CommandLineError(
                "USAGE-OPTION-VALUE", option=option, command=self.command
            ) from problem
        if unknown:
            option = unknown[0].partition("=")[0]
            raise CommandLineError("USAGE-OPTION-UNKNOWN", detail=option, command=self.command)
        return found

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
