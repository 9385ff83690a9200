"""Sentences with places for facts: `{name}`, `{name:table}` and `[a piece left out]`."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

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

    said = []
    for part in _parts(template):
        if isinstance(part, str):
            said.append(part)
        elif isinstance(part, list):
            said.append(_piece(part, show))
        else:
            said.append(show(*part) or missing)
    return "".join(said)


Place = tuple[str, str]
"""The name of a fact and the table it is looked up in, or nothing."""


def _piece(inner: list[str | Place], show: Show) -> str:
    values = [part if isinstance(part, str) else show(*part) for part in inner]
    return "".join(values) if all(values) else ""


@lru_cache(maxsize=2048)
def _parts(template: str) -> tuple[str | Place | list[str | Place], ...]:
    """Return a sentence taken apart: text, places, and the pieces that may be left out."""
    parts: list[str | Place | list[str | Place]] = []
    end = 0
    for found in _PART.finditer(template):
        parts += [template[end : found.start()]] if found.start() > end else []
        parts.append(_places(found[1]) if found[1] is not None else (found[2], found[3] or ""))
        end = found.end()
    return (*parts, template[end:])


def _places(inner: str) -> list[str | Place]:
    parts: list[str | Place] = []
    end = 0
    for found in _PLACE.finditer(inner):
        parts += [inner[end : found.start()]] if found.start() > end else []
        parts.append((found[1], found[2] or ""))
        end = found.end()
    return [*parts, inner[end:]] if end < len(inner) else parts


def places(template: str) -> list[str]:
    """Return the names of the facts a sentence has places for, sorted."""
    return sorted({found[1] for found in _PLACE.finditer(template)})
