"""The report on paper, printed by a real browser and read by poppler."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from sigcheck.cli import main
from sigcheck.errors import MissingPartError, SigcheckError
from sigcheck.pages import paper

BROWSER = next(filter(None, map(shutil.which, paper.BROWSERS)), None)


@pytest.mark.skipif(BROWSER is None or not shutil.which("pdftotext"), reason="no Chromium, poppler")
def test_the_printed_report_is_a4_and_readable(fixtures: Path, tmp_path: Path) -> None:
    """The verdict stands on the first page, in letters that can be searched."""
    out = tmp_path / "report.pdf"
    case = fixtures / "vectors" / "bytes" / "changed-in-first-range" / "document.pdf"

    code = main(["verify", str(case), "--format", "pdf", "-o", str(out), "--lang", "vi"])

    told = subprocess.run(["pdfinfo", str(out)], capture_output=True, text=True, check=True).stdout
    text = subprocess.run(
        ["pdftotext", "-l", "1", str(out), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert code == 11
    assert "594.96 x 841.92 pts (A4)" in told or "(A4)" in told
    assert "Chữ ký không hợp lệ" in text


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
