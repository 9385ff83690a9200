"""`sigcheck explain CODE`: what a finding, a reason code or an error means and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from sigcheck.cli import exits
from sigcheck.cli.parser import Parser
from sigcheck.cli.usage import CommandLineError
from sigcheck.render.explain import explanation, known_codes
from sigcheck.render.words import Words


def run(arguments: Sequence[str], words: Words) -> int:
    """Print the words for each code, or every code there is with what it asks or means."""
    found = _parser().parse(arguments)
    if found.list:
        print("\n".join(f"{code:<26}  {meaning}" for code, meaning in known_codes(words)))
        return exits.PASSED
    if not found.codes:
        raise CommandLineError("CODE-MISSING")
    print("\n\n".join(_explained(code, words) for code in found.codes))
    return exits.PASSED


def _parser() -> Parser:
    found = Parser("explain")
    found.add_argument("codes", nargs="*")
    found.add_argument("--list", action="store_true")
    found.add_argument("--lang")
    return found


def _explained(code: str, words: Words) -> str:
    # Codes of checks are in capitals, those of anomalies are not; nobody has to remember which.
    text = explanation(code.upper(), words) or explanation(code.lower(), words)
    if not text:
        raise CommandLineError("CODE-UNKNOWN", detail=code)
    return text
