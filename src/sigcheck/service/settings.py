"""How the service is set up, and the limits that keep one client from the others' share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

from msgspec import Struct, field

from sigcheck.errors import UsageError
from sigcheck.fetch import Fetcher
from sigcheck.model.policy import MIB, Limits

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
"""What a browser on this machine calls this machine."""


class Settings(Struct, frozen=True):
    """Everything an operator decides; the defaults suit one office on one machine."""

    host: str = "127.0.0.1"
    port: int = 8000
    trust: tuple[str, ...] = ()
    crls: tuple[str, ...] = ()
    store: str | None = None
    """Folder of the user's own trust store; None uses none."""
    fetch: Fetcher | None = None
    """What may ask the network for certificates and revocation data; None asks nobody."""
    policy: str | None = None
    """Default policy, a name or a TOML file; clients may ask for it and for the shipped ones."""
    workers: int = 2
    """Processes that verify, and so documents judged at the same time."""
    limits: Limits = field(default_factory=Limits)
    """Of each document: time and memory are enforced from outside the worker too."""
    max_upload: int = 64 * MIB
    """Bytes of a request's body to /v1/verify. Breach: 413 UPLOAD-TOO-LARGE."""
    max_batch: int = 256 * MIB
    """Bytes of a request's body to /v1/verify-many. Breach: 413 UPLOAD-TOO-LARGE."""
    max_files: int = 100
    """Documents in one request to /v1/verify-many. Breach: 413 TOO-MANY-FILES."""
    max_requests: int = 64
    """Requests with a document, under way at the same time. Breach: 503 BUSY."""
    max_client: int = 32
    """The same, of one key or address: no client takes the places of all. Breach: 503 BUSY."""
    max_held: int = 1024 * MIB
    """Bytes of all documents held in memory at the same time. Breach: 503 BUSY."""
    max_rate: int = 0
    """Documents a minute from one key or address; 0 sets no limit. Breach: 429 RATE."""
    watch_seconds: float = 5.0
    """Between two looks whether files of the trust have changed."""
    upload_seconds: float = 120.0
    """For a request's body to arrive. Breach: 408 UPLOAD-TOO-SLOW."""
    network_seconds: float = 10.0
    """For asking the network about one document. Breach: what is missing stays missing."""
    wait_seconds: float = 60.0
    """For a worker to be free. Breach: 503 BUSY."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of each API key, hexadecimal, to the name of its holder; empty: no key needed."""
    audit_log: str | None = None
    """Audit log in which every check and its report is kept; None keeps nothing on disk."""
    hosts: tuple[str, ...] = ()
    """Names by which the service may be called; empty: any, but for a service on loopback only
    `LOCAL_NAMES`, so that no web site can reach it under a name of its own (DNS rebinding)."""

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """Return the names to answer to; empty means any."""
        return self.hosts or (LOCAL_NAMES if _is_loopback(self.host) else ())

    @property
    def open_to_anybody(self) -> bool:
        """Whether the network may call under any name, or without a key."""
        return not _is_loopback(self.host) and not (self.hosts and self.keys)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


_LINE = re.compile(r"(?P<name>[\w.@-]{1,64})\s+(?P<digest>[0-9a-f]{64})", re.ASCII)


def load_keys(path: str) -> Mapping[str, str]:
    """Return SHA-256 to holder from a file with `NAME SHA256` on each line, `#` for comments.

    Raises:
        UsageError: KEYS-FILE, for a file that cannot be read, a line that is none, or no line.
    """
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except (OSError, ValueError) as problem:
        raise UsageError(path, code="KEYS-FILE") from problem
    keys: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        found = _LINE.fullmatch(text)
        if text and not found:
            raise UsageError(f"{path}:{number}", code="KEYS-FILE")
        if found:
            keys[found["digest"]] = found["name"]
    if not keys:
        raise UsageError(path, code="KEYS-FILE")
    return keys
