"""`--help`: whole pages of words, with examples."""

from __future__ import annotations

import tomllib
from pathlib import Path

from sigcheck.cli.commands import COMMANDS
from sigcheck.render.words import Words

_FOLDER = Path(__file__).resolve().parent.parent / "data" / "words"


def help_text(name: str, words: Words) -> str:
    """Return the help page of a command, or of `sigcheck` itself with its list of commands."""
    pages = tomllib.loads((_FOLDER / f"help.{words.lang}.toml").read_text("utf-8"))
    page = str(pages["pages"][name]).strip()
    listed = "\n".join(f"  {c:<10} {pages['summaries'][c]}" for c in sorted(COMMANDS))
    return page.replace("{commands}", listed)
