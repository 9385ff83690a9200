"""Where a signature stands, whether it shows itself, what text it draws."""

from __future__ import annotations

import pytest

from tests.appearance.builder import Sheet

TEXT = b"BT /F1 13 Tf 1 0 0 1 2 4 Tm (2691) Tj ET"


def test_page_rectangle_and_text_are_found() -> None:
    """An ordinary widget tells its page, its rectangle, its text, its font and their size."""
    facts = Sheet(draws=TEXT).facts()

    assert (facts.page, facts.rect, facts.visible) == (1, (100, 700, 200, 720), True)
    assert (facts.text, facts.font, facts.font_size) == ("2691", "TimesNewRoman", 13)
    assert facts.page_box == (0, 0, 600, 800)


def test_the_page_is_found_without_a_reference_to_it() -> None:
    """A widget without /P is looked for among the pages' annotations."""
    assert Sheet(draws=TEXT, page=b"").facts().page == 1


def test_corners_in_any_order() -> None:
    """A rectangle may name any two opposite corners (7.9.5)."""
    assert Sheet(draws=TEXT, rect=b"200 720 100 700").facts().rect == (100, 700, 200, 720)


@pytest.mark.parametrize(
    "odd",
    [
        {"flags": b"/F 2"},
        {"flags": b"/F 32"},
        {"rect": b"0 0 0 0"},
        {"rect": b"100 700 200 700"},
        {"appearance": b""},
        {"appearance": b"/AP << /N 99 0 R >>"},
        {"draws": b"% DSBlank"},
        {"draws": b"BT 3 Tr /F1 13 Tf (2691) Tj ET"},
    ],
    ids=["hidden", "noview", "zero", "flat", "no-ap", "no-stream", "blank", "invisible-text"],
)
def test_what_nobody_sees_is_not_visible(odd: dict[str, bytes]) -> None:
    """Hidden, empty, undrawn: each alone keeps a signature from showing itself."""
    assert Sheet(**({"draws": TEXT} | odd)).facts().visible is False  # type: ignore[arg-type]


def test_text_is_read_through_nested_forms() -> None:
    """Text drawn by iText stands in n2, below FRM, below the appearance itself."""
    sheet = Sheet(
        draws=b"q 1 0 0 1 0 0 cm /FRM Do Q",
        images=b"/FRM 10 0 R /n0 11 0 R /n2 12 0 R",
        more={
            10: (
                b"/Subtype /Form /BBox [0 0 100 20] /Resources << /XObject << /n2 12 0 R >> >>",
                b"/n2 Do",
            ),
            12: (
                b"/Subtype /Form /BBox [0 0 100 20] /Resources << /Font << /F1 9 0 R >> >>",
                TEXT,
            ),
        },
    )

    assert sheet.facts().text == "2691"


def test_a_form_that_draws_itself_ends() -> None:
    """A loop among the forms costs a bounded time and leaves the other facts."""
    sheet = Sheet(draws=TEXT + b" /Me Do /Me Do", images=b"/Me 8 0 R")

    assert sheet.facts().text.startswith("2691")


def test_lines_of_text_stay_lines() -> None:
    """A move down starts a line; words shown one after the other make one."""
    content = (
        b"BT /F1 10 Tf 14 TL 0 17 Td (So: 2061/QD) Tj (-UBND) Tj T* (Thoi) Tj 40 0 Td (gian) Tj ET"
    )

    assert Sheet(draws=content).facts().text == "So: 2061/QD-UBND\nThoi gian"


def test_strings_of_every_form() -> None:
    """Literal, hexadecimal, arrays with adjustments, escapes and nested brackets are text."""
    content = rb"BT /F1 10 Tf [(a\050b) -20 <63>] TJ (d(e)\)) ' ET"

    assert Sheet(draws=content).facts().text == "a(bcd(e))"


def test_differences_name_glyphs() -> None:
    """An encoding's differences win over its base (9.6.5)."""
    encoding = b"<< /BaseEncoding /WinAnsiEncoding /Differences [1 /two /six /nine /one] >>"

    assert Sheet(draws=b"BT /F1 10 Tf <01020304> Tj ET", encoding=encoding).facts().text == "2691"


def test_to_unicode_has_the_last_word() -> None:
    """A composite font's codes are glyphs; only /ToUnicode says what they mean."""
    cmap = b"1 beginbfchar <0001> <0053> endbfchar 1 beginbfrange <0002> <0003> <1ED1> endbfrange"
    sheet = Sheet(
        draws=b"BT /F1 10 Tf <000100020003> Tj ET",
        fonts=b"/F1 10 0 R",
        more={
            10: (b"<< /Subtype /Type0 /Encoding /Identity-H /ToUnicode 11 0 R >>", None),
            11: (b"", cmap),
        },
    )

    assert sheet.facts().text == "Số\u1ed2"


def test_a_state_is_chosen_by_its_name() -> None:
    """/N may hold one appearance per state; /AS names the one that shows (12.5.5)."""
    sheet = Sheet(draws=TEXT, appearance=b"/AP << /N << /On 8 0 R >> >> /AS /On")

    assert sheet.facts().text == "2691"


@pytest.mark.parametrize("form", [b"/BBox [0 0 100]", b"/BBox (x)", b"/BBox [0 0 0 0]", b""])
def test_a_malformed_box_costs_nothing_else(form: bytes) -> None:
    """Text is read however the form's box is written."""
    assert Sheet(draws=TEXT, form=form).facts().text == "2691"


def test_a_broken_stream_leaves_page_and_rectangle() -> None:
    """What cannot be decoded costs its own facts alone."""
    facts = Sheet(draws=b"not flate", form=b"/BBox [0 0 9 9] /Filter /FlateDecode").facts()

    assert (facts.page, facts.text, facts.has_image) == (1, "", False)


def test_a_rotated_page_has_no_box() -> None:
    """Corners of a turned page are not where they seem, so nothing is claimed of them."""
    assert Sheet(draws=TEXT, page_extra=b"/Rotate 90").facts().page_box is None


def test_colours_of_text_and_paths() -> None:
    """Without an image the ink of text and lines gives the colour."""
    content = b"1 0 0 RG 0 0 m 9 9 l S 1 0 0 rg 0 0 9 9 re f"

    assert Sheet(draws=content).facts().colours == ("red",)


def test_upright_text_is_one_line() -> None:
    """Text that runs up the page is read along its line."""
    assert Sheet(draws=b"BT /F1 9 Tf 0 1 -1 0 9 0 Tm (So 1) Tj ET").facts().text == "So 1"
