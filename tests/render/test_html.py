"""One self-contained page that hostile text cannot turn into something else."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from sigcheck.model.report import Report
from sigcheck.render import RenderOptions, Words, renderer
from tests.render.builder import SAMPLES, document, evidence, passed, report, signature, trial

VOID = {"meta", "br", "img"}


class Outline(HTMLParser):
    """Elements and attributes in the order they open; complains about wrong nesting."""

    def __init__(self) -> None:
        """Start with nothing open."""
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Refuse an end that closes something else."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.text.append(data)


def outline(made: Report, lang: str = "vi") -> Outline:
    """Return what a parser sees in the page."""
    page = Outline()
    page.feed(renderer("html")(made, Words.load(lang), RenderOptions()))
    page.close()
    return page


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=list(SAMPLES))
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_page_is_whole_and_needs_nothing(sample: Callable[[], Report], lang: str) -> None:
    """Everything that opens closes; no script, link, image or address to fetch."""
    page = outline(sample(), lang)

    assert page.open == []
    assert page.elements[0] == ("html", {"lang": lang})
    assert not {tag for tag, _ in page.elements} & {"script", "link", "img", "iframe", "object"}
    assert not [a for _, attrs in page.elements for a in attrs if a in {"src", "href", "onclick"}]


def test_the_verdict_comes_first_and_the_cards_follow() -> None:
    """The first heading is the verdict, then what to do, then a card for each signature."""
    text = "".join(outline(trial()).text)

    parts = ("Chưa đủ căn cứ", "VIỆC CẦN LÀM", "Chữ ký 1: HỢP LỆ", "Chữ ký 2: CHƯA ĐỦ CĂN CỨ")
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_the_browser_is_told_to_load_nothing() -> None:
    """A content security policy stands in the page, before anything else could load."""
    policies = [a for _, a in outline(passed()).elements if "http-equiv" in a]

    assert policies[0]["content"] == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_hostile_text_stays_text() -> None:
    """Markup, quotes and bidi marks in names are shown as letters or dropped."""
    nasty = "<script>alert(1)</script>\"'&\u202e"
    signer = replace(evidence().signer, common_name=nasty, organization=nasty)
    words = replace(evidence().dictionary, reason=nasty, location=nasty)
    made = report(document(signature(0, signer=signer, dictionary=words), path=nasty))

    page = outline(made)

    assert "script" not in {tag for tag, _ in page.elements}
    assert "<script>alert(1)</script>\"'&" in "".join(page.text)
    assert "\u202e" not in "".join(page.text)


def test_citizen_numbers_are_masked_in_the_page() -> None:
    """The folded details hold the masked number only."""
    text = "".join(outline(passed()).text)

    assert "CCCD:…0123" in text
    assert "001199000123" not in text


def test_the_page_is_a_record() -> None:
    """File, digest, time, policy, trust and tool stand above the history."""
    made = trial()
    text = " ".join("".join(outline(made).text).split())

    for needed in (
        f"SHA-256 {made.document.sha256}",
        "Kiểm tra lúc 23/11/2026 08:00:00",
        "Chính sách tiếp nhận văn bản đến (1)",
        "Công cụ sigcheck 0.1.0",
        "Người kiểm tra (họ tên, chữ ký):",
    ):
        assert text.index(needed) < text.index("VIỆC CẦN LÀM") < text.index("DIỄN BIẾN CỦA TỆP")


def test_a_file_name_cannot_leave_the_running_header() -> None:
    """In the style sheet a name is letters and escapes of CSS: nothing there ends a string."""
    nasty = '</style><script>x</script>"; } body { display: none } \\'
    page = renderer("html")(
        report(document(signature(), path=nasty)), Words.load("vi"), RenderOptions()
    )

    header = re.search(r'@top-left \{ content: "([^"]*)"; \}\n', page)
    assert header is not None
    assert re.fullmatch(r"(?:[A-Za-z0-9]|\\[0-9a-f]+ )*", header[1])
    assert page.count("</style>") == 1
