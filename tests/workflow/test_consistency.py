"""Number and date drawn by signatures, against the page and the times."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from sigcheck.model.evidence import WidgetFacts
from tests.workflow.builder import AT, DATE, NOTE, NUMBER, assessed, finding, office, person, status

REASON = "Kèm theo văn bản số 2061/QĐ-UBND của ỦY BAN NHÂN DÂN TỈNH GIA LAI"


def problem(code: str, widget: WidgetFacts, **odd: object) -> object:
    """Return what one question found wrong with a clerk's signature."""
    workflow, _ = assessed(person(), office(widget, **odd))
    return finding(code, workflow).outcome.facts.get("problem")


def test_number_and_date_of_the_directive() -> None:
    """Both fit, and the facts show the line as a reader sees it."""
    workflow, _ = assessed(person(), office(NUMBER), office(DATE))

    assert finding("WF-NUMBER-FITS", workflow).outcome.facts["line"] == (
        "Số: 2691 /CT-UBND Long An, ngày tháng 8 năm 2022"
    )
    assert finding("WF-DATE-FITS", workflow).outcome.facts["date"] == "2022-08-30"


@pytest.mark.parametrize(
    ("odd", "found"),
    [
        ({}, None),
        ({"covers": "1999"}, "covers"),
        ({"covers": "…"}, None),
        ({"before": "Căn cứ Luật", "after": "của Quốc hội"}, "place"),
    ],
)
def test_where_the_number_stands(odd: dict[str, str], found: str | None) -> None:
    """A number over other text, or elsewhere on the page, is told; dots are room, not text."""
    assert problem("WF-NUMBER-FITS", replace(NUMBER, **odd)) == found


@pytest.mark.parametrize(
    ("odd", "found"),
    [
        ({"text": "29"}, None),
        ({"text": "20"}, "far"),
        ({"text": "31", "after": "tháng 9 năm 2022"}, "no-such-day"),
        ({"after": "tháng 8 năm 2021"}, "far"),
        ({"covers": "29"}, "covers"),
        ({"text": "ngày 30 tháng 8 năm 2022", "before": "", "after": ""}, None),
        ({"text": "30/07/2022"}, "far"),
    ],
)
def test_the_date(odd: dict[str, str], found: str | None) -> None:
    """The day drawn and the month printed make a date near the time of signing."""
    assert problem("WF-DATE-FITS", replace(DATE, **odd)) == found


@pytest.mark.parametrize(
    ("month", "found"),
    [("8", "passed"), ("08", "passed"), ("7", "failed"), ("13", "failed"), ("", "not-applicable")],
)
def test_the_month_has_a_stamp_of_its_own(month: str, found: str) -> None:
    """The date is read with all stamps put in; a picture says nothing that can be read."""
    day = replace(DATE, after="tháng năm 2022", rect=(380, 715, 400, 733))
    stamp = replace(
        DATE, text=month, has_image=not month, before="ngày tháng", after="năm 2022",
        rect=(430, 715, 450, 733),
    )  # fmt: skip

    assert status("WF-DATE-FITS", office(day), office(stamp)) == found
    assert status("WF-DATE-FITS", office(day)) == "not-applicable"
    assert status("WF-DATE-FITS", office(replace(stamp, covers="tháng"))) == "failed"


def test_nothing_to_compare_with() -> None:
    """Without the page's text, or a claimed time, there is no answer."""
    bare = replace(DATE, before="", after="")

    assert status("WF-NUMBER-FITS", person(), office()) == "not-applicable"
    assert status("WF-DATE-FITS", person(), office(NUMBER), office(bare)) == "not-applicable"
    assert status("WF-DATE-FITS", office(DATE, at=None)) == "not-applicable"


def test_an_attachment_agrees_with_its_reason() -> None:
    """The number on the page is the one the reason names, the time the claimed one."""
    workflow, _ = assessed(office(NOTE, reason=REASON))

    assert finding("WF-NUMBER-FITS", workflow).outcome.facts["number"] == "2061/QĐ-UBND"
    assert finding("WF-DATE-FITS", workflow).outcome.status.value == "passed"


def test_an_attachment_of_another_document() -> None:
    """Another number in the reason, or a time hours away, is told."""
    other = office(NOTE, reason=REASON.replace("2061", "2062"))
    late = office(NOTE, reason=REASON, at=AT + timedelta(hours=3))

    assert status("WF-NUMBER-FITS", other) == "failed"
    assert status("WF-DATE-FITS", late) == "failed"


@pytest.mark.parametrize("time", ["2022-13-45T99:99:99+07:00", "2022-08-30T10:43"])
def test_drawn_times(time: str) -> None:
    """A time that does not exist is told; one without an offset is Vietnam's."""
    note = replace(NOTE, text=f"Số: 2061/QĐ-UBND\nThời gian ký: {time}")

    assert status("WF-DATE-FITS", office(note)) == ("failed" if "13" in time else "passed")
