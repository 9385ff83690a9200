"""Signed documents to start from: the letter, what is hidden in it, and one to five signatures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

from fixtures.make import encrypt, pdf, signing
from fixtures.make.cases import attacks_base
from fixtures.make.looks import Look
from fixtures.make.pdf import Hex, Raw, Ref, Stream, Value
from fixtures.make.revision import Document, Style, append, create
from fuzz.grammar.choices import Choices
from fuzz.grammar.hiding import LENGTH, PREPARATIONS, Hidden
from fuzz.grammar.letter import Role, letter

_ID = bytes(range(16))


@dataclass
class Base:
    """A signed document with what an update needs to know of it."""

    document: Document
    """After the last signature."""
    style: str
    notes: list[str] = field(default_factory=list)
    has: frozenset[Role] = frozenset()
    otherwise: dict[int, list[Value]] = field(default_factory=dict)
    """Ways to write an object that some programs take for the same."""
    starts: tuple[int, ...] = ()
    """Where the cross-references of earlier revisions begin, for updates that point back."""


_NEEDS_PAGE = {"missing-reference", "twice", "names-alike"}
TAILS = (b"%%EOF\n", b"%%EOF\n", b"%%EOF\n", b"%%EOF\r\n", b"%%EOF")


def build(
    choices: Choices,
    length: int | None = None,
    before: Callable[[Base], Document] | None = None,
) -> Base:
    """Return a signed document with something hidden in it, or nothing.

    `length` is that of the signed file, where a hint names it; `before` writes one more update
    before anybody signs.
    """
    objects, has = letter(choices)
    hidden = Hidden(dict(objects))
    notes = []
    for name in choices.some(sorted(PREPARATIONS), 3) if choices.chance(0.8) else []:
        if name in _NEEDS_PAGE and isinstance(hidden.objects[Role.PAGE], Raw):
            continue
        PREPARATIONS[name](hidden, choices, has)
        notes.append(f"prepared:{name}")
    if length is not None:
        hidden.lead = hidden.lead.replace(LENGTH, b"%-10d" % length)
    kind = choices.one(("table", "table", "stream", "stream", "hybrid", "encrypted"))
    document = _unsigned(kind, hidden, choices)
    starts = [document.startxref]
    if hidden.earlier:
        changes = {number: hidden.objects[number] for number in hidden.earlier}
        again = Style("stream" if kind == "stream" else "table", comment=b"")
        document = append(document, changes, again)
        starts.append(document.startxref)
    if before is not None:
        document = before(Base(document, kind, notes, has, hidden.otherwise, ()))
    certify = choices.one((None, None, None, 1, 2, 2, 3))
    style = Style("stream" if kind == "stream" else "table", comment=b"", tail=choices.one(TAILS))
    if kind == "stream":
        style = replace(style, packed=(int(Role.CATALOG), int(Role.PAGE), document.free + 5))
    count = 1 if certify == 1 else choices.one((1, 1, 1, 2, 2, 3, 5))
    for index in range(count):
        starts.append(document.startxref)
        document = _signed(document, choices, index, certify if index == 0 else None, style)
    notes += [*choices.taken, f"base:{kind}", f"P={certify}", f"signatures:{count}"]
    known = tuple(at for at in starts if at is not None)
    return Base(document, kind, notes, has, hidden.otherwise, known)


def _unsigned(kind: str, hidden: Hidden, choices: Choices) -> Document:
    objects = {**hidden.objects, **hidden.earlier}
    packed = [
        n for n, value in objects.items() if not isinstance(value, Stream) and not _is_stream(value)
    ]
    style = Style(
        "stream" if kind == "stream" else "hybrid" if kind == "hybrid" else "table",
        [n for n in packed if n != Role.LENGTH and choices.chance(0.7)] if kind == "stream" else (),
        comment=hidden.behind,
        lead=hidden.lead,
    )
    objects = dict(sorted(objects.items()))
    trailer: dict[str, Value] = {"Root": Ref(Role.CATALOG), "Info": Ref(Role.INFO)}
    cipher = None
    if kind == "encrypted":
        cipher = _lock()
        objects[Role.ENCRYPT] = cipher.entries
        trailer |= {"Encrypt": Ref(Role.ENCRYPT), "ID": [Hex(_ID), Hex(_ID)]}
    return create(objects, trailer, style, cipher)


@cache
def _lock() -> encrypt.Lock:
    return encrypt.lock("", _ID)


def _is_stream(value: Value) -> bool:
    return isinstance(value, Raw) and b"stream" in value.value


def _signed(
    document: Document, choices: Choices, index: int, certify: int | None, style: Style
) -> Document:
    who = choices.one(("official", "organisation"))
    look, corner = Look(0, 0), (0, 0)
    if choices.chance(0.4):
        look = Look(
            90, 30, b"0 0 1 rg BT /F1 9 Tf 4 10 Td (Da ky) Tj ET", {"Font": {"F1": Ref(Role.FONT)}}
        )
        corner = (72 + 100 * index, 60)
    how = attacks_base.how(
        who, field=f"Signature{index + 1}", certify=certify, style=style, look=look, corner=corner
    )
    number = document.free
    changes = _placed(document, how, number)
    signed = append(document, {number: holder(document, how, number), **changes}, how.style)
    return signing.fill(signed, len(document.data), how)


def _placed(document: Document, how: signing.Signing, number: int) -> dict[int, Value]:
    """Return the objects of a field; form and annotations stay objects of their own if they are."""
    catalog, leaf = document.catalog(), document.objects[Role.PAGE]
    apart = isinstance(catalog.get("AcroForm"), Ref)
    if apart:
        catalog["AcroForm"] = document.objects[Role.ACROFORM]
    known = {**document.objects, Role.CATALOG: catalog}
    if isinstance(leaf, Raw):
        known[Role.PAGE] = {}
    if isinstance(known[Role.PAGES], Raw):
        known[Role.PAGES] = {"Kids": [Ref(Role.PAGE)]}
    changes = signing.place(replace(document, objects=known), how, Ref(number), number + 1)
    if apart:
        new = dict(changes[Role.CATALOG])
        changes[Role.ACROFORM] = new.pop("AcroForm")
        changes[Role.CATALOG] = {**new, "AcroForm": Ref(Role.ACROFORM)}
    if isinstance(leaf, Raw):
        changes.pop(int(Role.PAGE), None)
    elif isinstance(leaf.get("Annots"), Ref):
        changes[Role.ANNOTS] = changes.pop(int(Role.PAGE))["Annots"]
    return changes


def holder(document: Document, how: signing.Signing, number: int) -> Raw:
    """Return a signature dictionary with room for /ByteRange and /Contents."""
    entries = signing.dictionary(how, document.root)
    if document.cipher and number < 1 << 24:
        entries = document.cipher(number, entries)
    room = b"/ByteRange [" + b" " * 60 + b"] /Contents <" + b"0" * (2 * how.reserved) + b">>>"
    return Raw(pdf.dictionary(entries)[:-2] + room)
