"""`Enum` and `StrEnum`, as the standard library has them, at a fifth of the cost of making a class.

`enum` looks at every name of a class half a dozen times, for flags, aliases and mixed types none of
ours has: a tenth of a millisecond each, five times a dozen in a cold `sigcheck verify`
(docs/adr/0004). Here a class whose members are plain constants is put together at once, after the
model of one that `enum` made: an enumeration of `enum`'s in all respects. Anything else, and a
Python whose enumerations look otherwise, is left to `enum`. To a type checker these are `enum`'s.
"""

from __future__ import annotations

import enum
from collections.abc import Collection
from enum import Enum, StrEnum
from types import FunctionType
from typing import Any

__all__ = ["Enum", "StrEnum"]

_CONTENTS = {
    "_member_names_": list,
    "_member_map_": dict,
    "_value2member_map_": dict,
    "_unhashable_values_": list,
}
"""What of an enumeration is not shared with others of its kind, empty."""
_OF_A_MEMBER = {"_value_", "_name_", "__objclass__", "_sort_order_"}
_METHODS = (FunctionType, property, classmethod, staticmethod)


class _Maker(type):
    """Makes, of what is written as a class of constants, an enumeration."""

    base: Any
    """The enumeration of the standard library it is one of."""
    taken: frozenset[str]
    """Names its members cannot have without further ado."""
    model: dict[str, Any]
    """What the dictionary of such a class holds; nothing where `enum` must make it."""

    def __new__(cls, name: str, bases: tuple[Any, ...], body: dict[str, Any]) -> Any:
        kind = bases[0]
        values = {k: v for k, v in body.items() if k[:1] != "_" and not isinstance(v, _METHODS)}
        if len(bases) == 1 and kind.model and _are_plain(values, kind, body):
            return _made(name, kind, values, body)
        return _left_to_enum(name, (kind.base, *bases[1:]), body)


def _are_plain(values: dict[str, Any], kind: Any, body: dict[str, Any]) -> bool:
    """Say whether there is nothing about the members that `enum` would have to look into."""
    kinds = _WORDS if issubclass(kind.base, str) else _CONSTANTS
    if not all(map(kinds.__contains__, map(type, values.values()))):
        return False
    private = {key for key in body if key[:1] == "_"}
    return private <= _OWN and _are_distinct(values.values()) and kind.taken.isdisjoint(values)


def _are_distinct(values: Collection[object]) -> bool:
    try:
        return len({*values}) == len(values)
    except TypeError:  # a tuple of something changing
        return False


_WORDS = frozenset({str})
_CONSTANTS = frozenset({str, int, tuple})
_OWN = frozenset({"__module__", "__qualname__", "__doc__", "__init__", "__str__"})


def _made(name: str, kind: Any, values: dict[str, Any], body: dict[str, Any]) -> Any:
    contents: dict[str, Any] = {key: empty() for key, empty in _CONTENTS.items()}
    own = {key: value for key, value in body.items() if key not in values}
    made = type.__new__(enum.EnumType, name, (kind.base,), {**kind.model, **contents, **own})
    names, by_name = contents["_member_names_"], contents["_member_map_"]
    by_value = contents["_value2member_map_"]
    new: Any = str.__new__ if issubclass(kind.base, str) else object.__new__
    more = new is str.__new__
    starts = "__init__" in body
    for order, (key, value) in enumerate(values.items()):
        member: Any = new(made, value) if more else new(made)
        member._value_ = value
        member._name_ = key
        member.__objclass__ = made
        if starts:
            member.__init__(*(value if isinstance(value, tuple) else (value,)))
        member._sort_order_ = order
        names.append(key)
        by_name[key] = by_value[value] = member
        type.__setattr__(made, key, member)
    return made


def _left_to_enum(name: str, bases: tuple[Any, ...], body: dict[str, Any]) -> Any:
    written = enum.EnumType.__prepare__(name, bases)
    for key, value in body.items():
        written[key] = value
    return enum.EnumType(name, bases, written)


def _kind(base: Any, example: Any) -> Any:
    """Return what stands for an enumeration of the standard library as a base class."""
    found = {**vars(example)}
    members = [vars(found.pop(name)).keys() for name in example.__members__]
    empty = {key: type(found.pop(key, None)) for key in _CONTENTS}
    model = {key: value for key, value in found.items() if key not in _OWN or key == "__str__"}
    alike = empty == _CONTENTS and all(m == _OF_A_MEMBER for m in members) and {*model} <= _SHARED
    taken = frozenset().union(*map(vars, base.__mro__))
    body = {"__slots__": (), "base": base, "taken": taken, "model": model if alike else {}}
    return type.__new__(_Maker, base.__name__, (), body)


_SHARED = {
    "__format__",
    "__new__",
    "__str__",
    "_generate_next_value_",
    "_member_type_",
    "_new_member_",
    "_use_args_",
    "_value_repr_",
}
_EXAMPLE = _left_to_enum("Example", (enum.Enum,), {"__module__": __name__, "A": "a"})

# What is imported above is for type checkers; from here on it is ours.
globals().update(Enum=_kind(enum.Enum, _EXAMPLE), StrEnum=_kind(enum.StrEnum, enum.FlagBoundary))
