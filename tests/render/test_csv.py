"""The table opens in a spreadsheet as text, one row per signature."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from msgspec.structs import replace

from sigcheck.model.report import Report
from sigcheck.render import RenderOptions, Words, renderer
from sigcheck.render.spreadsheet import COLUMNS
from tests.render.builder import (
    SAMPLES,
    document,
    evidence,
    passed,
    report,
    signature,
    trial,
    unreadable,
)


def table(made: Report, lang: str = "vi", **options: Any) -> list[dict[str, str]]:
    """Return the rows by the key of their column."""
    text = renderer("csv")(made, Words.load(lang), RenderOptions(**options))
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_column_has_a_head_of_its_own(lang: str) -> None:
    """No two columns have the same title."""
    head = table(passed(), lang)[0]

    assert len(set(head.values())) == len(COLUMNS)


def test_a_row_per_signature() -> None:
    """Two signatures are two rows, numbered, with the verdict on each and on the document."""
    rows = table(trial())[1:]

    assert [row["number"] for row in rows] == ["1", "2"]
    assert [row["sub_indication"] for row in rows] == ["", "CHAIN_CONSTRAINTS_FAILURE"]
    assert {row["document_verdict"] for row in rows} == {"Chưa đủ căn cứ để kết luận"}
    assert rows[0]["proven_time"] == "26/08/2022 20:21:55"


@pytest.mark.parametrize("sample", ["unsigned", "unreadable"])
def test_a_document_without_signatures_has_a_row(sample: str) -> None:
    """No document is missing from the table, and its row says why it is empty."""
    rows = table(SAMPLES[sample]())[1:]

    assert len(rows) == 1
    assert rows[0]["why"]
    assert rows[0]["number"] == ""


def test_nothing_is_a_formula() -> None:
    """Names that a spreadsheet would run are defused, wherever they stand."""
    nasty = '=HYPERLINK("http://x","y")'
    signer = replace(evidence().signer, common_name=nasty, email="+1", title="@x")
    made = report(document(signature(0, signer=signer, field="-1"), path=f"\t{nasty}"))

    row = table(made)[1]

    for key in ("file", "signer", "email", "title", "field"):
        assert row[key].startswith("'"), key


def test_a_quote_or_line_end_cannot_leave_its_cell() -> None:
    """Cells with quotes, commas and line ends come back as one cell."""
    signer = replace(evidence().signer, common_name='A","B"\r\nC,D')

    rows = table(report(document(signature(0, signer=signer))))

    assert len(rows) == 2
    assert rows[1]["signer"] == 'A","B" C,D'


def test_numbers_are_masked_unless_asked_for() -> None:
    """The holder's number is shown in full only with `full`."""
    assert table(passed())[1]["serial_number"] == "CCCD:…0123"
    assert table(passed(), full=True)[1]["serial_number"] == "CCCD:001199000123"


def test_excel_sees_utf8() -> None:
    """The byte order mark and line ends are those spreadsheets expect."""
    text = renderer("csv")(unreadable(), Words.load("vi"), RenderOptions())

    assert text.startswith("\ufeff")
    assert text.endswith("\r\n")
