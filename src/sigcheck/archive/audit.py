"""Is a ledger what was written into it? The chain, its end, the reports and the time-stamps."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from sigcheck.archive.entry import GENESIS, Entry
from sigcheck.archive.ledger import Ledger


class Fault(StrEnum):
    """What is wrong with a ledger."""

    EDITED = "edited"
    """An entry's content isn't what its hash was made of."""
    REMOVED = "removed"
    """An entry between two others is missing."""
    REORDERED = "reordered"
    """An entry doesn't follow the one before it."""
    TRUNCATED = "truncated"
    """Entries at the end are missing: a head that was kept is no longer there."""
    REPORT = "report"
    """A kept report isn't the one its entry was made of."""
    UNREADABLE = "unreadable"
    """The database itself is damaged."""


class Audit(Struct, frozen=True):
    """What an audit found."""

    count: int
    """Entries whose chain holds, from the first on."""
    head: str
    """Hash of the last of them; empty for none."""
    fault: Fault | None = None
    seq: int = 0
    """The first entry that is wrong or missing."""


def audit(ledger: Ledger, heads: Sequence[str] = ()) -> Audit:
    """Follow the chain from its first entry; `heads` are hashes known from elsewhere.

    Time-stamped heads kept in the ledger count as known: whoever cuts entries off has to take
    those along too. What the tokens themselves prove is `stamp.judge_stamp`'s to say.
    """
    try:
        return _audit(ledger, heads)
    except (sqlite3.Error, ValueError, TypeError):
        return Audit(0, "", Fault.UNREADABLE)


def _audit(ledger: Ledger, heads: Sequence[str]) -> Audit:
    count, previous = 0, GENESIS
    known: set[str] = set()
    for entry in ledger.entries():
        fault = _fault(entry, count, previous)
        if fault is not None:
            return Audit(count, previous if count else "", fault, count + 1)
        count, previous = entry.seq, entry.hash
        known.add(entry.hash)
    head = previous if count else ""
    wanted = {*heads, *(anchored.hash for anchored in ledger.anchors())}
    if ledger.appended() > count or not wanted <= known:
        return Audit(count, head, Fault.TRUNCATED, count + 1)
    for sha256, report in ledger.reports():
        if hashlib.sha256(report.encode("utf-8")).hexdigest() != sha256:
            return Audit(count, head, Fault.REPORT)
    return Audit(count, head)


def _fault(entry: Entry, count: int, previous: str) -> Fault | None:
    if entry.seq != count + 1:
        return Fault.REMOVED
    if not entry.is_sound:
        return Fault.EDITED
    return None if entry.previous == previous else Fault.REORDERED
