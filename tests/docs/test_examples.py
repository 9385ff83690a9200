"""The scripts for offices without a system do what they say."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

EXAMPLES = ROOT / "examples"


@pytest.fixture
def given(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which `sigcheck` is this one."""
    tools = tmp_path / "bin"
    tools.mkdir()
    program = tools / "sigcheck"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sigcheck "$@"\n')
    program.chmod(0o755)
    return {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
        "SIGCHECK_TRUST": str(ROOT / "fixtures" / "pki"),
        "SIGCHECK_HOME": str(tmp_path / "home"),
        "SIGCHECK_NO_PICTURES": "1",
        "SIGCHECK_CONFIG": os.devnull,
    }


def test_the_watched_folder_is_emptied_by_verdict(
    fixtures: Path, tmp_path: Path, given: dict[str, str]
) -> None:
    """Each document lies in the folder of its verdict, its report beside it, none written over."""
    inbox, target = tmp_path / "in", tmp_path / "out"
    inbox.mkdir()
    cases = {
        "tốt.pdf": "long-an/2691-ct-ubnd-production",
        "sửa.pdf": "bytes/changed-in-first-range",
        "lạ.pdf": "file/not-a-pdf",
    }
    given["SETTLE_MINUTES"] = "0"
    script = [str(EXAMPLES / "watch" / "watch.sh"), str(inbox), str(target)]
    for _ in range(2):
        for name, case in cases.items():
            shutil.copy(fixtures / "vectors" / case / "document.pdf", inbox / name)
        subprocess.run(["sh", *script], env=given, check=True)

    assert list(inbox.iterdir()) == []
    assert (target / "hop-le" / "tốt.pdf").is_file()
    assert "Chữ ký hợp lệ" in (target / "hop-le" / "tốt.html").read_text("utf-8")
    assert (target / "khong-doc-duoc" / "lạ.pdf").is_file()
    assert len(list((target / "khong-hop-le").glob("sửa*.pdf"))) == 2


def test_a_file_that_is_still_being_copied_is_left(
    fixtures: Path, tmp_path: Path, given: dict[str, str]
) -> None:
    """Half a document would be called unreadable."""
    inbox = tmp_path / "in"
    inbox.mkdir()
    shutil.copy(fixtures / "vectors/file/not-a-pdf/document.pdf", inbox / "new.pdf")
    script = str(EXAMPLES / "watch" / "watch.sh")

    subprocess.run(["sh", script, str(inbox), str(tmp_path / "out")], env=given, check=True)

    assert (inbox / "new.pdf").exists()


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("long-an/2691-ct-ubnd-production", "TOTAL-PASSED"),
        ("bytes/changed-in-first-range", "TOTAL-FAILED"),
    ],
)
def test_paperless_gets_a_report_and_a_line(
    fixtures: Path, tmp_path: Path, given: dict[str, str], case: str, told: str
) -> None:
    """The verdict is in the log; a bad signature never stops the import."""
    source = fixtures / "vectors" / case / "document.pdf"
    given |= {
        "DOCUMENT_SOURCE_PATH": str(source),
        "DOCUMENT_ID": "7",
        "SIGCHECK_REPORTS": str(tmp_path),
    }
    script = str(EXAMPLES / "paperless" / "post-consume.sh")

    done = subprocess.run(["sh", script], env=given, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == f"document 7: {told}"
    assert (tmp_path / "7-signatures.html").is_file()
