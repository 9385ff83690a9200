"""`sigcheck letter`: text or a Word document, and what is said beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from docx import Document

from sigcheck.cli import main


@pytest.fixture
def directive(fixtures: Path) -> str:
    """Return the model document, whose second signature is by a test certificate."""
    return str(fixtures / "vectors" / "long-an" / "2691-ct-ubnd" / "document.pdf")


def test_as_text(directive: str, fixtures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The letter alone on standard output, in Vietnamese; the hint beside it in one's language."""
    arguments = ["letter", directive, "--trust", str(fixtures / "pki"), "--at", "2026-11-23"]

    assert main([*arguments, "--lang", "en"]) == 0
    out, err = capsys.readouterr()
    said = " ".join(out.split())
    assert "số 2691/CT-UBND ngày 30/08/2022 của ỦY BAN NHÂN DÂN TỈNH LONG AN" in said
    assert "Chữ ký số 2 – Nguyễn Văn Út" in said
    assert "Chữ ký số 3" not in said
    assert err.startswith("A draft: fill in the blanks")


@pytest.mark.parametrize(
    ("name", "options", "starts"),
    [
        ("tra-lai.docx", (), b"PK\x03\x04"),
        ("tra-lai.txt", (), b" "),
        ("tra-lai", ("--format", "docx"), b"PK\x03\x04"),
    ],
)
def test_into_a_file(
    directive: str,
    fixtures: Path,
    tmp_path: Path,
    name: str,
    options: tuple[str, ...],
    starts: bytes,
) -> None:
    """The ending decides, or --format."""
    out = tmp_path / name

    trust = ["--trust", str(fixtures / "pki")]
    assert main(["letter", directive, "-o", str(out), *trust, *options]) == 0
    assert out.read_bytes().startswith(starts)


def test_nothing_to_return(
    fixtures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A valid document gets no letter, and no file."""
    case = fixtures / "vectors" / "long-an" / "2691-ct-ubnd-production" / "document.pdf"
    out = tmp_path / "tra-lai.docx"
    trust = ["--trust", str(fixtures / "pki"), "--at", "2026-01-15"]

    assert main(["letter", str(case), "-o", str(out), "--lang", "vi", *trust]) == 1
    assert "không có gì để trả lại" in capsys.readouterr().err
    assert not out.exists()


def test_one_document(directive: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A letter is about one document."""
    assert main(["letter", directive, directive, "--lang", "en"]) == 2
    assert "exactly one document" in capsys.readouterr().err


def test_it_opens_in_word_processors(directive: str, fixtures: Path, tmp_path: Path) -> None:
    """Its title is the subject, and no program is named as its author."""
    out = tmp_path / "tra-lai.docx"
    main(["letter", directive, "-o", str(out), "--trust", str(fixtures / "pki")])

    properties = Document(str(out)).core_properties
    assert properties.author == ""
    assert properties.title == "V/v trả lại văn bản điện tử số 2691/CT-UBND"
