"""Text that is no Unicode text, in a document or in the name of its file, breaks no output."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from sigcheck.cli import main

ROOT = Path(__file__).resolve().parents[2]
VECTORS = ROOT / "fixtures" / "vectors"
HALVES = sorted((VECTORS / "identity").glob("lone-surrogate*/document.pdf"))
READ_AS_TEXT = ("text", "json", "jsonl", "html", "csv", "xml")
OPTIONS = ("--trust", str(ROOT / "fixtures" / "pki"), "--at", "2026-11-23T00:00:00+07:00")


@pytest.fixture
def misnamed(tmp_path: Path) -> str:
    """Return a document whose name has two bytes that are not UTF-8, as Python spells it."""
    name = os.fsdecode(os.fsencode(tmp_path) + "/văn bản ".encode() + b"\xff\xfe.pdf")
    try:
        shutil.copy(VECTORS / "cms" / "ordinary" / "document.pdf", name)
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    return name


def written(tmp_path: Path, shape: str, *paths: str) -> str:
    """Return what a format writes, strictly decoded; every document passes."""
    output = tmp_path / f"report.{shape}"
    code = main(["verify", *paths, *OPTIONS, "--format", shape, "--output", str(output)])
    assert code == 0
    return output.read_bytes().decode("utf-8-sig")


def documents(text: str) -> list[dict[str, Any]]:
    """Return the documents of a JSON report."""
    found: list[dict[str, Any]] = json.loads(text)["documents"]
    return found


@pytest.mark.parametrize("shape", READ_AS_TEXT)
@pytest.mark.parametrize("path", HALVES, ids=lambda path: path.parent.name)
def test_half_a_surrogate_pair_breaks_no_output(path: Path, shape: str, tmp_path: Path) -> None:
    """Every format is sound UTF-8, and the whole characters around the half are there."""
    text = written(tmp_path, shape, str(path))

    if shape == "json":
        shown = json.dumps(json.loads(text), ensure_ascii=False)
        assert "một nửa" in shown or "Trần" in shown
        shown.encode("utf-8")  # no half was smuggled through as an escape


@pytest.mark.parametrize("shape", READ_AS_TEXT)
def test_name_that_is_not_utf_8_breaks_no_output(misnamed: str, shape: str, tmp_path: Path) -> None:
    """Every format is sound UTF-8 and names the file as far as it can be named."""
    assert "văn bản" in written(tmp_path, shape, misnamed).replace("\\u0103", "ă").replace(
        "\\u1ea3", "ả"
    )


def test_name_that_is_not_utf_8_reaches_other_processes(misnamed: str, tmp_path: Path) -> None:
    """A worker process finds the file by its bytes."""
    output = tmp_path / "report.json"
    again = [misnamed, str(HALVES[0])]
    code = main(
        ["verify", *again, *OPTIONS, "--jobs", "2", "--format", "json", "--output", str(output)]
    )

    assert code == 0
    assert [d["indication"] for d in documents(output.read_text("utf-8"))] == ["TOTAL-PASSED"] * 2


def test_packages_of_both_replay(misnamed: str, tmp_path: Path) -> None:
    """An evidence package of such a document is written, read and judged alike."""
    for number, path in enumerate([misnamed, *map(str, HALVES)]):
        package = str(tmp_path / f"{number}.sigcheck.zip")
        assert main(["evidence", path, "-o", package, *OPTIONS]) == 0
        assert main(["replay", package]) == 0
