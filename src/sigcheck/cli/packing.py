"""Writes the pack of bytecode that `cli/pack.py` reads."""

from __future__ import annotations

import dis
import hashlib
import marshal
import os
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.machinery import SourceFileLoader
from types import CodeType

from sigcheck.cli.pack import VERSION, Row
from sigcheck.cli.patterns import Patterns

_COMMON = (
    "sigcheck.cli.leave",
    "sigcheck.cli.program",
    "sigcheck.cli.verify",
    "sigcheck.render.text",
)
"""What a plain verification imports. With what these import, they compile most patterns as well."""

_THERE = frozenset(
    {
        "sigcheck",
        "sigcheck.ahead",
        "sigcheck.cli",
        "sigcheck.cli.pack",
        "sigcheck.cli.patterns",
    }
)
"""What is imported before they are."""


def packed(package: str, patterns: Patterns) -> bytes:
    """Return the pack of all modules of a package, and of these patterns.

    Raises:
        OSError, SyntaxError, ValueError: for a module that cannot be read.
    """
    codes: dict[str, CodeType] = {}
    rows: dict[str, Row] = {}
    for name, source in _sources(package):
        before = os.stat(source)  # noqa: PTH116 - `pathlib` costs 3 ms
        code = SourceFileLoader(name, source).get_code(name)
        if code is not None:
            codes[name] = code
            is_package = os.path.basename(source) == "__init__.py"  # noqa: PTH119 - as above
            inside = os.path.relpath(source, package)
            rows[name] = (is_package, inside, int(before.st_mtime), before.st_size, 0, 0)
    common = tuple(name for name in in_order(codes) if name not in _THERE)
    whole = marshal.dumps([codes[name] for name in common])
    singles, place = [], len(whole)
    for name, code in codes.items():
        single = marshal.dumps(code)
        rows[name] = (*rows[name][:4], place, len(single))
        singles.append(single)
        place += len(single)
    table = marshal.dumps((VERSION, rows, common, patterns.kept()))
    parts = (table, whole, b"".join(singles))
    rest = b"".join([*(len(part).to_bytes(8, "little") for part in parts), *parts])
    return hashlib.sha256(rest).digest() + rest


def _sources(package: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the file of each module."""
    root = os.path.dirname(package)  # noqa: PTH120 - as above
    for folder, _, files in os.walk(package):
        for file in sorted(files):
            source = os.path.join(folder, file)  # noqa: PTH118 - as above
            name = os.path.relpath(source, root).removesuffix(".py").replace(os.sep, ".")
            if file.endswith(".py") and all(part.isidentifier() for part in name.split(".")):
                yield name.removesuffix(".__init__"), source


def in_order(codes: Mapping[str, CodeType]) -> list[str]:
    """Return the modules of a plain verification in the order in which Python finishes them.

    A module's own statements say what it imports, and a package is imported before what is in it.
    """
    begun: set[str] = set()
    done: list[str] = []

    def visit(name: str) -> None:
        if name in begun or name not in codes:
            return
        visit(name.rpartition(".")[0])
        if name in begun:  # its package has imported it
            return
        begun.add(name)
        for imported in _imports(codes[name]):
            visit(imported)
        done.append(name)

    for name in _COMMON:
        visit(name)
    return done


def _imports(code: CodeType) -> Iterator[str]:
    """Yield the modules that a module's own statements import, and names that may be modules."""
    previous: object = None
    for instruction in dis.get_instructions(code):
        if instruction.opname == "IMPORT_NAME":
            yield instruction.argval
            if isinstance(previous, tuple):
                yield from (f"{instruction.argval}.{name}" for name in previous)
        previous = instruction.argval


def common_patterns() -> Patterns:
    """Return the patterns that a plain verification compiles; a first run adds its own."""
    patterns = Patterns({})
    patterns.use()
    for name in _COMMON:
        import_module(name)
    patterns.leave()
    return patterns
