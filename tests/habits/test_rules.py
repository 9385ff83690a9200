"""Rules of the design that a reader of the source text can check."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from sigcheck._version import __version__
from tests.habits import sources

# Spelt in pieces, or this file would be the one that names them.
REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
        ("deb", "debian", "org"),
        ("repo1", "maven", "org"),
    )
)
MAY_READ_THE_CLOCK = ("cli", "service", "batch", "archive", "preserve", "fetch", "api", "partial")
CLOCKS = re.compile(r"\b(datetime|date)\.(now|utcnow|today)\(|\btime\.(time|time_ns|localtime)\(")


def _layer(path: Path) -> str:
    """Return the first folder or module below the package."""
    return path.relative_to(sources.PACKAGE).parts[0].removesuffix(".py")


def _calls(path: Path) -> Iterator[str]:
    for node in ast.walk(sources.parse(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(sources.parse(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_only_the_command_line_prints_and_exits() -> None:
    """Outside `cli/` nothing prints, exits the process or writes to the terminal."""
    forbidden = {"print", "exit", "quit", "sys.exit", "os._exit", "sys.stdout.write"}

    found = [
        f"{sources.dotted(path)}: {call}"
        for path in sources.modules()
        if _layer(path) not in {"cli", "__main__"}
        for call in _calls(path)
        if call in forbidden
    ]

    assert found == []


def test_nobody_below_verify_reads_the_clock() -> None:
    """Validation time is an argument (rule 5): judging never asks what time it is."""
    found = [
        sources.dotted(path)
        for path in sources.modules()
        if _layer(path) not in MAY_READ_THE_CLOCK
        if CLOCKS.search(path.read_text(encoding="utf-8"))
    ]

    assert found == []


def test_the_model_needs_structs_only() -> None:
    """The model imports nothing but the standard library, msgspec and itself.

    The one exception: a report shows itself, by the renderers (docs/adr/0013).
    """
    foreign = [
        f"{sources.dotted(path)}: {name}"
        for path in sources.modules()
        if _layer(path) in {"model", "errors"}
        for name in _imports(path)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not name.startswith(("msgspec", "sigcheck.model"))
        and not (sources.dotted(path) == "sigcheck.model.report" and "sigcheck.render" in name)
    ]

    assert foreign == []


def test_no_imports_hidden_from_readers() -> None:
    """No `if TYPE_CHECKING:` block hides the direction of an import."""
    found = [
        sources.dotted(path)
        for path in sources.modules()
        if any(name == "TYPE_CHECKING" for name in _names(path))
    ]

    assert found == []


def _names(path: Path) -> Iterator[str]:
    for node in ast.walk(sources.parse(path)):
        if isinstance(node, ast.Name):
            yield node.id


def test_no_registry_is_named_in_any_file() -> None:
    """The locks and everything else leave open where packages come from."""
    found = [
        f"{path.relative_to(sources.ROOT)}: {host}"
        for path in sources.tracked_files()
        if path.is_file()
        for host in REGISTRY_HOSTS
        if host.encode() in path.read_bytes()
    ]

    assert found == []


def test_one_version() -> None:
    """The package, its metadata and the changelog name the same version."""
    declared = tomllib.loads((sources.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    version = declared["project"]["version"]

    assert __version__ == version
    assert version in (sources.ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_locks_name_every_file_by_its_hash() -> None:
    """Every requirement of every lock is exact and carries hashes; none names a place."""
    requirement = re.compile(r"^[a-z0-9][a-z0-9._-]*==\S+( ; .+)? \\$")

    for lock in sorted((sources.ROOT / "requirements").glob("*.lock")):
        lines = lock.read_text(encoding="utf-8").splitlines()
        named = [line for line in lines if line and not line.startswith((" ", "#"))]
        assert named
        assert [line for line in named if not requirement.match(line)] == []
        assert [line for line in lines if "://" in line] == []


POSSESSIVE_GROUP = re.compile(r"\)(?:[*+?]|\{\d*,?\d*\})\+")
READ_ALIKE = {
    "sigcheck.evidence.appearance.content": 3,
    "sigcheck.evidence.pdf.lexer": 1,
    "sigcheck.evidence.pdf.strict.containers": 1,
    "sigcheck.evidence.pdf.strict.tokens": 2,
}
"""Groups of which every try fails at its first character, or where what follows fails as well."""


def test_possessive_groups_are_read_alike_by_every_python() -> None:
    """Python before 3.11.5 goes on at a wrong place after one that failed in its middle."""
    found = {
        sources.dotted(p): POSSESSIVE_GROUP.findall(p.read_text("utf-8")) for p in sources.modules()
    }

    assert {name: len(groups) for name, groups in found.items() if groups} == READ_ALIKE
