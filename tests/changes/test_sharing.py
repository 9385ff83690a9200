"""Objects that play two parts, wait for their number, or stand elsewhere than they say."""

from __future__ import annotations

import pytest

from sigcheck.evidence.changes import revision_changes
from sigcheck.evidence.changes.pair import Pair, Shared
from tests.changes.document import (
    BASE,
    CATALOG,
    CONTENT,
    FORM,
    FORM_XOBJECT,
    PAGE,
    SIGNATURE,
    TEXT_FIELD,
    XMP,
    XMP_ENTRIES,
    Update,
    changes,
    named,
    written,
)
from tests.pdf.builder import Pdf, open_pdf

FIELD = (
    b"<< /FT /Sig /T (S3) /Type /Annot /Subtype /Widget /P 3 0 R /F 132 /Rect [20 20 80 60]"
    b" /AP << /N %d 0 R >> /V 41 0 R >>"
)


def _signing(appearance: int) -> Update:
    return {
        3: PAGE % (b"40 0 R", b""),
        5: FORM % (b"40 0 R", b""),
        40: FIELD % appearance,
        41: SIGNATURE % b"",
        appearance: (FORM_XOBJECT, b"(Mallory) Tj"),
    }


SHARED: list[tuple[str, Update, Update, str]] = [
    ("xmp is page content", {3: PAGE.replace(b"4 0 R", b"[4 0 R 6 0 R]") % (b"", b"")},
     {6: (XMP_ENTRIES, XMP % b"BT (forged) Tj ET")}, "shared-object"),
    ("appearance is on the page", {20: b"<< /Font << /F1 7 0 R >> /XObject << /Im 13 0 R >> >>"},
     {10: TEXT_FIELD % b"/V (new) /AP << /N 13 0 R >>", 13: (FORM_XOBJECT, b"(forged) Tj")},
     "shared-object"),
    ("extensions are resources", {20: b"<< /ExtGState 21 0 R /Font << /F1 7 0 R >> >>"},
     {21: b"<< /ADBE << /BaseVersion /1.7 /ExtensionLevel 9 >> >>"}, "shared-object"),
    ("default fonts are the page's", {5: FORM.replace(b"<< /Helv 7 0 R >>", b"27 0 R") % (b"", b""),
      20: b"<< /Font 27 0 R >>", 27: b"<< /Helv 7 0 R /F1 7 0 R >>"},
     {27: b"<< /Helv 7 0 R /F1 7 0 R /F9 40 0 R >>", 40: b"<< /Type /Font >>"}, "shared-object"),
    ("certificates are page content",
     {1: CATALOG % b"/DSS << /Certs 27 0 R >>", 3: PAGE.replace(b"4 0 R", b"27 0 R") % (b"", b""),
      27: b"[4 0 R]"}, {27: b"[4 0 R 40 0 R]", 40: (b"", b"0 BT (forged) Tj ET")}, "shared-object"),
    ("object stream is page content",
     {3: PAGE.replace(b"4 0 R", b"27 0 R") % (b"", b""), 27: (b"/Type /ObjStm /N 0 /First 0", b"")},
     {27: (b"/Type /ObjStm /N 0 /First 0", b"BT (forged) Tj ET")}, "shared-object"),
    ("appearance waited for on the page",
     {20: b"<< /Font << /F1 7 0 R >> /XObject << /Im 42 0 R >> >>"}, _signing(42),
     "dangling-reference"),
    ("written with comments",
     {20: b"<< /Font << /F1 7 0 R >> /XObject << /Im 42 %x\n 0\n%y\n R >> >>"}, _signing(42),
     "dangling-reference"),
    ("field waited for", {3: PAGE % (b"40 0 R", b"")}, {
        5: FORM % (b"40 0 R", b""), 40: FIELD % 42, 41: SIGNATURE % b"",
        42: (FORM_XOBJECT, b"")}, "dangling-reference"),
    ("script in a tree of names", {1: CATALOG % b"/Names 33 0 R", 33: b"<< /JavaScript 27 0 R >>",
      27: b"<< /Names [(a) 29 0 R] >>", 29: b"<< /S /JavaScript /JS (1) /P 1 0 R >>"},
     {27: b"<< /Names [(a) 29 0 R (b) 40 0 R] >>",
      40: b"<< /S /JavaScript /JS (forged) /P 1 0 R >>"}, "unexplained-object"),
    ("page labels", {1: CATALOG % b"/PageLabels 27 0 R", 27: b"<< /Nums [0 << /S /D >>] >>"},
     {27: b"<< /Nums [0 << /S /D /P (x) >>] >>"}, "unexplained-object"),
    ("field begins to paint", {10: TEXT_FIELD.replace(b"500 300 520", b"690 300 720")
                               % b"/AP << /N 13 0 R >>"},
     {10: TEXT_FIELD.replace(b"500 300 520", b"690 300 720") % b"/V (x) /AP << /N 42 0 R >>",
      42: (FORM_XOBJECT, b"1 g 0 0 200 30 re f")}, "field-appearance"),
    ("old image made visible", {27: (FORM_XOBJECT, b"(waiting) Tj")},
     {20: b"<< /Font << /F1 7 0 R >> /XObject << /Im 27 0 R >> >>"}, "unexplained-object"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("base", "update", "rule"), [pytest.param(b, u, r, id=i) for i, b, u, r in SHARED]
)
def test_an_object_with_a_second_part_is_not_excused_by_the_first(
    base: Update, update: Update, rule: str
) -> None:
    """What a rule explained must not be used in any other way."""
    items = changes(written(update, base=base))

    assert f"undefined {rule}" in named(items)


def test_waiting_in_an_object_stream_does_not_help() -> None:
    """A reference to a number not yet used is found inside compressed objects too."""
    pdf = Pdf()
    for num, body in BASE.items():
        if num != 20:
            _add(pdf, num, body)
    pdf.object_stream(30, {20: b"<< /Font << /F1 7 0 R >> /XObject << /Im 42 0 R >> >>"})
    pdf.xref_stream(31, {20: (30, 0)})
    for num, body in _signing(42).items():
        _add(pdf, num, body)
    pdf.xref_stream(32)

    items = changes(bytes(pdf))

    assert "undefined dangling-reference" in named(items)


def _add(pdf: Pdf, num: int, body: bytes | tuple[bytes, bytes]) -> None:
    if isinstance(body, tuple):
        pdf.stream(num, body[1], body[0])
    else:
        pdf.add(num, body)


def test_a_large_stream_hides_no_reference() -> None:
    """The data of large streams are not searched; what follows them is."""
    page = PAGE.replace(b"20 0 R", b"<< /XObject << /Im 42 0 R >> >>") % (b"", b"")
    base: Update = {8: (b"", b"x" * 200_000), 3: page}
    update = {**_signing(42), 3: page.replace(b"17 0 R ", b"17 0 R 40 0 R")}

    assert "undefined dangling-reference" in named(changes(written(update, base=base)))


def test_an_entry_that_points_elsewhere_is_undefined() -> None:
    """The image's new entry points at another object: readers differ in what they show."""
    data = written({6: (XMP_ENTRIES, XMP % b" ")})
    at = data.rindex(b"6 1\n")
    offset = data[at + 4 : at + 14]
    forged = data.replace(
        b"6 1\n%b 00000 n \n" % offset, b"6 1\n%b 00000 n \n8 1\n%b 00000 n \n" % (offset, offset)
    )

    assert "undefined entry-displaced" in named(changes(forged))


def test_another_generation_is_another_object() -> None:
    """References carry a generation: the same bytes under another one are gone for viewers."""
    data = written({8: BASE[8]})
    at = data.rindex(b"8 1\n")
    forged = data[: at + 15] + b"00001" + data[at + 20 :]

    assert named(changes(data)) == set()
    assert "undefined unexplained-object" in named(changes(forged))


def test_freed_objects() -> None:
    """To free what nobody uses is harmless; to free what is shown is not."""
    base: Update = {27: b"(nobody)"}

    assert named(changes(written({}, base=base, free=(27,)))) == {"extension unreferenced-object"}
    assert "undefined freed-in-use" in named(changes(written({}, free=(8,))))


def test_a_number_freed_and_used_again() -> None:
    """A number that was free serves a new signature's appearance like any other."""
    data = written({}, _signing(27), base={27: b"(nobody)"})
    freed = written(_signing(45), base={27: b"(nobody)"}, free=(27,))

    assert "signature new-signature-field" in named(changes(freed))
    assert not any(name.startswith("undefined") for name in named(changes(freed)))
    assert "signature new-signature-field" not in named(changes(data)) or any(
        name.startswith("undefined") for name in named(changes(data))
    )


def test_the_catalog_under_another_number() -> None:
    """Two catalogs are compared by value, whatever their numbers."""
    same = written({40: BASE[1]}, trailer=b"/Root 40 0 R /Info 9 0 R").replace(
        b"/Root 1 0 R /Prev", b"/Prev"
    )
    other = written(
        {40: CATALOG % b"/OpenAction [3 0 R /Fit]"}, trailer=b"/Root 40 0 R /Info 9 0 R"
    )

    assert named(changes(same)) == {"extension catalog-renumbered"}
    assert "undefined active-content" in named(changes(other))


def test_a_referrer_out_of_use_does_not_count() -> None:
    """The catalog that was replaced still names the form, and nothing leads to it any more."""
    update = {**_signing(42), 50: BASE[1]}
    data = written(update, trailer=b"/Root 50 0 R /Info 9 0 R").replace(
        b"/Root 1 0 R /Prev", b"/Prev"
    )

    assert named(changes(data)) == {
        "extension catalog-renumbered",
        "signature new-signature-field",
    }


def test_objects_moved_into_an_object_stream_are_unchanged() -> None:
    """The same values in an object stream and a cross-reference stream are no change."""
    pdf = Pdf()
    for num, body in BASE.items():
        _add(pdf, num, body)
    pdf.table()
    pdf.object_stream(40, {num: b for num, b in BASE.items() if isinstance(b, bytes) and num < 4})
    pdf.xref_stream(41, {num: (40, index) for index, num in enumerate((1, 2, 3))})

    assert named(changes(bytes(pdf))) == set()


def test_an_object_stream_that_hides_a_forged_page() -> None:
    """A page altered inside an object stream is judged like any other."""
    pdf = Pdf()
    for num, body in BASE.items():
        _add(pdf, num, body)
    pdf.table()
    pdf.object_stream(40, {3: PAGE % (b"", b"/Rotate 180")})
    pdf.xref_stream(41, {3: (40, 0)})

    assert "undefined page-content" in named(changes(bytes(pdf)))


def test_each_pair_is_judged_by_itself() -> None:
    """A forgery in one update does not spill over into the next."""
    forged: Update = {4: (b"", CONTENT + b" ")}
    dates: Update = {9: b"<< /ModDate (D:2) >>"}

    first, second = revision_changes(open_pdf(written(forged, dates)))

    assert named(first) == {"undefined unexplained-object"}
    assert named(second) == {"extension document-info"}
    assert [i.revision for i in (*first, *second)] == [2, 3]


def test_who_refers_to_an_object_is_known_of_every_revision() -> None:
    """Updates between two questions count as well: here one gives the page what a rule owns."""
    fonts = FORM.replace(b"<< /Helv 7 0 R >>", b"27 0 R") % (b"", b"")
    base: Update = {5: fonts, 27: b"<< /Helv 7 0 R /F1 7 0 R >>"}
    more = b"<< /Helv 7 0 R /F1 7 0 R /F%d 40 0 R >>"
    asked: Update = {27: more % 8, 40: b"<< /Type /Font >>"}
    shared: Update = {20: b"<< /Font 27 0 R >>"}

    data = written(asked, shared, {27: more % 9}, base=base)

    found = [{item.rule for item in items} for items in revision_changes(open_pdf(data))]

    assert "shared-object" not in found[0]
    assert "shared-object" in found[2]


def test_a_key_written_twice_in_an_object_stream_is_seen() -> None:
    """Even in an object that nothing refers to, and that no rule looks at."""
    pdf = Pdf()
    for num, body in BASE.items():
        _add(pdf, num, body)
    pdf.table()
    pdf.object_stream(30, {40: b"<< /A (one) /B (two) >>", 41: b"<< /A (one) /A (two) >>"})
    pdf.xref_stream(31, {40: (30, 0), 41: (30, 1)})

    items = changes(bytes(pdf))

    told = {(item.rule, item.object_number) for item in items}
    assert ("duplicate-key", 41) in told
    assert ("duplicate-key", 40) not in told


def test_what_cannot_be_read_is_no_rewriting_of_the_same() -> None:
    """Null before and after, but only because both object streams are broken."""
    pdf = Pdf()
    for num, body in BASE.items():
        _add(pdf, num, body)
    for broken in (b"no", b"not"):
        pdf.stream(30, broken, b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode")
        pdf.xref_stream(31, {40: (30, 0)})
    document = open_pdf(bytes(pdf))
    pair = Pair(Shared(document), document.view(1), document.view(2))

    pair.partition()

    assert 40 in pair.altered
    assert 40 not in pair.rewritten


@pytest.mark.parametrize("last", [4, 9, 10, 99, 100])
def test_new_objects_are_told_whatever_their_number(last: int) -> None:
    """The search for references to them begins with their digits, of which there may be one."""
    pdf = Pdf().basics()
    for num in range(4, last):
        pdf.add(num, b"(old)")
    pdf.table()
    pdf.add(last, b"(new)")

    items = changes(bytes(pdf.table()))

    assert named(items) == {"extension unreferenced-object"}
