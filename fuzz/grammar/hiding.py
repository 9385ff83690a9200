"""What hides in bytes that others sign: second definitions, missing objects, doubles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from fixtures.make import pdf
from fixtures.make.pdf import Raw, Ref, Stream, Value
from fuzz.grammar import tokens
from fuzz.grammar.choices import Choices
from fuzz.grammar.letter import Role, evil_objects, literal_stream, words


@dataclass
class Hidden:
    """Where bytes may be hidden in the unsigned letter."""

    objects: dict[int, Value]
    lead: bytes = b""
    """Before the first object."""
    behind: bytes = b""
    """Before `startxref`."""
    earlier: dict[int, Value] = field(default_factory=dict)
    """Values of a first revision that a second one replaces before it is signed."""
    otherwise: dict[int, list[Value]] = field(default_factory=dict)
    """Ways to write an object that some programs take for the same: for a later update."""


Preparation = Callable[[Hidden, Choices, frozenset[Role]], None]


def definition(choices: Choices, has: frozenset[Role]) -> tuple[int, bytes]:
    """Return an object of the letter and a second definition of it."""
    number, body = choices.one(sorted(evil_objects(has).items()))
    generation = choices.one((0, 0, 0, 0, 1))
    head = choices.one((b"%d %d obj\n", b"%d %d obj", b"\n%d %d obj\r\n"))
    return number, head % (number, generation) + body + choices.one(
        (b"\nendobj\n", b"\nendobj\n", b"\n")
    )


def _in_stream(hidden: Hidden, choices: Choices, has: frozenset[Role]) -> None:
    _, made = definition(choices, has)
    before = choices.one(
        (b"", b"\nendstream\nendobj\n", b"endobj\n", b"x\n", b"trailer\n<</Root 1 0 R>>\n")
    )
    hidden.objects[Role.HOST] = Stream(before + made, {}, plain=True)


def _in_string(hidden: Hidden, choices: Choices, has: frozenset[Role]) -> None:
    _, made = definition(choices, has)
    before = choices.one((b"\n", b"\nendobj\n", b" "))
    hidden.objects[Role.WORDS] = Raw(
        b"(" + before + made.replace(b"(", b"\\(").replace(b")", b"\\)") + b")"
    )
    if choices.chance(0.3):
        hidden.objects[Role.WORDS] = Raw(b"(" + before + made + b")")


def _in_words_of_signer(hidden: Hidden, choices: Choices, has: frozenset[Role]) -> None:
    _, made = definition(choices, has)
    info = dict(hidden.objects[Role.INFO])
    info["Keywords"] = Raw(b"(\n" + made + b")")
    hidden.objects[Role.INFO] = info


def _unlisted(hidden: Hidden, choices: Choices, has: frozenset[Role]) -> None:
    hidden.lead += definition(choices, has)[1]


def _unlisted_behind(hidden: Hidden, choices: Choices, has: frozenset[Role]) -> None:
    hidden.behind += definition(choices, has)[1]


def _in_comment(hidden: Hidden, choices: Choices, has: frozenset[Role]) -> None:
    number, body = choices.one(sorted(evil_objects(has).items()))
    if b"stream" in body:
        number, body = (
            Role.CONTENT,
            b"<</Length 60>>stream 0 0 m 500 800 l 20 w S 0 0 m 300 800 l 20 w S        endstream",
        )
    made = b"%%%d 0 obj %b endobj\n" % (number, body)
    if choices.chance(0.5):
        hidden.lead += made
    else:
        hidden.behind += made


def _earlier_revision(hidden: Hidden, choices: Choices, has: frozenset[Role]) -> None:
    for number, body in choices.random.sample(sorted(evil_objects(has).items()), 2):
        hidden.earlier[number] = Raw(body)


def _section_in_stream(hidden: Hidden, choices: Choices, has: frozenset[Role]) -> None:
    _, made = definition(choices, has)
    table = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 40/Root 1 0 R>>\n"
    hidden.objects[Role.HOST] = Stream(made + table + b"startxref\n15\n%%EOF\n", {}, plain=True)


def _missing_reference(  # noqa: C901 - one paragraph for each place
    hidden: Hidden, choices: Choices, _: frozenset[Role]
) -> None:
    """Something drawn refers to an object that is not there: null today (7.3.10)."""
    leaf = dict(hidden.objects[Role.PAGE])
    gone = Ref(Role.MISSING)
    kind = choices.one(("Contents", "Annots", "Rotate", "CropBox", "Font", "UserUnit", "Kids", "AP",
        "XObject", "OC",
                        "Group", "NeedAppearances", "Encoding", "Length"))  # fmt: skip
    choices.note(f"missing:{kind}")
    if kind == "Contents":
        old = leaf["Contents"]
        leaf["Contents"] = [*(old if isinstance(old, list) else [old]), gone]
    elif kind == "Annots":
        old = leaf.get("Annots", [])
        role = Role.ANNOTS if isinstance(old, Ref) else None
        new = [*(hidden.objects[role] if role else old), gone]
        leaf["Annots"] = old if role else new
        if role:
            hidden.objects[role] = new
    elif kind in {"Rotate", "CropBox", "UserUnit", "Group"}:
        leaf[kind] = gone
    elif kind == "Kids":
        pages = dict(hidden.objects[Role.PAGES])
        hidden.objects[Role.PAGES] = {**pages, "Kids": [*pages["Kids"], gone]}
    elif kind == "Encoding":
        hidden.objects[Role.FONT] = {**hidden.objects[Role.FONT], "Encoding": gone}
    elif kind == "NeedAppearances" and isinstance(
        hidden.objects[Role.CATALOG].get("AcroForm"), Mapping
    ):
        catalog = dict(hidden.objects[Role.CATALOG])
        hidden.objects[Role.CATALOG] = {
            **catalog,
            "AcroForm": {**catalog["AcroForm"], "NeedAppearances": gone},
        }
    elif kind == "Length":
        data = words()
        hidden.objects[Role.CONTENT] = Raw(b"<</Length 36 0 R>>\nstream\n" + data + b"\nendstream")
    elif kind == "OC" and Role.STAMP in hidden.objects:
        hidden.objects[Role.STAMP] = {**hidden.objects[Role.STAMP], "OC": gone}
    elif kind == "AP" and Role.EMPTY in hidden.objects:
        hidden.objects[Role.EMPTY] = {**hidden.objects[Role.EMPTY], "AP": {"N": gone}}
    elif kind == "XObject" and isinstance(leaf.get("Resources"), Mapping):
        resources = dict(leaf["Resources"])
        leaf["Resources"] = {**resources, "XObject": {**resources.get("XObject", {}), "Fx": gone}}
        content = hidden.objects[Role.CONTENT]
        if isinstance(content, Stream):
            hidden.objects[Role.CONTENT] = replace(
                content, data=content.data + b"q 1 0 0 1 72 420 cm /Fx Do Q\n"
            )
    hidden.objects[Role.PAGE] = leaf


def _twice(hidden: Hidden, choices: Choices, _: frozenset[Role]) -> None:
    """A key stands twice, or twice by other spellings: programs take the first or the last."""
    leaf = pdf.dictionary(hidden.objects[Role.PAGE])
    pair = choices.one((
        b"/Contents 28 0 R", b"/Contents 28 0 R", b"/#43ontents 28 0 R", b"/MediaBox[0 0 300 300]",
        b"/Rotate 90",
        b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Courier>>>>>>", b"/Annots[]",
        b"/UserUnit 2",
    ))  # fmt: skip
    choices.note(f"twice:{pair[:20]!r}")
    first = choices.chance(0.5)
    one, other = Raw(b"<<" + pair + leaf[2:]), Raw(leaf[:-2] + pair + b">>")
    hidden.objects[Role.PAGE] = one if first else other
    hidden.otherwise[Role.PAGE] = [Raw(leaf), one, other]


def _names_alike(hidden: Hidden, choices: Choices, _: frozenset[Role]) -> None:
    """Two names that some programs take for one."""
    first, second = choices.one((
        (b"/#E9", b"/#C3#A9"), (b"/F1", b"/F#31"), (b"/F1", b"/F1#00"), (b"/A#20", b"/A"), (b"/#E9",
            b"/#E8"), (b"/f1", b"/F1"),
        (b"/" + b"A" * 130, b"/" + b"A" * 127), (b"/F1", b"/F1#"), (b"/A#2", b"/A#02"),
    ))  # fmt: skip
    choices.note(f"alike:{first[:12]!r}")
    evil = b"<</Type/Font/Subtype/Type1/BaseFont/ZapfDingbats>>"
    entries = [second + evil, first + b" 5 0 R"]
    if choices.chance(0.5):
        entries.reverse()
    many = choices.one((0, 0, 40, 300))
    fill = b"".join(b"/X%d 5 0 R" % number for number in range(many))
    head = b"<</Font<<" + fill + b"/F1 5 0 R"
    hidden.objects[Role.RESOURCES] = Raw(head + b"".join(entries) + b">>>>")
    hidden.otherwise[Role.RESOURCES] = [
        Raw(head + entries[0] + b">>>>"), Raw(head + entries[1] + b">>>>"),
        Raw(head + entries[1] + entries[0] + b">>>>"),
    ]  # fmt: skip
    hidden.objects[Role.PAGE] = {**hidden.objects[Role.PAGE], "Resources": Ref(Role.RESOURCES)}
    content = words().replace(b"/F1", first, 2)
    hidden.objects[Role.CONTENT] = Stream(content)


def _respelt(hidden: Hidden, choices: Choices, _: frozenset[Role]) -> None:
    """One token of a signed object is spelt oddly; a later update may write it as it should be."""
    numbers = [
        number
        for number, value in hidden.objects.items()
        if number not in {Role.CATALOG, Role.ACROFORM} and isinstance(value, (Mapping, Stream))
    ]
    if not numbers:
        return
    number = choices.one(numbers)
    value = hidden.objects[number]
    if isinstance(value, Stream):
        plain = literal_stream(value.data, pdf.dictionary(value.entries)[2:-2])
        cut = plain.index(b"stream\n")
        odd = tokens.respelt(plain[:cut].rstrip(), choices) + b"\n" + plain[cut:]
    else:
        plain = pdf.write(value)
        odd = tokens.respelt(plain, choices)
    hidden.objects[number] = Raw(odd)
    hidden.otherwise[number] = [Raw(plain), Raw(plain), Raw(odd)]


def _loose_length(hidden: Hidden, choices: Choices, _: frozenset[Role]) -> None:
    """The content's /Length is elsewhere, or wrong."""
    data = words()
    hidden.objects[Role.LENGTH] = len(data)
    written = choices.one(
        (
            b"32 0 R",
            b"32 0 R",
            b"%d" % (len(data) - 60),
            b"%d.0" % len(data),
            b"0",
            b"99999",
            b"36 0 R",
        )
    )
    hidden.objects[Role.CONTENT] = Raw(
        b"<</Length " + written + b">>\nstream\n" + data + b"\nendstream"
    )


def _broken_unused(hidden: Hidden, choices: Choices, _: frozenset[Role]) -> None:
    """An object that nobody reads yet, and that makes a viewer search again once it is read."""
    hidden.objects[Role.HOST] = choices.one((
        Raw(b"<</Length 5>>\nstream\n12345678\nendstream"), Raw(b"<</A(unclosed>>"),
            Raw(b"<</Length 99999>>\nstream\nx\nendstream"),
        Raw(b"<</A 1"), Raw(b">>"), Raw(b"endobj"), Raw(b"30 0 R"), Raw(b"[" * 600),
            Raw(b"<</Length 30 0 R>>\nstream\nx\nendstream"),
        Raw(b"<</Type/ObjStm/N 1/First 4/Length 60>>\nstream\n7 0 (x)%53s\nendstream" % b""),
    ))  # fmt: skip


LENGTH = b"@@@@@@@@@@"
"""Stands for the length of the signed file, which is known once it has been signed."""


def _linearized(hidden: Hidden, choices: Choices, _: frozenset[Role]) -> None:
    """A hint of linearization: programs look at it only while the file has the length it names."""
    first = choices.one((6, 29, 6, 13))
    head = b"39 0 obj\n<</Linearized 1/L " + LENGTH + b"/H[0 0]/O %d/E 2000/N 1/T 15>>\nendobj\n"
    hidden.lead = head % first + hidden.lead


def _dangling(hidden: Hidden, choices: Choices, _: frozenset[Role]) -> None:
    """Something that nobody reads yet refers to what is not there, or to another generation."""
    gone = Raw(choices.one((b"36 0 R", b"7 1 R", b"6 65535 R", b"99999 0 R", b"0 0 R")))
    role = choices.one((Role.STAMP, Role.FILLED, Role.EMPTY, Role.CATALOG, Role.BLANK, Role.INFO))
    old = hidden.objects.get(role)
    if isinstance(old, Mapping):
        key = choices.one(
            ("Parent", "Lock", "Popup", "A", "AA", "Kids", "OC", "MK", "Names", "IRT")
        )
        hidden.objects[role] = {**old, key: gone}


def _same_field(hidden: Hidden, choices: Choices, _: frozenset[Role]) -> None:
    """Two fields of one name: some programs take them for one."""
    for role in choices.one(((Role.EMPTY,), (Role.CHECKBOX,), (Role.EMPTY, Role.BLANK))):
        old = hidden.objects.get(role)
        if isinstance(old, Mapping):
            hidden.objects[role] = {**old, "T": b"so_tien"}


PREPARATIONS: Mapping[str, Preparation] = {
    "in-stream": _in_stream,
    "in-string": _in_string,
    "in-info": _in_words_of_signer,
    "unlisted": _unlisted,
    "unlisted-behind": _unlisted_behind,
    "in-comment": _in_comment,
    "earlier-revision": _earlier_revision,
    "section-in-stream": _section_in_stream,
    "missing-reference": _missing_reference,
    "twice": _twice,
    "names-alike": _names_alike,
    "loose-length": _loose_length,
    "respelt": _respelt,
    "respelt-too": _respelt,
    "broken-unused": _broken_unused,
    "linearized": _linearized,
    "dangling": _dangling,
    "same-field": _same_field,
}
