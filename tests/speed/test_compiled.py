"""Tables kept as bytecode say what their TOML says, and no longer than it says so."""

from __future__ import annotations

import os
import tomllib
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from sigcheck.config import compiled
from sigcheck.config.data import certs_folder, data_folder
from sigcheck.config.workflow import load_workflow, read_workflow

DATA = Path(data_folder())
TABLES = [*sorted(DATA.rglob("*.toml")), Path(certs_folder(), "anchors.toml")]

OLD = "a = 1\nday = 2030-01-02\nat = 2030-01-02T03:04:05+07:00\nbig = inf\n"
NEW = "a = 2\nday = 2030-01-02\nat = 2030-01-02T03:04:05+07:00\nbig = inf\n"


def _fresh(path: Path) -> dict[str, object]:
    compiled.shipped_table.cache_clear()
    return compiled.shipped_table(str(path))


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.name)
def test_each_shipped_table_is_its_toml(path: Path) -> None:
    """The fast way to read our data gives what the slow way gives."""
    assert _fresh(path) == tomllib.loads(path.read_text("utf-8"))


def test_the_kept_table_is_read_again(tmp_path: Path) -> None:
    """What was kept gives every kind of TOML value back."""
    path = tmp_path / "table.toml"
    path.write_text(OLD, "utf-8")
    compiled.precompile(tmp_path)

    assert Path(cache_from_source(str(path))).is_file()
    assert _fresh(path) == tomllib.loads(OLD)


def test_a_changed_file_is_parsed_anew(tmp_path: Path) -> None:
    """Bytecode of an earlier text never speaks for a later one, not even of the same length."""
    path = tmp_path / "table.toml"
    path.write_text(OLD, "utf-8")
    os.utime(path, (1_000_000, 1_000_000))
    compiled.precompile(tmp_path)
    path.write_text(NEW, "utf-8")

    assert _fresh(path)["a"] == 2


def test_nothing_is_kept_where_bytecode_is_not_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PYTHONDONTWRITEBYTECODE holds for tables as for modules."""
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    path = tmp_path / "table.toml"
    path.write_text(OLD, "utf-8")

    assert _fresh(path)["a"] == 1
    assert not (tmp_path / "__pycache__").exists()


def test_a_broken_table_is_an_error_of_its_text(tmp_path: Path) -> None:
    """A file that isn't TOML is refused as `tomllib` refuses it."""
    path = tmp_path / "table.toml"
    path.write_text("a = ", "utf-8")

    with pytest.raises(tomllib.TOMLDecodeError):
        _fresh(path)


def test_the_shipped_rules_hold() -> None:
    """A run leaves the patterns uncompiled until it needs one; each can be compiled."""
    table = tomllib.loads((DATA / "workflow.toml").read_text("utf-8"))
    agencies = [
        tomllib.loads(path.read_text("utf-8"))
        for path in sorted((DATA / "agencies").glob("*.toml"))
    ]

    assert load_workflow() == read_workflow(table, agencies)
