"""What viewers may use and the structure does not explain is said, with its offset."""

from __future__ import annotations

from collections import Counter

import pytest

from sigcheck.evidence.pdf import PdfDocument, audit, signature_dictionaries
from tests.pdf.builder import Pdf, codes, open_pdf, signed


def _audited(data: bytes) -> PdfDocument:
    document = open_pdf(data)
    audit(document)
    return document


def _places(document: PdfDocument, code: str) -> list[int | None]:
    return [anomaly.offset for anomaly in document.anomalies if anomaly.code == code]


@pytest.mark.parametrize("signatures", [0, 1, 5])
def test_an_honest_file_has_nothing_to_explain(signatures: int) -> None:
    """Five signatures in five revisions leave no anomaly."""
    assert _audited(bytes(signed(signatures)[0])).anomalies == []


def test_streams_of_every_kind_are_explained() -> None:
    """Cross-reference streams and object streams need no entry of their own."""
    pdf = Pdf().basics()
    pdf.object_stream(5, {7: b"(x)"})
    pdf.xref_stream(6, {7: (5, 0)})
    pdf.add(8, b"1")
    pdf.xref_stream(9)

    assert _audited(bytes(pdf)).anomalies == []


def test_objects_appended_without_a_table_are_found() -> None:
    """Incremental saving without cross-references: some viewers scan and use them."""
    pdf, _ = signed(1)
    at = pdf.add(3, b"<< /Type /Page /Parent 2 0 R /Contents 99 0 R >>")

    document = _audited(bytes(pdf))

    assert _places(document, "object-redefined-behind") == [at]
    assert _places(document, "bytes-unexplained") == [pdf.ends[-1]]


def test_an_update_without_its_end_marker_is_a_revision() -> None:
    """Incremental saving behind a missing %%EOF is read, as viewers read it."""
    pdf, _ = signed(1)
    pdf.add(3, b"<< /Type /Page /Parent 2 0 R /Contents 99 0 R >>")
    pdf.table()
    data = bytes(pdf)[: -len(b"%%EOF\n")]

    document = _audited(data)

    assert len(document.revisions) == 3
    assert set(document.revisions[-1].changed) == {3}
    assert "eof-marker-missing" in codes(document)


def test_a_shadowed_definition_is_found() -> None:
    """Two objects of one number in one update: which one is shown depends on the viewer."""
    pdf, _ = signed(1)
    shadow = pdf.add(3, b"<< /Type /Page /Parent 2 0 R >>")
    pdf.add(3, b"<< /Type /Page /Parent 2 0 R /Rotate 90 >>")
    pdf.table()

    assert _places(_audited(bytes(pdf)), "object-redefined") == [shadow]


def test_a_second_pointer_is_found() -> None:
    """A `startxref` that no revision ends with, and a trailer that belongs to no section."""
    pdf, _ = signed(1)
    pdf.add(30, b"1")
    trailer = pdf.raw(b"trailer\n<< /Root 30 0 R >>\n")
    pointer = pdf.raw(b"startxref\n9\n%%EOF\n")
    pdf.table()

    document = _audited(bytes(pdf))

    assert _places(document, "startxref-unchained") == [pointer]
    assert _places(document, "trailer-unchained") == [trailer]


def test_a_header_glued_to_digits_is_said() -> None:
    """An entry that points into the middle of a number reads another object's body."""
    pdf = Pdf().basics()
    at = pdf.add(12, b"(x)")
    pdf.offsets[2] = at + 1
    pdf.table()
    document = open_pdf(bytes(pdf))

    document.view().object(2)

    assert "object-header-glued" in codes(document)


def test_an_embedded_pdf_is_not_reported() -> None:
    """Objects, trailers and pointers inside a stream belong to the file inside."""
    pdf = Pdf().basics()
    pdf.stream(9, bytes(signed(2)[0]))
    pdf.table()

    assert _audited(bytes(pdf)).anomalies == []


def test_a_million_stray_objects_are_counted_not_listed() -> None:
    """The list of anomalies is bounded, code by code."""
    pdf, _ = signed(1)
    pdf.raw(b"7 0 obj 1 endobj\n" * 20_000)

    document = _audited(bytes(pdf))

    assert max(Counter(a.code for a in document.anomalies).values()) <= 500
    assert "objects-unaccounted-many" in codes(document) or "anomalies-too-many" in codes(document)


def test_a_stale_pointer_before_the_true_one_is_only_said() -> None:
    """Some tools leave the old `startxref` standing; the one that counts follows it."""
    pdf, _ = signed(1)
    pdf.add(4, b"1")
    at = pdf.raw(b"xref\n4 1\n%010d 00000 n \n" % pdf.offsets[4])
    pdf.raw(b"trailer\n<< /Size %d /Root 1 0 R /Prev %d >>\n" % (pdf.size, pdf.previous or 0))
    stale = pdf.raw(b"startxref\n7\n")
    pdf.end(at)
    document = _audited(bytes(pdf))

    assert _places(document, "startxref-stale") == [stale]
    assert codes(document) == {"startxref-stale"}
    assert document.revisions[-1].end == pdf.ends[-1]


def _large(inner: bytes, length: int | None = None) -> Pdf:
    """Return a signed file whose first revision holds a large stream with `inner` in its data."""
    data = bytes(70_000) + b"\n" + inner + b"\n" + bytes(70_000)
    pdf = Pdf().basics()
    pdf.add(
        9,
        b"<< /Length %d >>\nstream\n%s\nendstream"
        % (len(data) if length is None else length, data),
    )
    return pdf.table()


_DECOY = (
    b"7 0 obj\n<< /Type /Sig /ByteRange [0 1 2 3] >>\nendobj\ntrailer\n<< >>\nstartxref\n9\n%%EOF"
)


@pytest.mark.parametrize("length", [None, 5])
def test_what_a_large_stream_holds_is_not_reported(length: int | None) -> None:
    """Its data are skipped where /Length is right, and looked at, to no effect, where it is not."""
    document = _audited(bytes(_large(_DECOY, length)))

    assert signature_dictionaries(document) == []
    assert codes(document) <= {"stream-length-wrong"}


def test_a_stream_without_an_end_hides_nothing_of_later_revisions() -> None:
    """A stream that would run on into an update does not explain what stands there."""
    pdf = Pdf().basics()
    pdf.add(9, b"<< /Length 10 >>\nstream\n" + bytes(200_000))
    pdf.table()
    stray = pdf.add(7, b"(stray)")
    pdf.offsets = {}
    pdf.add(8, b"<< /Length 4 >>\nstream\nabcd\nendstream")
    pdf.table()

    assert stray in _places(_audited(bytes(pdf)), "object-unreferenced")
