"""Find the command, run it, and turn whatever went wrong into one sentence and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from sigcheck.cli import exits
from sigcheck.cli.commands import COMMANDS, command
from sigcheck.cli.language import language
from sigcheck.cli.logs import listen
from sigcheck.cli.streams import prepare_streams, silence_stdout
from sigcheck.cli.usage import CommandLineError
from sigcheck.errors import SigcheckError, UsageError
from sigcheck.render.sanitize import plain
from sigcheck.render.words import Words

_HELP = ("-h", "--help")


def run(argv: Sequence[str]) -> int:
    """Run `sigcheck` with these arguments; return the exit code."""
    arguments = list(argv)
    prepare_streams()
    words = Words.load(language(arguments, os.environ))
    try:
        code = _dispatch(listen(arguments), words)
        print(end="", flush=True)
    except BrokenPipeError:
        silence_stdout()
        return exits.BROKEN_PIPE
    except KeyboardInterrupt:
        print(f"\n{words.say('run', 'interrupted')}", file=sys.stderr)
        return exits.INTERRUPTED
    except SigcheckError as problem:
        return _complain(problem, words)
    except Exception as problem:  # noqa: BLE001 - a fault of ours is never a traceback to a clerk
        return _confess(problem, arguments, words)
    return code


def _dispatch(arguments: list[str], words: Words) -> int:
    name, rest = _split(arguments)
    asked_for_help = any(a in _HELP for a in _before_separator(arguments))
    if name in COMMANDS and not asked_for_help:
        return command(name)(rest, words)
    if asked_for_help:
        return _help(name if name in COMMANDS else "sigcheck", words)
    if "--version" in arguments:
        from sigcheck._version import __version__

        print(f"sigcheck {__version__}")
        return exits.PASSED
    if not name:
        raise CommandLineError("USAGE-COMMAND-MISSING")
    option = name.startswith("-")
    code = "USAGE-OPTION-UNKNOWN" if option else "USAGE-COMMAND-UNKNOWN"
    raise CommandLineError(code, detail=name, command="")


def _split(arguments: list[str]) -> tuple[str, list[str]]:
    """Return the command and its arguments; `--lang` may stand before it."""
    rest = list(arguments)
    while rest and rest[0].startswith("--lang"):
        del rest[: 1 if "=" in rest[0] else 2]
    if rest and rest[0] in {*_HELP, "--version"} and len(rest) > 1:
        rest = rest[1:]
    return (rest[0], rest[1:]) if rest else ("", [])


def _before_separator(arguments: list[str]) -> list[str]:
    return arguments[: arguments.index("--")] if "--" in arguments else arguments


def _help(name: str, words: Words) -> int:
    from sigcheck.cli.help import help_text

    print(help_text(name, words))
    return exits.PASSED


def _complain(problem: SigcheckError, words: Words) -> int:
    facts = getattr(problem, "facts", {"detail": problem.detail})
    print(f"sigcheck: {plain(words.complaint(problem.code, facts))}", file=sys.stderr)
    return exits.USAGE if isinstance(problem, UsageError) else exits.COULD_NOT


def _confess(problem: Exception, arguments: list[str], words: Words) -> int:
    if "--verbose" in arguments:
        import traceback

        traceback.print_exception(problem)
    detail = f"{type(problem).__name__}: {problem}"
    print(f"sigcheck: {plain(words.complaint('UNEXPECTED', {'detail': detail}))}", file=sys.stderr)
    return exits.COULD_NOT
