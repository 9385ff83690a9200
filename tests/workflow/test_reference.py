"""Number, date and agency of a document, as its signatures show them."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from sigcheck.model.evidence import SignerIdentity, SignerKind
from sigcheck.model.indication import Indication
from sigcheck.model.report import Reference
from tests.workflow.builder import DATE, NOTE, NUMBER, PROVINCE, assessed, office, person, signed

DEPARTMENT = SignerIdentity(
    common_name="SỞ NỘI VỤ", organization=PROVINCE, kind=SignerKind.ORGANIZATION
)


def test_the_directive() -> None:
    """Its number with the symbol that the page prints, its day with the month, its agency."""
    workflow, _ = assessed(person(), office(NUMBER), office(DATE), office())

    assert workflow.reference == Reference("2691/CT-UBND", date(2022, 8, 30), PROVINCE)


def test_broken_signatures_name_the_file_as_well() -> None:
    """A letter about a broken file has to say which one."""
    workflow, _ = assessed(person(), office(NUMBER), indication=Indication.TOTAL_FAILED)

    assert workflow.reference.number == "2691/CT-UBND"


@pytest.mark.parametrize(
    ("text", "after", "read"),
    [
        ("Số: 12/QĐ-SNV", "", "12/QĐ-SNV"),
        ("156", "/SNV-VP Lâm Đồng, ngày", "156/SNV-VP"),
        ("156", "của Sở", "156"),
    ],
)
def test_numbers_as_they_are_drawn(text: str, after: str, read: str) -> None:
    """Drawn whole, or the figures alone before a printed symbol."""
    workflow, _ = assessed(person(), office(replace(NUMBER, text=text, after=after)))

    assert workflow.reference.number == read


def test_an_attachment_names_its_document() -> None:
    """The note of Annex I, II.8.b, says which number the attachment belongs to."""
    workflow, _ = assessed(office(NOTE))

    assert workflow.reference.number == "2061/QĐ-UBND"


def test_agencies() -> None:
    """A department with the body above it; without an organisation the person's own."""
    workflow, _ = assessed(person(), signed(DEPARTMENT, NUMBER))
    assert workflow.reference.agency == f"SỞ NỘI VỤ, {PROVINCE}"

    workflow, _ = assessed(person())
    assert workflow.reference == Reference(agency=PROVINCE)


def test_no_such_day() -> None:
    """The 31st of a month of thirty days is no date."""
    shown = replace(DATE, text="31", after="tháng 9 năm 2022")
    workflow, _ = assessed(person(), office(NUMBER), office(shown))

    assert workflow.reference.date is None
