"""Reports that are looked at, as the command line makes them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sigcheck.cli import main

pytest.importorskip("pypdfium2")


@pytest.fixture
def directive(fixtures: Path) -> Path:
    """Return the model document."""
    return fixtures / "vectors" / "long-an" / "2691-ct-ubnd" / "document.pdf"


def test_html_comes_with_pictures_and_stays_small(directive: Path, tmp_path: Path) -> None:
    """Six pages and four changes, in less than 2 MB."""
    out = tmp_path / "report.html"

    main(["verify", str(directive), "--format", "html", "-o", str(out)])

    page = out.read_text("utf-8")
    assert page.count("<img ") == 6 + 2 * 4
    assert len(page.encode()) < 2_000_000


def test_pictures_are_left_out_when_asked(directive: Path, tmp_path: Path) -> None:
    """The page says that it comes without."""
    out = tmp_path / "report.html"

    main(["verify", str(directive), "--format", "html", "--no-pictures", "-o", str(out)])

    assert "<img " not in out.read_text("utf-8")
    assert "không kèm hình các trang" in out.read_text("utf-8")


def test_xlsx_is_written_as_bytes(directive: Path, tmp_path: Path) -> None:
    """A workbook is a ZIP file."""
    out = tmp_path / "report.xlsx"

    assert main(["verify", str(directive), "--format", "xlsx", "-o", str(out)]) == 10
    assert out.read_bytes().startswith(b"PK\x03\x04")


def test_many_documents_get_an_overview_and_few_pictures(fixtures: Path, tmp_path: Path) -> None:
    """Past ten documents the page says why there are no pictures; every document is linked."""
    case = fixtures / "vectors" / "bytes" / "changed-in-first-range" / "document.pdf"
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(12):
        # Pictures belong to bytes, so every copy has to be another file.
        data = case.read_bytes() + b"\n" * number
        (folder / f"{number:02}.pdf").write_bytes(data)
    out = tmp_path / "report.html"

    main(["verify", str(folder), "--format", "html", "-o", str(out), "--lang", "en"])

    page = out.read_text("utf-8")
    assert page.count('<a href="#d') >= 12
    assert page.count("holds many documents") == 2
    assert page.count("<img ") == 10


@pytest.mark.skipif(shutil.which("script") is None, reason="no terminal to pretend")
def test_a_terminal_is_not_written_to_in_bytes(directive: Path) -> None:
    """A workbook on a terminal helps nobody."""
    import subprocess
    import sys

    command = f"{sys.executable} -m sigcheck verify {directive} --format xlsx --lang en"
    done = subprocess.run(
        ["script", "-qec", command, "/dev/null"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert "cannot be shown on a terminal" in done.stdout
