"""The report on paper, printed by a real browser and read by poppler."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from sigcheck.cli import main
from sigcheck.errors import MissingPartError, SigcheckError
from sigcheck.pages import paper

BROWSER = next(filter(None, map(shutil.which, paper.BROWSERS)), None)
PRINTS = pytest.mark.skipif(
    BROWSER is None or not shutil.which("pdftotext"), reason="no Chromium, poppler"
)


def told(*command: str) -> str:
    """Return what a program says."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@PRINTS
def test_the_printed_report_is_a4_and_readable(fixtures: Path, tmp_path: Path) -> None:
    """The verdict stands on the first page, in letters that can be searched."""
    out = tmp_path / "report.pdf"
    case = fixtures / "vectors" / "bytes" / "changed-in-first-range" / "document.pdf"

    code = main(["verify", str(case), "--format", "pdf", "-o", str(out), "--lang", "vi"])

    assert code == 11
    assert "(A4)" in told("pdfinfo", str(out))
    assert "Chữ ký không hợp lệ" in told("pdftotext", "-l", "1", str(out), "-")


@PRINTS
def test_the_printed_report_is_a_record(fixtures: Path, tmp_path: Path) -> None:
    """Page 1 says which file, when and by what, with a place to sign; no page is empty."""
    out = tmp_path / "report.pdf"
    case = fixtures / "vectors" / "bytes" / "changed-in-first-range" / "document.pdf"
    digest = hashlib.sha256(case.read_bytes()).hexdigest()

    main(["verify", str(case), "-o", str(out), "--lang", "vi", "--at", "2026-11-23"])

    info = told("pdfinfo", str(out))
    pages = told("pdftotext", "-layout", str(out), "-").split("\f")[:-1]
    assert re.search(r"^Title: +Kết quả kiểm tra chữ ký số – document.pdf$", info, re.MULTILINE)
    assert re.search(rf"^Subject: +Chữ ký không hợp lệ; SHA-256 {digest}$", info, re.MULTILINE)
    assert re.search(r"^Creator: +sigcheck [0-9.]+$", info, re.MULTILINE)
    first = "".join(pages[0].split())
    assert digest in first
    for needed in ("23/11/202600:00:00", "Ngườikiểmtra(họtên,chữký)", "tiếpnhậnvănbảnđến(1)"):
        assert needed in first
    for number, page in enumerate(pages, 1):
        head, *body, foot = [line for line in page.splitlines() if line.strip()]
        assert head.split() == ["document.pdf", *["Kết", "quả", "kiểm", "tra", "chữ", "ký", "số"]]
        assert foot.replace(" ", "").endswith(f"{number}/{len(pages)}")
        assert body


def test_another_browsers_pdf_stays_as_it_is() -> None:
    """What is not written as expected is not touched."""
    data = b"%PDF-1.7\n1 0 obj\n<</Type /XRef>>stream\nendstream\nendobj\nstartxref\n9\n%%EOF\n"

    assert paper.with_info(data, {"Title": "x"}) == data


def test_without_a_browser_one_sentence(
    fixtures: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is missing is named, and the exit code says that the job was not done."""
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv(paper.VARIABLE, raising=False)
    case = fixtures / "vectors" / "file" / "not-a-pdf" / "document.pdf"

    assert main(["verify", str(case), "--format", "pdf", "--lang", "en"]) == 1
    assert "chromium" in capsys.readouterr().err
    with pytest.raises(MissingPartError):
        paper.browser()


def test_a_browser_that_fails_is_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that prints nothing is an error of its own."""
    program = tmp_path / "broken"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv(paper.VARIABLE, str(program))

    with pytest.raises(SigcheckError, match="broken"):
        paper.printed("<!DOCTYPE html><title>x</title>")
