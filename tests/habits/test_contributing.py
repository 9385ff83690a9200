"""CONTRIBUTING.md works: its edits are made and its commands run, in a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.habits.sources import ROOT, tracked_files

STEP = re.compile(
    r"""(?:^(?P<how>In|At[ ]the[ ]end[ ]of|New[ ]file)[ ]`(?P<file>[^`]+)`
           (?:,[ ]after[ ]`(?P<after>[^\n]+)`)?:\n\n)?
        ^```(?P<language>python|toml|sh)\n(?P<text>.*?)^```$""",
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)


def _steps() -> list[dict[str, str | None]]:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    return [found.groupdict() for found in STEP.finditer(text)]


def _edit(project: Path, step: dict[str, str | None]) -> None:
    """Make one edit as the page describes it."""
    path, text = project / str(step["file"]), str(step["text"])
    if step["how"] == "New file":
        assert not path.exists()
        path.write_text(text, "utf-8")
        return
    before = path.read_text("utf-8")
    if step["how"] == "At the end of":
        path.write_text(f"{before}\n\n{text}", "utf-8")
        return
    lines = before.splitlines(keepends=True)
    (place,) = (n for n, line in enumerate(lines) if str(step["after"]) in line)
    path.write_text("".join([*lines[: place + 1], text, *lines[place + 1 :]]), "utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a copy of what git knows of the project."""
    project = tmp_path / "project"
    for path in tracked_files():
        if path.is_file():
            copy = project / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    return project


@pytest.mark.slow
def test_the_steps_of_the_page_work(project: Path) -> None:
    """Vector, check and tool profile of the page are added, and the commands it gives succeed."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONPATH": str(project / "src"),
        "PYTHONDONTWRITEBYTECODE": "",  # the copy is compiled once for all of its commands
    }
    steps = _steps()
    assert [step["language"] for step in steps].count("sh") >= 4

    for step in steps:
        if step["language"] != "sh":
            assert step["file"], f"no file is named for:\n{step['text']}"
            _edit(project, step)
            continue
        command = ["bash", "-euo", "pipefail", "-c", str(step["text"])]
        done = subprocess.run(
            command, cwd=project, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{step['text']}\n{done.stdout}\n{done.stderr}"


def test_the_targets_of_the_page_exist() -> None:
    """Every `make` target and every file that the page names is there."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    makefile = (ROOT / "Makefile").read_text("utf-8")

    for targets in re.findall(r"^    make ([a-z ]+?)(?:  |$)", text, re.MULTILINE):
        for target in targets.split():
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / link).exists(), link
