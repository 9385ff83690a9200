"""The page on the architecture names places that exist, and all packages."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")


def test_every_place_that_is_named_exists() -> None:
    """Each path below `src/` is there."""
    named = re.findall(r"`(src/[\w./]+)`", PAGE)

    assert len(named) >= 10
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_package_is_named() -> None:
    """A reader meets each folder and each module of the package's top level once."""
    package = ROOT / "src" / "sigcheck"
    folders = {path.name for path in package.iterdir() if (path / "__init__.py").exists()}

    assert {name for name in folders if not re.search(rf"\b{name}\b", PAGE)} == set()


def test_it_is_linked_first() -> None:
    """README and the index lead to it before any other page for developers."""
    readme = (ROOT / "README.md").read_text("utf-8")
    index = (ROOT / "docs" / "index.md").read_text("utf-8")

    assert re.findall(r"\]\((docs/[\w.-]+\.md)\)", readme)[0] == "docs/architecture.md"
    assert "architecture.md" in index
