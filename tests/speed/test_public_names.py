"""The public names come late, and are those the stub tells type checkers of."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sigcheck

STUB = Path(sigcheck.__file__).with_suffix(".pyi")


def _stubbed() -> dict[str, str]:
    tree = ast.parse(STUB.read_text("utf-8"))
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return {str(alias.asname): str(node.module) for node in imports for alias in node.names}


def test_the_stub_and_the_module_name_the_same() -> None:
    """Nothing is promised to type checkers that isn't there, and nothing kept from them."""
    assert sorted(_stubbed()) == sorted(sigcheck.__all__)
    assert sorted(dir(sigcheck)) == sorted(sigcheck.__all__)


@pytest.mark.parametrize("name", sigcheck.__all__)
def test_each_name_is_what_the_stub_says(name: str) -> None:
    """The late import finds the very object that the stub names."""
    home = sys.modules.get(_stubbed()[name]) or __import__(_stubbed()[name], fromlist=[name])

    assert getattr(sigcheck, name) is getattr(home, name)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As with any module."""
    with pytest.raises(AttributeError, match="verfy"):
        sigcheck.verfy  # type: ignore[attr-defined]  # noqa: B018


def test_importing_the_package_imports_little() -> None:
    """`import sigcheck` alone reads no module of ours but itself."""
    script = "import sys, sigcheck; print(*[m for m in sys.modules if m.startswith('sigcheck.')])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == []
