"""The command line: parse arguments, call the API, pick a renderer, return an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run `sigcheck` with these arguments (default: the process's) and return its exit code."""
    from sigcheck.cli.program import run

    return run(sys.argv[1:] if argv is None else argv)
