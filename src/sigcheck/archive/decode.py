"""Plain JSON values back into records of the model, strictly.

Reading believes nothing: an unknown field, a wrong type or a value no enum has is refused. A field
that is not there takes its default, for a file written before the field was thought of.
"""

from __future__ import annotations

import types
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum, IntEnum
from functools import cache
from typing import Any, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

from sigcheck.archive.encode import Tree, plan
from sigcheck.errors import PackageError

T = TypeVar("T")

_UNIONS = (Union, types.UnionType)


class Decoder:
    """Turns plain values into those of the model; raises PackageError for whatever doesn't fit."""

    def __init__(self, tables: Mapping[str, Sequence[Tree]], shared: Iterable[type[Any]]) -> None:
        """Read the tables of the shared records."""
        self._tables: dict[type[Any], list[Any]] = {}
        for kind in shared:
            rows = tables.get(kind.__name__, [])
            where = kind.__name__
            self._tables[kind] = [self._record(kind, row, where) for row in rows]

    def value(self, kind: Any, tree: Tree, where: str) -> Any:
        """Return a value of a type as an annotation names it; `where` is for the complaint."""
        origin = get_origin(kind)
        if origin in _UNIONS:
            return self._either(get_args(kind), tree, where)
        if origin is not None:
            return self._collection(origin, get_args(kind), tree, where)
        if kind in self._tables:
            return self._shared(kind, tree, where)
        if plan(kind) is not None:
            return self._record(kind, tree, where)
        return _scalar(kind, tree, where)

    def _either(self, kinds: Sequence[Any], tree: Tree, where: str) -> Any:
        if tree is None and types.NoneType in kinds:
            return None
        fitting = [kind for kind in kinds if _fits(kind, tree)]
        if len(fitting) != 1:
            _refuse(where, "none of the types it may have")
        return self.value(fitting[0], tree, where)

    def _collection(self, origin: Any, kinds: Sequence[Any], tree: Tree, where: str) -> Any:
        if isinstance(origin, type) and issubclass(origin, Mapping):
            _require(isinstance(tree, dict), where, "no object")
            key, value = kinds
            return {
                self.value(key, k, where): self.value(value, v, f"{where}.{k}")
                for k, v in tree.items()
            }
        _require(isinstance(tree, list), where, "no list")
        if origin is tuple and kinds[-1] is not Ellipsis:
            _require(len(tree) == len(kinds), where, f"not {len(kinds)} members")
            pairs = zip(kinds, tree, strict=True)
            return tuple(self.value(kind, member, where) for kind, member in pairs)
        found = [self.value(kinds[0], member, where) for member in tree]
        return frozenset(found) if origin is frozenset else tuple(found)

    def _shared(self, kind: type[Any], tree: Tree, where: str) -> Any:
        table = self._tables[kind]
        if not isinstance(tree, int) or isinstance(tree, bool) or not 0 <= tree < len(table):
            _refuse(where, f"no number of a {kind.__name__}")
        return table[tree]

    def _record(self, kind: type[T], tree: Tree, where: str) -> T:
        _require(isinstance(tree, dict), where, "no object")
        hints = _hints(kind)  # type: ignore[arg-type] # a class is hashable
        if unknown := sorted(tree.keys() - hints.keys()):
            _refuse(where, f"unknown field {unknown[0]}")
        given = {
            name: self.value(hints[name], member, f"{where}.{name}")
            for name, member in tree.items()
        }
        try:
            return kind(**given)
        except TypeError as problem:
            raise PackageError(f"{where}: {problem}") from problem


def _fits(kind: Any, tree: Tree) -> bool:
    """Say by its JSON type alone whether a value may be of a kind: enough for our unions."""
    origin = get_origin(kind) or kind
    if isinstance(tree, dict):
        return isinstance(origin, type) and (
            issubclass(origin, Mapping) or plan(origin) is not None
        )
    if isinstance(tree, list):
        return origin in (tuple, frozenset)
    if isinstance(tree, str):
        return origin in (str, bytes, date, datetime) or _is_enum(origin)
    if isinstance(tree, bool):
        return origin is bool
    number = isinstance(tree, int) and (origin is int or plan(origin) is not None)
    return number or (origin is float and isinstance(tree, int | float))


def _scalar(kind: Any, tree: Tree, where: str) -> Any:
    reader = _READERS.get(kind)
    if reader is None and _is_enum(kind):
        _require(isinstance(tree, str), where, "no text")
        reader = _enum_reader(kind)
    if reader is None:
        raise TypeError(f"{kind!r} has no JSON form")
    try:
        found = reader(tree)
    except (ValueError, KeyError) as problem:
        raise PackageError(f"{where}: {problem}") from problem
    if found is _NOTHING:
        _refuse(where, f"no {kind.__name__}")
    return found


_NOTHING = object()


def _of(*kinds: type[Any]) -> Callable[[Tree], Any]:
    """Return what takes a value of exactly these types: to Python a truth value is a number."""
    return lambda tree: tree if type(tree) in kinds else _NOTHING


def _text(read: Callable[[str], Any]) -> Callable[[Tree], Any]:
    return lambda tree: read(tree) if isinstance(tree, str) else _NOTHING


_READERS: Mapping[Any, Callable[[Tree], Any]] = {
    str: _of(str),
    bool: _of(bool),
    int: _of(int),
    float: _of(int, float),
    date: _text(date.fromisoformat),
    datetime: _text(datetime.fromisoformat),
    bytes: _text(lambda text: b64decode(text, validate=True)),
}


def _is_enum(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)


@cache
def _enum_reader(kind: type[Enum]) -> Callable[[Tree], Any]:
    by_value = issubclass(kind, str) and not issubclass(kind, IntEnum)
    known = {member.value if by_value else member.name: member for member in kind}
    return lambda tree: known[tree]


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    found = plan(kind)
    return {name: hints[name] for name in found} if found else {}


def _require(holds: bool, where: str, complaint: str) -> None:  # noqa: FBT001 - an assertion
    if not holds:
        _refuse(where, complaint)


def _refuse(where: str, complaint: str) -> NoReturn:
    raise PackageError(f"{where}: {complaint}")
