"""`--help`: whole pages of words, with examples."""

from __future__ import annotations

from sigcheck.cli.commands import COMMANDS
from sigcheck.config.data import load_data
from sigcheck.render.words import Words


def help_text(name: str, words: Words) -> str:
    """Return the help page of a command, or of `sigcheck` itself with its list of commands."""
    pages = load_data(f"words/help.{words.lang}.toml")
    page = str(pages["pages"][name]).strip()
    listed = "\n".join(f"  {c:<10} {pages['summaries'][c]}" for c in sorted(COMMANDS))
    return page.replace("{commands}", listed)
