"""One document of the grammar: signed bytes, an update or two, and in words what was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random

from fixtures.make import signing
from fixtures.make.pdf import Raw, Stream
from fixtures.make.revision import Document
from fuzz.grammar import bases, fields, writing
from fuzz.grammar.bases import Base
from fuzz.grammar.choices import Choices, Place, planned
from fuzz.grammar.edits import EDITS
from fuzz.grammar.hiding import LENGTH
from fuzz.grammar.writing import Update

Plan = Mapping[Place, int]
SHARED = 8
"""Documents that start from the same signed bytes."""
ODDLY = 0.3
"""Share of signed documents that hold an update with an odd place themselves."""


@dataclass(frozen=True)
class Made:
    """A document of the grammar."""

    seed: str
    signed: bytes
    data: bytes
    tricks: tuple[str, ...]


def make(seed: str, plan: Plan | None = None) -> Made:
    """Return the document of a seed `RUN/NUMBER`; a plan given replaces its own."""
    if plan is None:
        plan = plan_of(seed)
    return _build(seed, plan)[0]


def plan_of(seed: str) -> Plan:
    """Return the odd places of a seed's document."""
    count = Random(f"{seed}/count").choice((0, 0, 1, 1, 1, 1, 2, 2, 3))
    return planned(f"{seed}/plan", _build(seed, {})[1], count) if count else {}


def _base(seed: str) -> Base:
    """Return the signed document of a seed: several seeds share one, as signing costs more."""
    run, _, number = seed.rpartition("/")
    return _shared(f"{run}/base/{int(number) // SHARED}")


_UNSIGNABLE = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What the generator raises where an odd update left it no page or form to go on with."""


@lru_cache(maxsize=8)
def _shared(seed: str) -> Base:
    random = Random(f"{seed}/odd")
    before = (lambda base: _oddly(seed, base)) if random.random() < ODDLY else None
    try:
        made = bases.build(Choices(seed), None, before)
    except _UNSIGNABLE:
        before = None
        made = bases.build(Choices(seed))
    if LENGTH in made.document.data:
        made = bases.build(Choices(seed), len(made.document.data), before)
    return made


def _oddly(seed: str, base: Base) -> Document:
    """Return an unsigned document with one more update that has an odd place or two."""
    dry = Choices(f"{seed}/odd")
    _updated(base, dry, may_sign=False)
    plan = planned(f"{seed}/odd/plan", dry.places, 1)
    choices = Choices(f"{seed}/odd", plan)
    document = _updated(base, choices, may_sign=False)
    base.notes.extend(f"signed:{trick}" for trick in choices.taken)
    return document


def _build(seed: str, plan: Plan) -> tuple[Made, list[tuple[Place, int]]]:
    base = _base(seed)
    choices = Choices(seed, plan)
    now = base.document
    for _ in range(choices.one((1, 1, 1, 1, 2))):
        try:
            now = _updated(replace(base, document=now), choices)
        except _UNSIGNABLE:
            break
    return Made(seed, base.document.data, now.data, (*base.notes, *choices.taken)), choices.places


def _updated(base: Base, choices: Choices, *, may_sign: bool = True) -> Document:
    """Return the document with one more update."""
    document = base.document
    kinds = {
        "table": ("table", "table", "table", "stream", "hybrid"),
        "stream": ("stream", "stream", "stream", "hybrid", "table"),
    }
    kind = choices.one(kinds.get(base.style, ("table", "table", "hybrid", "stream")))
    update = Update(kind)
    names = sorted(EDITS)
    chosen = choices.random.choices(
        names, [EDITS[name][1] for name in names], k=choices.one((1, 1, 1, 1, 2, 2, 3))
    )
    for name in chosen:
        choices.note(name)
        EDITS[name][0](base, update, choices)
    signs = choices.chance(0.25) and may_sign
    how = fields.further(base, update, choices) if signs else None
    if kind != "table":
        plain = [
            n
            for n, value in update.objects.items()
            if not isinstance(value, Stream) and not _unfit(value)
        ]
        update.packed = {n for n in plain if choices.chance(0.5)}
    choices.note(f"update:{kind}")
    data = writing.write(document, update, choices)
    start = data.rfind(b"startxref")
    after = replace(
        document, data=data, objects={**document.objects, **update.objects},
        startxref=_position(data[start + 9 :], document.startxref)
    )  # fmt: skip
    return signing.fill(after, len(document.data), how) if how else after


def _position(tail: bytes, otherwise: int | None) -> int | None:
    """Return the position behind `startxref` as it was written."""
    digits = tail.split()[:1]
    return int(digits[0]) if digits and digits[0].isdigit() else otherwise


def _unfit(value: object) -> bool:
    return isinstance(value, Raw) and (b"stream" in value.value or b"/ByteRange" in value.value)
