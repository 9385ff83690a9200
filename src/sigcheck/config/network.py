"""`network.toml` of the user's store: proxy, hosts that may be asked, limits for `--online`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from sigcheck.errors import UsageError
from sigcheck.fetch import FetchSettings

NETWORK_FILE = "network.toml"
_KINDS: Mapping[str, tuple[type, ...]] = {
    "proxy": (str,),
    "allow": (list,),
    "timeout": (int, float),
    "max_size": (int,),
    "max_redirects": (int,),
}


def network_settings(folder: Path) -> FetchSettings:
    """Return the settings of a store; the defaults where it has none.

    Raises UsageError naming what is wrong with the file.
    """
    path = folder / NETWORK_FILE
    if not path.exists():
        return FetchSettings()
    import tomllib

    try:
        table = tomllib.loads(path.read_text("utf-8"))
        return _settings(table)
    except (OSError, ValueError, TypeError, RecursionError) as problem:
        raise UsageError(f"{path}: {problem}", code="NETWORK-INVALID") from problem


def _settings(table: Mapping[str, Any]) -> FetchSettings:
    for key, value in table.items():
        if key not in _KINDS:
            raise ValueError(f"{key}: unknown; there are {', '.join(_KINDS)}")
        is_right = isinstance(value, _KINDS[key]) and not isinstance(value, bool)
        if not is_right or (isinstance(value, int | float) and value <= 0):
            raise TypeError(f"{key}: not a fit value")
    if table.get("proxy") and not table["proxy"].startswith("http://"):
        raise ValueError("proxy: an address that begins with http://")
    hosts = table.get("allow", [])
    if not all(isinstance(host, str) and host for host in hosts):
        raise TypeError("allow: a list of host names")
    return replace(FetchSettings(), **{**table, "allow": tuple(hosts)})
