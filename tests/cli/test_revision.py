"""`sigcheck revision` hands out exactly what was signed, judged by other people's tools."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from sigcheck.cli import main


@pytest.fixture
def directive(fixtures: Path) -> Path:
    """Return the model document: six revisions, five signatures."""
    return fixtures / "vectors" / "long-an" / "2691-ct-ubnd" / "document.pdf"


def test_the_list_names_revisions_and_signatures(
    directive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line a revision; each ends where the file says %%EOF."""
    assert main(["revision", "list", str(directive), "--lang", "en"]) == 0

    lines = capsys.readouterr().out.splitlines()
    ends = [int(line.split("byte ")[1].split(",")[0]) for line in lines]
    data = directive.read_bytes()
    assert len(lines) == 6
    assert all(data[:end].rstrip(b"\r\n").endswith(b"%%EOF") for end in ends)
    assert lines[1].endswith("signature 1 (Signature1)")


def test_what_was_signed_is_the_file_of_that_day(directive: Path, tmp_path: Path) -> None:
    """The result is a prefix of the file, up to the end of the signature's own byte range."""
    out = tmp_path / "signed.pdf"

    assert main(["revision", "extract", str(directive), "--signature", "2", "-o", str(out)]) == 0

    data = out.read_bytes()
    ranges = data.rpartition(b"/ByteRange")[2].split(b"]")[0].strip(b" [").split()
    assert directive.read_bytes().startswith(data)
    assert int(ranges[2]) + int(ranges[3]) == len(data)


def test_what_stands_before_the_header_is_left_out(fixtures: Path, tmp_path: Path) -> None:
    """A portal put bytes before the file: the original is what remains without them."""
    case = fixtures / "vectors" / "honest" / "bytes-before-two-signatures" / "document.pdf"
    out = tmp_path / "original.pdf"

    assert main(["revision", "extract", str(case), "--revision", "3", "-o", str(out)]) == 0

    assert out.read_bytes() == case.read_bytes()[21:]


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="no poppler here")
def test_poppler_finds_the_whole_extract_signed(directive: Path, tmp_path: Path) -> None:
    """For poppler's pdfsig the last signature of the extract covers the whole file."""
    out = tmp_path / "signed.pdf"
    main(["revision", "extract", str(directive), "--signature", "Signature2", "-o", str(out)])

    told = subprocess.run(
        ["pdfsig", "-nocert", str(out)], capture_output=True, text=True, check=False
    ).stdout
    last = told.rpartition("Signature #2")[2]

    assert "Signature #3" not in told
    assert "Total document signed" in last
    assert "Signature is Valid" in last


def test_the_ranges_alone_have_the_digest_that_was_signed(directive: Path, tmp_path: Path) -> None:
    """The two ranges, put together, are the bytes without `<…>`; openssl's digest is theirs."""
    out = tmp_path / "ranges"
    main(["revision", "extract", str(directive), "--signature", "1", "--ranges", "-o", str(out)])

    data = directive.read_bytes()
    mark = b"/ByteRange"
    numbers = data[data.index(mark) + len(mark) :].split(b"]")[0].strip(b" [").split()
    a, b, c, d = (int(number) for number in numbers)
    expected = hashlib.sha256(data[a : a + b] + data[c : c + d]).digest()
    assert hashlib.sha256(out.read_bytes()).digest() == expected


def test_a_revision_by_its_number(directive: Path, tmp_path: Path) -> None:
    """Also revisions nobody signed can be looked at."""
    out = tmp_path / "first.pdf"

    assert main(["revision", "extract", str(directive), "--revision", "1", "-o", str(out)]) == 0
    assert out.read_bytes().rstrip().endswith(b"%%EOF")
    assert b"/ByteRange" not in out.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["list"], 2, "No file"),
        (["show", "x.pdf"], 2, "show"),
        (["extract", "FILE"], 2, "--signature NUMBER"),
        (["extract", "FILE", "--signature", "9"], 2, "no signature “9”"),
        (["extract", "FILE", "--revision", "9"], 2, "no revision 9"),
        (["extract", "FILE", "--signature", "1", "--revision", "1"], 2, "one of"),
        (["list", "missing.pdf"], 1, "no such file"),
    ],
)
def test_what_cannot_be_done_is_said(
    directive: Path,
    arguments: list[str],
    code: int,
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One sentence, and the exit code of the table."""
    given = [str(directive) if word == "FILE" else word for word in arguments]

    assert main(["revision", *given, "--lang", "en"]) == code
    assert told.lower() in capsys.readouterr().err.lower()


def test_a_signature_without_a_sound_range_is_refused(
    fixtures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was signed is unknown, so nothing is handed out."""
    path = fixtures / "vectors" / "bytes" / "range-beyond-file" / "document.pdf"

    assert main(["revision", "extract", str(path), "--signature", "1", "--lang", "en"]) == 2
    assert "does not say properly" in capsys.readouterr().err
