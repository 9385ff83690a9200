"""All modules of the package in one file of bytecode, for a process that must start at once.

Finding, opening and reading two hundred small files takes a fifth of a cold `sigcheck verify`. The
pack holds what their `.pyc` hold, stands in `__pycache__` like them and is believed like them: a
module whose source has another time or size than when it was packed is imported as always, and the
pack is made anew at the end of that run (docs/adr/0004). Only the command line's own process uses
it; a library leaves its host's imports alone.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType
from typing import Any

from sigcheck.cli.patterns import MAGIC, Patterns

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - `pathlib` costs 3 ms
_VERSION = (3, *MAGIC)
_NAME = f"pack.{sys.implementation.cache_tag}.bin"

_COMMON = ("sigcheck.cli.verify", "sigcheck.render.text")
"""With what they import, these compile most patterns; a first run adds its own."""

Row = tuple[bool, str, int, int, bytes]
"""Whether a package; its source within the package, that file's time and size; the code."""


class Pack:
    """Finds and loads packed modules (importlib.abc.MetaPathFinder and Loader)."""

    def __init__(self, path: str, package: str = PACKAGE) -> None:
        """Read the pack of a package; one that isn't there, or is not ours, is empty."""
        self.path = path
        self.package = package
        self.complete = True
        """Nothing was asked for that it did not have."""
        self._rows: dict[str, Row] = {}
        self.patterns = Patterns({})
        try:
            with open(path, "rb") as file:  # noqa: PTH123 - as above
                version, rows, patterns = marshal.loads(file.read())  # noqa: S302 - trusted as `.pyc` are
        except (OSError, ValueError, EOFError, TypeError):
            return
        if version == _VERSION:
            self._rows = rows
            self.patterns = Patterns(patterns)

    def find_spec(
        self, name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a packed module whose source has not changed."""
        if not name.startswith("sigcheck."):
            return None
        row = self._rows.get(name)
        if row is None or not self._is_fresh(row):
            self.complete = False
            return None
        is_package, source = row[0], self._source(row)
        loader: Any = self  # its protocol wants methods nobody calls
        spec = ModuleSpec(name, loader, origin=source, is_package=is_package)
        spec.has_location, spec.cached = True, self.path
        if is_package:
            spec.submodule_search_locations = [os.path.dirname(source)]  # noqa: PTH120
        return spec

    def _source(self, row: Row) -> str:
        return os.path.join(self.package, row[1])  # noqa: PTH118 - as above

    def _is_fresh(self, row: Row) -> bool:
        try:
            found = os.stat(self._source(row))  # noqa: PTH116 - as above
        except OSError:
            return False
        return (int(found.st_mtime), found.st_size) == row[2:4]

    def create_module(self, _spec: ModuleSpec) -> None:
        """Leave it to Python."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's code."""
        exec(self.get_code(module.__name__), module.__dict__)  # noqa: S102 - as every loader does

    def get_code(self, name: str) -> CodeType:
        """Return a module's code, as `runpy` and `inspect` ask for it."""
        code: CodeType = marshal.loads(self._rows[name][4])  # noqa: S302 - as above
        return code


def pack_path() -> str:
    """Return where the pack stands."""
    return os.path.join(PACKAGE, "__pycache__", _NAME)  # noqa: PTH118 - as above


def use() -> Pack:
    """Take modules and regular expressions from the pack from now on."""
    pack = Pack(pack_path())
    pack.patterns.use()
    sys.meta_path.insert(0, pack)
    return pack


def write(path: str, patterns: Patterns, package: str = PACKAGE) -> bool:
    """Pack all modules and these patterns, whole or not at all; return whether it worked."""
    partial = f"{path}.{os.getpid()}.part"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120 - as above
        rows = dict(_rows(package))
        with open(partial, "wb") as file:  # noqa: PTH123 - as above
            file.write(marshal.dumps((_VERSION, rows, patterns.kept())))
        os.replace(partial, path)  # noqa: PTH105 - as above
    except (OSError, SyntaxError, ValueError):
        return False
    return True


def _rows(package: str) -> Any:
    from importlib.machinery import SourceFileLoader

    root = os.path.dirname(package)  # noqa: PTH120 - as above
    for folder, _, files in os.walk(package):
        for file in sorted(files):
            source = os.path.join(folder, file)  # noqa: PTH118 - as above
            name = os.path.relpath(source, root).removesuffix(".py").replace(os.sep, ".")
            if file.endswith(".py") and all(part.isidentifier() for part in name.split(".")):
                is_package = file == "__init__.py"
                name = name.removesuffix(".__init__")
                before = os.stat(source)  # noqa: PTH116 - as above
                code = SourceFileLoader(name, source).get_code(name)
                inside = os.path.relpath(source, package)
                row = (is_package, inside, int(before.st_mtime), before.st_size)
                yield name, (*row, marshal.dumps(code))


def prepare() -> None:
    """Write the pack and the tables' bytecode, for whoever installs where nobody may write."""
    from importlib import import_module

    from sigcheck.config.data import precompile_shipped

    precompile_shipped()
    patterns = Patterns({})
    patterns.use()
    for name in _COMMON:
        import_module(name)
    patterns.leave()
    write(pack_path(), patterns)
