"""Every public name and every test says what it means."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.habits import sources

Documented = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _public(node: ast.Module | ast.ClassDef) -> Iterator[Documented]:
    for child in node.body:
        if isinstance(child, Documented) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from _public(child)


def _is_overload(node: Documented) -> bool:
    return any("overload" in ast.unparse(decorator) for decorator in node.decorator_list)


def _undocumented(path: Path) -> Iterator[str]:
    tree = sources.parse(path)
    if tree.body and not ast.get_docstring(tree):
        yield sources.dotted(path)
    for node in _public(tree):
        if not ast.get_docstring(node) and not _is_overload(node):
            yield f"{sources.dotted(path)}.{node.name}"


def test_every_public_name_is_documented() -> None:
    """Each public module, class, function and method has a docstring."""
    missing = [name for path in sources.modules() for name in _undocumented(path)]

    assert missing == []


def test_every_test_says_in_one_sentence_what_it_holds_us_to() -> None:
    """Each test's docstring begins with one sentence of one line."""
    missing = [
        f"{path.relative_to(sources.ROOT)}::{function.name}"
        for path in sorted((sources.ROOT / "tests").rglob("test_*.py"))
        for function in sources.functions(path)
        if function.name.startswith("test_")
        if not (ast.get_docstring(function) or "").partition("\n")[0].endswith((".", "?", "!"))
    ]

    assert missing == []
