"""Which language to speak: asked for, configured, or the locale's; Vietnamese otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sigcheck.cli.settings import general
from sigcheck.render.words import LANGUAGES

VARIABLE = "SIGCHECK_LANG"
_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")


def language(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return the language of every sentence, complaints about the arguments included."""
    asked = _option(arguments) or environment.get(VARIABLE) or general("lang")
    if asked in LANGUAGES:
        return asked
    locale = next((environment[name] for name in _LOCALE if environment.get(name)), "")
    return "en" if locale.startswith("en") else "vi"


def _option(arguments: Sequence[str]) -> str:
    for at, argument in enumerate(arguments):
        if argument == "--":
            return ""
        if argument == "--lang":
            return next(iter(arguments[at + 1 :]), "")
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
    return ""
