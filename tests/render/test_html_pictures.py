"""Pictures in the page: framed, described, and never more than pictures."""

from __future__ import annotations

import pytest

from sigcheck.model.pictures import Mark, PageChange, PagePicture, Pictures, Region
from sigcheck.render import RenderOptions, Words, renderer
from tests.render.builder import trial
from tests.render.test_html import Outline

PNG = b"\x89PNG\r\n\x1a\n and so on"


def shown(pictures: Pictures, lang: str = "vi") -> Outline:
    """Return what a parser sees in a page with these pictures of the trial document."""
    made = trial()
    page = Outline()
    options = RenderOptions(pictures={made.document.sha256: pictures})
    page.feed(renderer("html")(made, Words.load(lang), options))
    page.close()
    assert page.open == []
    return page


def picture(page: int, *marks: Mark) -> PagePicture:
    """Return a picture of a page."""
    return PagePicture(page, 260, 368, PNG, marks)


def test_a_frame_leads_to_the_card_of_its_signature() -> None:
    """Every frame is a link with a name, and the card it names is on the page."""
    page = shown(Pictures(pages=(picture(6, Mark(1, Region(0.5, 0.25, 0.1, 0.05))),)))

    frames = [a for tag, a in page.elements if tag == "a" and "frame" in (a.get("class") or "")]
    identifiers = {a["id"] for _, a in page.elements if "id" in a}
    assert [f["aria-label"] for f in frames] == ["Chữ ký 2"]
    assert (frames[0]["href"] or "").lstrip("#") in identifiers
    assert frames[0]["style"] == "left:50.00%;top:25.00%;width:10.00%;height:5.00%"
    assert frames[0]["class"] == "frame doubt"


def test_every_picture_is_described_and_inside_the_page() -> None:
    """A screen reader is told what each picture shows; nothing is fetched for it."""
    change = PageChange(3, 1, picture(1), picture(1), (Region(0.1, 0.1, 0.2, 0.1),))
    page = shown(Pictures(pages=(picture(1),), changes=(change,)), "en")

    images = [a for tag, a in page.elements if tag == "img"]
    assert [a["alt"] for a in images] == [
        "Page 1 of the document",
        "Page 1, revision 3 – signature 2: Before",
        "Page 1, revision 3 – signature 2: After",
    ]
    assert all((a["src"] or "").startswith("data:image/png;base64,iVBORw0K") for a in images)
    assert sum("differs" in (a.get("class") or "") for _, a in page.elements) == 2


def test_a_page_that_is_new_has_no_picture_before() -> None:
    """It says that the page was not there."""
    text = "".join(shown(Pictures(changes=(PageChange(3, 7, None, picture(7)),))).text)

    assert "Trước: chưa có trang này" in text


@pytest.mark.parametrize("problem", ["not-asked", "not-installed", "stopped", "other-file", "many"])
def test_missing_pictures_are_explained(problem: str) -> None:
    """The reader learns why there is nothing to look at."""
    text = "".join(shown(Pictures(problem=problem)).text)

    assert Words.load("vi").table("pictures")[problem] in text


def test_that_nothing_looks_different_is_said_only_when_everything_was_compared() -> None:
    """Silence about a page nobody looked at would be a promise."""
    sure = "".join(shown(Pictures(pages=(picture(1),), compared=True)).text)
    unsure = "".join(shown(Pictures(pages=(picture(1),), left_out=3)).text)

    assert "không trang nào trông khác đi" in sure
    assert "không trang nào trông khác đi" not in unsure
    assert "Còn 3 trang" in unsure


def test_a_mark_of_a_signature_that_is_not_there_is_passed_over() -> None:
    """The drawing process read a hostile file: its numbers prove nothing."""
    page = shown(Pictures(pages=(picture(1, Mark(99, Region(0, 0, 1, 1))),)))

    assert not [a for _, a in page.elements if "frame" in (a.get("class") or "")]


def test_a_card_leads_to_the_page_where_its_signature_shows_itself() -> None:
    """A click on the page's number goes to its picture, where that is shown."""
    page = shown(Pictures(pages=(picture(6),)))
    links = [a["href"] for tag, a in page.elements if tag == "a" and a.get("class") == "place"]
    figures = [a.get("id") for tag, a in page.elements if tag == "figure"]

    assert links == ["#d1p6", "#d1p6"]
    assert figures == ["d1p6"]
    assert "place" not in {a.get("class") for _, a in shown(Pictures(pages=(picture(1),))).elements}
