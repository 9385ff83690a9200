"""The database of an audit log that several machines share: PostgreSQL, by psycopg 3."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import IsolationLevel, errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus

from sigcheck.errors import SigcheckError, UsageError

T = TypeVar("T")

_LOCK = 0x5167_C4EC
"""Key of the advisory lock that whoever appends holds until its transaction ends."""
_CONNECT_SECONDS = 10
_FETCHED = 1_000
"""Rows that come at once; a log may be longer than memory."""
_TABLES = """
CREATE SCHEMA IF NOT EXISTS sigcheck;
CREATE TABLE IF NOT EXISTS entries (
  seq BIGINT PRIMARY KEY, checked_at TEXT NOT NULL, document TEXT NOT NULL,
  size BIGINT NOT NULL, indication TEXT NOT NULL, sub_indication TEXT NOT NULL,
  policy TEXT NOT NULL, policy_version TEXT NOT NULL, trust TEXT NOT NULL,
  validation_time TEXT NOT NULL, report TEXT NOT NULL, tool TEXT NOT NULL,
  previous TEXT NOT NULL UNIQUE, hash TEXT NOT NULL UNIQUE);
CREATE INDEX IF NOT EXISTS entries_document ON entries (document, seq);
CREATE TABLE IF NOT EXISTS reports (sha256 TEXT PRIMARY KEY, report TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS anchors (seq BIGINT NOT NULL, hash TEXT NOT NULL, token BYTEA NOT NULL);
CREATE TABLE IF NOT EXISTS numbering (appended BIGINT NOT NULL);
INSERT INTO numbering SELECT 0 WHERE NOT EXISTS (SELECT FROM numbering);
CREATE OR REPLACE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS
  $$BEGIN RAISE EXCEPTION 'the audit log is append-only'; END$$;
CREATE OR REPLACE FUNCTION numbered() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = sigcheck AS
  $$BEGIN UPDATE numbering SET appended = NEW.seq; RETURN NULL; END$$;
CREATE OR REPLACE TRIGGER entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON entries
  FOR EACH STATEMENT EXECUTE FUNCTION refused();
CREATE OR REPLACE TRIGGER entries_counted AFTER INSERT ON entries
  FOR EACH ROW EXECUTE FUNCTION numbered();
"""
# `numbering` is what AUTOINCREMENT is to SQLite; an account that may only add rows moves it too.
_DAMAGED = (
    errors.DataError,
    errors.InternalError,
    errors.UndefinedColumn,
    errors.UndefinedTable,
)
"""The server answers, and what it has is no audit log; every other error is one of access."""


class PostgresDatabase:
    """The tables in the schema `sigcheck` of one database; see `audit_log.Database`."""

    numbered = "SELECT appended FROM numbering"

    def __init__(self, address: str, probe: str, *, create: bool) -> None:
        """Connect, and make the tables where they aren't yet; `probe` is a query they answer.

        Raises:
            UsageError: AUDIT-LOG-FILE for a server that can't be reached or refuses.
            SigcheckError: AUDIT-LOG-DAMAGED for tables of something else.
        """
        try:
            parts: dict[str, Any] = conninfo_to_dict(address)
        except psycopg.Error as problem:
            # The address isn't repeated: nobody knows which part of it is the password.
            raise UsageError(str(problem).strip(), code="AUDIT-LOG-FILE") from problem
        self._address = make_conninfo(**{"connect_timeout": _CONNECT_SECONDS, **parts})
        parts.pop("password", None)
        self._shown = make_conninfo(**parts)
        with self._told():
            self._connection = self._connected()
        try:
            self._made_ready(probe, create=create)
        except BaseException:
            self.close()
            raise

    def _made_ready(self, probe: str, *, create: bool) -> None:
        with self._told():
            encoding = self._connection.info.parameter_status("server_encoding")
            if encoding != "UTF8":
                detail = f"{self._shown}: server_encoding {encoding}, not UTF8"
                raise UsageError(detail, code="AUDIT-LOG-FILE")
            try:
                with self._transaction():
                    self._connection.execute(_spelt(probe))
            except errors.UndefinedTable:
                if not create:
                    raise
            else:
                return
            # Under the lock: of several that start at once, one makes the tables.
            self.write(lambda: self._connection.execute(_TABLES.encode()))
            with self._transaction():
                self._connection.execute(_spelt(probe))

    def rows(self, query: str, *values: object) -> Iterator[Sequence[Any]]:
        """Yield what a query finds, a thousand rows at a time."""
        with self._told(), self._transaction(), self._connection.cursor("rows") as cursor:
            cursor.itersize = _FETCHED
            cursor.execute(_spelt(query), values)
            yield from cursor

    def execute(self, statement: str, *values: object) -> None:
        """Do what a statement says, in a transaction of `write`."""
        self._connection.execute(_spelt(statement), values)

    def write(self, work: Callable[[], T]) -> T:
        """Do some work alone: the last entry must still be the last when one is added.

        Where the connection is lost on the way, the work is done once more over another; whether
        the first time counted is the work's to find out.
        """
        with self._told():
            try:
                return self._written(work)
            except (psycopg.OperationalError, psycopg.InterfaceError):
                if not self._connection.closed:
                    raise
            return self._written(work)

    def _written(self, work: Callable[[], T]) -> T:
        with self._transaction():
            # A machine that is cut off with the lock in its hands must not keep it from the others.
            self._connection.execute(
                "SELECT set_config('lock_timeout', '30s', true),"
                " set_config('idle_in_transaction_session_timeout', '30s', true),"
                " set_config('synchronous_commit', 'on', true)"
            )
            self._connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            return work()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See one state of the log, whatever is appended meanwhile."""
        with self._told(), self._transaction():
            self._connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Begin a transaction, or go on in the one begun, with our tables in sight."""
        if self._connection.info.transaction_status is not TransactionStatus.INTRANS:
            self._ask_again_if_gone()
        with self._connection.transaction():
            self._connection.execute("SET LOCAL search_path = sigcheck")
            yield

    def _ask_again_if_gone(self) -> None:
        """Connect anew where the server was started again since, or the way to it cut."""
        try:
            self._connection.execute("SELECT 1")
        except (psycopg.OperationalError, psycopg.InterfaceError):
            self._connection.close()
            self._connection = self._connected()

    def _connected(self) -> psycopg.Connection[tuple[Any, ...]]:
        # Without prepared statements and settings of a session, a pooler may stand between.
        connection = psycopg.connect(self._address, autocommit=True, prepare_threshold=None)
        connection.isolation_level = IsolationLevel.READ_COMMITTED
        return connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell the library's errors as ours, without the password."""
        try:
            yield
        except psycopg.Error as problem:
            detail = f"{self._shown}: {problem.diag.message_primary or problem}".strip()
            if isinstance(problem, _DAMAGED):
                raise SigcheckError(detail, code="AUDIT-LOG-DAMAGED") from problem
            raise UsageError(detail, code="AUDIT-LOG-FILE") from problem


def _spelt(query: str) -> bytes:
    """Return a query of ours as psycopg writes it: marks are `%s`."""
    return query.replace("?", "%s").encode("ascii")
