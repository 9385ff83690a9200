"""Where the project's own data files are: inside the wheel, or in the repository."""

from __future__ import annotations

import os
import tomllib
from functools import cache
from typing import Any

from sigcheck.errors import SigcheckError, TrustError

PACKAGE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
REPOSITORY = os.path.dirname(os.path.dirname(PACKAGE))


def data_folder() -> str:
    """Return `sigcheck/data`, which travels inside the package."""
    return os.path.join(PACKAGE, "data")


def data_files(folder: str) -> list[str]:
    """Return the TOML files of a folder of `data/`, in the order of their names."""
    path = os.path.join(data_folder(), folder)
    return [os.path.join(path, name) for name in sorted(os.listdir(path)) if name.endswith(".toml")]


@cache
def load_data(name: str) -> dict[str, Any]:
    """Return a TOML file of `data/`, such as `identity.toml`; raises SigcheckError when absent."""
    try:
        with open(os.path.join(data_folder(), name), "rb") as file:
            return tomllib.load(file)
    except (OSError, ValueError) as problem:
        raise SigcheckError(f"data file {name}: {problem}", code="DATA-MISSING") from problem


@cache
def certs_folder() -> str:
    """Return the folder of `anchors.toml`: the packaged one, then the repository's.

    Raises TrustError when neither is there.
    """
    for root in (PACKAGE, REPOSITORY):
        folder = os.path.join(root, "certs")
        if os.path.isfile(os.path.join(folder, "anchors.toml")):
            return folder
    raise TrustError(f"certs/anchors.toml is neither in {PACKAGE} nor in {REPOSITORY}")
