"""New fields, annotations and signatures, and what they paint."""

from __future__ import annotations

from datetime import UTC, datetime

from fixtures.make import signing, tsp
from fixtures.make.cases import attacks_base
from fixtures.make.looks import Look, stack
from fixtures.make.pdf import Name, Raw, Ref, Stream, Value
from fuzz.grammar.bases import Base, holder
from fuzz.grammar.choices import Choices
from fuzz.grammar.letter import Role, form_xobject
from fuzz.grammar.updates import Room, acroform, in_form, now, on_page
from fuzz.grammar.writing import Update


def paint(choices: Choices) -> tuple[bytes, list[float]]:
    """Return an appearance's content and its box."""
    content = choices.one((
        b"BT /F1 14 Tf 2 8 Td (90.000.000) Tj ET", b"1 g 0 0 400 200 re f", b"0 g 0 0 400 200 re f",
        b"1 0 0 RG 400 w 0 0 m 400 0 l S", b"/Im1 Do", b"", b"% nothing",
        b"q 400 0 0 200 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \x00 EI Q",
        b"BT 3 Tr /F1 14 Tf 2 8 Td (hidden) Tj ET", b"0 0 400 200 re W n", b"/Fm1 Do",
        b"0 g 0 0 0.2 200 re f", b"/OC /L1 BDC 0 g 0 0 99 99 re f EMC",
        b"/Sh sh", b"/P0 scn 0 0 99 99 re f", b"0 0 m 300 300 l",
        b"1 1 1 rg 0 0 400 200 re f 0 g BT /F1 14 Tf 2 8 Td (Kinh phi: 90.000.000) Tj ET",
        b"BT /F1 1 Tf 400 0 0 200 0 0 Tm (M) Tj ET",
        b"q 0 0 1 rg 1 0 0 1 -900 0 cm 900 0 99 99 re f Q", b"/G1 gs 0 g 0 0 99 99 re f",
    ))  # fmt: skip
    return content, choices.one(
        (
            [0, 0, 400, 200],
            [0, 0, 400, 26],
            [0, 0, 1, 1],
            [0, 0, 0, 0],
            [-50, -50, 500, 500],
            [0, 0, 0.2, 200],
            [0, 0, 400, 0.2],
        )
    )


_RECTS = (
    [0, 0, 0, 0], [0, 0, 0, 0], [72, 440, 400, 490], [70, 572, 470, 598], [70, 572, 400, 572.9],
    [70, 572, 71, 598], [400, 598, 70, 572], [700, 900, 800, 950], [-100, -100, -10, -10],
    [590, 840, 600, 850], [0, 0, 595, 842], [72, 100, 72, 200], [72, 100, 200, 100], [72, 100, 72.4,
        100.4], [0, 0, 1, 1], [70, 5720000, 470, 5980000], [200, 100, 400, 160], [594, 0, 595.3,
        842],
    [0, 0, 0.9, 0.9], [10, 10, 10.001, 10.001], [Raw(b"0"), 0, Raw(b"0.0"), 0], [596, 10, 640, 40],
    [300, 842, 400, 900],
)  # fmt: skip


def new_field(base: Base, update: Update, choices: Choices) -> None:
    """Add a field or an annotation without an anchored signer, invisible or not."""
    room = Room(base, update)
    number, look = room.take(), room.take()
    kind = choices.one(("Sig", "Sig", "Sig", "Sig", "Tx", "Btn", "Ch", None, None))
    entries: dict[str, Value] = {
        "Type": Name("Annot"),
        "Subtype": Name("Widget" if kind else choices.one(("Stamp", "Text", "Link", "Highlight",
            "Square", "FreeText", "Ink", "Line", "Popup", "Widget", "Redact", "Caret"))),
        "F": choices.one((4, 4, 132, 2, 0, 6, 32, 36, 1, 64, 12, 20, 28, 156, 4294967302,
            4294967298, 68,
            Raw(b"2.0"))),
        "Rect": choices.one(_RECTS), "P": Ref(Role.PAGE),
    }  # fmt: skip
    if kind:
        entries |= {
            "FT": Name(kind),
            "T": choices.one((b"Moi", b"Moi", b"so_tien", b"Signature1", b"a.b")),
        }
    content, box = paint(choices)
    if choices.chance(0.6):
        form = form_xobject(box)
        if choices.chance(0.15):
            form["Matrix"] = choices.one(
                ([1, 0, 0, 1, 0, 0], [9, 0, 0, 9, 0, 0], [0, 0, 0, 0, 0, 0], [0, 1, -1, 0, 0, 0])
            )
        update.objects[look] = Stream(content, form)
        entries["AP"] = choices.one(
            (
                {"N": Ref(look)},
                {"N": Ref(look)},
                {"N": {"A": Ref(look)}},
                {"D": Ref(look)},
                {"R": Ref(look)},
                {"N": Ref(look), "D": Ref(look)},
            )
        )
        if "A" in entries["AP"].get("N", ()) if isinstance(entries["AP"].get("N"), dict) else False:
            entries["AS"] = Name(choices.one(("A", "B")))
    for _ in range(choices.one((0, 0, 1, 2))):
        entries |= choices.one((
            {"MK": {"BG": [1], "CA": b"90.000.000", "BC": [0]}}, {"MK": {"BG": [0]}},
            {"MK": {"BC": [1, 0, 0]}}, {"MK": {"R": 90, "BG": [0]}}, {"Border": [0, 0, 300]},
            {"Border": [0, 0, 0]}, {"BS": {"W": 300}},
            {"BS": {"W": 0}}, {"C": [1, 0, 0]}, {"DA": b"/F1 14 Tf 0 g"}, {"V": b"90.000.000"},
            {"OC": Ref(Role.LAYER)}, {"Contents": b"90.000.000"}, {"IC": [0]}, {"Q": 1},
            {"Ff": 65536}, {"Opt": [b"x"]},
            {"QuadPoints": [70, 598, 470, 598, 70, 572, 470, 572]}, {"InkList": [[70, 572, 470,
                598]]}, {"L": [70, 572, 470, 598]}, {"Open": True}, {"DV": b"x"},
                {"AS": Name("Off")}, {"Parent": Ref(Role.FILLED)},
            {"Kids": [Ref(Role.STAMP)]}, {"Popup": Ref(Role.STAMP)},
            {"Lock": {"Action": Name("All")}}, {"MK": {}}, {"H": Name("N")},
            {"A": {"S": Name("Hide"), "T": b"so_tien"}}, {"V": Ref(Role.HOST)}, {"V": {}},
            {"V": {"Type": Name("Sig")}}, {"MK": {"I": Ref(Role.FORM)}}, {"MK": {"BC": []},
                "BS": {"W": 300}}, {"TU": b"x"}, {"DR": {}}, {"AP": {}}, {"CA": 0.0},
                {"Name": Name("Approved")},
        ))  # fmt: skip
    update.objects[number] = entries
    shape = choices.one(("both", "both", "both", "both", "form", "page", "kids"))
    if kind and shape in {"both", "form"}:
        in_form(base, update, number)
    if kind and shape == "kids":
        parent = room.take()
        update.objects[parent] = {
            "FT": Name(kind),
            "T": b"Cha",
            "Kids": [Ref(number)],
            **choices.one(({}, {"DA": b"/F1 30 Tf 1 0 0 rg"}, {"V": b"90"}, {"Ff": 4096})),
        }
        entries["Parent"] = Ref(parent)
        in_form(base, update, parent)
    if shape in {"both", "page", "kids"}:
        on_page(
            base,
            update,
            number,
            choices,
            Role.PAGE_2 if Role.PAGE_2 in base.has and choices.chance(0.3) else Role.PAGE,
        )


SIGNERS = (
    "organisation",
    "official",
    "unknown",
    "forged",
    "ut-test",
    "revoked-before",
    "company",
    "person",
    "rsa1024",
    "party",
    "stamp",
)
_STAMPED = datetime(2025, 3, 1, 3, 0, tzinfo=UTC)


def further(base: Base, update: Update, choices: Choices) -> signing.Signing:
    """Add a further signature or time-stamp with a look; return how it is to be signed."""
    who = choices.one(
        (*SIGNERS, *("organisation", "official", "company", "person") * 3, "stamp", "ut-test")
    )
    choices.note(f"signer:{who}")
    room = Room(base, update)
    target = Role.BLANK if Role.BLANK in base.has and choices.chance(0.5) else None
    how = attacks_base.how(who if who != "stamp" else "official", field="Signature9", target=target)
    if who == "stamp":
        how = signing.on(how, cms=tsp.Stamp(_STAMPED), reserved=signing.RESERVED, when=None)
    number = room.take()
    content, box = paint(choices)
    rect = choices.one((*_RECTS, [72, 100, 172, 150], [72, 100, 172, 150], [72, 100, 172, 150]))
    if choices.chance(0.4):
        rect = [0, 0, 0, 0]
    wide, high = box[2] - box[0], box[3] - box[1]
    objects, top = stack(Look(wide, high, content, {"Font": {"F1": Ref(Role.FONT)}}), room.take())
    field = max(objects) + 1
    widget: dict[str, Value] = {
        "FT": Name("Sig"), "T": how.field.encode(), "V": Ref(number), "F": choices.one((132, 4, 132,
            4, 2, 0, 28, 156, 148, 140, 12)), "Type": Name("Annot"),
        "Subtype": Name("Widget"), "Rect": rect, "P": Ref(Role.PAGE),
    }  # fmt: skip
    if choices.chance(0.8):
        widget["AP"] = {"N": Ref(top)}
        update.objects |= objects
    else:
        objects = {}
    if choices.chance(0.15):
        widget |= choices.one(
            (
                {"MK": {"BG": [0]}},
                {"MK": {"BC": [0]}, "BS": {"W": 200}},
                {"Border": [0, 0, 200]},
                {"C": [1, 0, 0]},
                {"MK": {"CA": b"x"}},
                {"Lock": {"Type": Name("SigFieldLock"), "Action": Name("All"), "P": 1}},
                {"DA": b"/F1 40 Tf 0 g"},
            )
        )
    if target:
        old = now(base, update, target)
        old = old if isinstance(old, dict) else {}
        look = {key: widget[key] for key in ("V", "AP") if key in widget}
        update.objects[target] = {**old, **look}
        catalog = now(base, update, Role.CATALOG)
        if isinstance(catalog, dict) and "AcroForm" in catalog:
            acroform(base, update, SigFlags=3)
    else:
        update.objects[field] = widget
        on_page(base, update, field, choices)
        in_form(base, update, field, SigFlags=3)
        _more_widgets(base, update, choices, field, widget)
    update.objects[number] = holder(base.document, how, number)
    return how


def _more_widgets(
    base: Base, update: Update, choices: Choices, field: int, widget: dict[str, Value]
) -> None:
    """Show a signed field in further places: on the next page, or by further widgets."""
    kind = choices.one(("", "", "", "", "", "", "page", "kids", "kids", "parent"))
    room = Room(base, update)
    other = room.take()
    choices.note(f"widgets:{kind}")
    second = {
        **widget,
        "Rect": choices.one(([72, 440, 400, 490], [70, 572, 470, 598], [0, 0, 0, 0])),
    }
    if kind == "page" and Role.PAGE_2 in base.has:
        on_page(base, update, field, choices, Role.PAGE_2)
    elif kind == "kids":
        looks = {key: second.pop(key) for key in ("T", "FT", "V")}
        update.objects[other] = {**second, "Parent": Ref(field)}
        own = widget if choices.chance(0.5) else looks
        update.objects[field] = {**own, **looks, "Kids": [Ref(other)]}
        on_page(base, update, other, choices)
    elif kind == "parent":
        update.objects[other] = {**second, "FT": Name("Tx"), "T": b"Cha", "Kids": [Ref(field)]}
        del update.objects[other]["V"]
        update.objects[field] = {**widget, "Parent": Ref(other)}
        on_page(base, update, other, choices)
