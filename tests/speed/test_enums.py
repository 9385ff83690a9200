"""Enumerations put together at once are those that `enum` makes."""

from __future__ import annotations

import copy
import enum
import importlib
import pickle
import pkgutil
from typing import Any

import pytest

import sigcheck
from sigcheck.model import enums

WORDS = '''
class Made(Base):
    """A docstring."""

    ONE = "one"
    """Its own."""
    OTHER = "other"
    THIRD_ONE = "third-one"

    @property
    def loud(self):
        """Return it louder."""
        return self.value.upper()

    def said(self):
        """Return it twice."""
        return f"{self} {self!r} {self:>9}"
'''
PAIRS = '''
class Made(Base):
    """Values of several parts."""

    ONE = ("one", 1)
    TWO = ("two", 2)

    def __init__(self, word, number):
        self.word, self.number = word, number

    def __str__(self):
        return self.word
'''
ALIAS = """
class Made(Base):
    ONE = "one"
    SAME = "one"
"""
ODD = """
class Made(Base):
    ONE = enum.auto()
    name = "name"
    @classmethod
    def _missing_(cls, value):
        return cls.ONE
"""
UNKNOWN = """
class Made(Base):
    ONE = [1]
    TWO = (1, [2])
"""


def _both(source: str, kind: str) -> tuple[Any, Any]:
    """Return the class as `enum` makes it, and as we do."""
    made = []
    for home in (enum, enums):
        names: dict[str, Any] = {"Base": getattr(home, kind), "enum": enum, "__name__": __name__}
        exec(source, names)
        made.append(names["Made"])
    return made[0], made[1]


CASES = [
    (WORDS, "StrEnum"),
    (WORDS, "Enum"),
    (PAIRS, "Enum"),
    (ALIAS, "StrEnum"),
    (ODD, "StrEnum"),
    (UNKNOWN, "Enum"),
]


@pytest.mark.parametrize(("source", "kind"), CASES)
def test_the_class_is_as_enum_makes_it(source: str, kind: str) -> None:
    """Names, order, bases, what its dictionary holds."""
    theirs, ours = _both(source, kind)

    assert type(ours) is enum.EnumType
    assert ours.__mro__[1:] == theirs.__mro__[1:]
    assert vars(ours).keys() == vars(theirs).keys()
    assert [*ours.__members__] == [*theirs.__members__]
    assert len(ours) == len(theirs)
    assert repr([*ours]) == repr([*theirs])
    assert (repr(ours), ours.__doc__) == (repr(theirs), theirs.__doc__)
    assert [*map(dir, ours)] == [*map(dir, theirs)]
    assert _insides(ours) == _insides(theirs)


def _insides(members: Any) -> list[list[str]]:
    return [[*vars(member)] for member in members]


@pytest.mark.parametrize(("source", "kind"), CASES)
def test_the_members_are_as_enum_makes_them(source: str, kind: str) -> None:
    """Value, name, text, hash; found by name and by value; nothing else is found."""
    theirs, ours = _both(source, kind)

    for one, other in zip(ours, theirs, strict=True):
        assert (one.name, one.value, str(one), repr(one)) == (
            other.name,
            other.value,
            str(other),
            repr(other),
        )
        assert f"{one:>12}" == f"{other:>12}" if kind == "StrEnum" else True
        assert hash(one) == hash(other)
        assert ours(one.value) is ours[one.name] is getattr(ours, one.name) is one
        assert one in ours
        assert copy.deepcopy(one) is one
        assert isinstance(one, ours)
    if "_missing_" not in source:
        with pytest.raises(ValueError, match="wrong"):
            ours("wrong")
        with pytest.raises(KeyError):
            ours["WRONG"]
        assert not hasattr(ours, "WRONG")
    with pytest.raises((AttributeError, TypeError)):
        ours.ONE = 1
    with pytest.raises(TypeError):
        type(ours)("More", (ours,), type(ours).__prepare__("More", (ours,)))


def test_methods_and_properties_work() -> None:
    """What a class has beside its members."""
    theirs, ours = _both(WORDS, "StrEnum")
    assert ours.ONE.loud == theirs.ONE.loud == "ONE"
    assert ours.OTHER.said() == theirs.OTHER.said()
    theirs, ours = _both(PAIRS, "Enum")
    assert (ours.TWO.word, ours.TWO.number, str(ours.TWO)) == ("two", 2, "two")


def test_plain_ones_are_made_at_once() -> None:
    """On this Python the short way is taken, and only for what is plain."""
    assert enums.StrEnum.model  # type: ignore[attr-defined]
    assert enums.Enum.model  # type: ignore[attr-defined]


def test_every_enumeration_of_ours_is_as_enum_makes_it() -> None:
    """Made again by `enum` from its members, each has the same in it."""
    found = _enumerations()

    assert len(found) > 20
    for ours in found:
        values = {member.name: member.value for member in ours}
        again: Any = enum.Enum(ours.__name__, values)  # type: ignore[misc]
        assert [*again.__members__] == [*ours.__members__]
        for member, other in zip(ours, again, strict=True):
            assert member.value == other.value
            assert ours(member.value) is member
            assert pickle.loads(pickle.dumps(member)) is member


def _enumerations() -> list[Any]:
    found: list[Any] = []
    for module in pkgutil.walk_packages(sigcheck.__path__, "sigcheck."):
        if not module.name.endswith(("__main__", ".enums")) and ".pages" not in module.name:
            names = vars(importlib.import_module(module.name)).values()
            found += [n for n in names if type(n) is enum.EnumType and n.__module__ == module.name]
    return found
