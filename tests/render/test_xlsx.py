"""The workbook, read back by another library: one row per signature, and text stays text."""

from __future__ import annotations

import sys
from io import BytesIO
from typing import Any

import pytest
from msgspec.structs import replace

from sigcheck.errors import MissingPartError
from sigcheck.model.report import Report
from sigcheck.render import RenderOptions, Words
from sigcheck.render.spreadsheet import COLUMNS, workbook
from tests.render.builder import document, evidence, passed, report, signature, trial, unsigned

openpyxl = pytest.importorskip("openpyxl")
pytest.importorskip("xlsxwriter")


def sheet(made: Report, **options: Any) -> Any:
    """Return the sheet as openpyxl reads it."""
    data = workbook(made, Words.load("vi"), RenderOptions(**options))
    return openpyxl.load_workbook(BytesIO(data)).active


def test_a_row_for_each_signature() -> None:
    """Below the head line stand two signatures, with their verdicts in words."""
    rows = [[cell.value for cell in row] for row in sheet(trial()).rows]

    assert rows[0] == [Words.load("vi").label(key) for key in COLUMNS]
    verdicts = [row[COLUMNS.index("verdict")] for row in rows[1:]]
    assert verdicts == ["Chữ ký hợp lệ", "Chưa đủ căn cứ để kết luận"]


def test_a_document_without_signatures_has_a_row() -> None:
    """Nothing a clerk handed in is missing from the list."""
    assert [row[2].value for row in sheet(unsigned()).rows][1:] == ["Văn bản chưa được ký số"]


def test_no_cell_is_a_formula_or_a_link() -> None:
    """What the file says is text, even where it looks like a formula or an address."""
    signer = replace(evidence().signer, common_name="=1+1", organization="http://evil.example/")
    found = sheet(report(document(signature(0, signer=signer))))

    cells = [cell for row in found.rows for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert "=1+1" in [cell.value for cell in cells]
    assert all(cell.hyperlink is None for cell in cells)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_times_are_dates_and_verdicts_have_colours(lang: str) -> None:
    """Dates can be sorted and reckoned with; a verdict is seen at a glance."""
    words = Words.load(lang)
    data = workbook(trial(), words, RenderOptions())
    found = openpyxl.load_workbook(BytesIO(data)).active
    first, second = (dict(zip(COLUMNS, row, strict=True)) for row in found["2:3"])

    assert first["proven_time"].value.isoformat() == "2022-08-26T20:21:55"
    assert first["proven_time"].number_format == "dd/mm/yyyy hh:mm:ss"
    assert first["not_after"].value.isoformat() == "2030-01-01T07:00:00"
    assert first["number"].value == 1
    fills = [row["verdict"].fill.fgColor.rgb for row in (first, second)]
    assert fills == ["FFE9F5EC", "FFFDF3DC"]
    assert found.column_dimensions["F"].width > found.column_dimensions["G"].width


def test_citizen_numbers_are_masked() -> None:
    """Unless all of it is asked for."""
    masked = {cell.value for row in sheet(passed()).rows for cell in row}
    full = {cell.value for row in sheet(passed(), full=True).rows for cell in row}

    assert "CCCD:…0123" in masked
    assert "CCCD:001199000123" in full


def test_the_same_report_is_the_same_workbook() -> None:
    """No clock of the machine's in it."""
    first, second = (workbook(trial(), Words.load("vi"), RenderOptions()) for _ in range(2))

    assert first == second


def test_without_the_library_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The part that is missing is named."""
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)

    with pytest.raises(MissingPartError) as problem:
        workbook(passed(), Words.load("vi"), RenderOptions())
    assert problem.value.detail == "sigcheck[report]"
