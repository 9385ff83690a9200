"""Every command in the documentation is typed, every example run, every link followed."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from fastapi.testclient import TestClient

from sigcheck.checks import checks
from sigcheck.render.words import Words
from tests.conftest import ROOT
from tools.docs_hooks import pages

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
WRITTEN = sorted(
    page
    for pattern in ("*.md", "[a-z]*/**/*.md")
    for page in ROOT.glob(pattern)
    if page.relative_to(ROOT).parts[0] not in ("bench", "site")
)
"""Every page of the repository."""
CONSOLE = re.compile(r"```console\n(.*?\n)```", re.DOTALL)
PYTHON = re.compile(r"```python\n(.*?\n)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
ANYTHING = "…"
VERDICT = re.compile(r"^\(exit (?:3|10|11)\)\n\Z", re.MULTILINE)
"""A page for clerks need not speak of exit codes; any other code is a mistake of the page."""
TALKING = [page for page in PAGES if CONSOLE.search(page.read_text("utf-8"))]
CODING = [page for page in PAGES if PYTHON.search(page.read_text("utf-8"))]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that the tutorials tell their readers to make."""
    place = tmp_path / "try-it"
    script = ROOT / "examples" / "try-it" / "prepare.sh"
    subprocess.run(["sh", str(script), str(place)], check=True)
    monkeypatch.chdir(place)
    return place


def environment(folder: Path) -> dict[str, str]:
    """Return an environment in which `sigcheck` is this one and speaks Vietnamese."""
    tools = folder.parent / "bin"
    tools.mkdir()
    program = tools / "sigcheck"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sigcheck "$@"\n')
    program.chmod(0o755)
    python = tools / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SIGCHECK_", "LC_", "LANG"))}
    return {
        **kept,
        "PATH": f"{tools}:{kept['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
        "SIGCHECK_CONFIG": os.devnull,
        "SIGCHECK_HOME": str(folder.parent / "home"),
    }


def sessions(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield each command of a page with the lines shown for it."""
    for block in CONSOLE.findall(page.read_text("utf-8")):
        command = ""
        shown: list[str] = []
        for line in block.splitlines():
            if line.startswith("$ "):
                if command:
                    yield command, shown
                command, shown = line.removeprefix("$ "), []
            else:
                shown.append(line)
        yield command, shown


def answered(command: str, folder: Path, given: dict[str, str]) -> str:
    """Return what a shell shows for a command, an exit code other than 0 included."""
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        check=False,
    )
    code = f"(exit {done.returncode})\n" if done.returncode else ""
    return done.stdout.decode() + code


def pattern(shown: list[str]) -> re.Pattern[str]:
    """Return what the lines allow: a line of … is any lines, … within a line is any text."""
    parts = []
    for line in shown:
        if line == ANYTHING:
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(r"[^\n]*".join(map(re.escape, line.split(ANYTHING))) + r" *\n")
    return re.compile("".join(parts))


@pytest.mark.parametrize("page", TALKING, ids=lambda page: page.name)
def test_commands_show_what_the_page_shows(page: Path, folder: Path) -> None:
    """Typed in order, in the folder of examples, every command answers as printed."""
    given = environment(folder)
    wrong = []
    for command, shown in sessions(page):
        if command.startswith("export "):  # it holds for the commands after it
            name, _, value = command.removeprefix("export ").partition("=")
            given[name] = value
            continue
        told = answered(command, folder, given)
        if not shown or not shown[-1].startswith("(exit"):
            told = VERDICT.sub("", told)
        if not pattern(shown).fullmatch(told):
            wrong.append(f"$ {command}\n{told}")

    assert wrong == []


@pytest.mark.parametrize("page", CODING, ids=lambda page: page.name)
def test_code_runs_as_it_stands(page: Path, folder: Path) -> None:
    """The examples of a page are one program, run from top to bottom."""
    run(page, folder)


def run(page: Path, folder: Path) -> dict[str, Any]:
    """Run the examples of a page, as a program; return its names."""
    names: dict[str, Any] = {"__name__": "__main__"}
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    try:
        for example in PYTHON.findall(page.read_text("utf-8")):
            exec(compile(example, f"{page.name} in {folder.name}", "exec"), names)
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    return names


def test_pages_that_receive_documents_answer(folder: Path) -> None:
    """The FastAPI and Django examples, asked over HTTP, give the summary of the document sent."""
    names = run(DOCS / "integrator.md", folder)
    data = Path("van-ban-den/chi-thi-2691.pdf").read_bytes()
    upload = {"file": ("chi-thi.pdf", data, "application/pdf")}
    answered = TestClient(names["app"]).post("/incoming", files=upload)
    if not settings.configured:
        settings.configure(DEFAULT_CHARSET="utf-8")
    file = SimpleUploadedFile("chi-thi.pdf", data)
    shown = names["upload"](RequestFactory().post("/upload", {"file": file}))

    for found in (answered.json(), json.loads(shown.content)):
        assert found["schema"] == "sigcheck.summary/1"
        assert found["documents"][0]["path"] == "chi-thi.pdf"
        assert found["indication"] == "TOTAL-PASSED"


def test_examples_for_programs_hold_under_strict_types(tmp_path: Path) -> None:
    """What the integrator's page shows passes `mypy --strict` as it stands."""
    text = (DOCS / "integrator.md").read_text("utf-8")
    program = tmp_path / "program.py"
    program.write_text("\n\n".join(PYTHON.findall(text)), "utf-8")
    cache = ["--cache-dir", str(ROOT / ".mypy_cache")]

    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", *cache, str(program)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.startswith("Success"), done.stdout


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """What a page of the repository points to is in the repository."""
    targets = [t.partition("#")[0] for t in LINK.findall(page.read_text("utf-8")) if ":" not in t]

    assert [t for t in targets if t and not (page.parent / t).exists()] == []


def test_the_index_lists_every_page() -> None:
    """A page that no index names is found by nobody."""
    listed = {*LINK.findall((DOCS / "index.md").read_text("utf-8"))}

    assert {p.name for p in PAGES} - {"index.md"} <= listed


def test_the_guide_has_every_verdict() -> None:
    """A clerk finds each conclusion in the table, under the very words of the report."""
    guide = (DOCS / "van-thu.md").read_text("utf-8")
    verdicts = Words.load("vi").table("indication").values()

    assert [v for v in verdicts if f"| **{v}** |" not in guide] == []


@pytest.mark.parametrize("name", ["findings.md", "ma-ket-qua.md"])
def test_every_check_has_its_entry(name: str) -> None:
    """The pages of codes are made of the checks there are."""
    text = pages()[name]

    assert [c.code for c in checks() if f"## {c.code} " not in text] == []
    assert not re.search(r"\{\w+(:\w+)?\}|\[[^\]]*\{", text)


def test_the_schema_page_lists_the_fields() -> None:
    """What a document and a signature hold can be looked up."""
    text = pages()["schema.md"]

    assert all(f"| `{name}` |" in text for name in ("indication", "sub_indication", "byte_range"))


def test_the_site_builds_and_asks_nobody(tmp_path: Path) -> None:
    """`make docs` makes pages that load no script, style or picture from another machine."""
    pytest.importorskip("mkdocs")
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
    )
    fetched = re.compile(r'(?:src="|<link[^>]*href="|url\()\s*["\']?(?:https?:)?//')

    assert (tmp_path / "ma-ket-qua.html").is_file()
    assert [p.name for p in tmp_path.rglob("*.html") if fetched.search(p.read_text("utf-8"))] == []
