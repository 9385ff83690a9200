"""The fetcher of the command line, with the settings of the user's store."""

from __future__ import annotations

from pathlib import Path

from sigcheck.fetch import Fetcher


def fetcher(folder: Path) -> Fetcher:
    """Return what may ask the network; raises UsageError when `network.toml` is wrong."""
    from sigcheck.config.store import network_settings
    from sigcheck.fetch.http import HttpFetch

    return HttpFetch(network_settings(folder))
