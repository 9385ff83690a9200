"""Our own TOML as bytecode beside it, as Python keeps its modules: read in a hundredth of the time.

Python's own loader does the work: `__pycache__/vi.cpython-311.pyc` holds the parsed table, counts
only while the time and size of `vi.toml` are those it was made from, and is made anew otherwise.
Only files of this package are read so; a user's are parsed each time, and nothing is left beside
them.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from importlib.machinery import SourceFileLoader
from typing import Any


class _Loader(SourceFileLoader):
    """Compiles TOML where its parent compiles Python (importlib.abc.SourceLoader)."""

    def source_to_code(  # type: ignore[override]  # its parent has this one parameter more
        self, data: Any, path: Any, *, _optimize: int = -1
    ) -> Any:
        """Return code that builds the table; `repr` of what TOML can say is Python for it."""
        import tomllib

        table = tomllib.loads(bytes(data).decode("utf-8"))
        literal = f"import datetime\nfrom math import inf, nan\nTABLE = {table!r}\n"
        return compile(literal, path, "exec", dont_inherit=True, optimize=_optimize)


@cache
def shipped_table(path: str) -> dict[str, Any]:
    """Return a TOML file of this package, parsed; callers leave it as it is.

    Raises:
        OSError: if there is no such file.
        ValueError: if it is not TOML.
    """
    code = _Loader("table", path).get_code("table")
    names: dict[str, Any] = {}
    exec(code, names)  # type: ignore[arg-type]  # noqa: S102 - literals of our own making
    table: dict[str, Any] = names["TABLE"]
    return table


def precompile(*folders: str | os.PathLike[str]) -> None:
    """Write the bytecode of all tables below the folders, whatever the environment says."""
    from pathlib import Path

    allowed, sys.dont_write_bytecode = sys.dont_write_bytecode, False
    try:
        for folder in folders:
            for path in Path(folder).rglob("*.toml"):
                _Loader("table", str(path)).get_code("table")
    finally:
        sys.dont_write_bytecode = allowed
