"""The letter that is signed: a bit of everything a viewer draws, with fixed object numbers.

The numbers are fixed so that an update knows what it may touch (`Role`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from fixtures.make import page
from fixtures.make.cases.attacks_base import FALSE_SUM, TRUE
from fixtures.make.pdf import Hex, Name, Ref, Stream, Value
from fuzz.grammar.choices import Choices


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
    ANNOTS = 34
    """The page's /Annots, where they are an object of their own."""
    ENCRYPT = 35
    MISSING = 36
    """Referred to, not there."""
    LAST = 37
    """No object of the letter has a higher number."""


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


def form_xobject(box: Value) -> dict[str, Value]:
    """Return the entries of a form XObject that may write in the letter's font."""
    return {
        "Type": Name("XObject"),
        "Subtype": Name("Form"),
        "BBox": box,
        "Resources": {"Font": {"F1": Ref(Role.FONT)}},
    }


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
    if Role.ANNOTS in has:
        found[Role.ANNOTS] = b"[]"
    if Role.ACROFORM in has:
        found[Role.ACROFORM] = b"<</Fields[]/NeedAppearances true/DA(/F1 30 Tf 1 0 0 rg)>>"
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
        objects[Role.FORM] = Stream(
            b"BT /F1 12 Tf 2 8 Td (So: 2691/CT-UBND) Tj ET", form_xobject([0, 0, 200, 30])
        )
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
                choices.one((Hex(bytes.fromhex("ff00000000ff")), b"\xff\0\0\0\0\xff")),
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
        look = form_xobject([0, 0, 250, 20])
        if choices.chance(0.2):
            del look["Resources"]
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
        look = form_xobject([0, 0, 400, 26])
        if choices.chance(0.2):
            del look["Resources"]  # programs then look into the page, or into the form's /DR
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
        if choices.chance(0.1):  # the page shows fields that the form does not list
            form_dict["Fields"] = []
        if choices.chance(0.1):
            form_dict["NeedAppearances"] = choices.one((True, False))
        catalog["AcroForm"] = form_dict
        if wants(Role.ACROFORM, 0.2):
            objects[Role.ACROFORM] = form_dict
            catalog["AcroForm"] = Ref(Role.ACROFORM)
        if choices.chance(0.1):  # fields on the page, and no form yet
            del catalog["AcroForm"]
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
        if wants(Role.ANNOTS, 0.2):
            objects[Role.ANNOTS] = annotations
            leaf["Annots"] = Ref(Role.ANNOTS)
    if choices.chance(0.12):
        leaf["Rotate"] = choices.one((90, 180, 270, 0, 360))
    if choices.chance(0.05):
        leaf["UserUnit"] = 2
    if choices.chance(0.05) and "MediaBox" in leaf:
        leaf["CropBox"] = [20, 20, 560, 800]
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
