"""`sigcheck trust`: the user's trust store, one module a verb."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence

from sigcheck.cli.usage import CommandLineError
from sigcheck.render.words import Words

VERBS = {
    "list": "sigcheck.cli.trust_list",
    "import": "sigcheck.cli.trust_import",
    "fetch": "sigcheck.cli.trust_fetch",
    "remove": "sigcheck.cli.trust_remove",
    "verify": "sigcheck.cli.trust_verify",
    "export": "sigcheck.cli.trust_export",
}


def run(arguments: Sequence[str], words: Words) -> int:
    """Find the verb and run it; return its exit code."""
    rest = list(arguments)
    at = next((i for i, word in enumerate(rest) if word in VERBS), None)
    if at is None:
        verb = next((word for word in rest if not word.startswith("-")), "")
        raise CommandLineError("USAGE-TRUST-VERB", detail=verb)
    serve: Callable[[Sequence[str], Words], int]
    serve = importlib.import_module(VERBS[rest.pop(at)]).run
    return serve(rest, words)
