"""The report in a real Chromium: no request, nothing refused, and the keyboard gets everywhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sigcheck.cli import main

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")


@pytest.fixture(scope="module")
def report(fixtures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the report on the model document."""
    out = tmp_path_factory.mktemp("report") / "report.html"
    case = fixtures / "vectors" / "long-an" / "2691-ct-ubnd" / "document.pdf"
    main(
        ["verify", str(case), "--trust", str(fixtures / "pki"), "--format", "html", "-o", str(out)]
    )
    return out


@pytest.fixture(scope="module")
def seen(report: Path) -> Iterator[dict[str, object]]:
    """Return what a reader with a keyboard meets, and what the browser says."""
    asked: list[str] = []
    said: list[str] = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        page = browser.new_page(color_scheme="dark", viewport={"width": 360, "height": 800})
        page.on("request", lambda request: asked.append(request.url.partition(":")[0]))
        page.on("console", lambda message: said.append(message.text))
        page.goto(report.as_uri())
        focused = []
        for _ in range(20):
            page.keyboard.press("Tab")
            focused.append(page.evaluate("document.activeElement.textContent"))
        page.keyboard.press("Enter")
        yield {
            "asked": asked,
            "said": said,
            "focused": focused,
            "width": page.evaluate("document.documentElement.scrollWidth"),
            "dark": page.evaluate("getComputedStyle(document.body).backgroundColor"),
            "drawn": page.evaluate("[...document.images].every((i) => i.naturalWidth > 0)"),
        }
        browser.close()


def test_nothing_is_requested_and_nothing_refused(seen: dict[str, object]) -> None:
    """Only the file itself and its own pictures; the content security policy has no complaint."""
    assert {*seen["asked"]} <= {"file", "data"}  # type: ignore[misc]
    assert seen["said"] == []
    assert seen["drawn"] is True


def test_the_keyboard_reaches_links_and_details(seen: dict[str, object]) -> None:
    """Tab goes through the timeline's links, then each card's page and details, in order."""
    focused = [str(text) for text in seen["focused"]]  # type: ignore[attr-defined]

    assert focused[:5] == [f"Chữ ký {n}" for n in range(1, 6)]
    cards = [text for page in (6, 6, 1, 1, 6) for text in (f"Trang {page}", "Chi tiết")]
    assert focused[5:15] == cards


def test_a_telephone_shows_it_without_scrolling_sideways(seen: dict[str, object]) -> None:
    """At 360 pixels nothing runs off the page."""
    assert seen["width"] == 360


def test_dark_is_dark(seen: dict[str, object]) -> None:
    """The page follows the reader's scheme."""
    assert seen["dark"] == "rgb(23, 25, 28)"
