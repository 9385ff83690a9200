"""Signature dictionaries: each found, none hidden by a neighbour."""

from __future__ import annotations

import pytest

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.pdf import (
    PdfDocument,
    Ref,
    Standing,
    signature_dictionaries,
    unsigned_signature_fields,
)
from sigcheck.evidence.pdf.fields import FieldLock
from tests.pdf.builder import FORM_CATALOG, Pdf, codes, open_pdf, signed


def _found(pdf: Pdf) -> list[tuple[str, int | None, int, Standing]]:
    return _summary(open_pdf(bytes(pdf)))


def _summary(document: PdfDocument) -> list[tuple[str, int | None, int, Standing]]:
    return [
        (s.field_name, s.number, s.revision, s.standing) for s in signature_dictionaries(document)
    ]


def test_signatures_come_in_the_order_of_their_revisions() -> None:
    """Order is the file's, never that of claimed times."""
    pdf, spans = signed(3)

    document = open_pdf(bytes(pdf))

    assert _summary(document) == [
        (f"Signature{i}", 8 + 2 * i, i + 1, Standing.CURRENT) for i in (1, 2, 3)
    ]
    assert [s.contents_span for s in signature_dictionaries(document)] == spans
    assert document.anomalies == []


def test_a_dictionary_written_in_the_field_is_found() -> None:
    """/V may hold the dictionary itself, without an object of its own."""
    pdf = Pdf().basics(FORM_CATALOG % b"5 0 R")
    pdf.add(5, b"<< /FT /Sig /T (F) /V << /Type /Sig /Contents <30> /ByteRange [0 1 2 3] >> >>")
    pdf.table()

    document = open_pdf(bytes(pdf))
    (location,) = signature_dictionaries(document)

    assert (location.number, location.field_ref) == (None, Ref(5, 0))
    assert location.contents_span is not None
    assert document.data[slice(*location.contents_span)] == b"<30>"


def test_nested_fields_inherit_type_and_value() -> None:
    """/FT and /V of a parent are its kids', the name is put together from all of them."""
    pdf = Pdf().basics(FORM_CATALOG % b"5 0 R")
    pdf.add(5, b"<< /T (a) /FT /Sig /Kids [6 0 R] >>")
    pdf.add(6, b"<< /T (b) /Parent 5 0 R /V 8 0 R /Kids [7 0 R] >>")
    pdf.add(7, b"<< /Type /Annot /Subtype /Widget /Parent 6 0 R /Rect [0 0 1 1] >>")
    pdf.signature(8)
    pdf.table()

    (location,) = signature_dictionaries(open_pdf(bytes(pdf)))

    assert (location.field_name, location.number) == ("a.b", 8)
    assert [widget.ref for widget in location.widgets] == [Ref(7, 0)]


def test_fields_that_share_a_dictionary_are_named() -> None:
    """One dictionary is judged once, and says who else leads to it."""
    pdf = Pdf().basics(FORM_CATALOG % b"5 0 R 6 0 R")
    pdf.signature(8)
    pdf.field(5, 8, b"one")
    pdf.field(6, 8, b"two")
    pdf.table()

    (location,) = signature_dictionaries(open_pdf(bytes(pdf)))

    assert (location.field_name, location.shared_with) == ("one", ("two",))


def test_a_replaced_value_is_kept_beside_the_new_one() -> None:
    """A later /V does not make the earlier signature vanish."""
    pdf, _ = signed(1)
    pdf.signature(20)
    pdf.field(11, 20, b"Signature1")
    pdf.table()

    assert _found(pdf) == [
        ("Signature1", 10, 2, Standing.REPLACED),
        ("Signature1", 20, 3, Standing.CURRENT),
    ]


def test_a_dictionary_rewritten_in_place_is_kept_in_both_forms() -> None:
    """The same object number with other bytes is another signature."""
    pdf, spans = signed(1)
    second = pdf.signature(10, b"/Reason (other)")
    pdf.table()

    locations = signature_dictionaries(open_pdf(bytes(pdf)))

    assert [(s.standing, s.contents_span) for s in locations] == [
        (Standing.REPLACED, spans[0]),
        (Standing.CURRENT, second),
    ]


def test_a_dictionary_copied_unchanged_belongs_to_its_first_revision() -> None:
    """Tools that write everything anew do not move a signature."""
    pdf, spans = signed(1)
    body = bytes(pdf).split(b"10 0 obj\n")[1].split(b"\nendobj")[0]
    pdf.add(10, body)
    pdf.table()

    (location,) = signature_dictionaries(open_pdf(bytes(pdf)))

    assert (location.revision, location.contents_span) == (2, spans[0])


def test_a_removed_field_leaves_its_signature() -> None:
    """A field that a later revision drops from the form is still reported."""
    pdf, _ = signed(2)
    pdf.add(1, FORM_CATALOG % b"13 0 R")
    pdf.table()

    assert _found(pdf) == [
        ("Signature1", 10, 2, Standing.REMOVED),
        ("Signature2", 12, 3, Standing.CURRENT),
    ]


def test_an_orphan_is_found() -> None:
    """A dictionary no field ever led to, as page extraction leaves them."""
    pdf = Pdf().basics()
    pdf.signature(8)
    pdf.table()

    assert _found(pdf) == [("", 8, 1, Standing.ORPHAN)]


def test_traces_inside_streams_and_strings_are_no_signatures() -> None:
    """An embedded PDF's signatures are not this document's."""
    inner, _ = signed(1)
    pdf = Pdf().basics()
    pdf.stream(8, bytes(inner))
    pdf.add(9, b"(/Type /Sig /ByteRange [0 1 2 3])")
    pdf.table()

    assert _found(pdf) == []


def test_unsigned_fields_are_listed_apart() -> None:
    """A field without a value is no signature."""
    pdf, _ = signed(1)
    pdf.field(30, None, b"empty")
    pdf.add(1, FORM_CATALOG % b"11 0 R 30 0 R")
    pdf.table()

    document = open_pdf(bytes(pdf))

    assert [name for name, *_ in _summary(document)] == ["Signature1"]
    assert [field.name for field in unsigned_signature_fields(document)] == ["empty"]


@pytest.mark.parametrize(
    "neighbour",
    [
        b"<< /FT /Sig /T (bad) /V 77 0 R /Kids 5 >>",
        b"<< /FT /Sig /T (bad) /V 5 >>",
        b"<< /FT /Sig /T (bad) /V [ >>",
        b"<< /FT /Sig /T 7 /V << /Contents 5 /ByteRange (x) >> /Kids [40 0 R] >>",
        b"null",
        b"((((",
    ],
)
def test_a_malformed_neighbour_hides_nothing(neighbour: bytes) -> None:
    """Each field is read by itself."""
    pdf, _ = signed(2)
    pdf.add(40, neighbour)
    pdf.add(1, FORM_CATALOG % b"40 0 R 11 0 R 40 0 R 13 0 R")
    pdf.table()

    names = [name for name, *_ in _found(pdf)]

    assert {"Signature1", "Signature2"} <= set(names)


def test_a_damaged_value_is_judged_not_dropped() -> None:
    """A signed field whose dictionary cannot be read is still a signature."""
    pdf, _ = signed(1)
    data = bytes(pdf).replace(b"/Filter /Adobe.PPKLite", b"/Filter ]Adobe.PPKLite")
    document = open_pdf(data)

    (location,) = signature_dictionaries(document)

    assert (location.field_name, location.dictionary, location.byte_range) == (
        "Signature1",
        {},
        None,
    )
    assert {"object-unreadable", "signature-value-malformed"} <= codes(document)


def test_a_field_without_its_type_does_not_hide_a_signature() -> None:
    """Viewers differ on such fields, so the signature is shown and the oddity said."""
    pdf = Pdf().basics(FORM_CATALOG % b"5 0 R")
    pdf.add(5, b"<< /T (F) /V 8 0 R >>")
    pdf.signature(8)
    pdf.table()
    document = open_pdf(bytes(pdf))

    assert _summary(document) == [("F", 8, 1, Standing.CURRENT)]
    assert "field-type-missing" in codes(document)


def test_transforms_are_read() -> None:
    """DocMDP with its default, FieldMDP, /Lock and the catalog's /Perms (12.8.2, 12.8.6)."""
    pdf = Pdf().basics(
        b"<< /Type /Catalog /Pages 2 0 R /Perms << /DocMDP 8 0 R >> "
        b"/AcroForm << /Fields [5 0 R] >> >>"
    )
    pdf.signature(
        8,
        b"/Reference [<< /TransformMethod /DocMDP >> << /TransformMethod /FieldMDP "
        b"/TransformParams << /Action /Include /Fields [(a) (b.c)] >> >>]",
    )
    pdf.field(5, 8, b"F", b"/Lock << /Action /All /P 1 >>")
    pdf.table()
    document = open_pdf(bytes(pdf))

    (location,) = signature_dictionaries(document)

    assert location.transforms.doc_mdp == 2
    assert location.transforms.field_mdp == (FieldLock("Include", ("a", "b.c")),)
    assert (location.transforms.lock, location.transforms.lock_p) == (FieldLock("All", ()), 1)
    view = document.view()
    assert view.dict(view.catalog.get("Perms")).get("DocMDP") == Ref(8, 0)


@pytest.mark.parametrize(
    ("written", "level", "malformed"),
    [(b"1", 1, False), (b"3", 3, False), (b"4", 1, True), (b"(2)", 1, True), (b"true", 1, True)],
)
def test_a_nonsensical_permission_is_the_strictest(
    written: bytes, level: int, malformed: bool
) -> None:
    """P outside 1 to 3 never allows more (table 257)."""
    pdf = Pdf().basics(FORM_CATALOG % b"5 0 R")
    pdf.signature(
        8, b"/Reference [<< /TransformMethod /DocMDP /TransformParams << /P %s >> >>]" % written
    )
    pdf.field(5, 8, b"F")
    pdf.table()

    (location,) = signature_dictionaries(open_pdf(bytes(pdf)))

    assert (location.transforms.doc_mdp, location.transforms.malformed) == (level, malformed)


def test_too_many_signatures_are_refused() -> None:
    """The limit on signatures has its code."""
    pdf, _ = signed(4)

    with pytest.raises(LimitExceededError) as caught:
        signature_dictionaries(open_pdf(bytes(pdf), max_signatures=3))

    assert caught.value.code == "LIMIT-SIGNATURES"
