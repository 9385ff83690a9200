"""Where results go: whole or not at all, over no file that is another's, with its permissions."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sigcheck.cli import main
from sigcheck.partial import partial_of
from tests.conftest import ROOT

DOCUMENT = ROOT / "fixtures/vectors/long-an/2691-ct-ubnd-production/document.pdf"
TRUST = ("--trust", str(ROOT / "fixtures" / "pki"))
COMMANDS = {
    "verify": ("verify", str(DOCUMENT), *TRUST, "--no-compare-pages"),
    "evidence": ("evidence", str(DOCUMENT), *TRUST, "--no-compare-pages"),
    "preserve": ("preserve", str(DOCUMENT), *TRUST),
    "revision": ("revision", "extract", str(DOCUMENT), "--signature", "1"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_no_other_file_is_replaced(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2 and the file as it was; with `--force` it is replaced and keeps its mode."""
    output = tmp_path / "out.txt"
    output.write_text("somebody's work")
    output.chmod(0o640)

    refused = main([*COMMANDS[name], "-o", str(output), "--lang", "en"])
    kept, said = output.read_text(), capsys.readouterr().err
    forced = main([*COMMANDS[name], "-o", str(output), "--force"])

    assert (refused, kept, forced) == (2, "somebody's work", 0)
    assert f"There is a file “{output}” already" in said
    assert output.read_bytes() != b"somebody's work"
    assert stat.S_IMODE(output.stat().st_mode) == 0o640


def test_an_empty_file_may_be_filled(tmp_path: Path) -> None:
    """`mktemp` makes one; nothing is lost by writing there, and its mode stays."""
    output = tmp_path / "out.json"
    output.touch(0o600)

    assert main([*COMMANDS["verify"], "-o", str(output)]) == 0
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    assert output.stat().st_size > 0


def test_a_document_is_preserved_in_its_place(tmp_path: Path) -> None:
    """The document itself is no other file: it is what the new one holds unchanged."""
    path = tmp_path / "a.pdf"
    path.write_bytes(DOCUMENT.read_bytes())
    path.chmod(0o604)

    assert main(["preserve", str(path), "-o", str(path), *TRUST]) == 0
    assert path.read_bytes().startswith(DOCUMENT.read_bytes())
    assert stat.S_IMODE(path.stat().st_mode) == 0o604


def test_what_dead_processes_left_is_swept(tmp_path: Path) -> None:
    """An old unfinished file goes; one of a process that lives, or of another file, stays."""
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    left, fresh = (tmp_path / f".out.csv.{gone.pid}.part", tmp_path / ".out.csv.999999999.part")
    living, other = tmp_path / f".out.csv.{os.getppid()}.part", tmp_path / f".b.csv.{gone.pid}.part"
    hour_ago = time.time() - 3600
    for path in (left, fresh, living, other):
        path.touch()
        if path is not fresh:
            os.utime(path, (hour_ago, hour_ago))

    partial_of(tmp_path / "out.csv")

    assert {*tmp_path.iterdir()} == {fresh, living, other}


def test_a_workbook_without_its_extra(tmp_path: Path) -> None:
    """The sentence has the command that installs it; exit code 1."""
    code = (
        "import sys; sys.modules['xlsxwriter'] = None\n"
        "from sigcheck.cli import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    arguments = [*COMMANDS["verify"], "-o", str(tmp_path / "a.xlsx"), "--lang", "en"]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "pip install 'sigcheck[report]'" in done.stderr


def test_a_broken_list_below_the_trust_costs_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told by name; the other roots count, and nothing in its folder becomes an anchor."""
    shutil.copytree(ROOT / "fixtures" / "pki", tmp_path / "roots")
    odd = tmp_path / "roots" / "odd"
    odd.mkdir()
    (odd / "anchors.toml").write_text("[[anchor]")
    code = main(["verify", str(DOCUMENT), "--trust", str(tmp_path / "roots"), "--lang", "en"])
    said = capsys.readouterr().err

    assert code == 0
    assert f"Passed over, for it is damaged: {odd / 'anchors.toml'}" in said


@pytest.mark.parametrize("text", [b"", b"x" * 5_000, None])
def test_a_password_file_that_has_no_line_or_no_end(
    text: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty file, one long line and a device are refused, and not read without end."""
    path = tmp_path / "password"
    if text is None:
        path.symlink_to("/dev/zero")
    else:
        path.write_bytes(text)
    code = main(["verify", str(DOCUMENT), "--password-file", str(path), "--lang", "en"])

    assert code == 2
    assert str(path) in capsys.readouterr().err
