"""What the page itself prints beside, and under, what a clerk's signature draws."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from sigcheck.evidence.appearance import page_text
from sigcheck.evidence.pdf import PdfDocument
from sigcheck.model.policy import Limits
from tests.appearance.builder import Sheet

DRAWN = b"BT /F1 13 Tf 1 0 0 1 2 4 Tm (2691) Tj ET"
LINE = b"BT /F1 13 Tf 1 0 0 1 %d 704 Tm (%s) Tj ET\n"


def test_text_on_both_sides() -> None:
    """The line the number stands on is split where the number stands."""
    prints = LINE % (60, b"So:") + LINE % (150, b"/CT-UBND")

    facts = Sheet(draws=DRAWN, prints=prints).facts()

    assert (facts.before, facts.covers, facts.after) == ("So:", "", "/CT-UBND")


def test_text_under_the_drawing() -> None:
    """Letters of the page that the drawing hides are told apart from their neighbours."""
    facts = Sheet(draws=DRAWN, prints=LINE % (102, b"1111 x")).facts()

    assert facts.covers.replace(" ", "") == "1111"
    assert facts.after == "x"


def test_one_string_may_hold_the_gap() -> None:
    """A line written as one string of many blanks is split inside the string."""
    facts = Sheet(draws=DRAWN, prints=LINE % (75, b"So:" + b" " * 7 + b"/CT")).facts()

    assert (facts.before, facts.covers, facts.after) == ("So:", "", "/CT")


def test_other_lines_do_not_count() -> None:
    """Text a line further down is not beside the drawing."""
    prints = LINE.replace(b"704", b"690") % (60, b"So:")

    assert Sheet(draws=DRAWN, prints=prints).facts().before == ""


def test_the_page_is_not_read_for_words() -> None:
    """Only figures are compared with the page: its text is what costs most."""
    facts = Sheet(draws=DRAWN.replace(b"2691", b"Nguyen"), prints=LINE % (60, b"So:")).facts()

    assert facts.before == ""


def test_the_surroundings_of_a_scanned_page_stay_silent() -> None:
    """A scanner's invisible text layer is nothing the page shows."""
    assert Sheet(draws=DRAWN, prints=b"3 Tr " + LINE % (60, b"So:")).facts().before == ""


def test_words_agree_with_poppler(fixtures: Path) -> None:
    """Poppler's pdftotext finds the same words on the first page of the directive."""
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext")
    path = fixtures / "vectors" / "long-an" / "2691-ct-ubnd" / "document.pdf"
    command = ["pdftotext", "-l", "1", "-raw", str(path), "-"]
    outside = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    view = PdfDocument.open(path.read_bytes(), Limits()).view()

    ours = {word for _, _, text in page_text(view, 1) for word in text.split()}

    # Widgets are drawn by poppler too; the page itself leaves those places blank.
    assert set(outside.split()) - ours <= {"2691", "30"}
    assert ours <= set(outside.split())


def test_a_page_that_is_not_there_has_no_text() -> None:
    """Numbers out of range are no error."""
    assert page_text(Sheet().open().view(), 7) == []
