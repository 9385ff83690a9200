"""What a signature did is said in the same words everywhere."""

from __future__ import annotations

import csv
import io
from io import BytesIO

import pytest
from msgspec.structs import replace

from sigcheck.model.report import Report
from sigcheck.render import RenderOptions, Words, renderer
from sigcheck.render.spreadsheet import COLUMNS, workbook
from tests.render.builder import document, report, signature
from tests.render.test_timeline import revised

SEAL_BY_PERSON = "đặt hình dấu đỏ bằng chứng thư số của cá nhân"
VI = Words.load("vi")


@pytest.fixture
def made() -> Report:
    """Return a report on a seal that a person put with a certificate of his own."""
    sealed = replace(signature(), act="seal", act_reason="seal-by-person")
    return report(revised(document(sealed), 2))


@pytest.mark.parametrize(("name", "times"), [("text", 1), ("csv", 1), ("html", 3)])
def test_a_seal_put_by_a_person_is_not_the_agencys(made: Report, name: str, times: int) -> None:
    """On the screen, in the table, and on the page: its line, its history, its card."""
    text = " ".join(renderer(name)(made, VI, RenderOptions(width=200)).split())

    assert text.count(SEAL_BY_PERSON) == times
    assert "ký số của cơ quan" not in text


@pytest.mark.parametrize(
    ("act", "row", "said"),
    [
        ("seal", "seal-red-image", "ký số của cơ quan (dấu đỏ)"),
        ("seal", "seal-image", "ký số của cơ quan (hình dấu)"),
        ("unknown", "organization-unsealed", "ký số của cơ quan (không có hình dấu)"),
        ("publication", "publication-caption", "xác nhận phát hành điện tử"),
        ("month", "month-after-thang", "ghi tháng ban hành"),
    ],
)
@pytest.mark.parametrize("name", ["text", "csv", "html"])
def test_a_red_seal_is_told_of_a_red_image_only(name: str, act: str, row: str, said: str) -> None:
    """The same words in every format, and "dấu đỏ" where something red was drawn."""
    made = report(revised(document(replace(signature(), act=act, act_reason=row)), 2))
    text = " ".join(renderer(name)(made, VI, RenderOptions(width=200)).split())

    assert said in text
    assert ("dấu đỏ" in text) is (row == "seal-red-image")


def test_a_workbook_says_it_too(made: Report) -> None:
    """The cell of the act has the same words."""
    openpyxl = pytest.importorskip("openpyxl")
    pytest.importorskip("xlsxwriter")
    rows = openpyxl.load_workbook(BytesIO(workbook(made, VI, RenderOptions()))).active

    assert rows.cell(2, COLUMNS.index("act") + 1).value == SEAL_BY_PERSON


def test_an_unknown_act_has_words_in_a_table() -> None:
    """A cell is not left empty: that would look like a mistake of the table."""
    text = renderer("csv")(report(document(signature())), VI, RenderOptions())
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))

    assert rows[1][COLUMNS.index("act")] == "chưa rõ bước nào"
