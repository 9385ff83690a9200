"""The command line: parse arguments, call the API, pick a renderer, return an exit code."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run `sigcheck` with these arguments and return its exit code.

    Without arguments it is the process: it takes those of the process, and does not come back.
    """
    if argv is None:
        return _process()
    from sigcheck.cli.program import run

    return run(argv)


def _process() -> int:
    # Two hundred modules and one document make no garbage worth a search.
    gc.disable()
    from sigcheck.cli.pack import use

    arguments = sys.argv[1:]
    pack = use()
    from sigcheck.ahead import begin

    begin(arguments)
    if _verifies(arguments):
        try:
            pack.preload()
        except KeyboardInterrupt:
            return 130  # as `run` ends when interrupted (cli/exits.py)
    from sigcheck.cli.leave import leave
    from sigcheck.cli.program import run

    return leave(run(arguments), pack)


def _verifies(arguments: Sequence[str]) -> bool:
    """Say whether this is a verification, as far as can be said before anything is imported."""
    return "verify" in arguments[:1] and not {"-h", "--help"} & set(arguments)
