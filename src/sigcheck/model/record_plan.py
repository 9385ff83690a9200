"""What the methods of all records know of the class they are called for."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from sigcheck.model.named import NamedTuple

Setter = Callable[[object, object], None]

NOTHING: Any = object()
"""No default."""


class Attribute(NamedTuple):
    """How one field is filled and shown."""

    default: object
    factory: Callable[[], object] | None
    shown: bool


class Plan:
    """What the shared methods know of a class; most of it is found with the first instance."""

    __slots__ = ("after", "attributes", "cls", "fields", "kw_only", "puts", "values")

    cls: type[Any]
    attributes: dict[str, Attribute]
    """In the order of their definition, inherited ones first."""
    kw_only: bool
    puts: tuple[Setter, ...]
    """What stores in each slot."""
    fields: tuple[tuple[str, Setter, object, Callable[[], object] | None], ...]
    """Name, what stores it, default and what makes one."""
    values: Callable[[object], object]
    """All values of an instance: a tuple, or the bare value of a single field."""
    after: Callable[[object], None] | None
    """The class's `__post_init__`."""

    def __init__(self, cls: type[Any], attributes: dict[str, Attribute], kw_only: bool) -> None:  # noqa: FBT001 - called once
        self.cls = cls
        self.attributes = attributes
        self.kw_only = kw_only

    def __getattr__(self, name: str) -> Any:
        """Find what was not asked for so far."""
        if name not in self.__slots__:
            raise AttributeError(name)
        self.puts = tuple([getattr(self.cls, one).__set__ for one in self.attributes])
        self.fields = tuple(
            [
                (one, put, attribute.default, attribute.factory)
                for (one, attribute), put in zip(self.attributes.items(), self.puts, strict=True)
            ]
        )
        self.values = attrgetter(*self.attributes) if self.attributes else _no_values
        self.after = getattr(self.cls, "__post_init__", None)
        return object.__getattribute__(self, name)


def _no_values(_: object) -> tuple[()]:
    return ()
