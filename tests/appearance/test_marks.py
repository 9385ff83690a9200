"""A receiving office's marks, and seals the page draws without a signature."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from sigcheck.evidence.appearance import page_marks, page_seals, receiving_marks
from sigcheck.evidence.pdf import PdfDocument
from tests import facts
from tests.appearance.builder import Sheet, image

RED = b"\xd0\x20\x28"


def red_page(width: int = 100, height: int = 100) -> PdfDocument:
    """Return a document whose page draws a red image of its own."""
    sheet = Sheet(prints=b"q 100 0 0 100 0 0 cm /Im Do Q", images=b"/Im 10 0 R")
    sheet.more = {10: image(width, height, RED * width * height)}
    return sheet.open()


@pytest.mark.parametrize(
    ("name", "marks"),
    [
        ("788.kydauden.pdf", ("kydauden",)),
        ("/tmp/kydauden/788.pdf", ()),
        ("C:\\văn bản\\788-KyDauDen.pdf", ("kydauden",)),
        ("788 ký dấu đến.pdf", ("ký dấu đến",)),
        ("788 da\u0301u do\u0309.pdf", ()),
        ("788.pdf", ()),
    ],
)
def test_file_names(name: str, marks: tuple[str, ...]) -> None:
    """The file's own name counts, its folders don't."""
    assert receiving_marks(Sheet().open(), name) == marks


def test_words_of_the_stamp_on_page_one() -> None:
    """The stamp's words are found in the page's text when it is read."""
    text = "BT /F1 10 Tf 0 700 Td (CONG VAN) Tj ET"
    encoding = b"<< /Differences [1 /Ocircumflex /Abreve /Dcroat /Ecircumflexacute] >>"
    content = text.replace("CONG VAN", "C\\001NG V\\002N \\003\\004N").encode()
    document = Sheet(prints=content, encoding=encoding).open()

    assert receiving_marks(document, deep=True) == ("CÔNG VĂN ĐẾN",)
    assert receiving_marks(document) == ()


def test_a_red_image_on_page_one() -> None:
    """Most offices stamp with an image: its colour is all that can be known."""
    assert receiving_marks(red_page(150, 80), deep=True) == ("red-image-on-page-1",)


def test_seals_on_pages() -> None:
    """A square red image looks like a seal; a wide one is a stamp or a banner."""
    assert page_seals(red_page(), [1, 9]) == (1,)
    assert page_seals(red_page(200, 80), [1]) == ()


def test_pages_are_read_only_where_it_matters() -> None:
    """With an intact signature nobody looks for stamps; with a red one, nor for seals."""
    document = red_page(150, 80)
    intact = facts.evidence()
    broken = replace(intact, cms=facts.cms(digest_matches=False))

    assert page_marks(document, [intact]).stamps == ()
    assert page_marks(document, [broken]).stamps == ("red-image-on-page-1",)


def test_a_page_with_a_seal_and_no_red_signature() -> None:
    """A pasted seal is told; a seal drawn by a signature is that signature's."""
    plain = facts.evidence()
    assert plain.widget is not None
    sealed = replace(plain, widget=replace(plain.widget, colours=("red",)))

    assert page_marks(red_page(), [plain]).seals == (1,)
    assert page_marks(red_page(), [sealed]).seals == ()
