"""The JSON files of a package: evidence, policy, what the package is; one form for one content.

msgspec would write the same structs in another form: here records that many signatures share
stand once in a table, enumerations that are numbers are written by name, and UTC as `+00:00`.
"""

from __future__ import annotations

import json
import re
import types
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

from msgspec.structs import replace

from sigcheck.errors import PackageError
from sigcheck.model.evidence import Anomaly, CertificateFacts, ChangeItem, DocumentEvidence
from sigcheck.model.policy import Policy
from sigcheck.render.sanitize import mask

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
        found = _fields_of(type(value))
        if found is None:
            raise TypeError(f"{type(value).__name__} is no record")
        return {name: self.tree(getattr(value, name)) for name in found}


def _fields_of(kind: type[Any]) -> tuple[str, ...] | None:
    """Return the fields of a class of structs, None for any other class."""
    return getattr(kind, "__struct_fields__", None)


# --- Plain JSON values back into records of the model, strictly

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
        if _fields_of(kind) is not None:
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
            issubclass(origin, Mapping) or _fields_of(origin) is not None
        )
    if isinstance(tree, list):
        return origin in (tuple, frozenset)
    if isinstance(tree, str):
        return origin in (str, bytes, date, datetime) or _is_enum(origin)
    if isinstance(tree, bool):
        return origin is bool
    number = isinstance(tree, int) and (origin is int or _fields_of(origin) is not None)
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
    by_value = issubclass(kind, str)
    known = {member.value if by_value else member.name: member for member in kind}
    return lambda tree: known[tree]


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    found = _fields_of(kind)
    return {name: hints[name] for name in found} if found else {}


def _require(holds: bool, where: str, complaint: str) -> None:  # noqa: FBT001 - an assertion
    if not holds:
        _refuse(where, complaint)


def _refuse(where: str, complaint: str) -> NoReturn:
    raise PackageError(f"{where}: {complaint}")


# --- Citizen identity numbers

_NUMBER = rb"(?:CCCD|CMND|CMT)[ ]?[:=][ ]?[0-9A-Z]{5}"
_WIDE = rb"\x00" + rb"\x00".join(
    part for part in (rb"(?:C\x00C\x00C\x00D|C\x00M\x00N\x00D|C\x00M\x00T)", rb"[:=]", rb"[0-9A-Z]")
)
_IN_BYTES = re.compile(_NUMBER + rb"|" + _WIDE, re.IGNORECASE)
"""As in `render.sanitize`, in a UTF8String or a BMPString of a certificate."""


def masked(tree: Tree) -> Tree:
    """Return plain JSON values with every identity number as `CCCD:…1234`."""
    if isinstance(tree, str):
        return mask(tree)
    if isinstance(tree, list):
        return [masked(member) for member in tree]
    if isinstance(tree, dict):
        return {mask(key): masked(member) for key, member in tree.items()}
    return tree


def tells_identity(data: bytes) -> bool:
    """Say whether DER holds a citizen identity number: a signed object can't be masked."""
    return _IN_BYTES.search(data) is not None


# --- The JSON files of a package

_EVIDENCE = "sigcheck.evidence/1"
_POLICY = "sigcheck.policy/1"

_SHARED = (Anomaly, CertificateFacts, ChangeItem)


def evidence_bytes(evidence: DocumentEvidence, *, full: bool = True) -> bytes:
    """Return the recorded evidence; its materials are files of their own.

    Without `full`, citizen identity numbers are masked.
    """
    return _written(_EVIDENCE, replace(evidence, materials={}), _SHARED, full=full)


def read_evidence(data: bytes) -> DocumentEvidence:
    """Return the evidence of a file; raises PackageError for anything that isn't one."""
    return _read(_EVIDENCE, DocumentEvidence, data, _SHARED)


def policy_bytes(policy: Policy) -> bytes:
    """Return a policy with all it builds on."""
    return _written(_POLICY, policy, ())


def read_policy(data: bytes) -> Policy:
    """Return the policy of a file; raises PackageError."""
    return _read(_POLICY, Policy, data, ())


def record_bytes(schema: str, value: object, *, full: bool = True) -> bytes:
    """Return any record of ours under the name of its schema; `full` as for evidence."""
    return _written(schema, value, (), full=full)


def read_record(schema: str, kind: type[T], data: bytes) -> T:
    """Return what `record_bytes` wrote; raises PackageError."""
    return _read(schema, kind, data, ())


def canonical(tree: Tree) -> bytes:
    """Return JSON with one possible spelling: sorted, without blanks, ASCII, a line end."""
    text = json.dumps(tree, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii") + b"\n"


def parsed(data: bytes, where: str) -> dict[str, Any]:
    """Return a JSON object; raises PackageError for a name given twice, NaN, or broken JSON."""
    try:
        found = json.loads(data, object_pairs_hook=_distinct, parse_constant=_no_constant)
    except (ValueError, RecursionError) as problem:
        raise PackageError(f"{where}: {problem}") from problem
    if not isinstance(found, dict):
        raise PackageError(f"{where}: no object")
    return found


def _written(
    schema: str, value: object, shared: Iterable[type[Any]], *, full: bool = True
) -> bytes:
    encoder = Encoder(shared)
    tree = {"schema": schema, "value": encoder.tree(value)}
    if shared:
        tree["tables"] = encoder.tables()
    return canonical(tree if full else masked(tree))


def _read(schema: str, kind: type[T], data: bytes, shared: Iterable[type[Any]]) -> T:
    tree = parsed(data, schema)
    if tree.get("schema") != schema:
        raise PackageError(f"{schema}: another schema, {str(tree.get('schema'))[:80]}")
    tables = tree.get("tables", {})
    if not isinstance(tables, dict) or not all(isinstance(t, list) for t in tables.values()):
        raise PackageError(f"{schema}: tables")
    if unknown := tree.keys() - {"schema", "value", "tables"}:
        raise PackageError(f"{schema}: unknown field {min(unknown)}")
    try:
        found: T = Decoder(tables, shared).value(kind, tree.get("value"), kind.__name__)
    except RecursionError as problem:
        raise PackageError(f"{schema}: nested too deeply") from problem
    return found


def _distinct(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
