"""What an update says: honest changes, and an attacker's.

An edit changes an `Update` in place; it may do nothing where the letter lacks what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fixtures.make import pdf, pki
from fixtures.make.pdf import Name, Raw, Ref, Stream, Value
from fuzz.grammar import letter
from fuzz.grammar.bases import Base
from fuzz.grammar.choices import Choices
from fuzz.grammar.fields import new_field
from fuzz.grammar.letter import Role
from fuzz.grammar.updates import Room, acroform, form, in_form, now, on_page, rewrite
from fuzz.grammar.writing import Update

Edit = Callable[[Base, Update, Choices], None]


# --- honest changes
# -------------------------------------------------------------------------------------------------


def nothing(base: Base, update: Update, choices: Choices) -> None:
    """Write no object."""


def again(base: Base, update: Update, choices: Choices) -> None:
    """Write some objects again as they are."""
    known = [
        n for n, value in base.document.objects.items() if value is not None and n != Role.ENCRYPT
    ]
    for number in choices.some(known, 3):
        value = base.document.objects[number]
        if not (isinstance(value, Raw) and b"/ByteRange" in value.value):
            update.objects[number] = value


def dates(base: Base, update: Update, choices: Choices) -> None:
    """Change what book-keeping changes: /Info and the metadata."""
    rewrite(base, update, Role.INFO, ModDate=b"D:20250101090000+07'00'")
    if choices.chance(0.3):
        rewrite(base, update, Role.INFO, Title=b"Cong van", Producer=b"x")


def security_store(base: Base, update: Update, choices: Choices) -> None:
    """Add a DSS (12.8.4.3); what lies in it may also be what something drawn was waiting for."""
    room = Room(base, update)
    number, store = room.take(), room.take()
    refer = choices.one(
        (number, number, number, Role.HOST, Role.WORDS, Role.EVIL_CONTENT, Role.MISSING)
    )
    data = pki.world.ca("g2-root").der if choices.chance(0.7) else letter.EVIL_WORDS
    update.objects[Role.MISSING if refer == Role.MISSING else number] = Stream(data)
    update.objects[store] = {"Type": Name("DSS"), "Certs": [Ref(refer)]}
    rewrite(base, update, Role.CATALOG, DSS=Ref(store))


def private_key(base: Base, update: Update, choices: Choices) -> None:
    """Add a key nobody reads, which refers to something."""
    target = choices.one(
        (Role.HOST, Role.WORDS, Role.EVIL_PAGE, Role.MISSING, Role.CONTENT, Role.PAGE)
    )
    where = choices.one((Role.INFO, Role.CATALOG))
    key = choices.one(
        (
            "ITXT",
            "PieceInfo",
            "Extensions",
            "Trapped",
            "Metadata",
            "ViewerPreferences",
            "Names",
            "Dests",
        )
    )
    rewrite(
        base, update, where, **{key: choices.one((Ref(target), [Ref(target)], {"A": Ref(target)}))}
    )


def fill(base: Base, update: Update, choices: Choices) -> None:
    """Fill a text field, honestly or beyond it."""
    number = choices.one((Role.EMPTY, Role.EMPTY, Role.FILLED))
    old = base.document.objects.get(number)
    if not isinstance(old, Mapping):
        return
    left, bottom, right, top = old["Rect"]
    wide, high = right - left, top - bottom
    look = Room(base, update).take()
    content = choices.one((
        b"/Tx BMC BT /F1 12 Tf 0 g 2 6 Td (Dong y) Tj ET EMC",
        b"/Tx BMC BT /F1 12 Tf 0 g 2 6 Td (Dong y) Tj ET EMC",
        b"1 0 0 RG 300 w 0 0 m 500 0 l S", b"1 g -100 -100 900 900 re f",
        b"BT /F1 300 Tf 0 g -50 -50 Td (MMMM) Tj ET",
        b"q 900 0 0 900 -100 -100 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \x00 EI Q", b"",
        b"BT 1 Tr 60 w /F1 12 Tf 2 6 Td (Dong y) Tj ET",
        b"/Fm1 Do", b"0 g 0 0 900 900 re f", b"BT /F1 12 Tf 1 g 2 6 Td (Dong y) Tj ET",
    ))  # fmt: skip
    box = choices.one(
        (
            [0, 0, wide, high],
            [0, 0, wide, high],
            [0, 0, 900, 900],
            [-300, -300, 900, 900],
            [0, 0, 1, 1],
            [0, 0, 0, 0],
        )
    )
    form = letter.form_xobject(box)
    if choices.chance(0.15):
        form["Matrix"] = choices.one(
            ([1, 0, 0, 1, 0, 0], [3, 0, 0, 3, -50, -50], [0, 1, -1, 0, 0, 0], [0, 0, 0, 0, 0, 0])
        )
    update.objects[look] = Stream(content, form)
    entries: dict[str, Value] = {
        "V": choices.one((b"Dong y", b"Dong y", b"90.000.000", b"")),
        "AP": {"N": Ref(look)},
    }
    if choices.chance(0.3):
        entries |= choices.one((
            {"Rect": [60, 560, 500, 610]}, {"DA": b"/F1 40 Tf 1 0 0 rg"}, {"Q": 2}, {"F": 0},
            {"F": 36}, {"F": 2}, {"MK": {"BG": [0]}}, {"MK": {"R": 90}},
            {"BS": {"W": 100}, "MK": {"BC": [1, 0, 0]}}, {"Border": [0, 0, 100]}, {"Ff": 4096},
            {"AS": Name("N")}, {"M": b"D:20250101"}, {"DA": b"/F1 0 Tf 0 g"},
            {"AP": None}, {"Ff": 8192}, {"MaxLen": 3}, {"Ff": 1 << 24, "MaxLen": 10},
            {"DA": b"/ZaDb 12 Tf 0 g"}, {"DA": b"/F1 12 Tf 1 g"},
            {"Rect": [left, bottom, right, top + 0.01]}, {"Rect": [right, top, left, bottom]},
            {"RV": b"<p>x</p>"}, {"TU": b"x"}, {"C": [1, 0, 0]},
        ))  # fmt: skip
    rewrite(base, update, number, **entries)
    if choices.chance(0.2):
        acroform(base, update, NeedAppearances=choices.one((True, False)))


def tick(base: Base, update: Update, choices: Choices) -> None:
    """Tick the check box, honestly or not."""
    if Role.CHECKBOX not in base.has:
        return
    state = choices.one(("Yes", "Yes", "No", "Off", "yes"))
    rewrite(base, update, Role.CHECKBOX, AS=Name(state), V=Name(choices.one(("Yes", state))))
    if choices.chance(0.3):
        update.objects[Role.ON] = Stream(
            b"0 0 900 900 re f",
            {"Type": Name("XObject"), "Subtype": Name("Form"), "BBox": [0, 0, 900, 900]},
        )
    if choices.chance(0.2):
        rewrite(base, update, Role.CHECKBOX, MK={"CA": b"8"}, AP=None)


# --- content, pages, resources
# --------------------------------------------------------------------------------------


def replaced(base: Base, update: Update, choices: Choices) -> None:
    """Write an object of the letter with other content: openly, unlisted or beside the old one."""
    number, body = choices.one(sorted(letter.evil_objects(base.has).items()))
    how = choices.one(
        (
            "open",
            "unlisted",
            "unlisted",
            "unlisted",
            "both",
            "other number",
            "stream",
            "string",
            "generation",
        )
    )
    written = b"%d 0 obj\n%b\nendobj\n" % (number, body)
    choices.note(f"replaced:{Role(number).name}:{how}")
    if how == "open":
        update.objects[number] = Raw(body)
    elif how == "unlisted":
        update.unlisted.append(written)
    elif how == "both":
        update.unlisted.append(written)
        if (old := base.document.objects[number]) is not None:
            update.objects[number] = old
    elif how == "generation":
        update.unlisted.append(b"%d 1 obj\n%b\nendobj\n" % (number, body))
        if choices.chance(0.5) and base.document.objects[number] is not None:
            update.objects[number] = base.document.objects[number]
    elif how == "other number":
        update.objects[Room(base, update).take()] = Raw(body)
    elif how == "stream":
        update.objects[Room(base, update).take()] = Stream(
            choices.one((b"", b"\nendstream\nendobj\n")) + written, {}, plain=True
        )
    elif b"(" not in written:
        update.objects[Room(base, update).take()] = Raw(b"(\n" + written + b")")


def defined(_: Base, update: Update, choices: Choices) -> None:
    """Define what the signed bytes refer to and do not have."""
    update.objects[Role.MISSING] = choices.one((
        Raw(b"90"), Raw(b"180"), Raw(b"[0 0 300 300]"), Raw(b"null"), Raw(b"2"), Raw(b"true"),
        Raw(b"100"), Raw(b"0"),
        Stream(b"20 w 0 0 m 500 800 l S"), Stream(b"1 g 0 0 700 900 re f"),
        Raw(b"<</Type/Annot/Subtype/Square/Rect[60 560 500 610]/IC[0 0 0]/C[1 0 0]/F 4>>"),
        Raw(
            b"<</Type/Annot/Subtype/Widget/FT/Tx/T(x)/V(90)/DA(/F1 12 Tf 0 g)/Rect[60 560 500 610]"
            b"/MK<</BG[0]>>/F 4>>"
        ),
        Raw(b"<</Type/Font/Subtype/Type1/BaseFont/Courier>>"),
        Raw(b"<</Differences[48/nine/one 57/one]>>"),
        Raw(b"29 0 R"), Raw(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]>>"),
        Raw(b"<</Type/OCG/Name(x)>>"), Raw(b"/MacRomanEncoding"),
        Stream(b"0 g 0 0 400 400 re f", {"Type": Name("XObject"), "Subtype": Name("Form"),
            "BBox": [0, 0, 400, 400]}), Raw(b"[0 0 595.3 841.9]"),
    ))  # fmt: skip


def freed(base: Base, update: Update, choices: Choices) -> None:
    """Free something."""
    number = choices.one([n for n in base.document.objects if n != Role.ENCRYPT])
    update.freed[number] = choices.one((0, 1, 65535, 1))


def pointed(base: Base, update: Update, choices: Choices) -> None:
    """Point a row at an earlier, hidden or foreign definition, or into a stream."""
    data = base.document.data
    number = choices.one(sorted(letter.evil_objects(base.has)))
    needle = choices.one(
        (
            b"%d 0 obj" % number,
            b"%d 1 obj" % number,
            b" 0 obj",
            b"<<",
            b"stream",
            b"28 0 obj",
            b"xref",
        )
    )
    found, at = [], -1
    while (at := data.find(needle, at + 1)) >= 0 and len(found) < 50:
        found.append(at)
    if found:
        update.pointed[number] = (
            choices.one((found[0], found[-1], choices.one(found))),
            choices.one((0, 0, 0, 1)),
        )
        choices.note(f"pointed:{number}")


def inside(base: Base, update: Update, choices: Choices) -> None:
    """Point a row into an object stream that is there."""
    streams = [n for n in base.document.objects if n > Role.LAST]
    if update.kind == "stream" and streams:
        update.inside[choices.one(sorted(letter.evil_objects(base.has)))] = (
            choices.one(streams),
            choices.random.randrange(12),
        )


def page_tree(base: Base, update: Update, choices: Choices) -> None:
    """Edit the page tree."""
    kids = [Ref(Role.PAGE), Ref(Role.PAGE_2)] if Role.PAGE_2 in base.has else [Ref(Role.PAGE)]
    count = len(kids)
    rewrite(base, update, Role.PAGES, **choices.one((
        {"Count": count + 1}, {"Count": 0}, {"Count": -1}, {"Count": Raw(b"%d.0" % count)},
        {"Kids": kids[::-1]}, {"Kids": [*kids, Ref(Role.EVIL_PAGE)], "Count": count + 1},
        {"Kids": [Ref(Role.EVIL_PAGE), *kids], "Count": count + 1}, {"Kids": [Ref(Role.EVIL_PAGE)]},
        {"Rotate": 90}, {"MediaBox": [0, 0, 300, 300]}, {"CropBox": [0, 0, 300, 300]},
        {"Kids": [*kids, Ref(Role.EVIL_PAGE)]}, {"Kids": kids[:1], "Count": 1},
        {"Resources": {"Font": {"F1": {"Type": Name("Font"), "Subtype": Name("Type1"),
            "BaseFont": Name("Courier")}}}},
        {"Kids": [None, *kids]}, {"Parent": Ref(Role.PAGES)}, {"Type": Name("Page")},
        {"UserUnit": 2}, {"Kids": [*kids, *kids], "Count": 2 * count}, {"Count": count},
        {"Kids": [{"Type": Name("Pages"), "Kids": kids, "Count": count, "Rotate": 90}]},
        {"Annots": [Ref(Role.STAMP)]},
    )))  # fmt: skip


def page_entries(base: Base, update: Update, choices: Choices) -> None:
    """Edit the page."""
    page = Role.PAGE
    leaf = now(base, update, page)
    if not isinstance(leaf, Mapping):
        return
    contents = leaf.get("Contents")
    room = Room(base, update)
    fresh = room.take()
    change: dict[str, Value] = choices.one((
        {"Contents": Ref(Role.EVIL_CONTENT)}, {"Contents": [contents, Ref(fresh)]},
        {"Contents": [Ref(fresh), contents]}, {"Rotate": 90}, {"Rotate": 360}, {"Rotate": 0},
        {"Rotate": 45},
        {"MediaBox": [0, 0, 595.3, 841.9]}, {"MediaBox": [0, 0, 595, 842]}, {"MediaBox": [0, 0,
            595.32, 600]}, {"CropBox": [0, 0, 595.32, 841.92]}, {"CropBox": [0, 0, 500, 500]},
        {"UserUnit": 1}, {"UserUnit": 2}, {"UserUnit": 1.0},
        {"Resources": {"Font": {"F1": Ref(Role.FONT)}}}, {"Resources": None}, {"Annots": None},
        {"Annots": []}, {"Contents": None},
        {"Group": {"S": Name("Transparency"), "I": True, "K": True, "CS": Name("DeviceCMYK")}},
        {"Parent": Ref(Role.EVIL_PAGE)}, {"Parent": None}, {"Type": Name("Template")},
        {"Type": None},
        {"Tabs": Name("S")}, {"TrimBox": [0, 0, 300, 300]}, {"BleedBox": [10, 10, 300, 300]},
        {"ArtBox": [0, 0, 300, 300]}, {"StructParents": 0}, {"Metadata": Ref(Role.METADATA)},
        {"PZ": 1},
        {"MediaBox": [595.32, 841.92, 0, 0]}, {"Thumb": Ref(Role.IMAGE)}, {"Dur": 1}, {"B": []},
        {"AF": []}, {"VP": []}, {"OutputIntents": []}, {"Contents": [contents]},
        {"MediaBox": [0, 0, Raw(b"595.32000000000000000001"), 841.92]}, {"Rotate": Raw(b"0.0")},
        {"Rotate": Raw(b"-360")}, {"CropBox": [-10, -10, 700, 900]}, {"LastModified": b"D:2026"},
    ))  # fmt: skip
    rewrite(base, update, page, **change)
    choices.note(f"page:{next(iter(change))}")
    if any(isinstance(value, list) and Ref(fresh) in value for value in change.values()):
        update.objects[fresh] = Stream(
            choices.one(
                (
                    b"",
                    b"q Q\n",
                    b" ",
                    b"1 g 0 0 700 900 re f",
                    b"Q",
                    b"20 w 0 0 m 500 800 l S",
                    b"BT /F1 14 Tf 72 500 Td (x) Tj ET",
                    b"q",
                    b"0 0 1 1 re W n",
                )
            )
        )


def catalog_entries(base: Base, update: Update, choices: Choices) -> None:
    """Edit the catalogue."""
    off = {"OCGs": [Ref(Role.LAYER)], "D": {"OFF": [Ref(Role.LAYER)]}}
    rewrite(base, update, Role.CATALOG, **choices.one((
        {"OCProperties": off}, {"OCProperties": {"OCGs": [Ref(Role.LAYER)],
            "D": {"BaseState": Name("OFF")}}}, {"OCProperties": {"OCGs": [Ref(Role.LAYER)],
            "D": {"ON": [Ref(Role.LAYER)]}}},
        {"OCProperties": {"OCGs": [Ref(Role.LAYER)], "D": {},
            "Configs": [{"OFF": [Ref(Role.LAYER)]}]}}, {"OCProperties": None},
            {"Version": Name("1.4")}, {"Version": Name("2.0")}, {"Version": Name("9.9")},
        {"Pages": Ref(Role.EVIL_PAGE)}, {"Pages": {"Type": Name("Pages"),
            "Kids": [Ref(Role.EVIL_PAGE)], "Count": 1}}, {"PageMode": Name("UseOC")},
            {"ViewerPreferences": {"ViewArea": Name("TrimBox")}},
        {"OpenAction": [Ref(Role.PAGE), Name("XYZ"), 0, 0, 4]},
        {"OpenAction": {"S": Name("JavaScript"), "JS": b"x"}}, {"Lang": b"vi"},
        {"MarkInfo": {"Marked": True}}, {"PageLabels": {"Nums": [0, {"P": b"x"}]}},
        {"OutputIntents": []}, {"Collection": {}},
        {"StructTreeRoot": {"Type": Name("StructTreeRoot")}},
        {"Extensions": {"ESIC": {"BaseVersion": Name("1.7"), "ExtensionLevel": 5}}},
        {"AcroForm": None},
        {"Perms": {}}, {"Legal": {}}, {"Names": {"AP": {"Names": []}}}, {"Type": Name("Pages")},
        {"Metadata": Ref(Role.METADATA)}, {"Requirements": []}, {"DPartRoot": {}},
        {"NeedsRendering": True}, {"AA": {}},
        {"OCProperties": {"OCGs": [Ref(Role.LAYER)], "D": {"AS": [{"Event": Name("Print"),
            "OCGs": [Ref(Role.LAYER)], "Category": [Name("Print")]}]}}},
    )))  # fmt: skip


def form_entries(base: Base, update: Update, choices: Choices) -> None:
    """Edit /AcroForm."""
    courier = {"Type": Name("Font"), "Subtype": Name("Type1"), "BaseFont": Name("Courier")}
    acroform(base, update, **choices.one((
        {"DA": b"/F1 12 Tf 1 g"}, {"DA": b"/Helv 30 Tf 0 g"}, {"DA": b"/F1 0 Tf 0 g"}, {"DA": None},
        {"DR": {"Font": {"F1": courier}}}, {"DR": None}, {"NeedAppearances": True},
        {"NeedAppearances": False},
        {"SigFlags": 3}, {"SigFlags": 1}, {"Q": 2}, {"XFA": Ref(Role.HOST)}, {"XFA": []},
        {"Fields": []}, {"CO": []}, {"DR": {"Font": {"F1": Ref(Role.FONT), "Helv": courier}}},
        {"DA": b""},
        {"DR": {"Font": {"F1": Ref(Role.FONT), "Helv": Ref(Role.FONT), "New": courier}}},
        {"DA": b"/F1 12 Tf 0 g"}, {"DR": {"Font": {"F1": Ref(Role.FONT)}, "Encoding": {}}},
        {"SigFlags": 3.0},
        {"Q": 0}, {"DA": b"/F1 12 Tf 0 g 1 Tr"}, {"DA": b"/Nix 12 Tf 0 g"},
    )))  # fmt: skip


def annotation_entries(base: Base, update: Update, choices: Choices) -> None:
    """Edit an annotation or field that is there, or its appearance."""
    numbers = [
        n for n in (Role.STAMP, Role.FILLED, Role.EMPTY, Role.CHECKBOX, Role.BLANK) if n in base.has
    ]
    signatures = [
        n
        for n, v in base.document.objects.items()
        if isinstance(v, Mapping) and v.get("FT") == "Sig"
    ]
    if not numbers + signatures:
        return
    number = choices.one([*numbers, *numbers, *signatures])
    flags = (
        0,
        2,
        4,
        6,
        32,
        36,
        68,
        132,
        196,
        Raw(b"4.0"),
        Raw(b"2.0"),
        Raw(b"4294967300"),
        Raw(b"4294967298"),
        Raw(b"-1"),
        None,
        Raw(b"+4"),
        Raw(b"4e0"),
        1,
        64,
        256,
        Raw(b"2147483652"),
    )
    rewrite(base, update, number, **choices.one((
        *({"F": value} for value in flags), {"Rect": [72, 400, 300, 500]}, {"Rect": None},
        {"AP": None}, {"AP": {}}, {"AP": {"N": Ref(Role.EVIL_CONTENT)}}, {"AS": Name("X")},
        {"OC": Ref(Role.LAYER)}, {"MK": {"BG": [0, 0, 1]}}, {"MK": {"BC": [1, 0, 0]},
            "BS": {"W": 40}}, {"MK": {"R": 90}}, {"MK": {"CA": b"x"}}, {"Border": [0, 0, 300]},
            {"BS": {"W": 300}},
        {"C": [1, 0, 0]}, {"DA": b"/F1 12 Tf 1 g"}, {"Contents": b"x"}, {"Subtype": Name("Square")},
        {"Subtype": Name("Stamp")}, {"FT": Name("Tx")}, {"V": b"9"}, {"BE": {"S": Name("C")}},
        {"AP": {"N": {"A": Ref(Role.STAMP_LOOK)}}, "AS": Name("A")},
        {"AP": {"D": Ref(Role.STAMP_LOOK), "R": Ref(Role.STAMP_LOOK)}},
        {"Parent": Ref(Role.FILLED)}, {"Kids": [Ref(Role.FILLED)]},
        {"CA": 0.1}, {"P": Ref(Role.EVIL_PAGE)}, {"M": b"D:2026"}, {"T": b"other"}, {"TU": b"x"},
        {"Q": 1}, {"Ff": 8192}, {"NM": b"x"}, {"A": {"S": Name("URI"), "URI": b"x"}},
        {"Popup": Ref(Role.STAMP)},
        {"H": Name("N")}, {"StructParent": 1}, {"Lock": {"Action": Name("All")}}, {"SV": {}},
        {"DV": b"x"}, {"MK": {}}, {"IT": Name("x")}, {"BM": Name("Multiply")}, {"ca": 0.1},
    )))  # fmt: skip


def look_entries(base: Base, update: Update, choices: Choices) -> None:
    """Write the appearance or picture of something again with other numbers."""
    numbers = [
        n
        for n in (
            Role.FORM,
            Role.IMAGE,
            Role.STAMP_LOOK,
            Role.FILLED_LOOK,
            Role.ON,
            Role.OFF,
            Role.CONTENT,
        )
        if n in base.has
    ]
    number = choices.one(numbers)
    old = base.document.objects[number]
    if isinstance(old, Stream):
        entries = {**old.entries, **choices.one((
            {"BBox": [0, 0, Raw(b"400e-9"), 26]}, {"Matrix": [2, 0, 0, 2, 0, 0]}, {"BBox": [0, 0,
                400, Raw(b"26.0")]}, {"Group": {"S": Name("Transparency")}}, {"Width": Raw(b"2.0")},
                {"Decode": [1, 0]},
            {"Resources": {}}, {"OC": Ref(Role.LAYER)}, {"SMask": Ref(Role.IMAGE)},
            {"Interpolate": True}, {"ImageMask": True}, {"Mask": [0, 0]},
            {"Intent": Name("Perceptual")}, {"BBox": [400, 26, 0, 0]},
            {"FormType": 1}, {"FormType": 2}, {"LastModified": b"D:2026"}, {"StructParent": 1},
            {"Height": 1}, {"BitsPerComponent": 4}, {"Subtype": Name("PS")}, {"Alternates": []},
            {"Name": Name("F1")},
        ))}  # fmt: skip
        update.objects[number] = Stream(old.data, entries, old.plain)


def otherwise(base: Base, update: Update, choices: Choices) -> None:
    """Write an object as some programs take it, in the place of what has several readings."""
    if base.otherwise:
        number = choices.one(sorted(base.otherwise))
        update.objects[number] = choices.one(base.otherwise[number])


def unencrypted(base: Base, update: Update, choices: Choices) -> None:
    """Write an object of an encrypted file again without encrypting it."""
    if base.document.cipher is None:
        again(base, update, choices)
        return
    known = [number for number in sorted(base.has) if number in base.document.objects]
    number = choices.one(known)
    value = base.document.objects[number]
    if isinstance(value, Stream):
        written = letter.literal_stream(value.data, pdf.dictionary(value.entries)[2:-2])
        update.objects[number] = Raw(written)
    elif value is not None:
        update.objects[number] = Raw(pdf.write(value))


def dangling(base: Base, update: Update, choices: Choices) -> None:
    """Refer from somewhere to what is not there, is free, or has another generation."""
    gone = Raw(choices.one((
        b"99 0 R", b"36 0 R", b"7 1 R", b"6 1 R", b"5 2 R", b"99999 0 R", b"8388608 0 R", b"0 0 R",
        b"0 65535 R",
        b"4294967303 0 R", b"7 65536 R", b"-7 0 R", b"28 0 R", b"30 0 R", b"29 0 R",
    )))  # fmt: skip
    choices.note(f"dangling:{gone.value!r}")
    where = choices.one((
        "annotation", "field", "Names", "Dests", "Outlines", "Metadata", "OCProperties",
        "StructTreeRoot", "info", "DSS",
        "Parent", "Kids", "Lock", "Popup", "A", "AA", "MK", "DR", "OC", "AP", "Prev", "trailer",
        "Threads", "PageLabels",
        "P", "Resources", "Extensions", "Perms", "Version", "AcroForm", "SigFlags", "CO", "XFA",
        "DA", "Q",
    ))  # fmt: skip
    if where == "annotation":
        leaf = now(base, update, Role.PAGE)
        if isinstance(leaf, Mapping) and isinstance(leaf.get("Annots", []), list):
            rewrite(base, update, Role.PAGE, Annots=[*leaf.get("Annots", []), gone])
    elif where == "field":
        fields = form(base, update).get("Fields", [])
        acroform(base, update, Fields=[*(fields if isinstance(fields, list) else []), gone])
    elif where in {"DR", "SigFlags", "CO", "XFA", "DA", "Q"}:
        acroform(
            base,
            update,
            **{where: gone if where != "DR" else {"Font": {"F1": Ref(Role.FONT), "X": gone}}},
        )
    elif where == "info":
        rewrite(base, update, Role.INFO, ModDate=gone)
    elif where == "DSS":
        rewrite(base, update, Role.CATALOG, DSS={"Type": Name("DSS"), "Certs": [gone]})
    elif where == "trailer":
        update.trailer[choices.one(("Info", "X", "ID", "DocChecksum"))] = gone
    elif where in {
        "Parent",
        "Kids",
        "Lock",
        "Popup",
        "A",
        "AA",
        "MK",
        "OC",
        "AP",
        "P",
        "Resources",
        "Prev",
    }:
        number = Room(base, update).take()
        update.objects[number] = {
            "Type": Name("Annot"), "Subtype": Name("Widget"), "FT": Name("Sig"), "T": b"Moi",
            "F": 4, "Rect": [0, 0, 0, 0],
            "P": Ref(Role.PAGE), where: gone if where not in {"Kids",
                "AP"} else [gone] if where == "Kids" else {"N": gone},
        }  # fmt: skip
        in_form(base, update, number)
        if choices.chance(0.7):
            on_page(base, update, number, choices)
    else:
        rewrite(base, update, Role.CATALOG, **{where: gone})


def regenerated(base: Base, update: Update, choices: Choices) -> None:
    """Write something again, or anew, with another generation in header and row."""
    known = sorted(letter.evil_objects(base.has))
    number = choices.one(known)
    value = base.document.objects[number]
    if value is None:
        return
    if choices.chance(0.3):
        number = Room(base, update).take()
    elif choices.chance(0.5):
        value = Raw(letter.evil_objects(base.has)[number])
    update.objects[number] = value
    update.generations[number] = choices.one((1, 1, 2, 65535, 65534))


def skipped(base: Base, update: Update, choices: Choices) -> None:
    """Leave out revisions: /Prev names an earlier one."""
    update.trailer["Prev"] = choices.one(base.starts)


def listed(base: Base, update: Update, choices: Choices) -> None:
    """List objects again that are not written again, at their places."""
    data = base.document.data
    for number in choices.some([n for n in base.document.objects if n], 6):
        at = data.rfind(b"\n%d 0 obj" % number)
        if at >= 0 and number not in update.objects:
            update.pointed[number] = (at + choices.one((1, 1, 1, 1, 0)), 0)


def nowhere(base: Base, update: Update, choices: Choices) -> None:
    """Point a row at no object at all."""
    number = choices.one(
        (*sorted(letter.evil_objects(base.has)), 0, 31, 36, 44, 99, 8388607, 4194304)
    )
    size = len(base.document.data)
    update.pointed[number] = (
        choices.one((0, 1, 5, 15, size, size + 50, size + 10**6, 9999999999, size - 1)),
        choices.one((0, 0, 1, 65535)),
    )
    if update.kind == "stream" and choices.chance(0.5):
        update.inside[number] = (choices.one((99, 7, 0, 8388607, 1)), choices.one((0, 5, 255)))
        del update.pointed[number]


def far(base: Base, update: Update, choices: Choices) -> None:
    """Give new objects numbers that some programs do not take."""
    update.first = choices.one(
        (
            100,
            1000,
            65536,
            1 << 20,
            (1 << 20) + 1,
            1 << 22,
            (1 << 22) + 1,
            8388606,
            8388607,
            8388608,
            1 << 24,
            (1 << 31) - 2,
            1 << 31,
        )
    )
    choices.note(f"first:{update.first}")
    if choices.chance(0.2):
        replaced(base, update, choices)
    security_store(base, update, choices)


def order(base: Base, update: Update, choices: Choices) -> None:
    """Put the page's annotations into another order, or one of them onto another page too."""
    leaf = now(base, update, Role.PAGE)
    if not isinstance(leaf, Mapping) or not isinstance(leaf.get("Annots"), list):
        return
    rewrite(
        base,
        update,
        Role.PAGE,
        Annots=choices.one(
            (leaf["Annots"][::-1], leaf["Annots"][1:], leaf["Annots"] * 2, leaf["Annots"][:-1])
        ),
    )
    if Role.PAGE_2 in base.has and choices.chance(0.5) and leaf["Annots"]:
        rewrite(base, update, Role.PAGE_2, Annots=[choices.one(leaf["Annots"])])


EDITS: Mapping[str, tuple[Edit, int]] = {
    "nothing": (nothing, 12),
    "again": (again, 8),
    "dates": (dates, 9),
    "security-store": (security_store, 10),
    "private-key": (private_key, 1),
    "fill": (fill, 10),
    "tick": (tick, 4),
    "replaced": (replaced, 5),
    "defined": (defined, 4),
    "freed": (freed, 1),
    "pointed": (pointed, 4),
    "inside": (inside, 3),
    "page-tree": (page_tree, 1),
    "page-entries": (page_entries, 4),
    "catalog-entries": (catalog_entries, 6),
    "form-entries": (form_entries, 8),
    "annotation-entries": (annotation_entries, 4),
    "look-entries": (look_entries, 2),
    "new-field": (new_field, 10),
    "dangling": (dangling, 4),
    "otherwise": (otherwise, 12),
    "unencrypted": (unencrypted, 3),
    "regenerated": (regenerated, 1),
    "skipped": (skipped, 1),
    "nowhere": (nowhere, 1),
    "listed": (listed, 6),
    "far": (far, 2),
    "order": (order, 1),
}
"""Each edit, and how often it is drawn."""
