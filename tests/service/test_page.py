"""The clerk's page in a real Chromium: drop, read, switch, download, with and without a mouse."""

from __future__ import annotations

import base64
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Locator, Page, expect

from sigcheck.model.policy import MIB
from tests.service.conftest import FORGED, MODEL, NOT_A_PDF, PRODUCTION, serving

Drop = Callable[..., None]

_DROP = """([files, target]) => {
  const transfer = new DataTransfer();
  for (const [name, data] of files) {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type: "application/pdf" }));
  }
  for (const type of ["dragenter", "dragover", "drop"])
    document.querySelector(target).dispatchEvent(
      new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def drop(page: Page) -> Drop:
    """Return what drops files, name and bytes, somewhere on the page."""

    def dropped(*files: tuple[str, bytes], target: str = "#drop") -> None:
        encoded = [[name, base64.b64encode(data).decode()] for name, data in files]
        page.evaluate(_DROP, [encoded, target])

    return dropped


def verdict(page: Page, name: str) -> Locator:
    """Return the heading of a file's result."""
    article = page.locator("article", has=page.get_by_text(name, exact=False))
    return article.get_by_role("heading", level=3)


def test_a_dropped_file_gets_its_verdict(page: Page, drop: Drop, fixtures: Path) -> None:
    """The directive's verdict, its five cards and what to do are on the page, in Vietnamese."""
    drop(("2691.pdf", (fixtures / MODEL).read_bytes()))

    expect(verdict(page, "2691.pdf")).to_have_text("Chưa đủ căn cứ để kết luận")
    expect(page.locator(".card")).to_have_count(5)
    expect(page.locator(".card.good")).to_have_count(4)
    expect(page.locator(".card").nth(1)).to_contain_text("chứng thư THỬ NGHIỆM")
    expect(page.locator(".todo")).to_contain_text("Chữ ký 2: Đề nghị nơi phát hành")
    expect(page.locator("#status")).to_contain_text(
        "Đã kiểm tra 1/1 tệp: 0 hợp lệ · 1 chưa đủ căn cứ · 0 không hợp lệ"
    )
    expect(page.locator("#spoken")).to_have_text("2691.pdf: Chưa đủ căn cứ để kết luận. ")


def test_a_forged_file_is_told_as_such(page: Page, drop: Drop, fixtures: Path) -> None:
    """One changed byte: invalid, and not to be used."""
    drop(("forged.pdf", (fixtures / FORGED).read_bytes()))

    expect(verdict(page, "forged.pdf")).to_have_text("Chữ ký không hợp lệ")
    expect(page.locator("article.bad .todo")).to_contain_text("Không dùng tệp này")


def test_many_files_are_judged_each_by_itself(page: Page, drop: Drop, fixtures: Path) -> None:
    """Dropped anywhere on the page; a wrong file among them spoils nothing."""
    drop(
        ("a.pdf", (fixtures / PRODUCTION).read_bytes()),
        ("b.docx", (fixtures / NOT_A_PDF).read_bytes()),
        ("c.pdf", (fixtures / FORGED).read_bytes()),
        ("d.pdf", b""),
        target="footer",
    )

    expect(verdict(page, "a.pdf")).to_have_text("Chữ ký hợp lệ")
    expect(verdict(page, "b.docx")).to_have_text("Không đọc được tệp")
    expect(verdict(page, "c.pdf")).to_have_text("Chữ ký không hợp lệ")
    expect(verdict(page, "d.pdf")).to_have_text("Không đọc được tệp")
    expect(page.locator("#status")).to_have_text(
        "Đã kiểm tra 4/4 tệp: 1 hợp lệ · 0 chưa đủ căn cứ · 1 không hợp lệ · 0 chưa ký số · "
        "2 không đọc được"
    )
    forged = page.locator("article", has=page.get_by_text("c.pdf"))
    expect(forged.locator(".why")).to_be_visible()
    expect(forged.locator(".card").first).not_to_be_visible()


def test_what_to_do_stands_above_the_downloads(page: Page, drop: Drop, fixtures: Path) -> None:
    """A line for each signature, why, and what to do are read before any button."""
    drop(("2691.pdf", (fixtures / MODEL).read_bytes()))

    expect(page.locator(".lines li")).to_have_count(5)
    expect(page.locator(".lines li").nth(1)).to_contain_text("ký ban hành; 29/08/2022 13:36:41")
    tops = [
        page.locator(f"article > {part}").bounding_box()
        for part in (".lines", ".why", ".todo", ".actions", ".signatures")
    ]
    heights = [box["y"] for box in tops if box]
    assert len(heights) == len(tops)
    assert heights == sorted(heights)


def test_a_signature_shows_its_place(page: Page, drop: Drop, fixtures: Path) -> None:
    """From a signature's line to its frame on the page, by keyboard, and from there to its card."""
    drop(("2691.pdf", (fixtures / MODEL).read_bytes()))
    places = page.locator(".lines .place")
    expect(places).to_have_text(["Trang 6", "Trang 6", "Trang 1", "Trang 1", "Trang 6"])
    expect(page.locator(".pages img")).to_have_count(0)
    places.nth(4).focus()
    page.keyboard.press("Enter")

    seal = page.get_by_role("button", name="Xem thẻ của chữ ký 5", exact=True)
    expect(seal).to_be_focused(timeout=30_000)
    expect(seal).to_be_in_viewport()
    expect(page.locator(".pages img")).to_have_count(6)
    page.keyboard.press("Enter")
    expect(page.locator('[data-card="5"]')).to_be_focused()


def test_each_page_has_its_row(page: Page, drop: Drop, fixtures: Path) -> None:
    """Who signed on it, since when it is unchanged, and what was changed on it."""
    drop(("2691.pdf", (fixtures / MODEL).read_bytes()))
    page.locator(".pages summary").click()

    rows = page.locator(".pages tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0).locator("td")).to_have_text(
        ["1", "3, 4", "Chữ ký 1–5", re.compile("phiên bản 4: chữ ký ký sau đó")]
    )


def test_the_list_and_all_reports_can_be_taken_away(
    page: Page, drop: Drop, fixtures: Path, tmp_path: Path
) -> None:
    """A workbook of all signatures; a zip of it and each report, of equal names too."""
    drop(
        ("a.pdf", (fixtures / PRODUCTION).read_bytes()),
        ("a.pdf", (fixtures / FORGED).read_bytes()),
    )
    expect(page.locator("#status")).to_contain_text("Đã kiểm tra 2/2 tệp")
    with page.expect_download() as download:
        page.get_by_role("button", name="Tải danh sách (XLSX)").click()
    download.value.save_as(tmp_path / "list.xlsx")
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("button", name="Tải mọi báo cáo (ZIP)").click()
    download.value.save_as(tmp_path / "all.zip")

    table = [*load_workbook(tmp_path / "list.xlsx").active.values]
    assert [row[0] for row in table[1:]] == ["a.pdf"] * 6
    assert [row[2] for row in table[1:]] == ["Chữ ký hợp lệ"] * 5 + ["Chữ ký không hợp lệ"]
    with zipfile.ZipFile(tmp_path / "all.zip") as packed:
        assert packed.testzip() is None
        assert packed.namelist() == ["a.sigcheck.html", "a.sigcheck.2.html", "danh-sach.xlsx"]
        assert "Chữ ký không hợp lệ" in packed.read("a.sigcheck.2.html").decode()


def test_the_foot_tells_the_age_of_the_trust(page: Page) -> None:
    """How many roots are at hand, and of when the revocation lists are."""
    trust = page.locator("#trust")

    expect(trust).to_contain_text("Chứng thư gốc: có 4/15.")
    expect(trust).to_contain_text(re.compile(r"Danh sách thu hồi: \d+, cũ nhất phát hành ngày"))


def test_printing_opens_everything(page: Page, drop: Drop, fixtures: Path) -> None:
    """On paper all details are open; on the screen they are as before."""
    drop(("2691.pdf", (fixtures / MODEL).read_bytes()))
    expect(page.locator(".card")).to_have_count(5)
    closed = page.locator("details:not([open])")
    before = closed.count()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    during = closed.count()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")

    assert before == 6
    assert during == 0
    assert closed.count() == before


def test_the_page_s_advice_can_be_followed_there(page: Page, drop: Drop, fixtures: Path) -> None:
    """Nothing asks a clerk for an option of the command line."""
    case = fixtures / "vectors" / "revocation" / "missing" / "document.pdf"
    drop(("unknown.pdf", case.read_bytes()))

    expect(page.locator(".todo")).to_contain_text("Báo quản trị viên cập nhật danh sách thu hồi")
    assert "--" not in page.locator("article").inner_text()


def test_the_language_can_be_switched(page: Page, drop: Drop, fixtures: Path) -> None:
    """Everything on the page changes, results too, without asking the service; and it is kept."""
    drop(("2691.pdf", (fixtures / MODEL).read_bytes()))
    expect(page.locator(".card")).to_have_count(5)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="English").click()

    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page).to_have_title("Check digital signatures")
    expect(verdict(page, "2691.pdf")).to_have_text("Not enough evidence to conclude")
    expect(page.locator(".card").first).to_contain_text("Managing unit")
    assert asked == []
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check digital signatures")


def test_no_word_is_missing(page: Page, drop: Drop, fixtures: Path) -> None:
    """No place of a sentence stays open and no name of a word shows, in either language."""
    drop(("2691.pdf", (fixtures / MODEL).read_bytes()))
    expect(page.locator(".card")).to_have_count(5)
    for name in ("English", "Tiếng Việt"):
        page.get_by_role("button", name=name).click()
        text = page.locator("body").inner_text()
        assert not re.search(r"undefined|\bnull\b|\{\w+\}|NaN", text)


def test_a_file_of_thirty_megabytes(page: Page, fixtures: Path, tmp_path: Path) -> None:
    """A large scan with the directive's signatures before it is sent, read and judged."""
    large = tmp_path / "large.pdf"
    large.write_bytes((fixtures / PRODUCTION).read_bytes() + b"\n% scan" + bytes(30 * MIB))
    page.set_input_files("#files", large)

    expect(verdict(page, "large.pdf")).to_have_text("Chữ ký không hợp lệ", timeout=30_000)
    expect(page.locator(".name")).to_contain_text("30,3 MB")


def test_a_file_too_large_is_not_sent(page: Page, tmp_path: Path) -> None:
    """The page says so itself, with the limit, and nothing travels."""
    large = tmp_path / "huge.pdf"
    with large.open("wb") as file:
        file.truncate(65 * MIB)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_input_files("#files", large)

    expect(verdict(page, "huge.pdf")).to_have_text("Chưa kiểm tra được")
    expect(page.locator(".trouble")).to_contain_text("lớn hơn 64 MB")
    assert asked == []


def test_the_keyboard_is_enough(page: Page, fixtures: Path) -> None:
    """Choose, read, open the details, switch the language and remove, all by Tab and Enter."""
    press(page, until="#choose")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(fixtures / FORGED)
    expect(verdict(page, "document.pdf")).to_have_text("Chữ ký không hợp lệ")

    press(page, until=".card summary")
    page.keyboard.press("Enter")
    expect(page.locator(".card details")).to_have_attribute("open", "")
    press(page, until="[data-lang=en]", key="Shift+Tab")
    page.keyboard.press("Space")
    expect(verdict(page, "document.pdf")).to_have_text("Invalid signature")
    expect(page.locator("[data-lang=en]")).to_be_focused()
    expect(page.locator(".card details")).to_have_attribute("open", "")
    press(page, until="[data-action=remove]")
    page.keyboard.press("Enter")
    expect(page.locator("article")).to_have_count(0)
    expect(page.locator("#choose")).to_be_focused()


def press(page: Page, *, until: str, key: str = "Tab") -> None:
    """Press a key until something has the focus, which must show."""
    for _ in range(30):
        page.keyboard.press(key)
        if page.locator(f"{until}:focus").count():
            break
    focused = page.locator(f"{until}:focus-visible")
    expect(focused).to_have_count(1)
    assert focused.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"


def test_the_report_can_be_downloaded(page: Page, drop: Drop, fixtures: Path) -> None:
    """As JSON, as a page and as an evidence package, all of the moment of the check."""
    drop(("2691.pdf", (fixtures / MODEL).read_bytes()))
    expect(page.locator(".card")).to_have_count(5)
    with page.expect_download() as data:
        page.locator("[data-action=download_json]").click()
    with page.expect_download() as sheet:
        page.locator("[data-action=download_html]").click()
    with page.expect_download() as package:
        page.locator("[data-action=download_evidence]").click()
    with zipfile.ZipFile(package.value.path()) as bag:
        assert any(name.endswith("bagit.txt") for name in bag.namelist())
    report = json.loads(Path(data.value.path()).read_text("utf-8"))
    html = Path(sheet.value.path()).read_text("utf-8")

    assert data.value.suggested_filename == "2691.sigcheck.json"
    assert sheet.value.suggested_filename == "2691.sigcheck.html"
    assert (report["schema"], report["documents"][0]["path"]) == ("sigcheck.report/1", "2691.pdf")
    assert '<html lang="vi">' in html
    assert "2691.pdf" in html


def test_the_letter_of_return_is_offered_where_there_is_one(
    page: Page, drop: Drop, fixtures: Path
) -> None:
    """The button stands beside what does not hold, and gives a Word document."""
    drop(("dung.pdf", (fixtures / PRODUCTION).read_bytes()))
    expect(verdict(page, "dung.pdf")).to_have_text("Chữ ký hợp lệ")
    expect(page.locator("[data-action=download_letter]")).to_have_count(0)
    drop(("2691.pdf", (fixtures / MODEL).read_bytes()))
    expect(page.locator("[data-action=download_letter]")).to_have_text("Soạn công văn trả lại")
    with page.expect_download() as draft:
        page.locator("[data-action=download_letter]").click()

    assert draft.value.suggested_filename == "2691.sigcheck.docx"
    assert Path(draft.value.path()).read_bytes().startswith(b"PK")


def test_an_encrypted_file_asks_for_its_password(page: Page, drop: Drop, fixtures: Path) -> None:
    """The page asks, and with the password the file is judged."""
    case = fixtures / "vectors" / "file" / "encrypted-with-password"
    password = json.loads((case / "expected.json").read_text("utf-8"))["options"]["password"]
    drop(("locked.pdf", next(case.glob("document.*")).read_bytes()))
    expect(verdict(page, "locked.pdf")).to_have_text("Không đọc được tệp")
    field = page.get_by_label("Mật khẩu của tệp này")
    field.fill("sai")
    field.press("Enter")
    expect(page.locator("article header")).to_contain_text("Mật khẩu đã cho không mở được tệp")
    expect(field).to_be_focused()
    field.fill(password)
    page.keyboard.press("Enter")

    expect(page.locator(".card")).to_have_count(1)
    expect(verdict(page, "locked.pdf")).not_to_have_text("Không đọc được tệp")


def test_a_name_is_never_markup(page: Page, drop: Drop, fixtures: Path) -> None:
    """What a file calls itself, outside and inside, is shown as text."""
    name = '<img src=x onerror="document.title=1">.pdf'
    drop((name, (fixtures / FORGED).read_bytes()))

    expect(page.locator("article.bad .name")).to_contain_text(name)
    expect(page.locator("article img")).to_have_count(0)
    expect(page).to_have_title("Kiểm tra chữ ký số")


def test_nothing_is_asked_of_any_other_machine(browser: Browser, service: str) -> None:
    """The page works on an office network without the Internet: all it needs comes from here."""
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(service)
    page.wait_for_selector("html[data-ready]")
    context.close()

    assert len(asked) >= 5
    assert [url for url in asked if not url.startswith(service)] == []


def test_the_page_s_policy_is_strict(service: str) -> None:
    """No inline script or style, nothing from elsewhere, no framing, no eval."""
    answer = httpx.get(service, trust_env=False)
    policy = answer.headers["content-security-policy"]

    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|style=", answer.text)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(page: Page, drop: Drop, fixtures: Path, scheme: str) -> None:
    """All text, light and dark, has at least the contrast 4.5 of WCAG 2.1, 1.4.3."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for name, case in (("a.pdf", MODEL), ("b.pdf", FORGED), ("c.pdf", PRODUCTION)):
        drop((name, (fixtures / case).read_bytes()))
    expect(page.locator("article.good, article.bad, article.doubt")).to_have_count(3)

    assert page.evaluate(_LOW_CONTRAST) == []


_LOW_CONTRAST = """() => {
  const parse = (c) => (c.match(/[\\d.]+/g) ?? []).map(Number);
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255;
    return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (node) => { for (; node; node = node.parentElement) {
    const c = parse(getComputedStyle(node).backgroundColor);
    if (c.length === 3 || c[3] > 0) return c.slice(0, 3); } return [255, 255, 255]; };
  const found = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !node.checkVisibility()) continue;
    const [a, b] = [light(parse(getComputedStyle(node).color).slice(0, 3)), light(behind(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push([node.tagName, node.className, ratio.toFixed(2)].join(" "));
  }
  return found;
}"""


def test_everything_to_press_has_a_name(page: Page, drop: Drop, fixtures: Path) -> None:
    """Each button, field and list says to a screen reader what it is for."""
    drop(("2691.pdf", (fixtures / MODEL).read_bytes()))
    expect(page.locator(".card")).to_have_count(5)

    for control in page.locator("button:visible, select:visible").all():
        assert control.evaluate(
            "node => node.ariaLabel || node.innerText.trim() || node.labels?.[0]?.innerText.trim()"
        )
    tree = page.locator("body").aria_snapshot()
    assert 'button "Tải báo cáo (HTML): 2691.pdf"' in tree
    assert 'combobox "Kiểm tra để"' in tree
    assert 'group "Ngôn ngữ"' in tree


def test_a_key_is_asked_for_when_the_service_wants_one(
    browser: Browser, root: Path, fixtures: Path, tmp_path: Path
) -> None:
    """Without a key the page says what is missing; with it, trying again works."""
    import hashlib

    keys = tmp_path / "keys"
    keys.write_text(f"clerk {hashlib.sha256(b's3cret').hexdigest()}\n", "utf-8")
    with serving(root, "--api-keys", str(keys)) as (address, _):
        context = browser.new_context(locale="vi-VN")
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector("html[data-ready]")
        page.set_input_files("#files", fixtures / FORGED)
        expect(page.locator(".trouble")).to_contain_text("Hãy nhập khóa")
        page.get_by_label("Khóa truy cập").fill("s3cret")
        page.locator("[data-action=retry]").click()
        expect(verdict(page, "document.pdf")).to_have_text("Chữ ký không hợp lệ")
        context.close()


def test_a_service_that_is_gone_is_said_so(browser: Browser, root: Path, fixtures: Path) -> None:
    """When nobody answers any more the clerk learns what to do."""
    with serving(root) as (address, _):
        context = browser.new_context(locale="vi-VN")
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector("html[data-ready]")
    page.set_input_files("#files", fixtures / FORGED)

    expect(page.locator(".trouble")).to_contain_text("Không kết nối được với dịch vụ")
    context.close()
