"""Revisions: where they end, what they changed, and cross-references of every kind."""

from __future__ import annotations

from typing import cast

import pytest

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.pdf import Dict, EntryKind, Ref, XrefKind
from tests.pdf.builder import CATALOG, HEADER, PAGE, PAGES, Pdf, codes, open_pdf


def _two_revisions() -> Pdf:
    pdf = Pdf().basics()
    pdf.add(4, b"(first)")
    pdf.add(5, b"(kept)")
    pdf.table()
    pdf.add(4, b"(second)")
    pdf.add(6, b"(new)")
    return pdf.table(free=(5,))


def test_each_revision_is_seen_as_it_was() -> None:
    """An object has the value its revision gave it; what was freed is null."""
    document = open_pdf(bytes(_two_revisions()))

    first, last = document.view(1), document.view()

    assert (first.object(4), first.object(5), first.object(6)) == (b"first", b"kept", None)
    assert (last.object(4), last.object(5), last.object(6)) == (b"second", None, b"new")
    assert document.anomalies == []


def test_changed_is_what_differs() -> None:
    """Re-pointed, new and freed entries are changes; the others are not."""
    document = open_pdf(bytes(_two_revisions()))

    assert set(document.revisions[1].changed) == {4, 5, 6}
    assert document.revisions[1].changed[5].kind is EntryKind.FREE


def test_an_entry_repeated_without_change_is_no_change() -> None:
    """Tools that write the whole table anew change nothing by that."""
    pdf = Pdf().basics()
    offsets = dict(pdf.offsets)
    pdf.table()
    pdf.offsets = offsets
    pdf.add(4, b"7")
    pdf.table()

    assert set(open_pdf(bytes(pdf)).revisions[1].changed) == {4}


@pytest.mark.parametrize("eol", [b"\n", b"\r\n", b"\r", b""])
def test_a_revision_ends_after_its_marker_and_one_line_end(eol: bytes) -> None:
    """CR LF, LF, CR or nothing after %%EOF belong to the revision."""
    pdf = Pdf().basics().table(eol=eol)
    pdf.raw(b"" if eol else b" ")
    pdf.add(4, b"1")
    pdf.table(eol=eol)

    document = open_pdf(bytes(pdf))

    assert [revision.end for revision in document.revisions] == pdf.ends
    assert [r.end - r.marker_end for r in document.revisions] == [len(eol)] * 2


def test_streams_and_object_streams_are_read() -> None:
    """A file without any table gives the same objects."""
    pdf = Pdf()
    pdf.object_stream(5, {1: CATALOG, 2: PAGES, 3: PAGE, 4: b"[1 2 3]"})
    pdf.xref_stream(6, {num: (5, num - 1) for num in (1, 2, 3, 4)})

    document = open_pdf(bytes(pdf))

    assert document.revisions[0].kind is XrefKind.STREAM
    assert document.view().object(4) == [1, 2, 3]
    assert [ref for ref, _ in document.view().pages()] == [Ref(3, 0)]
    assert cast("Dict", document.view().object(3)).start is None


def test_replacing_an_object_stream_changes_what_is_in_it() -> None:
    """Objects inside a stream that a later revision re-points are changed, entry or not."""
    pdf = Pdf().basics()
    pdf.object_stream(5, {7: b"(before)"})
    pdf.xref_stream(6, {7: (5, 0)})
    pdf.object_stream(5, {7: b"(after)"})
    pdf.xref_stream(6)

    document = open_pdf(bytes(pdf))

    assert (document.view(1).object(7), document.view(2).object(7)) == (b"before", b"after")
    assert 7 in document.revisions[1].changed
    assert "object-stream-replaced" in codes(document)


def _hybrid() -> Pdf:
    """Write a file as word processors do: objects hidden from the table, shown by a stream."""
    pdf = Pdf().basics()
    pdf.object_stream(5, {7: b"(hidden)"})
    shown = dict(pdf.offsets)
    pdf.offsets = {5: shown.pop(5)}
    stream = len(pdf.data)
    pdf.xref_stream(6, {7: (5, 0)})
    del pdf.data[pdf.data.rindex(b"startxref") :]
    pdf.offsets, pdf.previous, pdf.ends = shown, None, []
    return pdf.table(free=(5, 6, 7), extra=b"/XRefStm %d" % stream)


def test_a_hybrid_shows_its_hidden_objects() -> None:
    """Entries of the stream stand below the table's own, in the same revision (7.5.8.4)."""
    document = open_pdf(bytes(_hybrid()))

    assert [revision.kind for revision in document.revisions] == [XrefKind.HYBRID]
    assert document.view().object(7) == b"hidden"
    assert len(document.revisions[0].spans) == 2


def test_a_linearised_file_has_one_revision() -> None:
    """The first-page section and the main section were written at once (annex F)."""
    pdf = Pdf()
    pdf.add(9, b"<< /Linearized 1 /L 0 >>")
    first = pdf.raw(b"xref\n3 1\n0000000000 00000 n \n")
    entry = len(pdf.data) - 20
    pdf.raw(b"trailer\n<< /Size 10 /Root 1 0 R /Prev          0 >>\nstartxref\n0\n%%EOF\n")
    main = len(pdf.data)
    pdf.offsets.clear()
    pdf.basics()
    page = pdf.offsets.pop(3)
    table = pdf.raw(b"xref\n" + pdf._rows(()) + b"trailer\n<< /Size 10 >>\n")
    pdf.end(first)
    pdf.data[entry : entry + 10] = b"%010d" % page
    pdf.data[main - 32 - 10 :][:0] = b""
    at = pdf.data.index(b"/Prev          0") + 6
    pdf.data[at : at + 10] = b"%10d" % table

    document = open_pdf(bytes(pdf))

    assert document.linearized
    assert [(r.start, r.end) for r in document.revisions] == [(0, len(pdf.data))]
    assert [ref for ref, _ in document.view().pages()] == [Ref(3, 0)]
    assert document.anomalies == []


def test_a_loop_of_previous_sections_ends() -> None:
    """/Prev that leads back is cut and said."""
    pdf = Pdf().basics().table()
    pdf.previous = len(pdf.data) + len(b"4 0 obj\n1\nendobj\n")
    pdf.add(4, b"1")
    pdf.table()

    assert "prev-loop" in codes(open_pdf(bytes(pdf)))


def test_too_many_revisions_are_refused() -> None:
    """The limit on revisions has its code."""
    pdf = Pdf().basics().table()
    for num in range(4, 12):
        pdf.add(num, b"1")
        pdf.table()

    with pytest.raises(LimitExceededError) as caught:
        open_pdf(bytes(pdf), max_revisions=5)

    assert caught.value.code == "LIMIT-REVISIONS"


def test_too_many_objects_are_refused() -> None:
    """The limit on cross-reference entries has its code."""
    pdf = Pdf().basics().table()

    with pytest.raises(LimitExceededError) as caught:
        open_pdf(bytes(pdf), max_objects=2)

    assert caught.value.code == "LIMIT-OBJECTS"


def _table_as(rows: bytes) -> bytes:
    """Return the basics with a hand-written table."""
    pdf = Pdf().basics()
    at = pdf.raw(b"xref\n" + rows % tuple(pdf.offsets[n] for n in (1, 2, 3)))
    pdf.raw(b"trailer\n<< /Size 4 /Root 1 0 R >>\n")
    return bytes(pdf.end(at))


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (
            b"1 4\n0000000000 65535 f \n%010d 00000 n \n%010d 00000 n \n%010d 00000 n \n",
            "xref-subsection-shifted",
        ),
        (
            b"0 4\n0000000000 65535 f\n%010d 00000 n\n%010d 00000 n\n%010d 00000 n\n",
            "xref-entry-width",
        ),
        (
            b"0 4\r\n0000000000 65535 f \r\n%010d 00000 n \r\n%010d 00000 n \r\n%010d 00000 n \r\n",
            "xref-entry-width",
        ),
        (
            b"0 9\n0000000000 65535 f \n%010d 00000 n \n%010d 00000 n \n%010d 00000 n \n",
            "xref-subsection-short",
        ),
    ],
)
def test_sloppy_tables_are_read_and_said(rows: bytes, code: str) -> None:
    """Tables that count from 1, have rows of 19 or 21 bytes, or end early."""
    document = open_pdf(_table_as(rows))

    assert [ref for ref, _ in document.view().pages()] == [Ref(3, 0)]
    assert code in codes(document)
    assert document.revisions[0].kind is XrefKind.TABLE


def test_offsets_counted_from_the_header_are_read() -> None:
    """A file with garbage before %PDF- that counts from its header is read from there."""
    plain = bytes(Pdf().basics().table())
    shifted = open_pdf(b"garbage\n" + plain)

    assert [ref for ref, _ in shifted.view().pages()] == [Ref(3, 0)]
    assert (shifted.revisions[0].end, shifted.before_header) == (len(plain), 8)
    assert codes(shifted) == {"header-shifted"}


@pytest.mark.parametrize("shift", [-2, 1, 9])
def test_a_wrong_pointer_finds_the_table_nearby(shift: int) -> None:
    """`startxref` a few bytes off is forgiven and said."""
    pdf = Pdf().basics().table()
    at = cast("int", pdf.previous)
    data = bytes(pdf).replace(b"startxref\n%d" % at, b"startxref\n%d" % (at + shift))

    document = open_pdf(data)

    assert document.revisions[0].kind is XrefKind.TABLE
    assert document.revisions[0].end == len(data)
    assert "xref-offset-wrong" in codes(document)


def test_a_damaged_file_is_rebuilt() -> None:
    """Without cross-references objects are found by scanning, revisions by their end markers."""
    data = bytes(_two_revisions()).replace(b"xref", b"tref")

    document = open_pdf(data)

    assert [revision.kind for revision in document.revisions] == [XrefKind.REBUILT] * 2
    assert document.view(1).object(4) == b"first"
    assert document.view(2).object(4) == b"second"
    assert "xref-rebuilt" in codes(document)


def test_a_chain_that_lost_its_past_is_rebuilt() -> None:
    """An update with /Prev 0 leads to no page tree, so viewers scan, and so do we."""
    data = bytes(_two_revisions())
    at = data.rindex(b"/Prev ") + 6
    end = data.index(b" ", at)
    document = open_pdf(data[:at] + b"0".rjust(end - at) + data[end:])

    assert document.view().object(4) == b"second"
    assert len(document.view().pages()) == 1
    assert {"prev-zero", "xref-rebuilt"} <= codes(document)


def test_an_embedded_pdf_is_not_taken_for_this_one() -> None:
    """A scan does not look inside streams."""
    inner = bytes(_two_revisions())
    pdf = Pdf().basics()
    pdf.stream(9, inner)
    pdf.table()
    data = bytes(pdf)
    broken = data[: data.rindex(b"startxref")]

    document = open_pdf(broken)

    assert len(document.revisions) == 1
    assert document.view().object(4) is None


def test_an_object_that_is_elsewhere_is_found() -> None:
    """An entry with a wrong offset falls back to the object's own header."""
    pdf = Pdf().basics()
    pdf.add(4, b"(here)")
    pdf.offsets[4] += 3
    pdf.table()

    document = open_pdf(bytes(pdf))

    assert document.view().object(4) == b"here"
    assert "object-header-mismatch" in codes(document)


def test_a_version_of_the_catalog_counts() -> None:
    """The later of header and catalog is the version (7.5.2)."""
    pdf = Pdf().basics(CATALOG.replace(b"/Pages", b"/Version /2.0 /Pages")).table()

    assert open_pdf(bytes(pdf)).version == "2.0"
    assert open_pdf(HEADER + bytes(Pdf().basics().table())[len(HEADER) :]).version == "1.7"
