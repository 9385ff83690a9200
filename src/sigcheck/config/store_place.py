"""Where a user's trust store lives: asked for, set, or the platform's folder for user data."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "SIGCHECK_HOME"


def store_folder(
    environment: Mapping[str, str], asked: str | None = None, platform: str = sys.platform
) -> Path:
    r"""Return the folder: `--store`, then `SIGCHECK_HOME`, then the platform's own.

    Windows: `%LOCALAPPDATA%\sigcheck`; macOS: `~/Library/Application Support/sigcheck`; elsewhere
    `$XDG_DATA_HOME/sigcheck` or `~/.local/share/sigcheck` (XDG Base Directory Specification).
    """
    if chosen := asked or environment.get(VARIABLE):
        return Path(chosen).expanduser()
    home = Path.home()
    if platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local") / "sigcheck"
    if platform == "darwin":
        return home / "Library" / "Application Support" / "sigcheck"
    data = Path(environment.get("XDG_DATA_HOME") or "")
    # The specification has relative paths ignored.
    return (data if data.is_absolute() else home / ".local" / "share") / "sigcheck"
