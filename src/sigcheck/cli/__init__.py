"""The command line: parse arguments, call the API, pick a renderer, return an exit code."""

from __future__ import annotations

from sigcheck.cli.program import main

__all__ = ["main"]
