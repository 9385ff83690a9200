"""What the command line says about itself: help pages, the manual page, completion scripts.

All three come from the commands' own `ARGUMENTS`, with the texts of `data/words/help.*.toml`: what
is taken is documented, and nothing else.
"""

from __future__ import annotations

import argparse
import importlib
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

import shtab

from sigcheck._version import __version__
from sigcheck.cli.parser import (
    COMMANDS,
    COMMON,
    Argument,
    CommandLineError,
    Parser,
    flag,
    nearest,
    positional,
)
from sigcheck.cli.streams import PASSED
from sigcheck.config.data import load_data
from sigcheck.render.words import Words

SHELLS = ("bash", "zsh", "fish")
_HELP = flag("--help", "-h", heading="common")
_WIDTH = 100
_INDENT = 24
"""Columns before what an option does."""

COMPLETION = (positional("shell", choices=SHELLS),)
MAN: tuple[Argument, ...] = ()
ARGUMENTS = {"completion": COMPLETION, "man": MAN}


def arguments_of(command: str) -> tuple[Argument, ...]:
    """Return what a command takes, with the options of every command; of `sigcheck`, these."""
    common = (*COMMON, _HELP)
    if command == "sigcheck":
        return common
    own: tuple[Argument, ...]
    own = importlib.import_module(COMMANDS[command]).ARGUMENTS[command]
    return own + common


class _Texts:
    """The help texts of one language."""

    def __init__(self, lang: str) -> None:
        self._data = load_data(f"words/help.{lang}.toml")

    def page(self, command: str) -> str:
        return str(self._data["commands"][command]["page"]).strip("\n")

    def summary(self, command: str) -> str:
        return str(self._data["commands"][command]["summary"])

    def option(self, command: str, argument: Argument) -> tuple[str, str]:
        """Return the name of an option's value, and what the option does."""
        name = argument.names[0].lstrip("-")
        own: dict[str, Any] = self._data["commands"][command].get("options", {})
        value, text = own.get(name) or self._data["options"][name]
        return value, text

    def grouped(self, command: str) -> dict[str, list[Argument]]:
        """Return the options of a command by their headings."""
        groups: dict[str, list[Argument]] = {}
        for argument in arguments_of(command):
            if argument.is_option:
                groups.setdefault(self._data["headings"][argument.heading], []).append(argument)
        return groups


# --- help -----------------------------------------------------------------------------------------


def page(command: str, words: Words) -> str:
    """Return the help page of a command; of `sigcheck` itself where none is named.

    Raises:
        CommandLineError: for a command there is not.
    """
    command = command or "sigcheck"
    if command not in {"sigcheck", *COMMANDS}:
        near = nearest(command, COMMANDS)
        raise CommandLineError("USAGE-COMMAND-UNKNOWN", detail=command, nearest=near)
    texts = _Texts(words.lang)
    listed = "\n".join(f"  {c:<11} {texts.summary(c)}" for c in sorted(COMMANDS))
    options = "\n\n".join(
        "\n".join([f"{heading}:", *(_line(texts, command, a) for a in group)])
        for heading, group in texts.grouped(command).items()
    )
    return texts.page(command).replace("{commands}", listed).replace("{options}", options)


def _line(texts: _Texts, command: str, argument: Argument) -> str:
    value, text = texts.option(command, argument)
    spelt = f"  {_spelt(argument, value)}"
    indent = " " * _INDENT
    lines = textwrap.wrap(text, _WIDTH - _INDENT, break_on_hyphens=False)
    if len(spelt) >= _INDENT:
        return "\n".join([spelt, *(indent + line for line in lines)])
    return "\n".join([spelt.ljust(_INDENT) + lines[0], *(indent + line for line in lines[1:])])


def _spelt(argument: Argument, value: str) -> str:
    """Return an option as it is typed: its first long name, its letter, its value."""
    letters = [name for name in argument.names if not name.startswith("--")]
    first = argument.names[0]
    if argument.action == "switch":
        first = first.replace("--", "--[no-]", 1)
    names = ", ".join([first, *letters])
    return f"{names} {value}" if value else names


# --- the manual page (man(7)) ---------------------------------------------------------------------


def run_man(arguments: Sequence[str], words: Words) -> int:
    """Print the page as groff reads it; `man -l -` shows it."""
    Parser("man", MAN).read(arguments)
    print("\n".join(_manual(words)))
    return PASSED


def _manual(words: Words) -> Iterator[str]:
    texts = _Texts(words.lang)
    title, _, about = page("sigcheck", words).partition("\n")
    name, _, summary = title.partition(" – ")
    yield '.\\" Written by "sigcheck man"; do not edit.'
    yield f'.TH SIGCHECK 1 "" "sigcheck {__version__}"'
    yield ".SH NAME"
    yield f"{name} \\- {summary}"
    yield f'.SH "{words.label("man_usage")}"'
    yield from _verbatim(about)
    for command in sorted(COMMANDS):
        before, _, after = texts.page(command).partition("{options}")
        yield f'.SH "{_escaped(f"sigcheck {command}")}"'
        yield from _verbatim(before)
        for heading, group in texts.grouped(command).items():
            yield f'.SS "{_escaped(heading)}"'
            for argument in group:
                value, text = texts.option(command, argument)
                yield ".TP"
                yield _escaped(_spelt(argument, value))
                yield _escaped(text)
        yield ".PP"
        yield from _verbatim(after)


def _verbatim(text: str) -> Iterator[str]:
    yield ".nf"
    for line in text.strip("\n").splitlines():
        yield _escaped(line)
    yield ".fi"


def _escaped(line: str) -> str:
    """Return a line no part of which groff takes for a request."""
    line = line.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{line}" if line.startswith((".", "'")) else line


# --- completion -----------------------------------------------------------------------------------


def run_completion(arguments: Sequence[str], words: Words) -> int:
    """Print the script for a shell."""
    shell = Parser("completion", COMPLETION).read(arguments).shell
    if not shell:
        raise CommandLineError("COMPLETION-SHELL", accepted=", ".join(SHELLS))
    print(shtab.complete(_tree(words), shell))
    return PASSED


RUN = {"completion": run_completion, "man": run_man}


def _tree(words: Words) -> argparse.ArgumentParser:
    """Return all commands in one parser, which is never used to parse."""
    texts = _Texts(words.lang)
    root = argparse.ArgumentParser(prog="sigcheck", add_help=False)
    for argument in arguments_of("sigcheck"):
        _describe(root, argument, texts, "sigcheck")
    commands = root.add_subparsers()
    for name in COMMANDS:
        parser = commands.add_parser(name, help=texts.summary(name), add_help=False)
        for argument in arguments_of(name):
            _describe(parser, argument, texts, name)
    return root


def _describe(
    parser: argparse.ArgumentParser, argument: Argument, texts: _Texts, command: str
) -> None:
    keywords: dict[str, Any] = {"nargs": argument.nargs}
    if argument.is_option:
        keywords = {"action": argument.action, "help": texts.option(command, argument)[1]}
    if argument.action == "switch":
        keywords["action"] = argparse.BooleanOptionalAction
    if argument.choices:
        keywords["choices"] = argument.choices
    described = parser.add_argument(*argument.names, **keywords)
    if argument.is_path:
        described.complete = shtab.FILE  # type: ignore[attr-defined]  # as shtab's manual says
