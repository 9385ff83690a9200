"""Records behave as the dataclasses they stand in for: each rule is tried on both."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any, ClassVar

import pytest

from sigcheck.model import record as ours


@ours.record
class Point:
    """A record of every kind of field."""

    x: int
    y: int = 2
    tags: list[int] = ours.field(default_factory=list)
    hidden: int = ours.field(default=0, repr=False)
    shared: ClassVar[int] = 7

    @property
    def total(self) -> int:
        """Return the sum of two fields."""
        return self.x + self.y


@dataclasses.dataclass(frozen=True, slots=True)
class Twin:
    """The same by the standard library."""

    x: int
    y: int = 2
    tags: list[int] = dataclasses.field(default_factory=list)
    hidden: int = dataclasses.field(default=0, repr=False)
    shared: ClassVar[int] = 7


@ours.record
class Placed(Point):
    """A record that inherits."""

    z: int = 0


@ours.record(frozen=False)
class Open:
    """A record that may change."""

    x: int
    seen: bool = False

    def __post_init__(self) -> None:
        """Say that it was called."""
        self.seen = True


@ours.record(kw_only=True, eq=False)
class Named:
    """A record by keywords, equal to itself only."""

    x: int
    y: int = 2


CALLS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((1,), {}),
    ((1, 3), {"hidden": 4}),
    ((), {"x": 1, "tags": [5]}),
    ((), {}),
    ((1, 2, [], 4, 5), {}),
    ((1,), {"x": 1}),
    ((1,), {"q": 1}),
]


def _outcome(make: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    try:
        return repr(make(*args, **kwargs)).replace("Twin", "Point")
    except TypeError as problem:
        return str(problem).replace("Twin", "Point")


@pytest.mark.parametrize(("args", "kwargs"), CALLS)
def test_construction_goes_as_with_a_dataclass(
    args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    """Every call has the same result or the same complaint, before and after compilation."""
    expected = _outcome(Twin, args, kwargs)

    assert [_outcome(Point, args, kwargs) for _ in range(400)] == [expected] * 400


def test_the_busy_class_is_compiled() -> None:
    """After some instances the class has a constructor of its own, its children have not."""
    for x in range(400):
        Point(x)

    assert "_put_x" in Point.__init__.__code__.co_names
    assert "_put_x" not in Placed.__init__.__code__.co_names
    assert Placed(1, z=3) == Placed(1, 2, [], 0, 3)


def test_a_frozen_record_cannot_be_changed() -> None:
    """Neither by assignment nor by deletion, and there is no room for other names."""
    point = Point(1)
    for name in ("x", "other"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(point, name, 1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        del point.x
    assert not hasattr(point, "__dict__")


def test_equality_is_by_class_and_values() -> None:
    """As with dataclasses, a child equals none of its parents."""
    assert Point(1) == Point(1, 2, [], 0)
    assert Point(1) != Point(2)
    assert Point(1) != Placed(1)
    assert Named(x=1) != Named(x=1)
    assert Open(1) == Open(1)


def test_hash_follows_equality() -> None:
    """Frozen ones hash by value, changing ones not at all, those without equality by identity."""
    point = Point(1, tags=())  # type: ignore[arg-type]
    assert hash(point) == hash(Point(1, tags=()))  # type: ignore[arg-type]
    assert isinstance(hash(Named(x=1)), int)
    with pytest.raises(TypeError):
        hash(Open(1))


def test_records_travel() -> None:
    """Between processes and into copies."""
    for value in (Point(1, tags=[3]), Placed(1, z=3), Open(4)):
        assert pickle.loads(pickle.dumps(value)) == value
        assert copy.deepcopy(value) == value
        assert copy.copy(value) == value


def test_replace_changes_what_is_named() -> None:
    """`replace` copies, and refuses a name that is no field."""
    assert ours.replace(Point(1, 5), x=3) == Point(3, 5)
    assert ours.replace(Open(1), x=2).seen
    with pytest.raises(TypeError, match="q"):
        ours.replace(Point(1), q=1)


class Wide(Point):
    """A record's child that adds no field, and is no record by itself."""

    __slots__ = ()


@ours.record
class Long:
    """A record of more fields than are put one by one."""

    a: int
    b: int
    c: int
    d: int = 4
    e: int = 5
    f: list[int] = ours.field(default_factory=list)


@pytest.mark.parametrize(
    "value", [Point(1, tags=[3]), Placed(1, z=3), Open(4), Wide(1), Long(1, 2, 3)]
)
def test_copies_and_pickles_are_the_same_when_busy(value: Any) -> None:
    """What a class does by functions of its own, it does as before."""
    expected = [(getattr(value, name), name) for name in value.__dataclass_fields__]
    sent = pickle.dumps(value)
    for _ in range(400):
        for made in (pickle.loads(sent), ours.replace(value), type(value)(*_values(value))):
            assert type(made) is type(value)
            assert [(getattr(made, name), name) for name in made.__dataclass_fields__] == expected
    assert ours.replace(value, **{expected[0][1]: 9}) != value
    with pytest.raises(TypeError, match="q"):
        ours.replace(value, q=1)


def _values(value: Any) -> tuple[Any, ...]:
    return tuple(getattr(value, name) for name in value.__match_args__)


def test_a_busy_record_stays_closed() -> None:
    """It is open only while it is filled."""
    made = Long(2, 2, 3)
    for _ in range(400):
        made = ours.replace(pickle.loads(pickle.dumps(made)), a=2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.b = 3  # type: ignore[misc]
    assert made == Long(2, 2, 3)


def test_the_standard_library_reads_records() -> None:
    """`dataclasses` finds fields, defaults and values."""
    made = Point(1, tags=[3])

    assert [f.name for f in dataclasses.fields(made)] == ["x", "y", "tags", "hidden"]
    assert dataclasses.asdict(made) == dataclasses.asdict(Twin(1, tags=[3]))
    assert dataclasses.is_dataclass(made)


def test_patterns_take_positions() -> None:
    """`match` takes a record apart as it does a dataclass."""
    assert Point.__match_args__ == Twin.__match_args__
    assert Named.__match_args__ == ()


def test_the_shared_constant_is_no_field() -> None:
    """A ClassVar stays with the class."""
    assert Point.shared == 7
    assert Point(1).total == 3
    assert Placed.__qualname__ == "Placed"
    assert Point.__doc__ == "A record of every kind of field."
