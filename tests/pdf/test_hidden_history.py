"""Shadow histories: a signed file with a second past, which an update brings to light."""

from __future__ import annotations

from sigcheck.evidence.pdf import (
    Dict,
    PdfDocument,
    audit,
    byte_range_facts,
    signature_dictionaries,
)
from sigcheck.model.evidence import Coverage
from tests.pdf.builder import FORM_CATALOG, Pdf, codes, open_pdf, signed

_HIDDEN_PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate 180 >>"


def _two_pasts() -> tuple[Pdf, tuple[int, int], int]:
    """Write a signed revision with two sections: one its `startxref` names, one it hides."""
    pdf = Pdf().basics().table()
    past = pdf.previous
    span = pdf.signature(10)
    pdf.field(11, 10, b"Signature1")
    pdf.add(1, FORM_CATALOG % b"11 0 R")
    shown = dict(pdf.offsets)
    pdf.add(3, _HIDDEN_PAGE)
    with_hidden = pdf.offsets
    hidden = pdf.raw(b"xref\n" + pdf._rows(()))
    pdf.raw(b"trailer\n<< /Size 12 /Root 1 0 R /Prev %d >>\n" % (past or 0))
    assert with_hidden.keys() == {1, 3, 10, 11}
    pdf.offsets = shown
    pdf.table()
    pdf.sign(span)
    return pdf, span, hidden


def _coverage(document: PdfDocument) -> list[Coverage]:
    return [byte_range_facts(document, s).coverage for s in signature_dictionaries(document)]


def test_as_signed_the_hidden_section_is_not_used() -> None:
    """Without an update the file shows what its `startxref` names."""
    pdf, _, _ = _two_pasts()
    document = open_pdf(bytes(pdf))
    page = document.view().object(3)

    assert isinstance(page, Dict)
    assert "Rotate" not in page
    assert _coverage(document) == [Coverage.FILE]


def test_an_update_that_names_the_hidden_section_covers_nothing() -> None:
    """Nobody who opened the file when it was signed saw the revision the update builds on."""
    pdf, _, hidden = _two_pasts()
    pdf.previous = hidden
    pdf.add(20, b"null")
    pdf.table()
    document = open_pdf(bytes(pdf))

    assert "Rotate" in document.view().dict(document.view().object(3))
    assert _coverage(document) == [Coverage.FROM_START]
    assert "startxref-unchained" in codes(document)


def test_a_bare_pointer_to_the_hidden_section_covers_nothing() -> None:
    """An update of a few bytes, only to enter the file elsewhere."""
    pdf, _, hidden = _two_pasts()
    pdf.end(hidden)
    document = open_pdf(bytes(pdf))

    (facts,) = (byte_range_facts(document, s) for s in signature_dictionaries(document))

    assert facts.coverage is Coverage.FROM_START
    assert not facts.covers_revision


def test_a_pointer_back_to_the_first_revision_loses_the_signature_openly() -> None:
    """Going back before the signature leaves its bytes unexplained, and the dictionary found."""
    pdf, _ = signed(1)
    first = bytes(pdf).index(b"xref\n0 1")
    pdf.end(first)
    document = open_pdf(bytes(pdf))
    audit(document)

    assert len(document.revisions) == 1
    assert {"bytes-unexplained", "object-redefined-behind"} <= codes(document)
