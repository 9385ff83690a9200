"""`sigcheck explain CODE`: what a finding, a reason code or an error means and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from sigcheck.cli import exits
from sigcheck.cli.parser import Parser
from sigcheck.cli.usage import CommandLineError
from sigcheck.render.explain import explanation
from sigcheck.render.words import Words


def run(arguments: Sequence[str], words: Words) -> int:
    """Print the words for each code."""
    use = Parser("explain")
    use.add_argument("codes", nargs="*")
    use.add_argument("--lang")
    codes = use.parse(arguments).codes
    if not codes:
        raise CommandLineError("CODE-MISSING")
    print("\n\n".join(_explained(code, words) for code in codes))
    return exits.PASSED


def _explained(code: str, words: Words) -> str:
    text = explanation(code.upper(), words)
    if not text:
        raise CommandLineError("CODE-UNKNOWN", detail=code)
    return text
