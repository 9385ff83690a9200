"""Find the command, run it, and turn what went wrong into one sentence and an exit code."""

from __future__ import annotations

import argparse
import errno
import importlib
import logging
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sigcheck._version import __version__
from sigcheck.cli import streams
from sigcheck.cli.parser import (
    ALIASES,
    COMMANDS,
    COMMON,
    LANG,
    LOG_LEVEL,
    Argument,
    CommandLineError,
    nearest,
)
from sigcheck.cli.settings import PREFIX, general
from sigcheck.config.data import told
from sigcheck.errors import PolicyError, SigcheckError, UsageError
from sigcheck.log import NAMESPACE
from sigcheck.render.sanitize import plain
from sigcheck.render.words import LANGUAGES, Words

Command = Callable[[Sequence[str], Words], int]

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")


def main(argv: Sequence[str] | None = None) -> int:
    """Run `sigcheck` with these arguments (default: the process's) and return the exit code."""
    streams.prepare_streams()
    line = common([*(sys.argv[1:] if argv is None else argv)])
    words = Words.load(language(line.lang, os.environ))
    try:
        code = _dispatch(line, words)
        sys.stdout.flush()
    except BrokenPipeError:
        streams.silence_stdout()
        return streams.BROKEN_PIPE
    except KeyboardInterrupt:
        print(f"\n{words.say('run', 'interrupted')}", file=sys.stderr)
        return streams.INTERRUPTED
    except Exception as problem:  # noqa: BLE001 - a fault of ours is never a traceback to a clerk
        return _failed(problem, line.words, words)
    return code


def language(typed: str | None, environment: Mapping[str, str]) -> str:
    """Return the language of every sentence, complaints about the arguments included.

    It is the option's, the variable's, the configuration's or the locale's; Vietnamese otherwise.
    """
    found = typed or environment.get(f"{PREFIX}LANG") or general("lang")
    if found in LANGUAGES:
        return found
    locale = next((environment[name] for name in _LOCALE if environment.get(name)), "")
    return "en" if locale.startswith("en") else "vi"


def common(arguments: list[str]) -> argparse.Namespace:
    """Take out what every command understands; `words` is what is left."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for argument in COMMON:  # checked later, when the language is known to complain in
        parser.add_argument(*argument.names, nargs="?", const="")
    parser.add_argument("--help", "-h", action="store_true")
    parser.add_argument("--version", "-V", action="store_true")
    at = arguments.index("--") if "--" in arguments else len(arguments)
    line, words = parser.parse_known_args(arguments[:at])
    line.words = words + arguments[at:]
    return line


def _dispatch(line: argparse.Namespace, words: Words) -> int:
    _check(LANG, line.lang)
    _check(LOG_LEVEL, line.log_level)
    _log(line.log_level)
    name, rest = _split(line.words)
    if line.help or name == "help":
        from sigcheck.cli.manual import page  # reads the help texts

        about = name if name in COMMANDS else next(iter(rest), "")
        print(page(ALIASES.get(about, about), words))
        return streams.PASSED
    if line.version:
        print(f"sigcheck {__version__}")
        return streams.PASSED
    return command(name)(rest, words)


def _split(words: list[str]) -> tuple[str, list[str]]:
    """Return the command and the rest of the line; a file alone is to be verified.

    Raises:
        CommandLineError: where there is no command.
    """
    first, rest = next(iter(words), ""), words[1:]
    if first in {"", "help", *COMMANDS}:
        return first, rest
    if first in ALIASES:
        return ALIASES[first], rest
    if first == "-" or Path(first).suffix.lower() == ".pdf" or Path(first).exists():
        return "verify", words
    if first.startswith("-"):
        raise CommandLineError("USAGE-OPTION-UNKNOWN", detail=first.partition("=")[0])
    raise CommandLineError("USAGE-COMMAND-UNKNOWN", detail=first, nearest=nearest(first, COMMANDS))


def command(name: str) -> Command:
    """Return what runs a command, importing its module."""
    if not name:
        raise CommandLineError("USAGE-COMMAND-MISSING")
    run: Mapping[str, Command] = importlib.import_module(COMMANDS[name]).RUN
    return run[name]


def _check(argument: Argument, typed: str | None) -> None:
    if typed == "":
        raise CommandLineError("USAGE-OPTION-INCOMPLETE", option=argument.names[0])
    if typed is not None:
        argument.value(typed)


def _log(typed: str | None) -> None:
    """Write events to standard error where that is wanted."""
    level = typed or os.environ.get(f"{PREFIX}LOG_LEVEL") or general("log_level")
    if not level:
        return
    LOG_LEVEL.value(level.lower())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger(NAMESPACE)
    logger.addHandler(handler)
    logger.setLevel(level.upper())


def _failed(problem: Exception, arguments: Sequence[str], words: Words) -> int:
    """Print what could not be done and what to do about it; return the exit code."""
    if isinstance(problem, OSError) and problem.errno in _FULL:
        problem = SigcheckError(str(problem.filename or ""), code="DISK-FULL")
    elif not isinstance(problem, SigcheckError):
        if {"--verbose", "-v", "-vv"} & {*arguments}:
            traceback.print_exception(problem)
        problem = SigcheckError(f"{type(problem).__name__}: {problem}", code="UNEXPECTED")
    facts = getattr(problem, "facts", {"detail": problem.detail})
    if isinstance(problem, PolicyError) and problem.mistakes:
        facts = {"detail": "; ".join(told(mistake, words.lang) for mistake in problem.mistakes)}
    print(f"sigcheck: {plain(words.complaint(problem.code, facts))}", file=sys.stderr)
    return streams.USAGE if isinstance(problem, UsageError) else streams.COULD_NOT
