"""What a command takes on its line: arguments as data, taken apart by `argparse`.

`argparse` splits the line; the sentences, the checks of values, the settings of a file or the
environment, and the help pages (`manual`) are ours, so that all of it is in the user's language.
"""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, NoReturn

from sigcheck.cli.settings import configured
from sigcheck.errors import UsageError
from sigcheck.render.words import LANGUAGES

COMMANDS = {
    "verify": "sigcheck.cli.verify",
    "explain": "sigcheck.cli.policy",
    "batch": "sigcheck.cli.batch",
    "trust": "sigcheck.cli.trust",
    "serve": "sigcheck.cli.serve",
    "completion": "sigcheck.cli.manual",
    "man": "sigcheck.cli.manual",
    "revision": "sigcheck.cli.revision",
    "evidence": "sigcheck.cli.evidence",
    "replay": "sigcheck.cli.evidence",
    "letter": "sigcheck.cli.letter",
    "policy": "sigcheck.cli.policy",
    "audit-log": "sigcheck.cli.audit_log",
    "preserve": "sigcheck.cli.preserve",
}
"""Each command and the module that serves it, imported when the command is called.

A module has `RUN`, by the names of its commands what runs them, `(arguments, words) -> exit code`,
and `ARGUMENTS`, by the same names what they take; `data/words/help.{vi,en}.toml` explains both.
"""

ALIASES = {"ledger": "audit-log"}
"""Former names, which still work and are documented nowhere."""


class CommandLineError(UsageError):
    """A command line that cannot be carried out; `facts` fill its sentence in `data/words`."""

    def __init__(self, code: str, **facts: str) -> None:
        super().__init__(facts.get("detail", ""), code=code)
        self.facts = facts


class Argument(NamedTuple):
    """One option, or one positional argument, of a command."""

    names: tuple[str, ...]
    """Such as `("--output", "-o")`; a positional argument has one name without dashes."""
    action: str = "store"
    """As `argparse` calls it: `store`, `append`, `store_true` or `count`; `switch` for a pair of
    options `--name` and `--no-name`."""
    default: Any = None
    nargs: str = ""
    """Of a positional argument: `?` or `*`. What is missing is complained of by the command."""
    choices: Sequence[str] = ()
    convert: Callable[[str], Any] = str
    """Raises CommandLineError, without naming the option, for what cannot be used."""
    heading: str = "options"
    """Name of the heading it stands under on the help page."""
    verbs: tuple[str, ...] = ()
    """The verbs of a command such as `trust` that take it; empty for all."""
    is_path: bool = False
    """Whether shells complete it with the names of files."""

    @property
    def dest(self) -> str:
        """The name of its value: the first long name without its dashes."""
        long = next((name for name in self.names if name.startswith("--")), self.names[0])
        return long.lstrip("-").replace("-", "_")

    @property
    def settings(self) -> list[str]:
        """The names of its value in the configuration, which has former names as well."""
        return [n.lstrip("-").replace("-", "_") for n in self.names if n.startswith("--")]

    @property
    def is_option(self) -> bool:
        """Whether it is an option."""
        return self.names[0].startswith("-")

    @property
    def takes_value(self) -> bool:
        """Whether a value follows its name."""
        return self.action in {"store", "append"}

    def value(self, text: str) -> Any:
        """Return a value of the command line or the settings, checked and converted.

        Raises:
            CommandLineError: naming the option, the value and what is accepted.
        """
        if self.choices and text not in self.choices:
            code = "USAGE-OPTION-CHOICE" if self.is_option else "USAGE-VERB"
            raise CommandLineError(
                code,
                option=self.names[0],
                detail=text,
                accepted=", ".join(self.choices),
                nearest=nearest(text, self.choices),
            )
        try:
            return self.convert(text)
        except CommandLineError as problem:
            facts = {"option": self.names[0], "detail": text, **problem.facts}
            raise CommandLineError(problem.code, **facts) from problem

    def add_to(self, parser: argparse.ArgumentParser) -> None:
        """Add it to a parser that is about to parse; what is not typed leaves no trace there."""
        keywords: dict[str, Any] = {"default": argparse.SUPPRESS}
        if self.action == "switch":
            keywords["action"] = argparse.BooleanOptionalAction
        elif self.is_option:
            keywords["action"] = self.action
        else:
            keywords = {"default": self.default, "nargs": self.nargs}
        if self.takes_value:
            keywords["type"] = self.value
        parser.add_argument(*self.names, **keywords)


def option(*names: str, **fields: Any) -> Argument:
    """Return an option with a value; with `many=True` it may be repeated."""
    many = fields.pop("many", False)
    return Argument(names, "append" if many else "store", [] if many else None)._replace(**fields)


def flag(*names: str, **fields: Any) -> Argument:
    """Return an option without a value."""
    return Argument(names, "store_true", default=False)._replace(**fields)


def switch(name: str, **fields: Any) -> Argument:
    """Return a pair of options, `--name` and `--no-name`; None where neither is given."""
    return Argument((name,), "switch")._replace(**fields)


def positional(name: str, nargs: str = "?", **fields: Any) -> Argument:
    """Return a positional argument; one of `*` is a list."""
    return Argument((name,), default=[] if nargs == "*" else None, nargs=nargs)._replace(**fields)


LEVELS = ("debug", "info", "warning", "error")
LANG = option("--lang", choices=LANGUAGES, heading="common")
LOG_LEVEL = option("--log-level", choices=LEVELS, heading="common")
COMMON = (LANG, LOG_LEVEL)
"""Options of every command, before or after its name; `program` takes them out of the line."""


class Parser:
    """Takes the arguments of one command apart."""

    def __init__(self, command: str, arguments: Iterable[Argument]) -> None:
        """Name the command, which complaints point to, and what it takes."""
        self.command = command
        self.arguments = tuple(arguments)

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """Return the arguments, with what is configured or the default where they say nothing.

        Options and paths may stand in any order; after `--` there are paths only.

        Raises:
            CommandLineError: with the sentence that helps.
        """
        try:
            typed = self._typed(words)
            found = {a.dest: a.default for a in self.arguments} | self._configured() | typed
        except CommandLineError as problem:
            problem.facts.setdefault("command", self.command)
            raise
        return argparse.Namespace(**found)

    def _typed(self, words: Sequence[str]) -> dict[str, Any]:
        # `parse_intermixed_args` loses a `--` before the first path; so it is done in two steps.
        options, positionals = _Silent(self.command), _Silent(self.command)
        for argument in self.arguments:
            argument.add_to(options if argument.is_option else positionals)
        at = words.index("--") if "--" in words else len(words)
        try:
            typed, rest = options.parse_known_args(words[:at])
        except argparse.ArgumentError as problem:
            self._refuse_value(str(problem.argument_name))
        unknown = next((word for word in rest if word.startswith("-") and word != "-"), None)
        if unknown is not None:
            self._refuse_option(unknown.partition("=")[0])
        placed, surplus = positionals.parse_known_args([*rest, *words[at:]])
        if surplus:
            raise CommandLineError("USAGE-SURPLUS", detail=surplus[0])
        found = {**vars(typed), **vars(placed)}
        self._check_verb(found)
        return found

    def _configured(self) -> dict[str, Any]:
        options = {n: a for a in self.arguments if a.is_option for n in a.settings}
        kinds = {name: argument.action for name, argument in options.items()}
        found = {}
        for name, value in configured(self.command, kinds, {*COMMANDS, *ALIASES}).items():
            argument = options[name]
            if argument.action == "store":
                found[argument.dest] = argument.value(value)
            elif argument.action == "append":
                found[argument.dest] = [argument.value(one) for one in value]
            else:
                found[argument.dest] = value
        return found

    def _check_verb(self, found: dict[str, Any]) -> None:
        """Refuse an option of another verb."""
        verb = found.get("verb")
        for argument in self.arguments:
            if argument.verbs and verb and argument.dest in found and verb not in argument.verbs:
                if argument.is_option:
                    self._refuse_option(argument.names[0], f"{self.command} {verb}")
                if found[argument.dest]:
                    raise CommandLineError("USAGE-SURPLUS", detail=found[argument.dest][0])

    def _refuse_option(self, name: str, command: str = "") -> NoReturn:
        command = command or self.command
        known = [n for a in self.arguments if a.is_option for n in a.names if n.startswith("--")]
        near = nearest(name, [n for n in known if n != name])
        raise CommandLineError("USAGE-OPTION-UNKNOWN", detail=name, nearest=near, command=command)

    def _refuse_value(self, names: str) -> NoReturn:
        """Complain of an option without its value, or of a flag that was given one."""
        argument = next(a for a in self.arguments if set(names.split("/")) & {*a.names})
        code = "USAGE-OPTION-INCOMPLETE" if argument.takes_value else "USAGE-OPTION-FLAG"
        raise CommandLineError(code, option=argument.names[0])


class _Silent(argparse.ArgumentParser):
    """Raises instead of writing English to standard error and ending the process."""

    def __init__(self, command: str) -> None:
        super().__init__(
            prog=f"sigcheck {command}",
            add_help=False,
            allow_abbrev=False,
            exit_on_error=False,
            # A width, or each `add_argument` would import `shutil` to ask the terminal for one.
            formatter_class=lambda prog: argparse.HelpFormatter(prog, width=80),
        )

    def error(self, message: str) -> NoReturn:
        raise CommandLineError("USAGE", detail=message)


_NEAR = 0.65
"""As `difflib` measures it: “pfd” is near “pdf”, “yes” is not near “as”."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return what was probably meant, empty where nothing is near."""
    by_folded = {one.lstrip("-").casefold(): one for one in known}
    wanted = name.lstrip("-").casefold()
    found = difflib.get_close_matches(wanted, by_folded, n=1, cutoff=_NEAR)
    return by_folded[found[0]] if found else ""


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Return what converts a whole number within these bounds."""

    def convert(text: str) -> int:
        fits = text.isascii() and text.isdigit() and len(text) <= len(str(most))
        if not fits or not least <= int(text) <= most:
            raise CommandLineError("USAGE-OPTION-NUMBER", least=str(least), most=str(most))
        return int(text)

    return convert
