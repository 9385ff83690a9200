"""Commands that a page only mentions name commands and options there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sigcheck.cli.manual import arguments_of
from sigcheck.cli.parser import COMMANDS
from tests.conftest import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
MENTION = re.compile(
    r"^ *(?:\$ |ExecStart=\S*/)?sigcheck +([a-z][a-z-]*)(?![\w.])([^\n|]*)", re.MULTILINE
)
CODE = re.compile(r"```[a-z]*\n[\s\S]*?```|^ {4}.*$|`[^`\n]+`", re.MULTILINE)
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def mentions(page: Path) -> list[tuple[str, list[str]]]:
    """Return every command in the code of a page, with its long options."""
    chunks = [c.strip("`").replace("\\\n", " ") for c in CODE.findall(page.read_text("utf-8"))]
    found = [mention for chunk in chunks for mention in MENTION.findall(chunk)]
    return [(name, OPTION.findall(rest)) for name, rest in found]


def options_of(command: str) -> set[str]:
    """Return the options a command takes."""
    return {name for argument in arguments_of(command) for name in argument.names}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_options_exist(page: Path) -> None:
    """Nobody types what a page says and is told that there is no such option."""
    found = mentions(page)

    unknown = [name for name, _ in found if name not in {"help", *COMMANDS}]
    odd = [
        f"{name} {option}"
        for name, options in found
        if name in COMMANDS
        for option in options
        if option not in options_of(name)
    ]
    assert unknown == []
    assert odd == []


def test_commands_are_found_in_pages() -> None:
    """A pattern that finds nothing would pass every page."""
    assert sum(len(mentions(page)) for page in PAGES) > 40
