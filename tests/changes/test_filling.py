"""The form's defaults, and objects in two roles, where no vector reaches: only what is told."""

from __future__ import annotations

import pytest

from tests.changes.document import (
    BASE,
    BUTTON,
    FORM,
    FORM_XOBJECT,
    SIGNATURE,
    SIGNED,
    TEXT_FIELD,
    WORDS,
    Update,
    changes,
    named,
    written,
)

EMPTY: Update = {10: TEXT_FIELD % b"", 13: b"null", 17: BUTTON % b"/AS /Off"}
"""No field has a value."""
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /%s %s >>"
RESOURCES = b"<< /Font << /Helv 7 0 R >> /XObject << /Seal 30 0 R >> /Encoding << /E 31 0 R >> >>"
NAMED: Update = {
    **EMPTY,
    5: (FORM % (b"", b"")).replace(b"<< /Font << /Helv 7 0 R >> >>", RESOURCES),
    30: (FORM_XOBJECT, b"0 0 9 9 re f"),
    31: b"<< /Type /Encoding /Differences [49 /one] >>",
}
"""The same, with more resources by name."""


def _defaults(old: bytes, new: bytes, **more: bytes | tuple[bytes, bytes]) -> Update:
    """Return an update of the form in which one piece is replaced; `o40` is object 40."""
    form = NAMED[5]
    assert isinstance(form, bytes)
    assert old in form
    extra = {int(key[1:]): value for key, value in more.items()}
    return {5: form.replace(old, new), **extra}


EXPLAINED: list[tuple[str, Update]] = [
    ("default", _defaults(b"/Helv 0 Tf 0 g", b"/Helv 9 Tf 0 g")),
    ("standard font", _defaults(b"/Helv 7 0 R", b"/Helv 40 0 R", o40=FONT % (b"Courier", b""))),
    ("the same font", _defaults(b"/Helv 7 0 R", b"/Helv 40 0 R", o40=FONT % (b"Helvetica", b""))),
    ("font written out", _defaults(b"/Helv 7 0 R", b"/Helv " + FONT % (b"Helvetica", b""))),
    ("dingbats", _defaults(b"/Helv 7 0 R", b"/Helv 7 0 R /ZaDb 40 0 R",
                           o40=FONT % (b"ZapfDingbats", b""))),
    ("dingbats under a known name", _defaults(b"/Helv 7 0 R", b"/Helv 40 0 R",
                                              o40=FONT % (b"ZapfDingbats", b""))),
    ("standard font with accents", _defaults(
        b"/Helv 7 0 R", b"/Helv 40 0 R",
        o40=FONT % (b"Helvetica", b"/Encoding << /Differences [24 /breve 39 /quotesingle] >>"))),
    ("drawing", _defaults(b"/Seal 30 0 R", b"/Seal 40 0 R", o40=(FORM_XOBJECT, b"0 0 5 5 re f"))),
    ("the same encoding", _defaults(
        b"/E 31 0 R", b"/E 40 0 R", o40=b"<< /Type /Encoding /Differences [49 /one] >>")),
    ("names of procedures", _defaults(b" /XObject", b" /ProcSet [/PDF] /XObject")),
    ("font more", _defaults(b"/Helv 7 0 R", b"/Helv 7 0 R /F 40 0 R",
                            o40=FONT % (b"Courier", b""))),
    ("font less", _defaults(b"/Font << /Helv 7 0 R >>", b"/Font << >>")),
    ("no resources", _defaults(b"/DR " + RESOURCES, b"")),
]  # fmt: skip


@pytest.mark.parametrize(("update"), [pytest.param(u, id=i) for i, u in EXPLAINED])
def test_a_form_that_shows_nothing_may_get_other_defaults(update: Update) -> None:
    """Nothing that was signed is drawn by them."""
    assert named(changes(written(update, base=NAMED))) == {"extension form-entry"}


def test_fonts_that_join_in_place_are_the_forms_defaults() -> None:
    """The form itself is not written anew."""
    form = FORM.replace(b"<< /Helv 7 0 R >>", b"32 0 R") % (b"", b"")
    base: Update = {**EMPTY, 5: form, 32: b"<< /Helv 7 0 R >>"}
    update: Update = {32: b"<< /Helv 7 0 R /F 40 0 R >>", 40: FONT % (b"Courier", b"")}

    assert named(changes(written(update, base=base))) == {"extension form-entry"}


UNEXPLAINED: list[tuple[str, Update]] = [
    ("default of another kind", _defaults(b"(/Helv 0 Tf 0 g)", b"7")),
    ("default in white", _defaults(b"/Helv 0 Tf 0 g", b"/Helv 0 Tf 1 g")),
    ("default of another size", _defaults(b"/Helv 0 Tf 0 g", b"/Helv 200 Tf 0 g")),
    ("default that moves", _defaults(b"/Helv 0 Tf 0 g", b"/Helv 0 Tf 0 g 0 99 Td")),
    ("font with other digits", _defaults(
        b"/Helv 7 0 R", b"/Helv 40 0 R",
        o40=FONT % (b"Helvetica", b"/Encoding << /Differences [49 /nine] >>"))),
    ("font that says otherwise", _defaults(
        b"/Helv 7 0 R", b"/Helv 40 0 R", o40=FONT % (b"Helvetica", b"/ToUnicode 31 0 R"))),
    ("dingbats of their own", _defaults(
        b"/Helv 7 0 R", b"/Helv 40 0 R",
        o40=FONT % (b"ZapfDingbats", b"/Encoding << /Differences [49 /a9] >>"))),
    ("font of another name", _defaults(
        b"/Helv 7 0 R", b"/Helv 40 0 R", o40=FONT % (b"Other", b""))),
    ("font with a program", _defaults(
        b"/Helv 7 0 R", b"/Helv 40 0 R", o40=FONT % (b"Courier", b"/FontDescriptor 41 0 R"),
        o41=b"<< /Type /FontDescriptor >>")),
    ("font that is older", _defaults(b"/Helv 7 0 R", b"/Helv 31 0 R")),
    ("font written out otherwise", _defaults(b"/Helv 7 0 R", b"/Helv " + FONT % (b"Courier", b""))),
    ("another encoding", _defaults(
        b"/E 31 0 R", b"/E 40 0 R", o40=b"<< /Type /Encoding /Differences [49 /nine] >>")),
    ("behind names of procedures", _defaults(
        b"/Font << /Helv 7 0 R >>", b"/ProcSet [/PDF] /Font << /Helv 40 0 R >>",
        o40=FONT % (b"Other", b""))),
    ("entry of no kind", _defaults(b" /XObject", b" /Other << >> /XObject")),
    ("resources of another kind", _defaults(RESOURCES, b"(none)")),
    ("fonts of another kind", _defaults(b"<< /Helv 7 0 R >>", b"(none)")),
    ("redrawing of another kind", _defaults(b"/SigFlags 3", b"/SigFlags 3 /NeedAppearances (x)")),
    ("flags of another kind", _defaults(b"/SigFlags 3", b"/SigFlags (x)")),
]  # fmt: skip


@pytest.mark.parametrize("update", [pytest.param(u, id=i) for i, u in UNEXPLAINED])
def test_what_only_looks_like_defaults_is_undefined(update: Update) -> None:
    """Also where nothing that was signed is drawn by them."""
    assert "undefined form-entry" in named(changes(written(update, base=NAMED)))


@pytest.mark.parametrize(
    "drawn",
    [
        pytest.param({10: TEXT_FIELD % b"/V (old)"}, id="value"),
        pytest.param({10: (TEXT_FIELD % b"/Opt [(old)]").replace(b"/Tx", b"/Ch")}, id="choices"),
        pytest.param({17: BUTTON % b"/AS /Off /MK << /CA (old) >>"}, id="caption"),
    ],
)
@pytest.mark.parametrize(
    "update",
    [
        _defaults(b"/Helv 0 Tf 0 g", b"/Helv 9 Tf 0 g"),
        _defaults(b"/Helv 7 0 R", b"/Helv 40 0 R", o40=FONT % (b"Courier", b"")),
        _defaults(b"/Font << /Helv 7 0 R >>", b"/Font << >>"),
        _defaults(b"/DR " + RESOURCES, b""),
        _defaults(b"/Seal 30 0 R", b"/Seal 40 0 R", o40=(FORM_XOBJECT, b"0 0 5 5 re f")),
    ],
    ids=["default", "font", "font less", "no resources", "drawing"],
)
def test_what_is_drawn_by_defaults_keeps_them(drawn: Update, update: Update) -> None:
    """A value, choices or a caption that was signed is drawn by the form's defaults."""
    items = changes(written(update, base={**NAMED, **drawn}))

    assert "undefined form-entry" in named(items)


@pytest.mark.parametrize(("name", "waits"), [(b"F", True), (b"G", False)])
def test_a_font_that_a_signed_value_waited_for_is_undefined(name: bytes, *, waits: bool) -> None:
    """The value is drawn in it from now on; a font that nothing names is only there."""
    base = {**NAMED, 10: TEXT_FIELD % b"/V (old) /DA (/F 9 Tf)"}
    update = _defaults(
        b"/Helv 7 0 R", b"/Helv 7 0 R /%s 40 0 R" % name, o40=FONT % (b"Courier", b"")
    )

    found = named(changes(written(update, base=base)))

    assert ("undefined form-entry" in found) is waits
    assert ("extension form-entry" in found) is not waits


@pytest.mark.parametrize(
    ("font", "explained"),
    [
        (FONT % (b"Helvetica", b""), True),
        (FONT % (b"Other", b""), False),
        (b"<< /Type /Font /Subtype /Type3 /CharProcs << >> >>", False),
    ],
    ids=["standard", "of another name", "of streams"],
)
def test_a_font_that_an_empty_field_waits_for_is_a_standard_one(
    font: bytes, *, explained: bool
) -> None:
    """Once the field is filled, programs draw its value in it."""
    base = {**NAMED, 10: TEXT_FIELD % b"/DA (/F 9 Tf)"}
    update = _defaults(b"/Helv 7 0 R", b"/Helv 7 0 R /F 40 0 R", o40=font)

    found = named(changes(written(update, base=base)))

    assert ("extension form-entry" in found) is explained
    assert ("undefined form-entry" in found) is not explained


LOOK = (WORDS, b"BT /Helv 10 Tf 2 6 Td (new) Tj ET")
FILLED: Update = {10: TEXT_FIELD % b"/V (new) /AP << /N 13 0 R >>", 13: LOOK}
BLANK: Update = {10: TEXT_FIELD % b"/AP << /N 13 0 R >>", 13: (WORDS, b"")}
PAGE_RESOURCES = b"<< /Font << /F1 7 0 R >> /XObject %s >>"

GROUP = b"<< /FT /Tx /T (group) /Kids [10 0 R] >>"
FORM_OF_GROUP = (FORM % (b"32 0 R", b"")).replace(b"[10 0 R ", b"[")

ROLES: list[tuple[str, Update]] = [
    ("drawn by the page", {20: PAGE_RESOURCES % b"<< /X 13 0 R >>"}),
    # The names of what a page draws may be spelt like keys that lead back, or to actions.
    ("field among the page's drawings", {20: PAGE_RESOURCES % b"33 0 R", 33: b"<< /P 10 0 R >>"}),
    ("field in a tag that is drawn", {20: PAGE_RESOURCES % b"33 0 R",
                                      33: b"<< /S /Span /P 4 0 R /X 10 0 R >>"}),
    ("field in a signature that is drawn", {20: PAGE_RESOURCES % b"33 0 R",
                                            33: SIGNATURE % b"/A 10 0 R"}),
    ("group among the page's drawings",
     {20: PAGE_RESOURCES % b"33 0 R", 33: b"<< /X 32 0 R >>", 32: GROUP, 5: FORM_OF_GROUP,
      10: TEXT_FIELD % b"/AP << /N 13 0 R >> /Parent 32 0 R"}),
    ("group among the layers",
     {1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R /OCProperties << /OCGs [32 0 R] >> >>",
      32: GROUP, 5: FORM_OF_GROUP, 10: TEXT_FIELD % b"/AP << /N 13 0 R >> /Parent 32 0 R"}),
]  # fmt: skip


@pytest.mark.parametrize("base", [pytest.param(b, id=i) for i, b in ROLES])
def test_a_filled_look_that_is_drawn_elsewhere_is_undefined(base: Update) -> None:
    """Whatever the names are by which it, its field or its group is drawn."""
    parent = b" /Parent 32 0 R" if 32 in base else b""
    filled = {**FILLED, 10: TEXT_FIELD % (b"/V (new) /AP << /N 13 0 R >>" + parent)}

    items = changes(written(filled, base={**BLANK, **base}))

    assert "undefined shared-object" in named(items)


def test_a_filled_look_is_its_fields_own() -> None:
    """Its widget stands in the page's list and the form's, refers to the page, and is tagged."""
    tag = b"<< /Type /StructElem /S /Form /P 24 0 R /K << /Type /OBJR /Obj 10 0 R >> >>"
    base = {**BLANK, 11: SIGNED % b"14 0 R", 14: SIGNATURE % b"/Reference [<< /Data 10 0 R >>]"}
    children = BASE[24]
    assert isinstance(children, bytes)
    tags: Update = {24: children.replace(b"26 0 R]", b"26 0 R 32 0 R]"), 32: tag}

    assert named(changes(written(FILLED, base={**base, **tags}))) == {"form-filling field-filled"}
