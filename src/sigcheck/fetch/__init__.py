"""The network, and nothing else of it anywhere: a protocol, and the default that refuses.

`sigcheck.fetch.http.HttpFetch` is imported where it is wanted: a plain verification has no use
for an HTTP client.
"""

from sigcheck.fetch.protocol import Fetcher, FetchSettings, NoFetch

__all__ = ["FetchSettings", "Fetcher", "NoFetch"]
