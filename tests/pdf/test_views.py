"""What a view takes over from the one before it is what it would have read itself."""

from __future__ import annotations

import random

import pytest

from sigcheck.evidence.pdf import PdfDocument, Ref
from tests.pdf.builder import PAGE, Pdf, open_pdf

TITLED = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Title (%s) >>"
UPDATES: dict[str, list[tuple[int, bytes]]] = {
    "a page again": [(3, TITLED % b"new")],
    "a page without /Type": [(3, b"<< /Parent 2 0 R /Title (untyped) >>")],
    "a page that became a node": [(3, b"<< /Type /Pages /Kids [4 0 R 9 0 R] >>"), (9, PAGE)],
    "a page that became a number": [(4, b"7")],
    "a page more": [(7, b"[3 0 R 4 0 R 9 0 R]"), (9, TITLED % b"third")],
    "a page less": [(7, b"[4 0 R]")],
    "the kids elsewhere": [(2, b"<< /Type /Pages /Kids 9 0 R >>"), (9, b"[4 0 R 3 0 R]")],
    "kids by two steps": [(2, b"<< /Type /Pages /Kids 9 0 R >>"), (9, b"7 0 R")],
    "the second step": [(7, b"[4 0 R]")],
    "a page by two steps": [(7, b"[3 0 R 9 0 R]"), (9, b"10 0 R"), (10, TITLED % b"far")],
    "its second step": [(10, TITLED % b"farther")],
    "another root": [(1, b"<< /Type /Catalog /Pages 11 0 R >>"),
                     (11, b"<< /Type /Pages /Kids [4 0 R] >>")],
    "the first root": [(1, b"<< /Type /Catalog /Pages 2 0 R >>")],
    "a loop": [(7, b"[3 0 R 2 0 R 4 0 R]")],
    "nothing of the tree": [(12, b"(other)")],
}  # fmt: skip


def _file(names: list[str]) -> bytes:
    pdf = Pdf().basics()
    pdf.add(2, b"<< /Type /Pages /Kids 7 0 R /Count 2 >>")
    pdf.add(4, TITLED % b"two")
    pdf.add(7, b"[3 0 R 4 0 R]")
    pdf.table()
    for name in names:
        for num, body in UPDATES[name]:
            pdf.add(num, body)
        pdf.table()
    return bytes(pdf.data)


def _seen(document: PdfDocument, number: int) -> list[str]:
    view = document.view(number)
    values = [value for num in range(14) for value in (view.get(Ref(num, 0)), view.object(num))]
    return [repr(value) for value in (*view.pages(), *values)]


@pytest.mark.parametrize("seed", range(40))
def test_the_order_in_which_revisions_are_looked_at_does_not_matter(seed: int) -> None:
    """Each is asked in a document of which nothing else is ever looked at, for comparison."""
    chance = random.Random(seed)
    names = chance.choices(sorted(UPDATES), k=chance.randrange(2, 7))
    data = _file(names)
    count = len(names) + 1
    document = open_pdf(data)
    for number in chance.sample(range(1, count + 1), count):
        assert _seen(document, number) == _seen(open_pdf(data), number), (names, number)


def test_a_page_written_again_is_the_new_one() -> None:
    """In its own revision and no other; the tree around it is not walked again."""
    document = open_pdf(_file(["a page again", "nothing of the tree"]))

    titles = [[page.get("Title") for _, page in document.view(n).pages()] for n in (1, 2, 3)]

    assert titles == [[None, b"two"], [b"new", b"two"], [b"new", b"two"]]
    assert document.view(3).pages() is document.view(2).pages()


def test_an_object_behind_another_is_looked_up_again() -> None:
    """A value found by way of a second reference is not taken over: only the second changed."""
    document = open_pdf(_file(["a page by two steps", "its second step"]))

    found = [document.view(n).dict(Ref(9, 0)).get("Title") for n in (2, 3)]
    pages = [document.view(n).pages()[1][1].get("Title") for n in (2, 3)]

    assert found == pages == [b"far", b"farther"]
