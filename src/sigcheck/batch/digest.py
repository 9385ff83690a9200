"""One number for a policy: the same in every process, another for every other policy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from enum import Enum

from msgspec import Struct


def digest(value: object) -> str:
    """Return SHA-256, hexadecimal, over records, mappings, sets, sequences and plain values.

    Sets and mappings count in the order of their members' text: their own changes with the process.
    """
    return hashlib.sha256("\n".join(_lines(value)).encode("utf-8", "surrogatepass")).hexdigest()


def _lines(value: object) -> Iterator[str]:
    if isinstance(value, Enum):
        yield f"{type(value).__name__}.{value.name}"
    elif isinstance(value, Mapping):
        yield from _bracketed("{", sorted(f"{digest(k)}{digest(v)}" for k, v in value.items()))
    elif isinstance(value, set | frozenset):
        yield from _bracketed("<", sorted(digest(member) for member in value))
    elif isinstance(value, tuple | list):
        yield from _bracketed("[", [digest(member) for member in value])
    elif isinstance(value, Struct):
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        yield type(value).__name__
        yield digest(fields)
    else:
        yield repr(value)


def _bracketed(mark: str, members: list[str]) -> Iterator[str]:
    yield f"{mark}{len(members)}"
    yield from members
