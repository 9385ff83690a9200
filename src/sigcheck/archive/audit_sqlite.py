"""The database of an audit log that lies in a file: SQLite, the default."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any, TypeVar

from sigcheck.errors import SigcheckError, UsageError

T = TypeVar("T")

_TABLES = """
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
_BUSY_SECONDS = 30.0
"""How long to wait for other processes that append."""
_PAUSE = 0.005
"""Seconds between two tries to be the one who makes the tables."""
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_NOTADB}
"""Not so a disk that is full or fails, or a file that others have locked."""
_PRIMARY = 0xFF
"""The part of an error code that names its kind; the rest is detail."""
_MODE = 0o600
"""An audit log says who checked what: only its owner may read it."""


class SqliteDatabase:
    """One file, open; see `audit_log.Database`."""

    numbered = "SELECT seq FROM sqlite_sequence WHERE name = 'entries'"

    def __init__(self, path: str | Path, probe: str, *, create: bool) -> None:
        """Open the file, or start one; `probe` is a query that only an audit log answers.

        Raises:
            UsageError: AUDIT-LOG-FILE for a file that can't be written or isn't there.
            SigcheckError: AUDIT-LOG-DAMAGED for one that is no audit log.
        """
        try:
            # The file is made before SQLite would make it for everybody to read.
            os.close(os.open(path, os.O_RDWR | (os.O_CREAT if create else 0), _MODE))
            self._file = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        except (OSError, sqlite3.Error) as problem:
            raise UsageError(str(path), code="AUDIT-LOG-FILE") from problem
        try:
            _made_ready(self._file, probe, create=create)
        except sqlite3.Error as problem:
            self._file.close()
            raise _told(problem, f"{path}: {problem}") from problem

    def rows(self, query: str, *values: object) -> Iterator[Sequence[Any]]:
        """Yield what a query finds."""
        try:
            yield from self._file.execute(query, values)
        except sqlite3.Error as problem:
            raise _told(problem, str(problem)) from problem

    def execute(self, statement: str, *values: object) -> None:
        """Do what a statement says, in a transaction of `write`."""
        self._file.execute(statement, values)

    def write(self, work: Callable[[], T]) -> T:
        """Do some work alone: the last entry must still be the last when one is added."""
        try:
            with self._transaction("BEGIN IMMEDIATE"):
                return work()
        except sqlite3.Error as problem:
            raise UsageError(str(problem), code="AUDIT-LOG-FILE") from problem

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See one state of the log, whatever is appended meanwhile."""
        with self._transaction("BEGIN"):
            yield

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        self._file.execute(begin)
        try:
            yield
        except BaseException:
            with suppress(sqlite3.Error):  # SQLite may have ended it by itself
                self._file.execute("ROLLBACK")
            raise
        self._file.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _told(problem: sqlite3.Error, detail: str) -> SigcheckError:
    """Return what SQLite says as ours: a log that is none, or one that can't be got at now."""
    if getattr(problem, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY in _DAMAGED:
        return SigcheckError(detail, code="AUDIT-LOG-DAMAGED")
    return UsageError(detail, code="AUDIT-LOG-FILE")


def _made_ready(file: sqlite3.Connection, probe: str, *, create: bool) -> None:
    """Make the tables where they aren't yet; several processes may be about to do the same."""
    deadline = monotonic() + _BUSY_SECONDS
    while True:
        try:
            file.execute(probe)
        except sqlite3.OperationalError as problem:
            foreign = "no such column" in str(problem)
            if foreign or not create or monotonic() > deadline:
                raise
        else:
            return
        # NOTE: SQLite doesn't wait while another process changes the mode of the journal.
        with suppress(sqlite3.OperationalError):
            file.execute("PRAGMA journal_mode=WAL")
            file.executescript(_TABLES)
        sleep(_PAUSE)
