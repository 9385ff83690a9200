"""`--log-level LEVEL`, before or after any command: events on standard error."""

from __future__ import annotations

import os
import sys

from sigcheck.cli.settings import general
from sigcheck.cli.usage import CommandLineError

LEVELS = ("debug", "info", "warning", "error")
OPTION = "--log-level"
VARIABLE = "SIGCHECK_LOG_LEVEL"


def listen(arguments: list[str]) -> list[str]:
    """Start telling events where that is asked for; return the arguments without the option.

    Raises:
        CommandLineError: for a level there is not.
    """
    level, rest = _split(arguments)
    if level is None:
        level = os.environ.get(VARIABLE) or general("log_level")
    if level == "":
        return rest
    if level.lower() not in LEVELS:
        raise CommandLineError(
            "USAGE-OPTION-VALUE", option=OPTION, detail=", ".join(LEVELS), command=""
        )
    import logging

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("sigcheck")
    logger.addHandler(handler)
    logger.setLevel(level.upper())
    return rest


def _split(arguments: list[str]) -> tuple[str | None, list[str]]:
    for at, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument == OPTION:
            return next(iter(arguments[at + 1 :]), "-"), arguments[:at] + arguments[at + 2 :]
        if argument.startswith(f"{OPTION}="):
            return argument.partition("=")[2] or "-", arguments[:at] + arguments[at + 1 :]
    return None, arguments
