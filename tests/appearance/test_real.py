"""Real documents: what pdftoppm shows of them is what the facts say. No name is written here."""

from __future__ import annotations

from pathlib import Path

import pytest

from sigcheck.evidence.pdf import PdfDocument
from sigcheck.model.policy import Limits
from tests.appearance.builder import facts_of

pytestmark = pytest.mark.corpus
DIGITS_AND_COLOURS = {
    "lam-dong-156": [("", "blue"), ("", "red"), ("156", "black"), ("25", "black")],
    "binh-thuan-3367": [("", "blue"), ("", "red")],
    "binh-thuan-108-kydauden": [("", "blue"), ("108", "black"), ("12", "black"), ("", "red")],
    "binh-thuan-788-kydauden": [("", "blue"), ("", "red")],
}


def opened(corpus: Path, name: str) -> PdfDocument:
    """Open a real document."""
    path = corpus / "vietnam" / f"{name}.pdf"
    if not path.exists():
        pytest.skip(f"no {path}")
    return PdfDocument.open(path.read_bytes(), Limits())


@pytest.mark.parametrize("name", DIGITS_AND_COLOURS)
def test_what_people_see(corpus: Path, name: str) -> None:
    """Figures and colours of every signature are those on the pictures of the pages."""
    facts = facts_of(opened(corpus, name))

    assert [(f.text, f.colours[0]) for f in facts] == DIGITS_AND_COLOURS[name]
    assert all(f.visible for f in facts)


def test_the_line_of_number_and_date(corpus: Path) -> None:
    """Number and day stand where the letterhead leaves room for them."""
    _, _, number, day = facts_of(opened(corpus, "lam-dong-156"))

    assert (number.before, number.covers, number.after[:8]) == ("Số:", "", "/TTr-SNV")
    assert (day.before[-4:], day.covers, day.after) == ("ngày", "", "tháng 8 năm 2025")


def test_the_text_on_an_attachment(corpus: Path) -> None:
    """The appendix shows number and time as Annex I asks, in Times New Roman of size 10."""
    (facts,) = facts_of(opened(corpus, "gia-lai-2061-annex"))

    assert facts.text == "Số: 2061/QĐ-UBND\nThời gian ký: 2026-05-13T14:41:57+07:00"
    assert (facts.font, facts.font_size, facts.page) == ("TimesNewRomanPSMT", 10, 1)
