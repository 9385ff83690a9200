"""Sentences with places for facts: `{name}`, `{name:table}` and `[a piece left out]`."""

from __future__ import annotations

import re
from collections.abc import Callable

Show = Callable[[str, str], str]
"""(name, kind) -> the fact as text, empty when there is none."""

_PART = re.compile(r"\[([^\[\]]*)\]|\{(\w+)(?::(\w+))?\}")
_PLACE = re.compile(r"\{(\w+)(?::(\w+))?\}")


def fill(template: str, show: Show, missing: str = "?") -> str:
    """Return the sentence; a bracketed piece vanishes with the first fact it lacks.

    Facts are inserted once and never read again, so a fact that looks like a place stays as it is.
    """
    if "{" not in template and "[" not in template:
        return template

    def part(found: re.Match[str]) -> str:
        if found[1] is not None:
            return _piece(found[1], show)
        return show(found[2], found[3] or "") or missing

    return _PART.sub(part, template)


def _piece(inner: str, show: Show) -> str:
    values = [show(name, kind) for name, kind in _PLACE.findall(inner)]
    if not all(values):
        return ""
    remaining = iter(values)
    return _PLACE.sub(lambda _: next(remaining), inner)


def places(template: str) -> list[str]:
    """Return the names of the facts a sentence has places for, sorted."""
    return sorted({found[1] for found in _PLACE.finditer(template)})
