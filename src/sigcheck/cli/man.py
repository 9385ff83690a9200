"""`sigcheck man`: the manual page, made of the pages of `--help`; read it with `man -l -`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sigcheck._version import __version__
from sigcheck.cli import exits
from sigcheck.cli.commands import COMMANDS
from sigcheck.cli.help import help_text
from sigcheck.cli.parser import Parser
from sigcheck.render.words import Words


def run(arguments: Sequence[str], words: Words) -> int:
    """Print the page as groff reads it."""
    use = Parser("man")
    use.add_argument("--lang")
    use.parse(arguments)
    print("\n".join(manual(words)))
    return exits.PASSED


def manual(words: Words) -> Iterator[str]:
    """Yield the lines of the page (man(7))."""
    title, _, about = help_text("sigcheck", words).partition("\n")
    name, _, summary = title.partition(" – ")
    yield '.\\" Made by "sigcheck man"; do not edit.'
    yield f'.TH SIGCHECK 1 "" "sigcheck {__version__}"'
    yield ".SH NAME"
    yield _escaped(f"{name} \\- {summary}", keep=True)
    yield from _section(words.label("man_usage"), about)
    for command in sorted(COMMANDS):
        yield from _section(f"sigcheck {command}", help_text(command, words))


def _section(title: str, text: str) -> Iterator[str]:
    yield f'.SH "{_escaped(title)}"'
    yield ".nf"  # the pages are laid out already
    for line in text.strip("\n").splitlines():
        yield _escaped(line)
    yield ".fi"


def _escaped(line: str, *, keep: bool = False) -> str:
    """Return a line no part of which groff takes for a request."""
    if not keep:
        line = line.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{line}" if line.startswith((".", "'")) else line
