"""A table behind streams, or a stream behind tables: what a search would find then counts."""

from __future__ import annotations

import pytest

from sigcheck.evidence.pdf.strict.reading import ambiguities
from tests.pdf.builder import CATALOG, Pdf, open_pdf

_TO_NOTHING = CATALOG.replace(b"/Type /Catalog", b"/Type /Catalog /X 9 0 R")


def _signed(catalog: bytes = CATALOG, stray: bytes = b"", *, stream: bool = False) -> Pdf:
    pdf = Pdf().basics(catalog)
    pdf.raw(stray)
    return pdf.xref_stream(4) if stream else pdf.table()


def _codes(signed: Pdf, *, stream: bool) -> set[str]:
    """Return what an update by a section of a kind makes ambiguous."""
    signed.add(7, b"(x)")
    data = bytes(signed.xref_stream(8) if stream else signed.table())
    return {ambiguity.code for ambiguity in ambiguities(open_pdf(data), 1, ())}


@pytest.mark.parametrize("stream", [True, False])
def test_another_kind_behind_a_sound_file_is_no_ambiguity(stream: bool) -> None:
    """Nothing would be searched for, and nothing else be found."""
    assert "section-kind" not in _codes(_signed(stream=not stream), stream=stream)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("catalog", "stray"),
    [(CATALOG, b"9 0 obj\n(x)\nendobj\n"), (_TO_NOTHING, b"")],
    ids=["an object no entry leads to", "a reference to nothing"],
)
def test_what_a_search_would_find_counts_for_another_kind_only(
    catalog: bytes, stray: bytes, stream: bool
) -> None:
    """An update of the same kind leaves everything to the same way of reading."""
    other = _codes(_signed(catalog, stray, stream=not stream), stream=stream)
    same = _codes(_signed(catalog, stray, stream=stream), stream=stream)

    assert "section-kind" in other
    assert "section-kind" not in same


def test_a_size_that_is_no_integer_counts() -> None:
    """Some programs refuse the signed section, and then search the file."""
    signed = _signed()
    signed.data = signed.data.replace(b"/Size 4 ", b"/Size 4.")

    assert "section-kind" in _codes(signed, stream=True)


def test_an_entry_that_leads_to_no_object_counts() -> None:
    """The catalogue leads to it, the pages do not."""
    pdf = Pdf().basics(_TO_NOTHING)
    pdf.offsets[9] = 20

    assert "section-kind" in _codes(pdf.table(), stream=True)
