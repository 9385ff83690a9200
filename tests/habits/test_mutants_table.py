"""What `make mutants` is told to change is there: no renamed function is left out unnoticed."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"
TABLE: dict[str, Any] = tomllib.loads((ROOT / "tools" / "mutants.toml").read_text("utf-8"))


def _file(module: str) -> Path:
    place = SRC.joinpath(*module.split("."))
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def _functions(node: ast.AST, prefix: str = "") -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield f"{prefix}{child.name}"
            yield from _functions(child, f"{prefix}{child.name}.")
        else:
            yield from _functions(child, prefix)


@pytest.mark.parametrize("row", TABLE["target"], ids=lambda row: row["module"])
def test_every_function_is_there(row: dict[str, Any]) -> None:
    """Modules and functions have the names the table gives them."""
    tree = ast.parse(_file(row["module"]).read_text("utf-8"))

    assert set(row.get("functions", ())) <= set(_functions(tree))


def test_every_excused_line_is_there() -> None:
    """A line that was written again is to be judged again, not excused."""
    lines = {line.strip() for path in SRC.rglob("*.py") for line in path.open(encoding="utf-8")}

    assert [row["was"] for row in TABLE["harmless"] if row["was"] not in lines] == []


def test_every_folder_of_tests_is_there() -> None:
    """The unit tests that survivors are held to exist."""
    assert [name for name in TABLE["tests"] if not (ROOT / name).exists()] == []
