"""`NamedTuple`, as `typing` has it, at a tenth of the cost of making a class.

For every class `typing` and `collections` compile a constructor and all annotations, half a
hundred microseconds each, forty times in a cold `sigcheck verify` (docs/adr/0004). Here a class is
given one of the constructors below, under the names of its own fields, and shares its other
methods. To a type checker this is `typing.NamedTuple`.
"""

from __future__ import annotations

from operator import itemgetter
from types import FunctionType
from typing import Any, NamedTuple

__all__ = ["NamedTuple"]

try:
    from collections import _tuplegetter as _getter  # type: ignore[attr-defined]  # C, as fast as can be
except ImportError:  # pragma: no cover - a Python to come

    def _getter(index: int, doc: str) -> Any:
        return property(itemgetter(index), doc=doc)


_new: Any = tuple.__new__
_SCOPE = {"_new": _new, "__name__": __name__}

_CONSTRUCTORS: tuple[Any, ...] = (
    lambda _cls: _new(_cls, ()),
    lambda _cls, a: _new(_cls, (a,)),
    lambda _cls, a, b: _new(_cls, (a, b)),
    lambda _cls, a, b, c: _new(_cls, (a, b, c)),
    lambda _cls, a, b, c, d: _new(_cls, (a, b, c, d)),
    lambda _cls, a, b, c, d, e: _new(_cls, (a, b, c, d, e)),
    lambda _cls, a, b, c, d, e, f: _new(_cls, (a, b, c, d, e, f)),
    lambda _cls, a, b, c, d, e, f, g: _new(_cls, (a, b, c, d, e, f, g)),
    lambda _cls, a, b, c, d, e, f, g, h: _new(_cls, (a, b, c, d, e, f, g, h)),
    lambda _cls, a, b, c, d, e, f, g, h, i: _new(_cls, (a, b, c, d, e, f, g, h, i)),
    lambda _cls, a, b, c, d, e, f, g, h, i, j: _new(_cls, (a, b, c, d, e, f, g, h, i, j)),
)
"""By their number of fields."""


class _Tuple(tuple[Any, ...]):
    """What all named tuples share."""

    __slots__ = ()
    _fields: tuple[str, ...]

    @classmethod
    def _make(cls, values: Any) -> Any:
        """Return a named tuple of these values."""
        made = _new(cls, values)
        if len(made) != len(cls._fields):
            raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(made)}")
        return made

    def _replace(self, /, **changes: Any) -> Any:
        """Return a copy with some values changed."""
        made = self._make(map(changes.pop, self._fields, self))
        if changes:
            raise ValueError(f"Got unexpected field names: {[*changes]!r}")
        return made

    def _asdict(self) -> dict[str, Any]:
        """Return the values by their names."""
        return dict(zip(self._fields, self, strict=True))

    def __repr__(self) -> str:
        values = zip(self._fields, self, strict=True)
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in values)})"

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)


class _NamedTupleType(type):
    """Makes, of what is written as a class of annotated names, a tuple."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> Any:
        if len(bases) != 1:
            raise TypeError("a NamedTuple has no other bases")
        fields = tuple(body.get("__annotations__", ()))
        defaults = {field: body[field] for field in fields if field in body}
        if (*defaults,) != fields[len(fields) - len(defaults) :]:
            raise TypeError("a field without a default cannot follow one with a default")
        body["__new__"] = _constructor(name, fields, tuple(defaults.values()))
        body["__slots__"] = ()
        body["_fields"] = body["__match_args__"] = fields
        body["_field_defaults"] = defaults
        for index, field in enumerate(fields):
            body[field] = _getter(index, "")
        return type(name, (_Tuple,), body)


def _constructor(name: str, fields: tuple[str, ...], defaults: tuple[Any, ...]) -> Any:
    if len(fields) < len(_CONSTRUCTORS):
        code = _CONSTRUCTORS[len(fields)].__code__.replace(co_varnames=("_cls", *fields))
        made: Any = FunctionType(code, _SCOPE, "__new__")
    else:
        values = ", ".join(fields)
        made = eval(f"lambda _cls, {values}: _new(_cls, ({values}))", _SCOPE)  # noqa: S307 - our own names
        made.__name__ = "__new__"
    made.__qualname__ = f"{name}.__new__"
    made.__defaults__ = defaults
    return made


# What is imported above is for type checkers, which know no other; from here on it is ours.
globals()["NamedTuple"] = type.__new__(_NamedTupleType, "NamedTuple", (), {"__slots__": ()})
