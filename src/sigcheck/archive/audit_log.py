"""The audit log: an append-only record of checks, each entry chained to the one before."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Self

from msgspec import Struct
from msgspec.structs import astuple

from sigcheck.archive.files import canonical
from sigcheck.errors import SigcheckError, UsageError
from sigcheck.model.report import Report
from sigcheck.render.values import iso

SCHEMA = "sigcheck.ledger/1"
GENESIS = hashlib.sha256(SCHEMA.encode("ascii")).hexdigest()
"""What the first entry names as its predecessor."""


class CheckRecord(Struct, frozen=True):
    """One verification: nothing in it names a person or a place.

    The order of its fields is that of the table's columns, and of what an entry's hash is made of.
    """

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


class LogEntry(Struct, frozen=True):
    """A check at its place in the chain."""

    seq: int
    check: CheckRecord
    previous: str
    hash: str

    @classmethod
    def of(cls, seq: int, check: CheckRecord, previous: str) -> LogEntry:
        """Return the entry that follows one of a hash."""
        return cls(seq, check, previous, _hash(seq, check, previous))

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> LogEntry:
        """Return what a row says, its hash unproven; a forger's row is read like any other."""
        seq, *middle, previous, own = row
        check = CheckRecord(*middle)
        return cls(int(seq), check, str(previous), str(own))

    def row(self) -> tuple[int | str, ...]:
        """Return the values in the order of COLUMNS."""
        return (self.seq, *astuple(self.check), self.previous, self.hash)

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


_CHECK = CheckRecord.__struct_fields__
COLUMNS = ("seq", *_CHECK, "previous", "hash")
"""Names of the table's columns, in the order of their hash."""


def _hash(seq: int, check: CheckRecord, previous: str) -> str:
    return hashlib.sha256(canonical([SCHEMA, seq, *astuple(check), previous])).hexdigest()


# --- The log

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, checked_at TEXT NOT NULL, document TEXT NOT NULL,
  size INTEGER NOT NULL, indication TEXT NOT NULL, sub_indication TEXT NOT NULL,
  policy TEXT NOT NULL, policy_version TEXT NOT NULL, trust TEXT NOT NULL,
  validation_time TEXT NOT NULL, report TEXT NOT NULL, tool TEXT NOT NULL,
  previous TEXT NOT NULL UNIQUE, hash TEXT NOT NULL UNIQUE);
CREATE INDEX IF NOT EXISTS entries_document ON entries (document, seq);
CREATE TABLE IF NOT EXISTS reports (sha256 TEXT PRIMARY KEY, report TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS anchors (seq INTEGER NOT NULL, hash TEXT NOT NULL, token BLOB NOT NULL);
CREATE TRIGGER IF NOT EXISTS entries_stay BEFORE UPDATE ON entries
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER IF NOT EXISTS entries_remain BEFORE DELETE ON entries
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
"""
# The triggers stop accidents; what stops a hand that drops them is the chain.
_APPEND = f"INSERT INTO entries ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 - our own names
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM entries"  # noqa: S608
_BUSY_SECONDS = 30.0
"""How long to wait for other processes that append."""
_PAUSE = 0.005
"""Seconds between two tries to be the one who makes the tables."""
_MODE = 0o600
"""An audit log says who checked what: only its owner may read it."""


class AuditLog:
    """One audit log, open; not for use by several threads at once."""

    def __init__(self, database: sqlite3.Connection) -> None:
        """Take an open database; `open` makes one."""
        self._database = database

    @classmethod
    def open(cls, path: str | Path, *, create: bool = True) -> AuditLog:
        """Open an audit log, or start one.

        Raises:
            UsageError: AUDIT-LOG-FILE for a file that can't be written or isn't there.
            SigcheckError: AUDIT-LOG-DAMAGED for one that is no audit log.
        """
        try:
            # The file is made before SQLite would make it for everybody to read.
            os.close(os.open(path, os.O_RDWR | (os.O_CREAT if create else 0), _MODE))
            database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        except (OSError, sqlite3.Error) as problem:
            raise UsageError(str(path), code="AUDIT-LOG-FILE") from problem
        try:
            _made_ready(database, create=create)
        except sqlite3.Error as problem:
            database.close()
            if "locked" in str(problem):
                raise UsageError(f"{path}: {problem}", code="AUDIT-LOG-FILE") from problem
            raise SigcheckError(f"{path}: {problem}", code="AUDIT-LOG-DAMAGED") from problem
        return cls(database)

    def append(self, check: CheckRecord, report: str = "", *, keep: bool = False) -> LogEntry:
        """Add an entry at the end and return it; it is on disk when this returns.

        With `keep`, the report's JSON, whose SHA-256 the check has, stays at hand too.

        Raises:
            UsageError: AUDIT-LOG-FILE if it can't be written.
        """
        with self._writing() as database:
            last = self.head()
            number, previous = (last.seq, last.hash) if last else (0, GENESIS)
            entry = LogEntry.of(number + 1, check, previous)
            database.execute(_APPEND, entry.row())
            if keep:
                row = (check.report, report)
                database.execute("INSERT OR IGNORE INTO reports VALUES (?, ?)", row)
        return entry

    def anchor(self, entry: LogEntry, token: bytes) -> None:
        """Keep a time-stamp token over an entry's hash; raises UsageError AUDIT-LOG-FILE."""
        with self._writing() as database:
            row = (entry.seq, entry.hash, token)
            database.execute("INSERT INTO anchors VALUES (?, ?, ?)", row)

    def head(self) -> LogEntry | None:
        """Return the last entry, None of an empty log."""
        row = self._database.execute(f"{_SELECT} ORDER BY seq DESC LIMIT 1").fetchone()
        return LogEntry.from_row(row) if row else None

    def entries(self, document: str = "") -> Iterator[LogEntry]:
        """Yield the entries in order; `document` picks those of one SHA-256."""
        chosen = "WHERE document = :sha256 " if document else ""
        rows = self._database.execute(f"{_SELECT} {chosen}ORDER BY seq", {"sha256": document})
        return (LogEntry.from_row(row) for row in rows)

    def report(self, document: str) -> str | None:
        """Return the newest report kept on a document by its SHA-256, JSON; None for none."""
        row = self._database.execute(
            "SELECT r.report FROM entries e JOIN reports r ON r.sha256 = e.report"
            " WHERE e.document = ? ORDER BY e.seq DESC LIMIT 1",
            (document,),
        ).fetchone()
        return str(row[0]) if row else None

    def reports(self) -> Iterator[tuple[str, str]]:
        """Yield every report kept, with the SHA-256 it is kept under."""
        yield from self._database.execute("SELECT sha256, report FROM reports")

    def anchors(self) -> Iterator[Anchored]:
        """Yield the time-stamps kept, in the order of their entries."""
        rows = self._database.execute("SELECT seq, hash, token FROM anchors ORDER BY seq")
        return (Anchored(int(seq), str(sha256), bytes(token)) for seq, sha256, token in rows)

    def appended(self) -> int:
        """Return how many entries SQLite itself remembers to have numbered."""
        query = "SELECT seq FROM sqlite_sequence WHERE name = 'entries'"
        row = self._database.execute(query).fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> Self:
        """Return the log."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Hold the log alone: the last entry must still be the last when one is added."""
        try:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")
        except sqlite3.Error as problem:
            raise UsageError(str(problem), code="AUDIT-LOG-FILE") from problem


def _made_ready(database: sqlite3.Connection, *, create: bool) -> None:
    """Make the tables where they aren't yet; several processes may be about to do the same."""
    deadline = monotonic() + _BUSY_SECONDS
    while True:
        try:
            database.execute(f"{_SELECT} LIMIT 1")
        except sqlite3.OperationalError as problem:
            foreign = "no such column" in str(problem)
            if foreign or not create or monotonic() > deadline:
                raise
        else:
            return
        # NOTE: SQLite doesn't wait while another process changes the mode of the journal.
        with suppress(sqlite3.OperationalError):
            database.execute("PRAGMA journal_mode=WAL")
            database.executescript(_SCHEMA)
        sleep(_PAUSE)


def check_of(report: Report, checked_at: datetime, told: str) -> CheckRecord:
    """Return what the log keeps of a report on one document; `told` is its JSON."""
    document = report.document
    return CheckRecord(
        checked_at=iso(checked_at) or "",
        document=document.sha256,
        size=document.size,
        indication=document.indication.value,
        sub_indication=str(document.sub_indication or ""),
        policy=report.policy_id,
        policy_version=report.policy_version,
        trust=report.trust.digest,
        validation_time=iso(report.validation_time) or "",
        report=hashlib.sha256(told.encode("utf-8")).hexdigest(),
        tool=report.tool_version,
    )


# --- Is a log what was written into it? The chain, its end, the reports and the time-stamps


class Fault(StrEnum):
    """What is wrong with an audit log."""

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


def audit(log: AuditLog, heads: Sequence[str] = ()) -> Audit:
    """Follow the chain from its first entry; `heads` are hashes known from elsewhere.

    Time-stamped heads kept in the log count as known: whoever cuts entries off has to take
    those along too. What the tokens themselves prove is `stamp.judge_stamp`'s to say.
    """
    try:
        return _audit(log, heads)
    except (sqlite3.Error, ValueError, TypeError):
        return Audit(0, "", Fault.UNREADABLE)


def _audit(log: AuditLog, heads: Sequence[str]) -> Audit:
    count, previous = 0, GENESIS
    known: set[str] = set()
    for entry in log.entries():
        fault = _fault(entry, count, previous)
        if fault is not None:
            return Audit(count, previous if count else "", fault, count + 1)
        count, previous = entry.seq, entry.hash
        known.add(entry.hash)
    head = previous if count else ""
    wanted = {*heads, *(anchored.hash for anchored in log.anchors())}
    if log.appended() > count or not wanted <= known:
        return Audit(count, head, Fault.TRUNCATED, count + 1)
    for sha256, report in log.reports():
        if hashlib.sha256(report.encode("utf-8")).hexdigest() != sha256:
            return Audit(count, head, Fault.REPORT)
    return Audit(count, head)


def _fault(entry: LogEntry, count: int, previous: str) -> Fault | None:
    if entry.seq != count + 1:
        return Fault.REMOVED
    if not entry.is_sound:
        return Fault.EDITED
    return None if entry.previous == previous else Fault.REORDERED
