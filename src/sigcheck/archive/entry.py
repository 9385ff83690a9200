"""One entry of the ledger and its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from sigcheck.archive.files import canonical

SCHEMA = "sigcheck.ledger/1"
GENESIS = hashlib.sha256(SCHEMA.encode("ascii")).hexdigest()
"""What the first entry names as its predecessor."""


class Check(Struct, frozen=True):
    """One verification: nothing in it names a person or a place."""

    checked_at: str
    """By the clock of the machine, ISO 8601, as all times here."""
    document: str
    """SHA-256; empty for a file that could not be read."""
    size: int
    indication: str
    sub_indication: str
    policy: str
    policy_version: str
    trust: str
    """Digest of the trust store."""
    validation_time: str
    report: str
    """SHA-256 of the report's JSON."""
    tool: str


class Entry(Struct, frozen=True):
    """A check at its place in the chain."""

    seq: int
    check: Check
    previous: str
    hash: str

    @classmethod
    def of(cls, seq: int, check: Check, previous: str) -> Entry:
        """Return the entry that follows one of a hash."""
        return cls(seq, check, previous, _hash(seq, check, previous))

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> Entry:
        """Return what a row says, its hash unproven; a forger's row is read like any other."""
        seq, *middle, previous, own = row
        check = Check(**dict(zip(_CHECK, middle, strict=True)))
        return cls(int(seq), check, str(previous), str(own))

    def row(self) -> tuple[int | str, ...]:
        """Return the values in the order of COLUMNS."""
        return (self.seq, *_values(self.check), self.previous, self.hash)

    @property
    def is_sound(self) -> bool:
        """Say whether the hash is that of the entry's own content."""
        return self.hash == _hash(self.seq, self.check, self.previous)

    def stamped_text(self) -> bytes:
        """Return what a time-stamp of this head stamps."""
        return f"{SCHEMA} {self.seq} {self.hash}\n".encode("ascii")


class Anchored(Struct, frozen=True):
    """A time-stamp token over an entry's hash."""

    seq: int
    hash: str
    token: bytes


_CHECK = (
    "checked_at",
    "document",
    "size",
    "indication",
    "sub_indication",
    "policy",
    "policy_version",
    "trust",
    "validation_time",
    "report",
    "tool",
)
COLUMNS = ("seq", *_CHECK, "previous", "hash")
"""Names of the table's columns, in the order of their hash."""


def _values(check: Check) -> tuple[int | str, ...]:
    return tuple(getattr(check, name) for name in _CHECK)


def _hash(seq: int, check: Check, previous: str) -> str:
    return hashlib.sha256(canonical([SCHEMA, seq, *_values(check), previous])).hexdigest()
