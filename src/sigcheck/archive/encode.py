"""Records of the model as plain JSON values: deterministic, each field by its own name.

Some records stand in one file hundreds of times over (`shared`): each is written once, in a table,
and its number takes its place. Five signatures share their changes; a hostile file has thousands.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from typing import Any

Tree = Any
"""What JSON knows: objects, arrays, text, numbers, true, false, null."""


class Encoder:
    """Turns values into plain ones; the tables of shared records fill on the way."""

    def __init__(self, shared: Iterable[type[Any]] = ()) -> None:
        """Name the classes that are written once each."""
        self._numbers: dict[type[Any], dict[object, int]] = {kind: {} for kind in shared}

    def tree(self, value: object) -> Tree:
        """Return a value as JSON can say it; raises TypeError for one it can't."""
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, Enum):
            return value.value if isinstance(value, str) else value.name
        if isinstance(value, str | int | float):
            return value
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, bytes):
            return b64encode(value).decode("ascii")
        return self._composed(value)

    def tables(self) -> dict[str, list[Tree]]:
        """Return the shared records by class, each at the place of its number."""
        return {
            kind.__name__: [self._fields(value) for value in numbers]
            for kind, numbers in self._numbers.items()
        }

    def _composed(self, value: object) -> Tree:
        if isinstance(value, tuple):
            return [self.tree(member) for member in value]
        if isinstance(value, frozenset):
            return sorted(self.tree(member) for member in value)
        if isinstance(value, Mapping):
            members = ((str(self.tree(key)), self.tree(value[key])) for key in value)
            return dict(sorted(members))
        numbers = self._numbers.get(type(value))
        if numbers is not None:
            return numbers.setdefault(value, len(numbers))
        return self._fields(value)

    def _fields(self, value: object) -> Tree:
        found = plan(type(value))
        if found is None:
            raise TypeError(f"{type(value).__name__} is no record")
        return {name: self.tree(getattr(value, name)) for name in found}


def plan(kind: type[Any]) -> tuple[str, ...] | None:
    """Return the fields of a class of structs, None for any other class."""
    return getattr(kind, "__struct_fields__", None)
