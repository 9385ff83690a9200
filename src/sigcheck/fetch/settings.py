"""What an office may set about the network; the defaults suit a machine without a proxy."""

from __future__ import annotations

from msgspec import Struct

MIB = 1024 * 1024


class FetchSettings(Struct, frozen=True):
    """Limits of one fetcher. Loopback is no setting: only a test passes that to `HttpFetch`."""

    max_size: int = 32 * MIB
    """Bytes of one answer; the largest real CRL met has 2 MiB."""
    timeout: float = 15.0
    """Seconds for one address from the first connection to the last byte, redirects included."""
    max_redirects: int = 3
    allow: tuple[str, ...] = ()
    """Hosts that may be asked; `.gov.vn` takes in every host below. Empty: any public host."""
    proxy: str = ""
    """`http://host:port`. A proxy resolves names itself, so it needs `allow`."""

    def allows(self, host: str) -> bool:
        """Say whether the list of hosts takes this one in."""
        if not self.allow:
            return True
        name = host.lower().rstrip(".")
        return any(_covers(entry.lower(), name) for entry in self.allow)


def _covers(entry: str, name: str) -> bool:
    return name.endswith(entry) if entry.startswith(".") else name == entry
