"""Where the project's own data files are: inside the wheel, or in the repository."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from sigcheck.config.compiled import precompile, shipped_table
from sigcheck.errors import SigcheckError, TrustError

PACKAGE = Path(__file__).resolve().parent.parent
REPOSITORY = PACKAGE.parent.parent


def data_folder() -> Path:
    """Return `sigcheck/data`, which travels inside the package."""
    return PACKAGE / "data"


@cache
def load_data(name: str) -> dict[str, Any]:
    """Return a TOML file of `data/`, such as `identity.toml`; raises SigcheckError when absent."""
    path = data_folder() / name
    try:
        return shipped_table(str(path))
    except (OSError, ValueError) as problem:
        raise SigcheckError(f"data file {name}: {problem}", code="DATA-MISSING") from problem


@cache
def certs_folder() -> Path:
    """Return the folder of `anchors.toml`: the packaged one, then the repository's.

    Raises TrustError when neither is there.
    """
    for folder in (PACKAGE / "certs", REPOSITORY / "certs"):
        if (folder / "anchors.toml").is_file():
            return folder
    raise TrustError(f"certs/anchors.toml is neither in {PACKAGE} nor in {REPOSITORY}")


def precompile_shipped() -> None:
    """Keep all shipped tables as bytecode beside them: for whoever installs where nobody writes."""
    precompile(data_folder(), certs_folder())
