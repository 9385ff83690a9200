"""Our `NamedTuple` behaves as that of `typing`: each rule is tried on both."""

from __future__ import annotations

import copy
import pickle
import re
import typing
from pathlib import Path
from typing import Any

import pytest

import sigcheck
from sigcheck.model.named import NamedTuple


class Point(NamedTuple):
    """Ours."""

    x: int
    y: int = 2
    tags: tuple[int, ...] = ()

    @property
    def total(self) -> int:
        """Return the sum of two fields."""
        return self.x + self.y

    def moved(self) -> Point:
        """Return another."""
        return Point(self.x + 1, *self[1:])


class Twin(typing.NamedTuple):
    """That of the standard library."""

    x: int
    y: int = 2
    tags: tuple[int, ...] = ()


class Empty(NamedTuple):
    """Without a field."""


class Long(NamedTuple):
    """More fields than are prepared for."""

    a: int
    b: int
    c: int
    d: int
    e: int
    f: int
    g: int
    h: int
    i: int
    j: int
    k: int
    l: int = 12  # noqa: E741 - a letter among others


CALLS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((1,), {}),
    ((1, 3), {"tags": (4,)}),
    ((), {"x": 1, "y": 5}),
    ((), {}),
    ((1, 2, (), 4), {}),
    ((1,), {"x": 1}),
    ((1,), {"q": 1}),
]


def _outcome(make: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    try:
        return repr(make(*args, **kwargs)).replace("Twin", "Point")
    except TypeError as problem:
        return str(problem).replace("Twin", "Point")


@pytest.mark.parametrize(("args", "kwargs"), CALLS)
def test_construction_goes_as_with_typing(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Every call has the same result or the same complaint."""
    assert _outcome(Point, args, kwargs) == _outcome(Twin, args, kwargs)


@pytest.mark.parametrize("count", range(12))
def test_every_number_of_fields_works(count: int) -> None:
    """Those with a constructor at hand, and those beyond."""
    names = [f"n{i}" for i in range(count)]
    body = {"__annotations__": dict.fromkeys(names, "int"), "__module__": __name__}
    made = _made(body)

    value = made(*range(count))

    assert tuple(value) == tuple(range(count))
    assert [getattr(value, name) for name in names] == [*range(count)]
    assert made(**dict(zip(names, range(count), strict=True))) == value
    with pytest.raises(TypeError):
        made(*range(count + 1))


def _made(body: dict[str, Any]) -> Any:
    base: Any = NamedTuple
    return type(base)("Made", (base,), dict(body))


def test_it_is_a_tuple() -> None:
    """It unpacks, compares, hashes and indexes as one."""
    x, y, tags = Point(1)

    assert (x, y, tags) == (1, 2, ()) == Point(1)
    assert hash(Point(1)) == hash((1, 2, ()))
    assert isinstance(Point(1), tuple)
    assert Point(1)[1] == 2
    assert Point(1) < Point(2)
    assert Empty() == ()
    assert Long(*range(11)).l == 12


def test_methods_and_names_are_kept() -> None:
    """Properties, methods, the docstring, what patterns and other libraries look for."""
    assert Point(1).total == 3
    assert Point(1).moved() == Point(2)
    assert Point.__doc__ == "Ours."
    assert Point._fields == Point.__match_args__ == Twin._fields
    assert Point._field_defaults == Twin._field_defaults
    assert Point.__module__ == __name__
    match Point(1, 5):
        case Point(_, y):
            assert y == 5


def test_the_helpers_go_as_with_typing() -> None:
    """`_asdict`, `_make`, `_replace`."""
    assert Point(1)._asdict() == Twin(1)._asdict()
    assert Point._make([1, 2, ()]) == Point(1)
    assert Point(1)._replace(y=7) == Point(1, 7)
    with pytest.raises(TypeError):
        Point._make([1])
    with pytest.raises(ValueError, match="q"):
        Point(1)._replace(q=1)  # type: ignore[call-arg]


def test_it_travels() -> None:
    """Between processes and into copies."""
    for value in (Point(1, 2, (3,)), Empty(), Long(*range(12))):
        for made in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value), copy.copy(value)):
            assert made == value
            assert type(made) is type(value)


def test_it_has_no_room_for_other_names() -> None:
    """Nothing can be assigned."""
    for name in ("x", "other"):
        with pytest.raises(AttributeError):
            setattr(Point(1), name, 1)
    assert not hasattr(Point(1), "__dict__")


def test_mistakes_are_told() -> None:
    """A default before a field without one, a second base."""
    with pytest.raises(TypeError, match="default"):
        _made({"__annotations__": {"x": "int", "y": "int"}, "x": 1, "__module__": __name__})
    base: Any = NamedTuple
    with pytest.raises(TypeError, match="bases"):
        type(base)("Made", (base, dict), {"__module__": __name__})


def test_ours_is_used() -> None:
    """No module makes a class by the dear ones of the standard library."""
    dear = re.compile(r"^from (typing import .*NamedTuple|enum import .*StrEnum)", re.MULTILINE)
    found = [
        path.name
        for path in Path(sigcheck.__path__[0]).rglob("*.py")
        if dear.search(path.read_text("utf-8"))
    ]

    assert sorted(found) == ["enums.py", "named.py"]
