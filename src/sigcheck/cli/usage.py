"""Mistakes on the command line, each with the facts of its sentence."""

from __future__ import annotations

from sigcheck.errors import UsageError


class CommandLineError(UsageError):
    """A command line that cannot be carried out; `facts` fill its sentence in `data/words`."""

    def __init__(self, code: str, **facts: str) -> None:
        """Name the sentence and its facts."""
        super().__init__(facts.get("detail", ""), code=code)
        self.facts = facts
