"""Each rule: what it explains, and what only looks like it."""

from __future__ import annotations

import pytest

from sigcheck.evidence.changes.values import same_data
from sigcheck.evidence.pdf import Dict, Stream
from sigcheck.evidence.pdf.budget import Budget
from sigcheck.model.policy import Limits
from tests.changes.document import (
    BUTTON,
    CATALOG,
    CONTENT,
    EMPTY,
    FILLED,
    FORM,
    FORM_XOBJECT,
    NOTE,
    PAGE,
    SIGNATURE,
    SIGNED,
    TEXT_FIELD,
    TIMESTAMP,
    WORDS,
    XMP,
    XMP_ENTRIES,
    Body,
    Update,
    changes,
    named,
    written,
)

NEW_FIELD = b"<< /FT /Sig /T (%s) /Type /Annot /Subtype /Widget /P 3 0 R /F 132 /Rect [%s] %s >>"
BLANK = b"20 20 80 60"
OVER_TEXT = b"90 690 300 720"
DRAWN = b"/AP << /N 42 0 R >>"
APPEARANCE = (FORM_XOBJECT, b"0 0 50 20 re f")
FILLED_IN = (WORDS, b"BT /Helv 10 Tf 2 6 Td (new) Tj ET")
JAVASCRIPT = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"


def _field(body: bytes, **more: Body) -> Update:
    """Return an update that adds field 40, its value 41 and its appearance 42 to form and page."""
    extra: dict[int, Body] = {int(key[1:]): value for key, value in more.items()}
    return {
        3: PAGE % (b"40 0 R", b""),
        5: FORM % (b"40 0 R", b""),
        40: body,
        42: APPEARANCE,
        **extra,
    }


LINK = b"<< /Type /Annot /Subtype /Link /P 3 0 R /Rect [100 650 200 670] %b >>"


def _annotation(body: bytes, **more: Body) -> Update:
    """Return an update that adds annotation 40 to the page."""
    extra: dict[int, Body] = {int(key[1:]): value for key, value in more.items()}
    return {3: PAGE % (b"40 0 R", b""), 40: body, **extra}


EXPLAINED: list[tuple[str, Update, set[str]]] = [
    ("nothing", {4: (b"", CONTENT), 20: b"<</XObject<</Im 8 0 R>>/Font<</F1 7 0 R>>>>"}, set()),
    ("dates", {9: b"<< /Title (A directive) /ModDate (D:20240202) /Producer (x) >>"},
     {"extension document-info"}),
    ("xmp in place", {6: (XMP_ENTRIES, XMP % b"<rdf:Description/>")}, {"extension xmp-metadata"}),
    ("xmp anew", {1: CATALOG.replace(b"6 0 R", b"40 0 R") % b"", 40: (XMP_ENTRIES, XMP % b" ")},
     {"extension xmp-metadata"}),
    ("version", {1: CATALOG % b"/Version /2.0"}, {"extension version"}),
    ("extensions", {21: b"<< /ADBE << /BaseVersion /1.7 /ExtensionLevel 8 >> /ESIC <<"
                        b" /BaseVersion /1.7 /ExtensionLevel 2 >> >>"}, {"extension extensions"}),
    ("permissions", {1: CATALOG % b"/Perms << /DocMDP 14 0 R >>"}, {"extension permissions"}),
    ("mark info", {1: CATALOG % b"/MarkInfo << /Marked true >>"}, {"extension mark-info"}),
    ("icons", {1: CATALOG % b"/Names << /AP << /Names [(i) 40 0 R] >> >>", 40: APPEARANCE},
     {"extension named-appearances"}),
    ("private data", {1: CATALOG % b"/PieceInfo << /X << /Private 40 0 R >> >>", 40: b"(mine)"},
     {"extension private-data"}),
    ("dss", {1: CATALOG % b"/DSS << /Certs [40 0 R] /VRI << /AB <<"
             b" /Cert [40 0 R] /TU (D:1) >> >> >>",
             40: (b"", b"0\x00")}, {"extension dss"}),
    ("time-stamp", _field(NEW_FIELD % (b"TS", b"0 0 0 0", b"/V 41 0 R"), o41=TIMESTAMP),
     {"extension document-timestamp",
                                         "extension unreferenced-object"}),
    ("tagged widget", _field(NEW_FIELD % (b"S3", BLANK, b"/StructParent 9 /V 41 0 R " + DRAWN),
        o41=SIGNATURE % b"",
        o24=b"<< /Type /StructElem /S /Document /P 23 0 R /K [26 0 R 43 0 R] >>",
        o25=b"<< /Nums [0 [26 0 R] 1 28 0 R 9 43 0 R] >>",
        o43=b"<< /Type /StructElem /S /Form /P 24 0 R /K << /Type /OBJR /Obj 40 0 R >> >>"),
     {"signature new-signature-field", "extension structure-element", "extension structure-tree"}),
    ("signed anew", _field(NEW_FIELD % (b"S3", BLANK, b"/V 41 0 R " + DRAWN), o41=SIGNATURE % b""),
     {"signature new-signature-field"}),
    ("unsigned field", _field(NEW_FIELD % (b"S3", BLANK, DRAWN)),
     {"new-field unsigned-signature-field"}),
    ("signed in place", {12: EMPTY % b"/V 41 0 R /AP << /N 42 0 R >>", 41: SIGNATURE % b"",
                         42: APPEARANCE}, {"signature field-signed"}),
    ("filled", {10: TEXT_FIELD % b"/V (new) /AP << /N 42 0 R >>", 42: FILLED_IN},
     {"value-replaced value-replaced"}),
    ("filled in place", {10: TEXT_FIELD % b"/V (new) /AP << /N 13 0 R >>",
                         13: FILLED_IN}, {"value-replaced value-replaced"}),
    ("ticked", {17: BUTTON % b"/AS /Yes /V /Yes"}, {"form-filling field-filled"}),
    ("button drawn anew", {17: BUTTON.replace(b"18 0 R", b"42 0 R") % b"/AS /Yes /V /Yes",
                           42: APPEARANCE},
     {"filling-unclear field-appearance-unclear", "form-filling field-filled"}),
    ("made read-only", {10: TEXT_FIELD % b"/V (old) /AP << /N 13 0 R >> /Ff 1"},
     {"extension field-locked"}),
    ("standard font", {5: FORM.replace(b"/Helv 7 0 R", b"/Helv 40 0 R /ZaDb 41 0 R") % (b"", b""),
                       40: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
                       41: b"<< /Type /Font /Subtype /Type1 /BaseFont /ZapfDingbats >>"},
     {"extension form-entry"}),
    ("redrawn", {5: FORM % (b"", b"/NeedAppearances true")},
     {"filling-unclear fields-redrawn", "extension form-entry"}),
    ("private data in place", {27: b"(theirs)"}, {"extension unreferenced-object"}),
    ("tab order", {3: PAGE % (b"", b"/Tabs /S /StructParents 0")}, {"extension page-entry"}),
    ("same resources", {3: PAGE.replace(b"20 0 R", b"40 0 R") % (b"", b""),
                        40: b"<< /XObject << /Im 8 0 R >> /Font << /F1 7 0 R >> >>"},
     {"extension page-entry"}),
    ("page's tags grow", {3: PAGE % (b"", b""), 28: b"[26 0 R 40 0 R]",
        24: b"<< /Type /StructElem /S /Document /P 23 0 R /K [26 0 R 40 0 R] >>",
        40: b"<< /Type /StructElem /S /Form /P 24 0 R /K << /Type /OBJR /Obj 16 0 R >> >>"},
     {"extension structure-element", "extension structure-tree"}),
    ("link", _annotation(LINK % b"/A << /S /URI /URI (https://sigcheck.test/) >>"),
     {"annotation annotation-added"}),
    ("link within", _annotation(LINK % b"/A << /S /GoTo /D [3 0 R /Fit] >>"),
     {"annotation annotation-added"}),
    ("note", _annotation(NOTE % b"new"), {"annotation annotation-added"}),
    ("note edited", {16: NOTE % b"second"}, {"annotation annotation-changed"}),
    ("highlight", _annotation(b"<< /Subtype /Highlight /P 3 0 R /Rect [100 695 200 715] >>"),
     {"annotation annotation-added"}),
    ("note removed", {3: PAGE.replace(b" 16 0 R", b"") % (b"", b"")},
     {"annotation annotation-removed"}),
    ("orphan", {40: b"(nobody)"}, {"extension unreferenced-object"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("update", "expected"), [pytest.param(u, e, id=i) for i, u, e in EXPLAINED]
)
def test_an_honest_change_is_named_by_its_rule(update: Update, expected: set[str]) -> None:
    """What an honest tool does is explained, and nothing in it is left over."""
    assert named(changes(written(update))) == expected


UNEXPLAINED: list[tuple[str, Update, str]] = [
    ("link to a file", _annotation(LINK % b"/A << /S /GoToR /F (x.pdf) /D [0 /Fit] >>"),
     "annotation-action"),
    ("link that goes on", _annotation(LINK % b"/A << /S /GoTo /D [3 0 R /Fit] /Next 41 0 R >>",
                                      o41=b"<< /S /Launch /F (x.exe) >>"), "annotation-action"),
    ("link to a script", _annotation(LINK % b"/A << /S /URI /URI (javascript:alert\\(1\\)) >>"),
     "annotation-action"),
    # Trailer, information and metadata
    ("information is a note", {9: b"<< /Title (A directive) /ModDate (D:20240101) /Contents (x)"
                                  b" /Rect [0 0 9 9] >>"}, "document-info"),
    ("information holds an object", {9: b"<< /Title 4 0 R >>"}, "document-info"),
    ("xmp with a dtd", {6: (XMP_ENTRIES, b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + XMP[43:] % b"")},
     "xmp-metadata"),
    ("xmp broken", {6: (XMP_ENTRIES, b"<x:xmpmeta")}, "xmp-metadata"),
    ("xmp of another kind", {6: (XMP_ENTRIES, b"<svg/>")}, "xmp-metadata"),
    ("xmp as a form", {6: (FORM_XOBJECT, XMP % b"")}, "xmp-metadata"),
    ("version as a string", {1: CATALOG % b"/Version (1.7)"}, "version"),
    ("extension with a script", {21: b"<< /ADBE << /BaseVersion /1.7"
      b" /ExtensionLevel 3 /A << >> >> >>"},
     "extensions"),
    ("usage rights", {1: CATALOG % b"/Perms << /UR3 14 0 R >>"}, "permissions"),
    ("script by name", {1: CATALOG % b"/Names << /JavaScript 40 0 R >>", 40: JAVASCRIPT}, "names"),
    ("open action", {1: CATALOG % b"/OpenAction 40 0 R", 40: JAVASCRIPT}, "active-content"),
    ("layers", {1: CATALOG % b"/OCProperties << /OCGs [] >>"}, "optional-content"),
    ("outlines", {1: CATALOG % b"/Outlines << /Count 0 >>"}, "catalog-entry"),
    ("other pages", {1: CATALOG.replace(b"2 0 R", b"40 0 R", 1) % b"",
                     40: b"<< /Type /Pages /Kids [41 0 R] /Count 1 >>",
                     41: PAGE.replace(b"4 0 R", b"8 0 R") % (b"", b"")}, "page-tree"),
    ("dss of words", {1: CATALOG % b"/DSS << /Certs [(x)] >>"}, "dss"),
    ("dss of a dictionary", {1: CATALOG % b"/DSS << /Certs [40 0 R] >>", 40: b"<< >>"}, "dss"),
    ("dss with another key", {1: CATALOG % b"/DSS << /Fun [] >>"}, "dss"),
    ("retagged", {26: b"<< /Type /StructElem /S /P /P 24 0 R /Pg 3 0 R /K 0 /ActualText (no) >>"},
     "structure-element"),
    ("tag with words", {24: b"<< /Type /StructElem /S /Document /P 23 0 R /K [26 0 R 40 0 R] >>",
                        40: b"<< /Type /StructElem /S /P /P 24 0 R /ActualText (no) >>"},
     "structure-element"),
    # Form and fields
    ("xfa", {5: FORM % (b"", b"/XFA 40 0 R"), 40: (b"", b"<xdp/>")}, "form-entry"),
    ("embedded font", {5: FORM.replace(b"/Helv 7 0 R", b"/Helv 40 0 R") % (b"", b""),
                       40: b"<< /Type /Font /BaseFont /Helvetica /FontDescriptor 41 0 R >>",
                       41: b"<< >>"}, "form-entry"),
    ("field removed", {5: FORM.replace(b"10 0 R ", b"") % (b"", b"")}, "field-removed"),
    ("text field added", _field(NEW_FIELD.replace(b"/Sig", b"/Tx") % (b"t", BLANK, b"/V (x)")),
     "new-form-field"),
    ("field without type", _field(NEW_FIELD.replace(b"/FT /Sig", b"") % (b"t", BLANK, b"")),
     "field-type-missing"),
    ("same name", _field(NEW_FIELD % (b"Signature1", BLANK, b"/V 41 0 R"), o41=SIGNATURE % b""),
     "field-name-duplicate"),
    ("dotted name", _field(NEW_FIELD % (b"a.b", BLANK, b"")), "field-name-malformed"),
    ("no name", _field(NEW_FIELD % (b"", BLANK, b"")), "field-name-missing"),
    ("field with action", _field(NEW_FIELD % (b"S3", BLANK, b"/AA << /E 43 0 R >>"),
                                 o43=JAVASCRIPT), "field-action"),
    ("widget with action", _field(b"<< /FT /Sig /T (S3) /Kids [43 0 R] >>",
        o43=b"<< /Subtype /Widget /Parent 40 0 R /Rect [0 0 9 9] /A << /S /URI >> >>"),
     "field-action"),
    ("widget behind a field", {**_field(NEW_FIELD % (b"S3", BLANK, b"/Fun 43 0 R")),
        3: PAGE % (b"40 0 R 43 0 R", b""), 43: NEW_FIELD % (b"S4", OVER_TEXT, DRAWN)},
     "widget-added"),
    ("recycled signature", _field(NEW_FIELD % (b"S3", BLANK, b"/V 14 0 R")), "signature-recycled"),
    ("no signature", _field(NEW_FIELD % (b"S3", BLANK, b"/V 41 0 R"), o41=b"<< /Type /Fun >>"),
     "signature-malformed"),
    ("old object as field", {5: FORM % (b"16 0 R", b"")}, "old-object-as-field"),
    ("field moved", {10: FILLED.replace(b"500 300", b"600 300")}, "field-entry"),
    ("field retyped", {10: FILLED.replace(b"/Tx", b"/Btn")}, "field-type"),
    ("field renamed", {10: FILLED.replace(b"(name)", b"(other)")}, "field-entry"),
    ("field with a script", {10: TEXT_FIELD % b"/V (old) /AP << /N 13 0 R >> /AA << /F 40 0 R >>",
                             40: JAVASCRIPT}, "field-entry"),
    ("field hidden", {10: TEXT_FIELD % b"/V (old) /AP << /N 13 0 R >> /F 2"}, "field-entry"),
    ("look without value", {10: TEXT_FIELD % b"/V (old) /AP << /N 42 0 R >>", 42: APPEARANCE},
     "field-appearance"),
    ("look of an old object", {10: TEXT_FIELD % b"/V (new) /AP << /N 15 0 R >>"},
     "field-appearance"),
    ("look when pressed", {10: TEXT_FIELD % b"/V (new) /AP << /N 13 0 R /D 42 0 R >>",
                           42: APPEARANCE}, "field-appearance"),
    ("value is a dictionary", {10: TEXT_FIELD % b"/V << >> /AP << /N 13 0 R >>"}, "field-value"),
    ("kids appear", {10: TEXT_FIELD % b"/V (old) /AP << /N 13 0 R >> /Kids []"}, "field-kids"),
    ("signature replaced", {11: SIGNED % b"41 0 R", 41: SIGNATURE % b"/Name (x)"},
     "signature-replaced"),
    ("signature removed", {11: SIGNED % b"null"}, "signature-removed"),
    ("signature moved", {11: (SIGNED % b"14 0 R").replace(b"300 200", b"100 600")},
     "signature-widget"),
    ("signature redrawn", {11: (SIGNED % b"14 0 R").replace(b"15 0 R", b"42 0 R"), 42: APPEARANCE},
     "signature-widget"),
    ("signature redrawn in place", {15: (FORM_XOBJECT, b"(Mallory) Tj")}, "signature-widget"),
    ("signature dictionary", {14: SIGNATURE % b"/Reason (another)"}, "signature-dictionary"),
    ("signed with another's", {12: EMPTY % b"/V 14 0 R"}, "signature-recycled"),
    ("signed and moved", {12: (EMPTY % b"/V 41 0 R").replace(b"100 200", b"100 600"),
                          41: SIGNATURE % b""}, "signature-field"),
    # Pages and annotations
    ("contents", {4: (b"", CONTENT.replace(b"signed", b"forged"))}, "unexplained-object"),
    ("other contents", {3: PAGE.replace(b"4 0 R", b"40 0 R") % (b"", b""), 40: (b"", b"")},
     "page-content"),
    ("other resources", {3: PAGE.replace(b"20 0 R", b"40 0 R") % (b"", b""), 40: b"<< >>"},
     "page-content"),
    ("crop", {3: PAGE % (b"", b"/CropBox [0 0 9 9]")}, "page-content"),
    ("key twice", {3: PAGE % (b"", b"/Contents 40 0 R /Contents 4 0 R"), 40: (b"", b"")},
     "duplicate-key"),
    ("page script", {3: PAGE % (b"", b"/AA << /O 40 0 R >>"), 40: JAVASCRIPT}, "page-content"),
    ("page added", {2: b"<< /Type /Pages /Kids [3 0 R 40 0 R] /Count 2 >>",
                    40: b"<< /Type /Page /Parent 2 0 R >>"}, "page-tree"),
    ("font", {7: b"<< /Type /Font /Subtype /Type3 /BaseFont /Helvetica >>"}, "unexplained-object"),
    ("image", {8: (b"/Type /XObject /Subtype /Image /Width 1 /Height 1", b"\xff")},
     "unexplained-object"),
    ("image becomes null", {8: b"null"}, "unexplained-object"),
    ("resources", {20: b"<< /Font << /F1 7 0 R >> >>"}, "unexplained-object"),
    ("link", _annotation(b"<< /Subtype /Link /P 3 0 R /Rect [0 0 9 9]"
      b" /A << /S /URI /URI (x) >> >>"),
     "annotation-action"),
    ("movie",
     _annotation(b"<< /Subtype /RichMedia /P 3 0 R /Rect [0 0 9 9] >>"), "annotation-type"),
    ("stray widget", _annotation(b"<< /Subtype /Widget /FT /Tx /T (x) /P 3 0 R /Rect [0 0 9 9] >>"),
     "widget-added"),
    ("widget removed", {3: PAGE.replace(b"11 0 R ", b"") % (b"", b"")}, "widget-removed"),
    ("order", {3: PAGE.replace(b"10 0 R 11 0 R", b"11 0 R 10 0 R") % (b"", b"")},
     "annotation-order"),
]  # fmt: skip


@pytest.mark.parametrize(("update", "rule"), [pytest.param(u, r, id=i) for i, u, r in UNEXPLAINED])
def test_what_only_looks_honest_is_undefined(update: Update, rule: str) -> None:
    """A change outside every rule is undefined, and named."""
    items = changes(written(update))

    assert f"undefined {rule}" in named(items)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"/Subtype /FreeText /DA () /Contents (new words)", "annotation-hiding"),
        (b"/Subtype /Square /IC [1 1 1]", "annotation-hiding"),
        (b"/Subtype /Stamp", "annotation-hiding"),
        (b"/Subtype /Redact", "annotation-hiding"),
        (b"/Subtype /Highlight /AP << /N 42 0 R >>", "annotation-hiding"),
        (b"/Subtype /Ink /AP << /N 42 0 R >>", "annotation-hiding"),
        (b"/Subtype /Highlight /AP << /N 43 0 R >>", "annotation"),
        (b"/Subtype /Underline", "annotation"),
        (b"/Subtype /Square", "annotation"),
        (b"/Subtype /Square /IC [1 1 1] /F 2", "annotation"),
    ],
)
def test_an_annotation_over_signed_text_hides_it_when_it_paints(body: bytes, expected: str) -> None:
    """Whether an annotation hides depends on what it paints, not on what it is called."""
    annotation = b"<< /Type /Annot /P 3 0 R /Rect [90 690 300 720] %s >>" % body
    multiply = FORM_XOBJECT + b" /Resources << /ExtGState << /G << /BM /Multiply >> >> >>"
    update = _annotation(annotation, o42=APPEARANCE, o43=(multiply, b"/G gs 0 0 9 9 re f"))

    item = next(i for i in changes(written(update)) if i.rule == "annotation-added")

    assert item.change == expected
    assert ("text" in item.covers) == (expected == "annotation-hiding")


@pytest.mark.parametrize(
    ("rect", "covers"),
    [
        (BLANK, ()),
        (OVER_TEXT, ("text",)),
        (b"100 100 140 140", ("image",)),
        (b"460 190 560 290", ()),
        (b"350 190 560 290", ("field:Signature1",)),
        (b"0 0 595 842", (
            "text", "image", "field:name", "field:Signature1", "field:Signature2", "annotation",
            "field:box"
        )),
        (b"0 0 0 0", ()),
    ],
)  # fmt: skip
def test_a_new_widget_says_what_it_lies_over(rect: bytes, covers: tuple[str, ...]) -> None:
    """Text, images, fields, and an earlier signature beyond the share the seal rule allows."""
    update = _field(NEW_FIELD % (b"S3", rect, b"/V 41 0 R " + DRAWN), o41=SIGNATURE % b"")

    item = next(i for i in changes(written(update)) if i.field == "S3")

    assert item.covers == covers


def test_an_item_says_where_and_what() -> None:
    """Revision, page, object, field, rectangle, the value before and after."""
    update: Update = {10: TEXT_FIELD % b"/V (new) /AP << /N 42 0 R >>", 42: FILLED_IN}

    (item,) = changes(written(update))

    assert (item.revision, item.page, item.object_number) == (2, 1, 10)
    assert (item.field, item.rect) == ("name", (100.0, 500.0, 300.0, 520.0))
    assert (item.before, item.after) == ("(old)", "(new)")


def test_the_page_is_named_for_what_lies_below_it() -> None:
    """An image is reached through a page's resources: the item names both."""
    items = changes(written({8: (b"/Type /XObject /Subtype /Image", b"")}))

    assert [(i.page, i.path) for i in items] == [
        (1, "/Root/Pages/Kids[0]/Resources/XObject/Im"),
    ]


def _sealed(data: bytes, key: int) -> Stream:
    """Return a stream that a key of its object's number deciphers."""
    sealed = bytes(byte ^ key for byte in data)
    limits = Budget(Limits())
    return Stream(
        Dict(), sealed, 0, len(sealed), lambda value: value, limits,
        lambda raw: bytes(byte ^ key for byte in raw),
    )  # fmt: skip


def test_encrypted_streams_are_compared_in_the_clear() -> None:
    """The same bytes under another number are other content; the key is the object's (7.6.2)."""
    first, elsewhere = _sealed(b"0 g", 5), _sealed(b"0 g", 6)
    copied = Stream(Dict(), first.buffer, 0, 3, first.resolve, first.budget, elsewhere.decrypt)

    assert same_data(first, elsewhere)
    assert not same_data(first, copied)
