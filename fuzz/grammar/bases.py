"""Documents to be signed: a letter with a bit of everything, and what an attacker hid in it.

Object numbers are fixed, so that an update knows what it may touch (`Role`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cache

from fixtures.make import encrypt, page, pdf, signing
from fixtures.make.cases import attacks_base
from fixtures.make.cases.attacks_base import FALSE_SUM, TRUE
from fixtures.make.looks import Look
from fixtures.make.pdf import Hex, Name, Raw, Ref, Stream, Value
from fixtures.make.revision import Document, Style, append, create
from fuzz.grammar.choices import Choices

_ID = bytes(range(16))


class Role(IntEnum):
    """Object numbers of the letter."""

    CATALOG = 1
    PAGES = 2
    INFO = 3
    METADATA = 4
    FONT = 5
    PAGE = 6
    CONTENT = 7
    FORM = 9
    IMAGE = 10
    STATE = 11
    SPACE = 12
    PAGE_2 = 13
    CONTENT_2 = 14
    LAYER = 15
    FILLED = 16
    FILLED_LOOK = 17
    EMPTY = 18
    STAMP = 19
    STAMP_LOOK = 20
    ACROFORM = 21
    CHECKBOX = 22
    ON = 23
    OFF = 24
    BLANK = 25
    """A signature field nobody has signed."""
    RESOURCES = 26
    BOX = 27
    EVIL_CONTENT = 28
    """Listed, referred to by nothing that is drawn."""
    EVIL_PAGE = 29
    HOST = 30
    """A plain stream that nobody draws: room for definitions."""
    WORDS = 31
    """A string that nobody draws."""
    LENGTH = 32
    ENCODING = 33
    NODE = 34
    """A node between the page tree's root and its leaves."""
    ENCRYPT = 35
    MISSING = 36
    """Referred to, not there."""
    MISSING_2 = 37
    LAST = 37


@dataclass
class Base:
    """A signed document with what an update needs to know of it."""

    document: Document
    """After the last signature."""
    style: str
    notes: list[str] = field(default_factory=list)
    has: frozenset[Role] = frozenset()
    history: tuple[Document, ...] = ()
    """Earlier states, for updates that point back."""
    fields_free: tuple[tuple[int, tuple[float, float, float, float]], ...] = ()


LINES = "BT /F1 14 Tf 72 {y} Td ({text}) Tj ET\n"
SUM = "Kinh phi duoc duyet: {} dong."


def words(amount: str = TRUE) -> bytes:
    """Return the lines of the letter as content."""
    shown = ("UY BAN NHAN DAN TINH LONG AN", SUM.format(amount), "CHU TICH")
    return "".join(
        LINES.format(y=700 - 60 * i, text=text) for i, text in enumerate(shown, 1)
    ).encode()


EVIL_WORDS = words(FALSE_SUM)


def literal_stream(data: bytes, extra: bytes = b"") -> bytes:
    """Return a plain stream as it stands between `obj` and `endobj`."""
    return b"<<%b/Length %d>>\nstream\n%b\nendstream" % (extra, len(data), data)


def evil_objects(has: frozenset[Role]) -> dict[int, bytes]:  # noqa: C901 - one paragraph an object
    """Return, for objects of the letter, what an attacker would rather have there (bodies)."""
    found = {
        Role.CONTENT: literal_stream(EVIL_WORDS),
        Role.FONT: b"<</Type/Font/Subtype/Type1/BaseFont/Courier-Bold>>",
        Role.PAGE: (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 500]/Resources<</Font<</F1 5 0 R>>>>"
            b"/Contents 28 0 R>>"
        ),
        Role.PAGES: b"<</Type/Pages/Count 1/Kids[29 0 R]>>",
        Role.CATALOG: b"<</Type/Catalog/Pages<</Type/Pages/Count 1/Kids[29 0 R]>>>>",
    }
    if Role.FORM in has:
        found[Role.FORM] = literal_stream(
            b"1 0 0 rg 0 0 200 30 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 200 30]"
        )
    if Role.IMAGE in has:
        found[Role.IMAGE] = literal_stream(
            b"\xff\x00\x00" * 4,
            b"/Type/XObject/Subtype/Image/Width 2/Height 2/BitsPerComponent 8/ColorSpace/DeviceRGB",
        )
    if Role.STATE in has:
        found[Role.STATE] = b"<</Type/ExtGState/ca 0.1/CA 0.1>>"
    if Role.SPACE in has:
        found[Role.SPACE] = b"[/Indexed/DeviceRGB 1 <ffffff00ff00>]"
    if Role.STAMP in has:
        found[Role.STAMP] = (
            b"<</Type/Annot/Subtype/Stamp/Rect[72 300 300 340]/F 4/AP<</N 17 0 R>>>>"
            if Role.FILLED in has
            else b"<</Type/Annot/Subtype/Square/Rect[60 560 500 610]/IC[0 0 0]/C[1 0 0]/F 4>>"
        )
    if Role.STAMP_LOOK in has:
        found[Role.STAMP_LOOK] = literal_stream(
            b"0 0 1 rg 0 0 400 26 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 400 26]"
        )
    if Role.FILLED_LOOK in has:
        found[Role.FILLED_LOOK] = literal_stream(
            b"/Tx BMC BT /F1 12 Tf 2 6 Td (90.000.000) Tj ET EMC",
            b"/Type/XObject/Subtype/Form/BBox[0 0 250 20]/Resources<</Font<</F1 5 0 R>>>>",
        )
    if Role.RESOURCES in has:
        found[Role.RESOURCES] = (
            b"<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/ZapfDingbats>>>>>>"
        )
    if Role.LAYER in has:
        found[Role.LAYER] = (
            b"<</Type/OCG/Name(a)/Usage<</View<</ViewState/OFF>>/Print<</PrintState/OFF>>>>>>"
        )
    if Role.BOX in has:
        found[Role.BOX] = b"[0 0 300 400]"
    if Role.NODE in has:
        found[Role.NODE] = b"<</Type/Pages/Parent 2 0 R/Count 1/Kids[6 0 R]/Rotate 90>>"
    return {int(number): body for number, body in found.items()}


def letter(  # noqa: C901, PLR0912, PLR0915 - one paragraph for each thing a page may have
    choices: Choices,
) -> tuple[dict[int, Value], frozenset[Role]]:
    """Return the objects of the unsigned letter, and which of the optional ones it has."""
    has = {
        Role.CATALOG,
        Role.PAGES,
        Role.INFO,
        Role.FONT,
        Role.PAGE,
        Role.CONTENT,
        Role.EVIL_CONTENT,
        Role.EVIL_PAGE,
    }
    wants = lambda role, share=0.4: choices.chance(share) and (has.add(role) or True)  # noqa: E731
    content = words()
    resources: dict[str, Value] = {"Font": {"F1": Ref(Role.FONT)}}
    objects: dict[int, Value] = {
        Role.INFO: {"Producer": b"sigcheck", "ModDate": b"D:20241008090000+07'00'"},
        Role.METADATA: Stream(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>", {"Type": Name("Metadata")},
            plain=True),
        Role.FONT: {"Type": Name("Font"), "Subtype": Name("Type1"), "BaseFont": Name("Helvetica")},
        Role.EVIL_CONTENT: Stream(EVIL_WORDS),
        Role.EVIL_PAGE: {
            "Type": Name("Page"), "Parent": Ref(Role.PAGES), "MediaBox": [0, 0, *page.A4],
            "Resources": {"Font": {"F1": Ref(Role.FONT)}}, "Contents": Ref(Role.EVIL_CONTENT),
        },
    }  # fmt: skip
    annotations: list[Value] = []
    fields: list[Value] = []
    catalog: dict[str, Value] = {"Type": Name("Catalog"), "Pages": Ref(Role.PAGES)}
    if wants(Role.FORM):
        form = {"Type": Name("XObject"), "Subtype": Name("Form"), "BBox": [0, 0, 200, 30],
                "Resources": {"Font": {"F1": Ref(Role.FONT)}}}  # fmt: skip
        objects[Role.FORM] = Stream(b"BT /F1 12 Tf 2 8 Td (So: 2691/CT-UBND) Tj ET", form)
        resources.setdefault("XObject", {})["Fm1"] = Ref(Role.FORM)
        content += b"q 1 0 0 1 72 380 cm /Fm1 Do Q\n"
    if wants(Role.IMAGE):
        space: Value = Name("DeviceRGB")
        samples = b"\xff\x00\x00\x00\xff\x00\x00\x00\xff\x00\x00\x00"
        if wants(Role.SPACE):
            objects[Role.SPACE] = [
                Name("Indexed"),
                Name("DeviceRGB"),
                1,
                Hex(bytes.fromhex("ff00000000ff")),
            ]
            space, samples = Ref(Role.SPACE), b"\0\1\1\0"
        image = {"Type": Name("XObject"), "Subtype": Name("Image"), "Width": 2, "Height": 2,
                 "BitsPerComponent": 8, "ColorSpace": space}  # fmt: skip
        objects[Role.IMAGE] = Stream(samples, image)
        resources.setdefault("XObject", {})["Im1"] = Ref(Role.IMAGE)
        content += b"q 60 0 0 60 400 380 cm /Im1 Do Q\n"
    if wants(Role.STATE, 0.25):
        objects[Role.STATE] = {"Type": Name("ExtGState"), "ca": 1, "CA": 1}
        resources["ExtGState"] = {"G1": Ref(Role.STATE)}
        content = b"/G1 gs\n" + content
    if wants(Role.LAYER, 0.25):
        objects[Role.LAYER] = {"Type": Name("OCG"), "Name": b"Noi dung"}
        resources["Properties"] = {"L1": Ref(Role.LAYER)}
        content += b"/OC /L1 BDC BT /F1 14 Tf 72 340 Td (Dieu khoan them) Tj ET EMC\n"
        order = {"Order": [Ref(Role.LAYER)], "ON": [Ref(Role.LAYER)]}
        catalog["OCProperties"] = {"OCGs": [Ref(Role.LAYER)], "D": order}
    if wants(Role.FILLED):
        look = {"Type": Name("XObject"), "Subtype": Name("Form"), "BBox": [0, 0, 250, 20],
                "Resources": {"Font": {"F1": Ref(Role.FONT)}}}  # fmt: skip
        objects[Role.FILLED_LOOK] = Stream(
            b"/Tx BMC BT /F1 12 Tf 0 g 2 6 Td (10.000.000) Tj ET EMC", look
        )
        objects[Role.FILLED] = _text_field(b"so_tien", (72, 260, 322, 280), {
            "V": b"10.000.000", "DA": b"/F1 12 Tf 0 g",
            **({"AP": {"N": Ref(Role.FILLED_LOOK)}} if choices.chance(0.6) else {}),
        })  # fmt: skip
        has.add(Role.FILLED_LOOK)
        annotations.append(Ref(Role.FILLED))
        fields.append(Ref(Role.FILLED))
    if wants(Role.EMPTY):
        own = {"DA": b"/F1 12 Tf 0 g"} if choices.chance(0.6) else {}
        over = choices.chance(0.2)
        rect = (70, 572, 470, 598) if over else (72, 220, 322, 240)
        objects[Role.EMPTY] = _text_field(b"y_kien", rect, own)
        annotations.append(Ref(Role.EMPTY))
        fields.append(Ref(Role.EMPTY))
    if wants(Role.STAMP):
        look = {"Type": Name("XObject"), "Subtype": Name("Form"), "BBox": [0, 0, 400, 26],
                "Resources": {"Font": {"F1": Ref(Role.FONT)}}}  # fmt: skip
        objects[Role.STAMP_LOOK] = Stream(
            b"1 g 0 0 400 26 re f 0 g BT /F1 14 Tf 2 8 Td (Da sua: 20.000.000) Tj ET", look
        )
        objects[Role.STAMP] = {
            "Type": Name("Annot"), "Subtype": Name("Stamp"), "Rect": [70, 572, 470, 598],
            "F": choices.one((4, 2, 4, 6, 34)), "AP": {"N": Ref(Role.STAMP_LOOK)},
        }  # fmt: skip
        has.add(Role.STAMP_LOOK)
        annotations.append(Ref(Role.STAMP))
    if wants(Role.CHECKBOX, 0.25):
        box = {"Type": Name("XObject"), "Subtype": Name("Form"), "BBox": [0, 0, 20, 20]}
        objects[Role.ON] = Stream(b"0 0 20 20 re f", box)
        objects[Role.OFF] = Stream(b"0 0 19 19 re S", box)
        objects[Role.CHECKBOX] = {
            "Type": Name("Annot"), "Subtype": Name("Widget"), "FT": Name("Btn"), "T": b"dong_y",
            "F": 4,
            "Rect": [340, 220, 360, 240], "P": Ref(Role.PAGE), "AS": Name("Off"), "V": Name("Off"),
            "AP": {"N": {"Yes": Ref(Role.ON), "Off": Ref(Role.OFF)}},
        }  # fmt: skip
        annotations.append(Ref(Role.CHECKBOX))
        fields.append(Ref(Role.CHECKBOX))
    if wants(Role.BLANK, 0.25):
        objects[Role.BLANK] = {
            "Type": Name("Annot"), "Subtype": Name("Widget"), "FT": Name("Sig"), "T": b"ky_sau",
            "F": 4,
            "Rect": list(choices.one(((0, 0, 0, 0), (72, 140, 272, 200), (340, 140, 540, 200)))),
            "P": Ref(Role.PAGE),
        }  # fmt: skip
        annotations.append(Ref(Role.BLANK))
        fields.append(Ref(Role.BLANK))
    if fields or choices.chance(0.3):
        form_dict: dict[str, Value] = {"Fields": fields, "DA": b"/F1 12 Tf 0 g "}
        if choices.chance(0.8):
            form_dict["DR"] = {"Font": {"F1": Ref(Role.FONT), "Helv": Ref(Role.FONT)}}
        catalog["AcroForm"] = form_dict
    leaf: dict[str, Value] = {
        "Type": Name("Page"), "Parent": Ref(Role.PAGES), "Resources": resources, "MediaBox": [0, 0,
            *page.A4],
        "Contents": Ref(Role.CONTENT),
    }  # fmt: skip
    pages: dict[str, Value] = {"Type": Name("Pages"), "Count": 1, "Kids": [Ref(Role.PAGE)]}
    if wants(Role.RESOURCES, 0.2):
        objects[Role.RESOURCES] = resources
        leaf["Resources"] = Ref(Role.RESOURCES)
    if wants(Role.BOX, 0.15):
        objects[Role.BOX] = [0, 0, *page.A4]
        leaf["MediaBox"] = Ref(Role.BOX)
    if choices.chance(0.15):
        pages |= {key: leaf.pop(key) for key in ("Resources", "MediaBox")}
    if choices.chance(0.15):
        leaf["Contents"] = [Ref(Role.CONTENT)]
    if choices.chance(0.5) or annotations:
        leaf["Annots"] = annotations
    if wants(Role.PAGE_2, 0.3):
        second = {"Type": Name("Page"), "Parent": Ref(Role.PAGES),
            "Resources": {"Font": {"F1": Ref(Role.FONT)}},
                  "MediaBox": [0, 0, *page.A4], "Contents": Ref(Role.CONTENT_2)}  # fmt: skip
        objects[Role.PAGE_2] = second
        objects[Role.CONTENT_2] = Stream(b"BT /F1 14 Tf 72 700 Td (Trang 2: het.) Tj ET")
        has.add(Role.CONTENT_2)
        pages |= {"Count": 2, "Kids": [Ref(Role.PAGE), Ref(Role.PAGE_2)]}
    objects[Role.CATALOG], objects[Role.PAGES] = catalog, pages
    objects[Role.PAGE], objects[Role.CONTENT] = leaf, Stream(content)
    return objects, frozenset(has)


def _text_field(name: bytes, rect: tuple[float, ...], own: Mapping[str, Value]) -> dict[str, Value]:
    return {
        "Type": Name("Annot"), "Subtype": Name("Widget"), "FT": Name("Tx"), "T": name, "F": 4,
        "Rect": list(rect),
        "P": Ref(Role.PAGE), **own,
    }  # fmt: skip


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
        leaf["Annots"] = [*leaf.get("Annots", []), gone]
    elif kind in {"Rotate", "CropBox", "UserUnit", "Group"}:
        leaf[kind] = gone
    elif kind == "Kids":
        pages = dict(hidden.objects[Role.PAGES])
        hidden.objects[Role.PAGES] = {**pages, "Kids": [*pages["Kids"], gone]}
    elif kind == "Encoding":
        hidden.objects[Role.FONT] = {**hidden.objects[Role.FONT], "Encoding": gone}
    elif kind == "NeedAppearances" and "AcroForm" in hidden.objects[Role.CATALOG]:
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
    hidden.objects[Role.PAGE] = Raw(b"<<" + pair + leaf[2:] if first else leaf[:-2] + pair + b">>")


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
    hidden.objects[Role.RESOURCES] = Raw(b"<</Font<</F1 5 0 R" + b"".join(entries) + b">>>>")
    hidden.objects[Role.PAGE] = {**hidden.objects[Role.PAGE], "Resources": Ref(Role.RESOURCES)}
    content = words().replace(b"/F1", first, 2)
    hidden.objects[Role.CONTENT] = Stream(content)


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


def _linearized(hidden: Hidden, choices: Choices, _: frozenset[Role]) -> None:
    """A hint of linearization: programs look at it only while the file has the length it names."""
    size = choices.one((0, 1, 2, 3))
    hidden.lead = (
        b"39 0 obj\n<</Linearized 1/L @@LENGTH@@/H[0 0]/O %d/E 2000/N 1/T 15>>\nendobj\n"
        % ((6, 29, 6, 13)[size],)
        + hidden.lead
    )


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
    "broken-unused": _broken_unused,
}

_NEEDS_PAGE = {"missing-reference", "twice", "names-alike"}
TAILS = (b"%%EOF\n", b"%%EOF\n", b"%%EOF\n", b"%%EOF\r\n", b"%%EOF")


def build(choices: Choices) -> Base:
    """Return a signed document with something hidden in it, or nothing."""
    objects, has = letter(choices)
    hidden = Hidden(dict(objects))
    notes = []
    for name in choices.some(sorted(PREPARATIONS), 3) if choices.chance(0.8) else []:
        if name in _NEEDS_PAGE and isinstance(hidden.objects[Role.PAGE], Raw):
            continue
        PREPARATIONS[name](hidden, choices, has)
        notes.append(f"prepared:{name}")
    kind = choices.one(("table", "table", "stream", "stream", "hybrid", "encrypted"))
    document = _unsigned(kind, hidden, choices)
    history = [document]
    if hidden.earlier:
        changes = {number: hidden.objects[number] for number in hidden.earlier}
        document = append(
            document, changes, Style("stream" if kind == "stream" else "table", comment=b"")
        )
    certify = choices.one((None, None, None, 1, 2, 2, 3))
    style = Style("stream" if kind == "stream" else "table", comment=b"", tail=choices.one(TAILS))
    if kind == "stream":
        number = document.free
        style = replace(style, packed=(int(Role.CATALOG), int(Role.PAGE), number + 5))
    for index in range(choices.one((1, 1, 1, 2, 2, 3, 5))):
        if certify == 1 and index:
            break
        history.append(document)
        document = _signed(document, choices, index, certify if index == 0 else None, style)
    notes += [f"base:{kind}", f"P={certify}", f"signatures:{len(history) - 1}"]
    return Base(document, kind, notes, has, tuple(history))


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
    if isinstance(document.objects[Role.PAGE], Raw):
        return _signed_raw(document, how, number)
    return signing.sign(document, how)


def _signed_raw(document: Document, how: signing.Signing, number: int) -> Document:
    """Sign a document whose page is raw bytes: the field stands on no page."""
    stand_in = replace(document, objects={**document.objects, Role.PAGE: {}})
    changes = signing.place(stand_in, how, Ref(number), number + 1)
    changes.pop(int(Role.PAGE), None)
    signed = append(document, {number: holder(document, how, number), **changes}, how.style)
    return signing.fill(signed, len(document.data), how)


def holder(document: Document, how: signing.Signing, number: int) -> Raw:
    """Return a signature dictionary with room for /ByteRange and /Contents."""
    entries = signing.dictionary(how, document.root)
    if document.cipher:
        entries = document.cipher(number, entries)
    room = b"/ByteRange [" + b" " * 60 + b"] /Contents <" + b"0" * (2 * how.reserved) + b">>>"
    return Raw(pdf.dictionary(entries)[:-2] + room)
