"""The page can be read: enough contrast in both schemes, no meaning by colour alone, in order."""

from __future__ import annotations

import re
from importlib import resources
from itertools import pairwise

import pytest
from msgspec.structs import replace

from sigcheck.model.indication import DocumentIndication
from sigcheck.render import RenderOptions, Words, renderer
from tests.render.builder import SAMPLES, trial
from tests.render.test_html import outline
from tests.render.test_timeline import revised

STYLE = (resources.files("sigcheck.render") / "templates" / "report.css").read_text("utf-8")
SCHEMES = re.findall(r":root \{([^}]*)\}", STYLE)
"""Light, dark, print."""
PAIRS = [
    *((tone, ground) for tone in ("good", "doubt", "bad") for ground in ("paper", f"{tone}-soft")),
    ("ink", "paper"),
    ("ink", "soft"),
    ("aside", "paper"),
    ("aside", "doubt-soft"),
    ("link", "paper"),
]


def luminance(colour: str) -> float:
    """Return the relative luminance (WCAG 2.2)."""
    digits = colour.lstrip("#")
    digits = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2, 1.4.3)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", range(3), ids=["light", "dark", "print"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_stands_out(scheme: int, text: str, ground: str) -> None:
    """Every text has at least 4.5:1 against what it stands on."""
    colours: dict[str, str] = {}
    for given in (SCHEMES[0], SCHEMES[scheme]):
        colours |= dict(re.findall(r"--([a-z-]+): (#[0-9a-fA-F]+)", given))

    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_verdict_is_a_word(sample: str) -> None:
    """The first heading says the verdict; colour and mark only repeat it."""
    made = SAMPLES[sample]()
    page = renderer("html")(made, Words.load("vi"), RenderOptions())

    heading = re.search(r"<h1>(.*?)</h1>", page)
    assert heading is not None
    expected = Words.load("vi").table("indication")[made.document.indication.value]
    assert heading[1] == expected
    assert made.document.indication in DocumentIndication


def test_headings_descend_step_by_step() -> None:
    """A screen reader's list of headings skips no level."""
    levels = [int(tag[1]) for tag, _ in outline(trial()).elements if re.fullmatch(r"h\d", tag)]

    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_link_stays_on_the_page() -> None:
    """Links lead to a card or an article that is there, so the keyboard goes where it says."""
    made = trial()
    page = outline(replace(made, documents=(revised(made.document, 3),)))

    targets = {a["href"] or "" for tag, a in page.elements if tag == "a"}
    identifiers = {f"#{a['id']}" for _, a in page.elements if "id" in a}
    assert targets
    assert targets <= identifiers


def test_the_tab_is_called_after_the_file_and_its_verdict() -> None:
    """Of ten open tabs, and in a folder of printed pages, each says which document it is."""
    page = renderer("html")(trial(), Words.load("vi"), RenderOptions())

    assert "<title>văn bản.pdf – Chưa đủ căn cứ để kết luận</title>" in page
