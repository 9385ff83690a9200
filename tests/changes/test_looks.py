"""What a filled-in field shows: which looks are plain, and which words and choices fit the value.

Expected: `named` where the look says the value and nothing else, `other` where it says something
else, `open` where only looking could tell (ISO 32000-2, 8.4 to 9.4, 12.7.4.3).
"""

from __future__ import annotations

import pytest

from tests.changes.document import FORM, TEXT_FIELD, WORDS, Update, changes, named, written

NAMED, OTHER, OPEN = (
    "form-filling field-filled",
    "undefined field-appearance",
    ("filling-unclear field-appearance-unclear"),
)
FRAMED = b"/MK << /BC [0] /BG [1] >>"
COMB = FRAMED + b" /Ff 16777216"
TEXT = b"BT /Helv 10 Tf 2 6 Td (new) Tj ET"


def verdict(
    content: bytes, field: bytes = b"", value: bytes = b"(new)", base: Update | None = None
) -> str:
    """Return what comes of an empty field that is filled and drawn so."""
    empty: Update = {10: TEXT_FIELD % field, 13: b"null", **(base or {})}
    filled: Update = {
        10: TEXT_FIELD % (field + b" /V " + value + b" /AP << /N 40 0 R >>"),
        40: (WORDS, content),
    }
    found = named(changes(written(filled, base=empty)))
    return next(name for name in (OTHER, OPEN, NAMED) if name in found)


PLAIN: list[tuple[str, bytes, bytes]] = [
    ("text", TEXT, b""),
    ("marked", b"/Tx BMC q " + TEXT + b" Q EMC", b""),
    ("matrix", b"BT /Helv 1 Tf 10 0 0 10 2 6 Tm (new) Tj ET", b""),
    ("scale and mode", b"BT /Helv 10 Tf 100 Tz 0 Tr 2 6 Td (new) Tj ET", b""),
    ("kerned", b"BT /Helv 10 Tf 2 6 Td [(n) -20 (e) 20 (w)] TJ ET", b""),
    ("spaced", b"BT /Helv 10 Tf 1 Tc 2 6 Td (new) Tj ET", b""),
    ("leading", b"BT /Helv 6 Tf 7 TL 2 11 Td (ne) Tj T* (w) Tj ET", b""),
    ("leading by TD", b"BT /Helv 6 Tf 2 14 Td (n) Tj 0 -6 TD (e) Tj T* (w) Tj ET", b""),
    ("clipped to more", b"q 1 1 198 18 re W n " + TEXT + b" Q", b""),
    ("clipped from above", b"q 199 19 -198 -18 re W n " + TEXT + b" Q", b""),
    ("blue", b"0 0 1 rg " + TEXT, b""),
    ("inks", b"0 0 0 1 k " + TEXT, b""),
    ("background", b"1 g 0 0 200 20 re f 0 g " + TEXT, FRAMED),
    ("background by lines", b"1 g 0 0 m 200 0 l 200 20 l 0 20 l h f 0 g " + TEXT, FRAMED),
    ("border", b"0.5 0.5 199 19 re S " + TEXT, FRAMED),
    ("border by lines", b"1 1 m 199 1 l 199 19 l 1 19 l s " + TEXT, FRAMED),
    ("border of the form's width", b"3 w 1.5 1.5 197 17 re S " + TEXT, FRAMED + b" /BS << /W 3 >>"),
    ("path not painted", b"0 0 9 9 re n " + TEXT, b""),
    ("blank before", b"BT /Helv 10 Tf 2 6 Td ( ) Tj (new) Tj ET", b""),
    ("places", b"100 0 m 100 20 l S " + TEXT, COMB),
]  # fmt: skip

DOUBTFUL: list[tuple[str, bytes, bytes]] = [
    ("upright", b"BT /Helv 1 Tf 0 10 -10 0 9 2 Tm (new) Tj ET", b""),
    ("squeezed", b"BT /Helv 1 Tf 10 0 0 5 2 6 Tm (new) Tj ET", b""),
    ("mirrored", b"BT /Helv 1 Tf -10 0 0 -10 90 16 Tm (new) Tj ET", b""),
    ("slanted", b"BT /Helv 1 Tf 10 0 9 10 2 6 Tm (new) Tj ET", b""),
    ("torn apart", b"BT /Helv 10 Tf 2 6 Td [(n) -900 (ew)] TJ ET", b""),
    ("pushed together", b"BT /Helv 10 Tf 2 6 Td [(n) 900 (ew)] TJ ET", b""),
    ("characters closer", b"BT /Helv 10 Tf -4 Tc 2 6 Td (new) Tj ET", b""),
    ("words closer", b"BT /Helv 10 Tf -4 Tw 2 6 Td (new) Tj ET", b""),
    ("scaled", b"BT /Helv 10 Tf 50 Tz 2 6 Td (new) Tj ET", b""),
    ("clipping text", b"BT /Helv 10 Tf 7 Tr 2 6 Td (new) Tj ET", b""),
    ("no text object", b"/Helv 10 Tf 2 6 Td (new) Tj", b""),
    ("text never ended", b"BT /Helv 10 Tf 2 6 Td (new) Tj", b""),
    ("state never restored", b"q " + TEXT, b""),
    ("state never saved", TEXT + b" Q", b""),
    ("state saved in text", b"BT q /Helv 10 Tf 2 6 Td (new) Tj Q ET", b""),
    ("mark never ended", b"/Tx BMC " + TEXT, b""),
    ("mark never begun", TEXT + b" EMC", b""),
    ("mark in a mark", b"/Tx BMC /Tx BMC " + TEXT + b" EMC EMC", b""),
    ("mark of another kind", b"/Artifact BMC " + TEXT + b" EMC", b""),
    ("operand left", TEXT + b" 5", b""),
    ("operand of another kind", b"(0) g " + TEXT, b""),
    ("operands without end", b"0 " * 9 + TEXT, b""),
    ("operand too many", b"0 0 g " + TEXT, b""),
    ("word unknown", b"BX " + TEXT + b" EX", b""),
    ("drawing", TEXT + b" /X Do", b""),
    ("line operator", b"BT /Helv 10 Tf 2 6 Td (new) ' ET", b""),
    ("font nobody has", b"BT /None 10 Tf 2 6 Td (new) Tj ET", b""),
    ("no font", b"BT 2 6 Td (new) Tj ET", b""),
    ("grey", b"0.7 g " + TEXT, b""),
    ("colour beyond", b"-1 g " + TEXT, b""),
    ("path left", TEXT + b" 0 0 9 9 re", b""),
    ("nothing painted in text", b"BT n /Helv 10 Tf 2 6 Td (new) Tj ET", b""),
    ("path in text", b"BT 0 0 200 20 re /Helv 10 Tf 2 6 Td (new) Tj ET n", b""),
    ("painted in text", b"0 0 200 20 re BT S /Helv 10 Tf 2 6 Td (new) Tj ET", FRAMED),
    ("state in a path", b"0.5 0.5 199 19 re 0 g S " + TEXT, FRAMED),
    ("clip without its end", b"1 1 198 18 re W " + TEXT, b""),
    ("clip of two", b"1 1 198 18 re 0 0 9 9 re W n " + TEXT, b""),
    ("clip and stroke", b"0.5 0.5 199 19 re W S " + TEXT, FRAMED),
    ("no background", b"1 g 0 0 200 20 re f 0 g " + TEXT, b""),
    ("dark background", b"0 g 0 0 200 20 re f 0 g " + TEXT, FRAMED),
    ("smaller background", b"1 g 0 0 99 20 re f 0 g " + TEXT, FRAMED),
    ("background inside", b"1 g 9 9 m 99 9 l 99 15 l h f 0 g " + TEXT, FRAMED),
    ("background behind", TEXT + b" 1 g 0 0 200 20 re f", FRAMED),
    ("no border", b"0.5 0.5 199 19 re S " + TEXT, b""),
    ("border inside", b"9 9 99 9 re S " + TEXT, FRAMED),
    ("border behind", TEXT + b" 0.5 0.5 199 19 re S", FRAMED),
    ("thick border", b"9 w 0.5 0.5 199 19 re S " + TEXT, FRAMED),
    ("line without its begin", b"199 1 l 199 19 l S " + TEXT, FRAMED),
    ("line across", b"1 10 m 199 10 l S " + TEXT, COMB),
    ("line between no places", b"100 0 m 100 20 l S " + TEXT, FRAMED),
    ("line too short", b"100 0 m 100 12 l S " + TEXT, COMB),
    ("line from above", b"100 8 m 100 20 l S " + TEXT, COMB),
    ("line askew", b"90 0 m 110 20 l S " + TEXT, COMB),
    ("bar in no list", b"0.8 g 0 5 200 10 re f 0 g " + TEXT, FRAMED),
]  # fmt: skip


@pytest.mark.parametrize(("content", "field"), [pytest.param(c, f, id=i) for i, c, f in PLAIN])
def test_a_plain_look_is_read(content: bytes, field: bytes) -> None:
    """What programs draw alike says the value."""
    assert verdict(content, field) == NAMED


@pytest.mark.parametrize(
    ("content", "field"), [pytest.param(c.replace(b"new", b"old"), f, id=i) for i, c, f in PLAIN
                           if b"(new)" in c]
)  # fmt: skip
def test_a_plain_look_of_other_words_is_no_filling(content: bytes, field: bytes) -> None:
    """The same looks with another word."""
    assert verdict(content, field) == OTHER


@pytest.mark.parametrize(("content", "field"), [pytest.param(c, f, id=i) for i, c, f in DOUBTFUL])
def test_what_is_not_plain_leaves_it_open(content: bytes, field: bytes) -> None:
    """The value's word is there, and something else with it."""
    assert verdict(content, field) == OPEN


def test_spaces_between_words_alone_are_stretched() -> None:
    """A word space of half the field's width leaves room for one space, not for four letters."""
    content = b"BT /Helv 10 Tf 100 Tw 2 6 Td (new x) Tj ET"

    assert verdict(content, value=b"(new x)") == NAMED


LIST = b"/Opt [[(1) (one)] [(2) (two)] [(3) (three)]] /Ff 0"
LINE = b"BT /Helv 6 Tf 2 12 Td (%s) Tj 0 -8 Td (%s) Tj ET"
UPPER, LOWER = b"0.8 g 0 10 200 9 re f 0 g ", b"0.8 g 0 2 200 8 re f 0 g "

CHOICES: list[tuple[str, bytes, bytes, str]] = [
    ("marked", UPPER + LINE % (b"one", b"two"), b"(1)", NAMED),
    ("marked below", LOWER + LINE % (b"one", b"two"), b"(2)", NAMED),
    ("marked by its name", LOWER + LINE % (b"one", b"two"), b"(two)", NAMED),
    ("two marked", UPPER + LOWER + LINE % (b"two", b"three"), b"[(2) (3)]", NAMED),
    ("alone", b"BT /Helv 6 Tf 2 12 Td (two) Tj ET", b"(2)", NAMED),
    ("short bar", UPPER.replace(b"200", b"90") + LINE % (b"one", b"two"), b"(1)", OPEN),
    ("another marked", UPPER + LINE % (b"one", b"two"), b"(2)", OTHER),
    ("another alone", b"BT /Helv 6 Tf 2 12 Td (one) Tj ET", b"(2)", OTHER),
    ("none marked", LINE % (b"one", b"two"), b"(2)", OTHER),
    ("one of two marked", UPPER + LINE % (b"two", b"three"), b"[(2) (3)]", OTHER),
    ("lines left out", UPPER + LINE % (b"one", b"three"), b"(1)", OTHER),
    ("lines of its own", UPPER + LINE % (b"one", b"many"), b"(1)", OTHER),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "value", "expected"), [pytest.param(c, v, e, id=i) for i, c, v, e in CHOICES]
)
def test_a_list_marks_what_is_chosen(content: bytes, value: bytes, expected: str) -> None:
    """A run of the options, of which a bar marks those chosen."""
    field = (TEXT_FIELD % LIST).replace(b"/Tx", b"/Ch")
    filled: Update = {
        10: (TEXT_FIELD % (LIST + b" /V " + value + b" /AP << /N 40 0 R >>")).replace(
            b"/Tx", b"/Ch"
        ),
        40: (WORDS, content),
    }

    found = named(changes(written(filled, base={10: field, 13: b"null"})))

    assert next(name for name in (OTHER, OPEN, NAMED) if name in found) == expected


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        (b"/V (2) /I [1]", True),
        (b"/V [(1) (3)] /I [0 2]", True),
        (b"/V (2) /I [0]", False),
        (b"/V (2) /I [0 1]", False),
        (b"/V (2) /I [9]", False),
        (b"/V (2) /I [-1]", False),
        (b"/V (2) /I [(1)]", False),
        (b"/V (2) /I 1", False),
    ],
)
def test_a_list_marks_by_its_indexes_what_is_its_value(value: bytes, *, fits: bool) -> None:
    """Programs that draw the list go by /I, others by the value (table 233)."""
    field = (TEXT_FIELD % LIST).replace(b"/Tx", b"/Ch")
    filled = (TEXT_FIELD % (LIST + b" " + value)).replace(b"/Tx", b"/Ch")

    found = named(changes(written({10: filled}, base={10: field, 13: b"null"})))

    assert (found == {NAMED}) is fits
    assert any(name.startswith("undefined") for name in found) is not fits


FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /%s %s >>"
PROGRAM = b"/FontDescriptor 41 0 R"
TABLE = b"1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfrange %s endbfrange"
FONTS: list[tuple[str, bytes, bytes, str, str]] = [
    ("encoded", FONT % (b"Helvetica", b"/Encoding /WinAnsiEncoding"), b"a'\\351", "form", NAMED),
    ("not encoded", FONT % (b"Helvetica", b""), b"a'", "form", OPEN),
    ("not encoded beyond", FONT % (b"Helvetica", b""), b"a\\351", "form", OPEN),
    ("with a program", FONT % (b"Other", PROGRAM + b" /Encoding /WinAnsiEncoding"), b"abc", "form",
     NAMED),
    ("with a program of the look's", FONT % (b"Other", PROGRAM), b"abc", "look", OPEN),
    ("with a table", FONT % (b"Other", PROGRAM + b" /ToUnicode 42 0 R"), b"abc", "form", NAMED),
    ("with a lying table", FONT % (b"Other", PROGRAM + b" /ToUnicode 43 0 R"), b"abc", "form",
     OPEN),
    ("with accents", FONT % (b"Helvetica", b"/Encoding << /Differences [24 /breve] >>"), b"abc",
     "form", NAMED),
    ("with other letters", FONT % (b"Helvetica", b"/Encoding << /Differences [98 /d] >>"), b"abc",
     "form", OPEN),
    ("of streams", b"<< /Type /Font /Subtype /Type3 /Encoding << /Differences [97 /a /b /c] >> >>",
     b"abc", "form", OPEN),
    ("symbols", FONT % (b"ZapfDingbats", b""), b"abc", "form", OPEN),
]  # fmt: skip


@pytest.mark.parametrize(
    ("font", "word", "owner", "expected"), [pytest.param(*row, id=i) for i, *row in FONTS]
)
def test_a_font_is_known_by_its_name_or_was_signed(
    font: bytes, word: bytes, owner: str, expected: str
) -> None:
    """The form's own fonts are known, unless what they say of their text contradicts itself."""
    of_form = owner == "form"
    base: Update = {
        10: TEXT_FIELD % b"",
        13: b"null",
        41: b"<< /Type /FontDescriptor >>",
        42: (b"", TABLE % b"<20> <7E> <0020>"),
        43: (b"", TABLE % b"<20> <7D> <0021>"),
        **({7: font} if of_form else {}),
    }
    look = WORDS if of_form else WORDS.replace(b"7 0 R", b"44 0 R")
    filled: Update = {
        10: TEXT_FIELD % (b"/V (" + word + b") /AP << /N 40 0 R >>"),
        40: (look, b"BT /Helv 10 Tf 2 6 Td (" + word + b") Tj ET"),
        **({} if of_form else {44: font}),
    }

    found = named(changes(written(filled, base=base)))

    assert next(name for name in (OTHER, OPEN, NAMED) if name in found) == expected


@pytest.mark.parametrize(
    ("font", "expected"),
    [
        (FONT % (b"Helvetica", b"/Encoding << /Differences [24 /breve] >>"), NAMED),
        (FONT % (b"Other", PROGRAM), NAMED),
        (FONT % (b"ZapfDingbats", b""), "undefined field-entry"),
        (FONT % (b"Helvetica", b"/Encoding << /Differences [98 /d] >>"), "undefined field-entry"),
        (b"<< /Type /Font /Subtype /Type3 >>", "undefined field-entry"),
        (b"null", "undefined field-entry"),
    ],
    ids=["with accents", "with a program", "symbols", "with other letters", "of streams", "none"],
)
def test_a_value_may_come_with_a_font_that_the_form_had(font: bytes, expected: str) -> None:
    """The field's new default names it: it must show letters and digits as such."""
    base: Update = {
        10: TEXT_FIELD % b"/DA (/Helv 9 Tf)",
        13: b"null",
        5: (FORM % (b"", b"")).replace(b"/Helv 7 0 R", b"/Helv 7 0 R /F 44 0 R"),
        41: b"<< /Type /FontDescriptor >>",
        44: font,
    }
    filled: Update = {10: TEXT_FIELD % b"/V (new) /DA (/F 9 Tf 0 g)"}

    assert expected in named(changes(written(filled, base=base)))
