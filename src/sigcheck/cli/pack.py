"""All modules of the package in one file of bytecode, for a process that must start at once.

Finding, opening and reading two hundred small files takes a fifth of a cold `sigcheck verify`. The
pack holds what their `.pyc` hold, stands in `__pycache__` like them and is believed like them: a
module whose source has another time or size than when it was packed is imported as always, and the
pack is made anew at the end of that run (docs/adr/0004). Only the command line's own process uses
it; a library leaves its host's imports alone. `cli/packing.py` writes it.
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
VERSION = (4, sys.flags.optimize, *MAGIC)
_NAME = f"pack.{sys.implementation.cache_tag}.bin"

Row = tuple[bool, str, int, int, int, int]
"""Whether a package; its source within the package, that file's time and size; the code's place
and length within the pack."""

STAMP = 32
"""Bytes that tell one pack from another. The lengths of its parts follow: the table of modules and
patterns, the code of a plain verification as one piece, every module's code on its own."""
PREFIX = STAMP + 3 * 8

_UNUSABLE = (OSError, ValueError, EOFError, TypeError)
"""What reading a file that is no pack, or no more the same, may raise."""


class Pack:
    """Finds and loads packed modules (importlib.abc.MetaPathFinder and Loader)."""

    def __init__(self, path: str, package: str = PACKAGE) -> None:
        """Read the table of a package's pack; one that isn't there, or is not ours, is empty."""
        self.path = path
        self.package = package
        self.complete = True
        """Nothing was asked for that it did not have."""
        self.patterns = Patterns({})
        self._prefix = b""
        self._rows: dict[str, Row] = {}
        self._common: tuple[str, ...] = ()
        """The modules of a plain verification, each after those it needs."""
        try:
            with open(path, "rb", 0) as file:  # noqa: PTH123 - as above
                self._prefix = file.read(PREFIX)
                if PREFIX + sum(map(self._length, range(3))) != os.fstat(file.fileno()).st_size:
                    return  # cut short, or of a time when packs were written otherwise
                table = file.read(self._length(0))
            version, rows, common, patterns = marshal.loads(table)  # noqa: S302 - trusted as `.pyc` are
        except _UNUSABLE:
            return
        if version == VERSION:
            self._rows, self._common = rows, common
            self.patterns = Patterns(patterns)

    def _length(self, part: int) -> int:
        start = STAMP + 8 * part
        return int.from_bytes(self._prefix[start : start + 8], "little")

    def _loaded(self, place: int, length: int) -> Any:
        """Return what stands at a place behind the table; raises ValueError in another pack."""
        with open(self.path, "rb", 0) as file:  # noqa: PTH123 - as above
            if file.read(PREFIX) != self._prefix:
                raise ValueError("made anew meanwhile")
            file.seek(PREFIX + self._length(0) + place)
            return marshal.loads(file.read(length))  # noqa: S302 - as above

    # --- one module -------------------------------------------------------------------------------

    def find_spec(
        self, name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a packed module whose source has not changed."""
        if not name.startswith("sigcheck."):
            return None
        if name not in self._rows or not self._is_fresh(name):
            self.complete = False
            return None
        return self._spec(name)

    def _spec(self, name: str) -> ModuleSpec:
        is_package, source = self._rows[name][0], self._source(name)
        loader: Any = self  # its protocol wants methods nobody calls
        spec = ModuleSpec(name, loader, origin=source, is_package=is_package)
        spec.has_location, spec.cached = True, self.path
        if is_package:
            spec.submodule_search_locations = [os.path.dirname(source)]  # noqa: PTH120
        return spec

    def _source(self, name: str) -> str:
        return f"{self.package}{os.sep}{self._rows[name][1]}"

    def _is_fresh(self, name: str) -> bool:
        try:
            found = os.stat(self._source(name))  # noqa: PTH116 - as above
        except OSError:
            return False
        return (int(found.st_mtime), found.st_size) == self._rows[name][2:4]

    def create_module(self, _spec: ModuleSpec) -> None:
        """Leave it to Python."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's code."""
        exec(self.get_code(module.__name__), module.__dict__)  # noqa: S102 - as every loader does

    def get_code(self, name: str) -> CodeType:
        """Return a module's code, as `runpy` and `inspect` ask for it."""
        try:
            code: CodeType = self._loaded(*self._rows[name][4:])
        except _UNUSABLE:
            from importlib.machinery import SourceFileLoader

            self.complete = False
            source = SourceFileLoader(name, self._source(name)).get_code(name)
            if source is None:  # pragma: no cover - a file of source has code
                raise
            code = source
        return code

    # --- all of a verification --------------------------------------------------------------------

    def preload(self) -> None:
        """Import the modules of a plain verification, if none of them has changed.

        They are run one after the other as Python's import would have run them: each after what it
        needs, its package there before it. Spared are two hundred searches, locks and readings.
        Should anything go wrong, Python imports them, and says so itself.
        """
        names = [name for name in self._common if name not in sys.modules]
        if not self._common or not all(map(self._is_fresh, names)):
            self.complete = False
            return
        try:
            codes = self._loaded(0, self._length(1))
        except _UNUSABLE:
            self.complete = False
            return
        made = {name: self._module(name) for name in names}
        sys.modules.update((name, made[name]) for name in names if self._rows[name][0])
        try:
            for name, code in zip(self._common, codes, strict=True):
                if module := made.get(name):
                    sys.modules[name] = module
                    exec(code, module.__dict__)  # noqa: S102 - as above
                    parent, _, own = name.rpartition(".")
                    setattr(sys.modules[parent], own, module)
        except BaseException as problem:
            for name, module in made.items():
                if sys.modules.get(name) is module:
                    del sys.modules[name]
            if not isinstance(problem, Exception):
                raise

    def _module(self, name: str) -> ModuleType:
        spec = self._spec(name)
        module = ModuleType(name)
        known: dict[str, Any] = {
            "__spec__": spec,
            "__loader__": self,
            "__package__": spec.parent,
            "__file__": spec.origin,
            "__cached__": spec.cached,
        }
        if spec.submodule_search_locations is not None:
            known["__path__"] = spec.submodule_search_locations
        module.__dict__.update(known)
        return module


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
    from sigcheck.cli.packing import packed

    partial = f"{path}.{os.getpid()}.part"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120 - as above
        with open(partial, "wb") as file:  # noqa: PTH123 - as above
            file.write(packed(package, patterns))
        os.replace(partial, path)  # noqa: PTH105 - as above
    except (OSError, SyntaxError, ValueError):
        return False
    return True


def prepare() -> None:
    """Write the pack and the tables' bytecode, for whoever installs where nobody may write."""
    from sigcheck.cli.packing import common_patterns
    from sigcheck.config.data import precompile_shipped

    precompile_shipped()
    write(pack_path(), common_patterns())
