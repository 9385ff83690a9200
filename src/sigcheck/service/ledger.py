"""Reports kept on disk, for those who asked for it: an interface and SQLite behind it."""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path
from typing import Protocol

from sigcheck.errors import UsageError
from sigcheck.model.record import record

_TABLE = """
CREATE TABLE IF NOT EXISTS service_reports (
  sha256 TEXT NOT NULL, policy TEXT NOT NULL, lang TEXT NOT NULL, kept_at TEXT NOT NULL,
  indication TEXT NOT NULL, report TEXT NOT NULL,
  PRIMARY KEY (sha256, policy, lang)) WITHOUT ROWID
"""
_KEEP = "INSERT OR REPLACE INTO service_reports VALUES (?, ?, ?, ?, ?, ?)"
_FIND = "SELECT report FROM service_reports WHERE sha256 = ? ORDER BY kept_at DESC LIMIT 1"
_BUSY_SECONDS = 5.0
"""How long to wait for another process that writes to the same file."""


@record
class Entry:
    """A report to keep."""

    sha256: str
    """Of the document as it came in, by our own reckoning."""
    policy: str
    lang: str
    kept_at: str
    """ISO 8601 in UTC, so that text order is the order of time."""
    indication: str
    report: str
    """`sigcheck.report/1`, JSON."""


class ReportStore(Protocol):
    """Keeps the newest report on each document, by the SHA-256 of its bytes."""

    def keep(self, entry: Entry) -> None:
        """Keep a report in place of an older one; raises sqlite3.Error when it can't be kept."""
        ...

    def find(self, sha256: str) -> str | None:
        """Return the newest report on a document as JSON text, None where there is none."""
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...


class SqliteReports:
    """A ReportStore in one SQLite file, readable by its owner alone."""

    def __init__(self, path: str) -> None:
        """Open the file, or make it; raises UsageError LEDGER-FILE when that can't be done."""
        self._lock = threading.Lock()
        try:
            # Reports name people: the file is made before SQLite would make it for everybody.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._database = sqlite3.connect(
                Path(path), timeout=_BUSY_SECONDS, check_same_thread=False
            )
            self._database.execute("PRAGMA journal_mode=WAL")
            with self._database:
                self._database.execute(_TABLE)
        except (OSError, sqlite3.Error) as problem:
            raise UsageError(path, code="LEDGER-FILE") from problem

    def keep(self, entry: Entry) -> None:
        """Keep a report; it is on disk when this returns."""
        values = (
            entry.sha256,
            entry.policy,
            entry.lang,
            entry.kept_at,
            entry.indication,
            entry.report,
        )
        with self._lock, self._database:
            self._database.execute(_KEEP, values)

    def find(self, sha256: str) -> str | None:
        """Return the newest report on a document."""
        with self._lock:
            row = self._database.execute(_FIND, (sha256,)).fetchone()
        return row[0] if row else None

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()
