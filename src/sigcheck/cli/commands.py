"""The sub-commands: a name and the module that serves it, imported when it is called.

A module has `run(arguments, words) -> int`, an exit code; its help stands in
`data/words/help.{vi,en}.toml` under its name.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence

from sigcheck.render.words import Words

Command = Callable[[Sequence[str], Words], int]

COMMANDS = {
    "verify": "sigcheck.cli.verify",
    "explain": "sigcheck.cli.explain",
    "batch": "sigcheck.cli.batch",
    "trust": "sigcheck.cli.trust",
    "serve": "sigcheck.cli.serve",
    "completion": "sigcheck.cli.completion",
    "man": "sigcheck.cli.man",
    "revision": "sigcheck.cli.revision",
    "evidence": "sigcheck.cli.evidence",
    "replay": "sigcheck.cli.replay",
    "policy": "sigcheck.cli.policy",
    "ledger": "sigcheck.cli.ledger",
    "preserve": "sigcheck.cli.preserve",
}


def command(name: str) -> Command:
    """Return what runs a command; raises KeyError for one there is not."""
    run: Command = importlib.import_module(COMMANDS[name]).run
    return run
