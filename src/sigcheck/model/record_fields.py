"""What `dataclasses` sees of a record: as if the class were one of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

Attribute = tuple[object, Callable[[], object] | None, bool]
"""A field's default, what makes one, and whether it is shown."""


def dataclass_fields(
    name: str, attributes: Mapping[str, Attribute], nothing: object
) -> dict[str, Any]:
    """Return the fields of a dataclass of this name and these attributes.

    A default that is `nothing` is none.
    """
    likeness = type(name, (), {"__annotations__": dict.fromkeys(attributes, "Any")})
    for own, (default, factory, shown) in attributes.items():
        described: Any = dataclasses.field(repr=shown)
        if factory:
            described = dataclasses.field(default_factory=factory)
        elif default is not nothing:
            described = dataclasses.field(default=default, repr=shown)
        setattr(likeness, own, described)
    twin: Any = dataclasses.dataclass(kw_only=True)(likeness)
    fields: dict[str, Any] = twin.__dataclass_fields__
    return fields
