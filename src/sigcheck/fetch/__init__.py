"""The network, and nothing else of it anywhere: a protocol, and the default that refuses."""

from sigcheck.fetch.protocol import Fetcher, NoFetch

__all__ = ["Fetcher", "NoFetch"]
