"""Classes of named values, as `dataclasses` makes them, at a twentieth of the cost of making one.

`dataclasses` writes the source of half a dozen methods for every class and has Python compile it:
half a millisecond each, a third of a cold `sigcheck verify` (docs/adr/0004). Here all classes share
their methods; only the constructor is compiled, and only of a class that proves busy.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from copyreg import __newobj__  # type: ignore[attr-defined]
from functools import cache
from typing import Any, TypeVar, dataclass_transform, overload

from sigcheck.model.record_plan import NOTHING, Attribute, Plan

T = TypeVar("T")

_NOWHERE: dict[str, Any] = {}
_BUSY = 320
"""Instances after which a class gets a constructor of its own; likewise for copies and pickles."""
_FEW = 4
"""Fields up to which putting each in its slot is no dearer than opening the instance."""


def field(
    *,
    default: Any = NOTHING,
    default_factory: Callable[[], Any] | None = None,
    repr: bool = True,  # noqa: A002 - the name type checkers know from `dataclasses.field`
) -> Any:
    """Describe a field: its default, what makes one, and whether `repr` tells its value."""
    return Attribute(default, default_factory, repr)


@overload
def record(cls: type[T], /) -> type[T]: ...
@overload
def record(
    *, frozen: bool = True, kw_only: bool = False, eq: bool = True, repr: bool = True
) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(
    cls: type[Any] | None = None,
    /,
    *,
    frozen: bool = True,
    kw_only: bool = False,
    eq: bool = True,
    repr: bool = True,  # noqa: A002 - as above
) -> Any:
    """Make a class of the annotated names: slotted, frozen, equal by value, picklable.

    A frozen record is hashed by its values. `dataclasses.fields` and `asdict` work on it. What
    derives from a record with state of its own must be a record itself.
    """

    def make(given: type[Any]) -> type[Any]:
        own = _own(given)
        attributes = {**_inherited(given), **own} if given.__bases__ != (object,) else own
        methods = _methods(frozen=frozen, eq=eq, repr=repr)
        made = _slotted(given, own, methods, () if kw_only else tuple(attributes))
        made.__record__ = Plan(made, attributes, kw_only)
        return made

    return make if cls is None else make(cls)


def replace(instance: T, /, **changes: object) -> T:
    """Return a copy with some values changed.

    Raises:
        TypeError: for a name that is no field.
    """
    plan = plan_of(instance)
    if unknown := changes.keys() - plan.attributes.keys():
        raise TypeError(f"{type(instance).__name__} has no {', '.join(sorted(unknown))}")
    made: T = _copier(type(instance))(instance, changes)
    if plan.after is not None:
        plan.after(made)
    return made


def _copier(cls: type[Any]) -> Callable[[Any, dict[str, object]], Any]:
    """Return what makes a changed copy: the same for all, or one of the class's own once busy."""
    count = _copied.get(cls, 0)
    if isinstance(count, int):
        _copied[cls] = count + 1
        if count < _BUSY:
            return _copy
        names = list(cls.__record__.attributes)
        lines = ["made = _new(_open)", *(f"made.{n} = old.{n}" for n in names)]
        lines += ["for name in changes: _set(made, name, changes[name])", "made.__class__ = _cls"]
        _copied[cls] = count = _function("_copy", "old, changes", [*lines, "return made"], cls)
    return count


_copied: dict[type[Any], int | Callable[[Any, dict[str, object]], Any]] = {}


def _copy(instance: object, changes: dict[str, object]) -> object:
    made = object.__new__(type(instance))
    for name, put, _, _ in plan_of(instance).fields:
        put(made, changes[name] if name in changes else getattr(instance, name))
    return made


def plan_of(instance: object) -> Plan:
    """Return what is known of a record's class; raises AttributeError for anything else."""
    plan: Plan = type(instance).__record__  # type: ignore[attr-defined]
    return plan


# --- making the class -----------------------------------------------------------------------------


def _inherited(given: type[Any]) -> dict[str, Attribute]:
    found: dict[str, Attribute] = {}
    for base in reversed(given.__mro__[1:]):
        if plan := base.__dict__.get("__record__"):
            found |= plan.attributes
    return found


def _own(given: type[Any]) -> dict[str, Attribute]:
    """Return the annotated fields; annotations are text, as every module of ours has them."""
    own = given.__dict__
    found = {}
    for name, kind in own.get("__annotations__", {}).items():
        if not kind.startswith("ClassVar"):
            default = own.get(name, NOTHING)
            if default is NOTHING:
                found[name] = _PLAIN
            elif default.__class__ is Attribute:
                found[name] = default
            else:
                found[name] = Attribute(default, None, shown=True)
    return found


_PLAIN = Attribute(NOTHING, None, shown=True)


@cache
def _methods(*, frozen: bool, eq: bool, repr: bool) -> type[Any]:  # noqa: A002 - as above
    """Return a class of the methods that all records of a kind share."""
    methods = dict(_METHODS)
    if eq:
        methods |= {"__eq__": _eq, "__hash__": _hash if frozen else None}
    if repr:
        methods["__repr__"] = _repr
    if frozen:
        methods |= {"__setattr__": _refuse, "__delattr__": _refuse}
    return type("Record", (), {"__slots__": (), **methods})


def _slotted(
    given: type[Any], own: Collection[str], methods: type[Any], positional: tuple[str, ...]
) -> type[Any]:
    """Return the class anew, its own fields as slots: a class can't be given them later.

    The shared methods are inherited; where the class has a base already, they become its own.
    """
    bases: tuple[type[Any], ...] = (methods,)
    body: dict[str, Any] = {"__slots__": tuple(own), "__match_args__": positional}
    if given.__bases__ != (object,):
        bases = given.__bases__
        shared = {k: v for k, v in methods.__dict__.items() if k not in _EMPTY}
        body = {"__hash__": object.__hash__, **shared, **body}
    for name, value in given.__dict__.items():
        if name not in own and name not in _FLUID:
            body[name] = value
    if "__reduce__" in body:  # or the class's own way would not be asked for
        body["__reduce_ex__"] = object.__reduce_ex__
    if body.get("__hash__", _hash) is None:  # Python's own doing where a class has an `__eq__`
        body["__hash__"] = methods.__dict__.get("__hash__")
    body["__qualname__"] = given.__qualname__
    metaclass: Any = type(given)
    made: type[Any] = metaclass(given.__name__, bases, body)
    return made


_FLUID = frozenset({"__dict__", "__weakref__"})
_EMPTY = frozenset(vars(type("Empty", (), {"__slots__": ()})))
"""What every class has."""


# --- the shared methods ---------------------------------------------------------------------------


def _init(self: object, *args: object, **kwargs: object) -> None:
    """Fill the fields; anything unusual is left to a compiled constructor, which explains it."""
    cls: Any = self.__class__
    plan: Plan = cls.__record__
    count = _made.get(cls, 0)
    puts = plan.puts
    if count >= _BUSY or (args and plan.kw_only) or len(args) > len(puts):
        _compiled(cls)(self, *args, **kwargs)
        return
    _made[cls] = count + 1
    for put, value in zip(puts, args):  # noqa: B905 - there may be fewer arguments
        put(self, value)
    used = 0
    for name, put, default, factory in plan.fields[len(args) :]:
        if name in kwargs:
            used += 1
            put(self, kwargs[name])
        elif default is not NOTHING:
            put(self, default)
        elif factory is not None:
            put(self, factory())
        else:
            used = -1
            break
    if used != len(kwargs):
        _compiled(cls)(self, *args, **kwargs)
    elif plan.after is not None:
        plan.after(self)


_made: dict[type[Any], int] = {}


def _compiled(cls: type[Any]) -> Callable[..., None]:
    """Give the class a constructor of its own, as `dataclasses` writes it, and return that."""
    plan: Plan = cls.__record__
    names: dict[str, object] = {"_NONE": NOTHING}
    parameters, lines = [], []
    few = len(plan.fields) <= _FEW
    for name, put, default, factory in plan.fields:
        names[f"_put_{name}"], value = put, name
        if factory:
            names[f"_make_{name}"] = factory
            value = f"_make_{name}() if {name} is _NONE else {name}"
            parameters.append(f"{name}=_NONE")
        elif default is not NOTHING:
            names[f"_default_{name}"] = default
            parameters.append(f"{name}=_default_{name}")
        else:
            parameters.append(name)
        lines.append(f"_put_{name}(self, {value})" if few else f"self.{name} = {value}")
    if not few:
        lines = _opened(lines)
    lines += ["self.__post_init__()"] if plan.after else []
    star = ["*"] if plan.kw_only and parameters else []
    init: Callable[..., None] = _function(
        "__init__", ", ".join(["self", *star, *parameters]), lines, cls, names
    )
    type.__setattr__(cls, "__init__", init)
    return init


def _function(
    name: str, parameters: str, lines: list[str], cls: type[Any], names: dict[str, Any] = _NOWHERE
) -> Any:
    """Return a function of a class, written for its fields.

    Python stores quickly in the slots of a class that forbids nothing. While it is filled, an
    instance is of such a class: a twin of its own, with the same slots.
    """
    scope = {
        "_open": _twin(cls),
        "_cls": cls,
        "_become": object.__dict__["__class__"].__set__,
        "_new": object.__new__,
        "_set": setattr,
        **names,
    }
    body = "\n    ".join([f"def {name}({parameters}):", *lines])
    exec(body, scope)  # noqa: S102 - our own field names
    made = scope[name]
    made.__qualname__ = f"{cls.__qualname__}.{name}"
    return made


def _opened(lines: list[str]) -> list[str]:
    """Return lines that store in the slots of `self`, between opening and closing it."""
    return ["cls = self.__class__", "_become(self, _open)", *lines, "self.__class__ = cls"]


def _twin(cls: type[Any]) -> type[Any]:
    # Both: Python keeps one place for setting and deleting, and there the slower of the two rules.
    body = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    body["__slots__"] = cls.__dict__.get("__slots__", ())
    metaclass: Any = type(cls)
    twin: type[Any] = metaclass(cls.__name__, cls.__bases__, body)
    return twin


def _eq(self: object, other: object) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    values = plan_of(self).values
    return bool(values(self) == values(other))


def _hash(self: object) -> int:
    return hash(plan_of(self).values(self))


def _repr(self: object) -> str:
    shown = (
        f"{name}={getattr(self, name)!r}"
        for name, attribute in plan_of(self).attributes.items()
        if attribute.shown
    )
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse(self: object, name: str, *_: object) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot change field {name!r} of a {type(self).__qualname__}")


def _reduce_ex(self: object, _protocol: object) -> tuple[object, ...]:
    cls: type[Any] = type(self)
    _reduced[cls] = count = _reduced.get(cls, 0) + 1
    if count == _BUSY:
        fields = "".join(f"self.{name}, " for name in cls.__record__.attributes)
        lines = [f"return _newobj, (_cls,), ({fields})"]
        names = {"_newobj": __newobj__}
        reduce = _function("__reduce_ex__", "self, _protocol", lines, cls, names)
        type.__setattr__(cls, "__reduce_ex__", reduce)
    plan = plan_of(self)
    values = plan.values(self)
    return __newobj__, (cls,), (values,) if len(plan.puts) == 1 else values


_reduced: dict[type[Any], int] = {}


def _setstate(self: object, values: Sequence[object]) -> None:
    cls: type[Any] = type(self)
    for put, value in zip(plan_of(self).puts, values, strict=True):
        put(self, value)
    _restored[cls] = count = _restored.get(cls, 0) + 1
    if count == _BUSY and values:
        fields = "".join(f"self.{name}, " for name in cls.__record__.attributes)
        filled = _function("__setstate__", "self, values", _opened([f"{fields}= values"]), cls)
        type.__setattr__(cls, "__setstate__", filled)


_restored: dict[type[Any], int] = {}


class _Fields:
    """`__dataclass_fields__`, made when somebody asks: `dataclasses` is dear to import."""

    def __get__(self, instance: object, owner: type[Any]) -> dict[str, Any]:
        from sigcheck.model.record_fields import dataclass_fields

        plan: Plan = owner.__record__
        return dataclass_fields(owner.__name__, plan.attributes, NOTHING)


_FIELDS = _Fields()

_METHODS: dict[str, Any] = {
    "__init__": _init,
    "__reduce_ex__": _reduce_ex,
    "__setstate__": _setstate,
    "__dataclass_fields__": _FIELDS,
}
