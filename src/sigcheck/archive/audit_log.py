"""The audit log: an append-only record of checks, each entry chained to the one before."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

from msgspec import Struct
from msgspec.structs import astuple

from sigcheck.archive.audit_sqlite import SqliteDatabase
from sigcheck.archive.files import canonical
from sigcheck.errors import MissingPartError, SigcheckError, UsageError
from sigcheck.model.report import Report
from sigcheck.render.values import iso

T = TypeVar("T")

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

_MARKS = ", ".join("?" * len(COLUMNS))
_APPEND = f"INSERT INTO entries ({', '.join(COLUMNS)}) VALUES ({_MARKS})"  # noqa: S608 - our own names
_KEEP = "INSERT INTO reports VALUES (?, ?) ON CONFLICT DO NOTHING"
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM entries"  # noqa: S608
_PROBE = f"{_SELECT} LIMIT 1"
POSTGRES = ("postgresql://", "postgres://")
"""How the address of a log begins that is no file."""


class Database(Protocol):
    """Where a log lies. Raises SigcheckError AUDIT-LOG-DAMAGED, UsageError AUDIT-LOG-FILE."""

    numbered: str
    """The query for the number of the last entry that the database remembers."""

    def rows(self, query: str, *values: object) -> Iterator[Sequence[Any]]:
        """Yield what a query finds; its values stand at the question marks."""
        ...

    def execute(self, statement: str, *values: object) -> None:
        """Do what a statement says, in a transaction of `write`."""
        ...

    def write(self, work: Callable[[], T]) -> T:
        """Do some work alone, the others waiting; twice where the connection was lost over it."""
        ...

    def reading(self) -> AbstractContextManager[None]:
        """See one state of the log, whatever is appended meanwhile."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class AuditLog:
    """One audit log, open; not for use by several threads at once."""

    def __init__(self, database: Database) -> None:
        """Take an open database; `open` makes one."""
        self._database = database

    @classmethod
    def open(cls, place: str | Path, *, create: bool = True) -> AuditLog:
        """Open an audit log, or start one: a file, or `postgresql://` and so on.

        Raises:
            UsageError: AUDIT-LOG-FILE for a place that can't be written or isn't there.
            SigcheckError: AUDIT-LOG-DAMAGED for one that is no audit log.
            MissingPartError: POSTGRES-EXTRA without what speaks to that server.
        """
        if not str(place).startswith(POSTGRES):
            return cls(SqliteDatabase(place, _PROBE, create=create))
        try:
            from sigcheck.archive.audit_postgres import PostgresDatabase
        except ModuleNotFoundError as problem:
            raise MissingPartError("sigcheck[postgres]", code="POSTGRES-EXTRA") from problem
        return cls(PostgresDatabase(str(place), _PROBE, create=create))

    def append(self, check: CheckRecord, report: str = "", *, keep: bool = False) -> LogEntry:
        """Add an entry at the end and return it; it is on disk when this returns.

        With `keep`, the report's JSON, whose SHA-256 the check has, stays at hand too.

        Raises:
            UsageError: AUDIT-LOG-FILE if it can't be written.
        """
        tried: list[LogEntry] = []

        def work() -> LogEntry:
            if tried and self._has(tried[-1]):
                return tried[-1]  # the connection was lost after the commit, not before
            last = self.head()
            number, previous = (last.seq, last.hash) if last else (0, GENESIS)
            entry = LogEntry.of(number + 1, check, previous)
            tried.append(entry)
            self._database.execute(_APPEND, *entry.row())
            if keep:
                self._database.execute(_KEEP, check.report, report)
            return entry

        return self._database.write(work)

    def anchor(self, entry: LogEntry, token: bytes) -> None:
        """Keep a time-stamp token over an entry's hash; raises UsageError AUDIT-LOG-FILE."""
        row = (entry.seq, entry.hash, token)
        self._database.write(
            lambda: self._database.execute("INSERT INTO anchors VALUES (?, ?, ?)", *row)
        )

    def head(self) -> LogEntry | None:
        """Return the last entry, None of an empty log."""
        row = self._row(f"{_SELECT} ORDER BY seq DESC LIMIT 1")
        return LogEntry.from_row(row) if row else None

    def entries(self, document: str = "") -> Iterator[LogEntry]:
        """Yield the entries in order; `document` picks those of one SHA-256."""
        values = (document,) if document else ()
        chosen = "WHERE document = ? " if document else ""
        rows = self._database.rows(f"{_SELECT} {chosen}ORDER BY seq", *values)
        return (LogEntry.from_row(row) for row in rows)

    def report(self, document: str) -> str | None:
        """Return the newest report kept on a document by its SHA-256, JSON; None for none."""
        row = self._row(
            "SELECT r.report FROM entries e JOIN reports r ON r.sha256 = e.report"
            " WHERE e.document = ? ORDER BY e.seq DESC LIMIT 1",
            document,
        )
        return str(row[0]) if row else None

    def reports(self) -> Iterator[tuple[str, str]]:
        """Yield every report kept, with the SHA-256 it is kept under."""
        rows = self._database.rows("SELECT sha256, report FROM reports")
        return ((str(sha256), str(report)) for sha256, report in rows)

    def anchors(self) -> Iterator[Anchored]:
        """Yield the time-stamps kept, in the order of their entries."""
        rows = self._database.rows("SELECT seq, hash, token FROM anchors ORDER BY seq")
        return (Anchored(int(seq), str(sha256), bytes(token)) for seq, sha256, token in rows)

    def appended(self) -> int:
        """Return how many entries the database itself remembers to have numbered."""
        row = self._row(self._database.numbered)
        return int(row[0]) if row else 0

    def reading(self) -> AbstractContextManager[None]:
        """See one state of the log while several of these are asked for."""
        return self._database.reading()

    def close(self) -> None:
        """Close the file or connection."""
        self._database.close()

    def __enter__(self) -> Self:
        """Return the log."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _row(self, query: str, *values: object) -> Sequence[Any] | None:
        """Return what a query finds, of one row at most."""
        found = [*self._database.rows(query, *values)]
        return found[0] if found else None

    def _has(self, entry: LogEntry) -> bool:
        return self._row("SELECT seq FROM entries WHERE hash = ?", entry.hash) is not None


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

    Raises:
        UsageError: AUDIT-LOG-FILE where a server can't be asked any more.
    """
    try:
        with log.reading():
            return _audit(log, heads)
    except UsageError:
        raise  # a server that is gone says nothing about the log
    except (SigcheckError, ValueError, TypeError):
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
