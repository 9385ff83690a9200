"""The job database of a batch: one SQLite file, one writer, and nothing in it that is half done.

Each row is committed as it comes, which a kill -9 cannot undo; twice a second the commit waits for
the disk (synchronous=FULL), so that a power cut costs half a second of work at most.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from time import monotonic

from msgspec import Struct, json
from msgspec.structs import replace

from sigcheck.batch.documents import Task
from sigcheck.batch.judging import SIGNATURE_COLUMNS, DocumentOutcome, Judgement
from sigcheck.errors import UsageError
from sigcheck.model.indication import DocumentIndication

SYNC_SECONDS = 0.5
"""Seconds between two commits that wait for the disk."""
_MET = 1_000
"""Known documents whose rows are assigned to this run together."""
AGAIN = (
    "FILE-NOT-FOUND",
    "FILE-NOT-READABLE",
    "FILE-NOT-REGULAR",
    "FILE-CHANGING",
    "UNEXPECTED",
)
"""Reasons that may be gone the next time: such a document is judged again on every run."""


APPLICATION = 0x51C4EC
"""`PRAGMA application_id`: another program's database is never touched."""
VERSION = 2
"""`PRAGMA user_version`."""

JUDGEMENT_COLUMNS = Judgement.__struct_fields__
FILE_COLUMNS = ("size", "mtime", "ctime", "inode")
"""What tells cheaply that a file is the one that was judged."""
VERDICT_COLUMNS = (
    "sha256",
    "indication",
    "sub_indication",
    "code",
    "reason",
    "validation_time",
    "seconds",
    "attempts",
)
DOCUMENT_COLUMNS = ("judgement", "run", "path", "digest", *FILE_COLUMNS, *VERDICT_COLUMNS)


def tables() -> str:
    """Return the statements that make the tables of a new job database."""
    judgement = ", ".join(f"{name} TEXT NOT NULL" for name in JUDGEMENT_COLUMNS)
    columns = ", ".join(f"{name} TEXT NOT NULL" for name in SIGNATURE_COLUMNS)
    return f"""
CREATE TABLE judgements (
  id INTEGER PRIMARY KEY, {judgement}, UNIQUE ({", ".join(JUDGEMENT_COLUMNS)}));
CREATE TABLE runs (
  id INTEGER PRIMARY KEY, judgement INTEGER NOT NULL REFERENCES judgements,
  started TEXT NOT NULL, last_sign TEXT NOT NULL, state TEXT NOT NULL);
CREATE TABLE documents (
  id INTEGER PRIMARY KEY, judgement INTEGER NOT NULL REFERENCES judgements,
  run INTEGER NOT NULL REFERENCES runs, path NOT NULL, digest TEXT NOT NULL,
  size INTEGER NOT NULL, mtime INTEGER NOT NULL, ctime INTEGER NOT NULL, inode INTEGER NOT NULL,
  sha256 TEXT NOT NULL, indication TEXT NOT NULL,
  sub_indication TEXT NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL,
  validation_time TEXT NOT NULL, seconds REAL NOT NULL, attempts INTEGER NOT NULL,
  UNIQUE (judgement, path));
CREATE INDEX documents_of_run ON documents (run, indication);
CREATE TABLE signatures (
  document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
  row INTEGER NOT NULL, {columns}, PRIMARY KEY (document, row)) WITHOUT ROWID;
CREATE TABLE reports (
  document INTEGER PRIMARY KEY REFERENCES documents ON DELETE CASCADE, report BLOB NOT NULL);
CREATE TABLE losses (
  run INTEGER NOT NULL REFERENCES runs, path NOT NULL, code TEXT NOT NULL, time TEXT NOT NULL);
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
"""


class JobDatabase:
    """The rows of all documents judged so far, and the run that adds to them."""

    def __init__(self, path: str, judgement: Judgement) -> None:
        """Open the file or make it, and begin a run.

        Raises:
            UsageError: JOBS-FILE if it is no job database or can't be written, JOBS-BUSY if another
                batch is writing to it.
        """
        self.path = path
        self.state = "running"
        """`running`, `stopped` or `ended`; a run that was killed stays `running`."""
        self._met: list[tuple[int, int]] = []
        try:
            with ExitStack() as opened:
                # Closed last: closing any descriptor of the file drops SQLite's locks too.
                opened.callback(os.close, _locked(path))
                self._database = sqlite3.connect(path, isolation_level=None)
                opened.callback(self._database.close)
                self._prepare()
                self.judgement = self._judgement(judgement)
                self.run = self._begin()
                self._opened = opened.pop_all()
        except (OSError, sqlite3.Error) as problem:
            raise UsageError(f"{path}: {problem}", code="JOBS-FILE") from problem
        self._synced = monotonic()

    def close(self) -> None:
        """Put everything on disk that can be put there, and let go of the file."""
        # Where the disk is full or gone, the last write has reported it already.
        with suppress(sqlite3.Error):
            self.sync(self.state)
        self._opened.close()

    @property
    def database(self) -> sqlite3.Connection:
        """The connection, for those who read."""
        return self._database

    # --- what is known ----------------------------------------------------------------------------

    def wanting(self, task: Task, *, report: bool, rehash: bool = False) -> Task | None:
        """Return what is left to do: None where the row stands, and is then one of this run.

        A file whose size, times or inode have changed since comes with the digest it had, and
        with `rehash` every file does. A row that was damaged, or altered by hand, is made again.
        """
        row = self._database.execute(_KNOWN, (self.judgement, _key(task.path))).fetchone()
        if row is None:
            return task
        document, run, digest, has_report, *rest = row
        files, verdict = tuple(rest[: len(FILE_COLUMNS)]), rest[len(FILE_COLUMNS) :]
        known = dict(zip(VERDICT_COLUMNS, verdict, strict=True))
        mine = run == self.run
        if (known["code"] in AGAIN and not mine) or (report and not has_report):
            return task
        if not mine and digest != self._digest_of(document, verdict):
            return task
        same = files == tuple(getattr(task, name) for name in FILE_COLUMNS)
        if not same or (rehash and not mine):
            return replace(task, sha256=known["sha256"])
        if not mine:
            self._met.append((self.run, document))
            if len(self._met) >= _MET:
                self.sync()
        return None

    def _digest_of(self, document: int, verdict: list[object]) -> str:
        run = self._database.execute
        signatures = [tuple(row) for row in run(_SIGNATURES, (document,))]
        found = run("SELECT report FROM reports WHERE document = ?", (document,)).fetchone()
        return _digest(verdict, signatures, found[0] if found else b"")

    def forget(self) -> None:
        """Drop all rows of this judgement: everything is judged again."""
        with self._transaction():
            self._database.execute("DELETE FROM documents WHERE judgement = ?", (self.judgement,))

    # --- what is new ------------------------------------------------------------------------------

    def keep(self, found: DocumentOutcome) -> None:
        """Keep the row of a document in place of an older one."""
        with self._transaction():
            self._marks()
            if found.same:
                files = [getattr(found, name) for name in FILE_COLUMNS]
                values = (self.run, *files, self.judgement, _key(found.path))
                self._database.execute(_SAME, values)
            else:
                self._insert(found)
        if monotonic() - self._synced > SYNC_SECONDS:
            self.sync()

    def lost(self, path: str, code: str) -> None:
        """Note that a worker was lost over a document."""
        self._database.execute(
            "INSERT INTO losses VALUES (?, ?, ?, ?)", (self.run, _key(path), code, _now())
        )

    def sync(self, state: str = "running") -> None:
        """Have everything on disk when this returns: the rows and how far the run has come."""
        self.state = state
        if self._met:
            with self._transaction():
                self._marks()
        # The log is written in order: waiting for this row is waiting for all before it.
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute(
            "UPDATE runs SET last_sign = ?, state = ? WHERE id = ?", (_now(), state, self.run)
        )
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._synced = monotonic()

    def _marks(self) -> None:
        self._database.executemany("UPDATE documents SET run = ? WHERE id = ?", self._met)
        self._met.clear()

    def _insert(self, found: DocumentOutcome) -> None:
        run = self._database.execute
        files = [getattr(found, name) for name in FILE_COLUMNS]
        verdict = [getattr(found, name) for name in VERDICT_COLUMNS]
        digest = _digest(verdict, found.signatures, found.report)
        row = (self.judgement, self.run, _key(found.path), digest, *files, *verdict)
        document = run(_KEEP, row).lastrowid
        self._database.executemany(
            _SIGNATURE, [(document, n, *row) for n, row in enumerate(found.signatures)]
        )
        if found.report:
            run("INSERT INTO reports VALUES (?, ?)", (document, found.report))

    # --- opening ----------------------------------------------------------------------------------

    def _prepare(self) -> None:
        run = self._database.execute
        made = not run("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        if not made and self._kind() != (APPLICATION, VERSION, SIGNATURE_COLUMNS):
            raise sqlite3.DatabaseError("a database of another kind or version")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA foreign_keys = ON")
        run("PRAGMA synchronous = NORMAL")
        if made:
            self._database.executescript(f"BEGIN; {tables()} COMMIT;")

    def _kind(self) -> tuple[int, int, tuple[str, ...]]:
        run = self._database.execute
        (application,) = run("PRAGMA application_id").fetchone()
        (version,) = run("PRAGMA user_version").fetchone()
        columns = tuple(row[1] for row in run("PRAGMA table_info(signatures)"))[2:]
        return application, version, columns

    def _judgement(self, wanted: Judgement) -> int:
        values = [getattr(wanted, name) for name in JUDGEMENT_COLUMNS]
        marks = ", ".join("?" * len(values))
        columns = ", ".join(JUDGEMENT_COLUMNS)
        self._database.execute(
            f"INSERT OR IGNORE INTO judgements ({columns}) VALUES ({marks})",  # noqa: S608 - our own names
            values,
        )
        same = " AND ".join(f"{name} = ?" for name in JUDGEMENT_COLUMNS)
        query = f"SELECT id FROM judgements WHERE {same}"  # noqa: S608 - as above
        return int(self._database.execute(query, values).fetchone()[0])

    def _begin(self) -> int:
        now = _now()
        values = (self.judgement, now, now, "running")
        made = self._database.execute(
            "INSERT INTO runs (judgement, started, last_sign, state) VALUES (?, ?, ?, ?)", values
        )
        return int(made.lastrowid or 0)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")


_KNOWN = f"""
SELECT d.id, run, digest, r.document IS NOT NULL, {", ".join((*FILE_COLUMNS, *VERDICT_COLUMNS))}
FROM documents d LEFT JOIN reports r ON r.document = d.id WHERE judgement = ? AND path = ?
"""  # noqa: S608 - our own names
_SIGNATURES = (
    f"SELECT {', '.join(SIGNATURE_COLUMNS)} FROM signatures WHERE document = ? ORDER BY row"  # noqa: S608 - as above
)
_SAME = (
    f"UPDATE documents SET run = ?, {', '.join(f'{name} = ?' for name in FILE_COLUMNS)} "  # noqa: S608 - as above
    "WHERE judgement = ? AND path = ?"
)
_KEEP = (
    f"INSERT OR REPLACE INTO documents ({', '.join(DOCUMENT_COLUMNS)}) "  # noqa: S608 - our own names
    f"VALUES ({', '.join('?' * len(DOCUMENT_COLUMNS))})"
)
_SIGNATURE = "INSERT INTO signatures VALUES (?, ?" + ", ?" * len(SIGNATURE_COLUMNS) + ")"  # noqa: S608 - as above


def _digest(verdict: Sequence[object], signatures: Sequence[tuple[str, ...]], report: bytes) -> str:
    """Return SHA-256 over a verdict and what comes with it, as a row keeps them.

    It shows damage and careless hands; against others there is the audit log, which is chained.
    """
    return hashlib.sha256(json.encode([verdict, signatures, report])).hexdigest()


def _locked(path: str) -> int:
    """Return a descriptor that holds the file as long as it is open, against other batches.

    Reports name people: the file is made here, for its owner alone, before SQLite would make it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as problem:
        os.close(descriptor)
        raise UsageError(path, code="JOBS-BUSY") from problem
    return descriptor


def _key(path: str) -> str | bytes:
    """Return a path as it is stored: text, or bytes where it is no text in UTF-8."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return os.fsencode(path)
    return path


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


# --- what a run came to ---------------------------------------------------------------------------


class ReasonCount(Struct, frozen=True):
    """How many documents came out one way for one reason."""

    indication: DocumentIndication
    code: str
    sentence: str
    """Of one of them: its facts may be another's in the next."""
    count: int


class Tally(Struct, frozen=True):
    """Counts, and the documents that stand out."""

    verdicts: dict[DocumentIndication, int]
    reasons: tuple[ReasonCount, ...]
    """The most frequent of each verdict first."""
    slowest: tuple[tuple[str, float], ...]
    """Paths and seconds."""
    largest: tuple[tuple[str, int], ...]
    """Paths and bytes."""
    losses: int
    """Workers lost."""

    @property
    def documents(self) -> int:
        """Return how many documents there are."""
        return sum(self.verdicts.values())


def tally(jobs: JobDatabase) -> Tally:
    """Return what the run has come to so far."""

    def rows(query: str) -> list[tuple[object, ...]]:
        return jobs.database.execute(query, {"run": jobs.run}).fetchall()

    return Tally(
        verdicts={DocumentIndication(str(name)): _int(n) for name, n in rows(_VERDICTS)},
        reasons=tuple(
            ReasonCount(DocumentIndication(str(name)), str(code), str(text), _int(n))
            for name, code, text, n in rows(_REASON)
        ),
        slowest=tuple((_path(path), float(str(n))) for path, n in rows(_SLOWEST)),
        largest=tuple((_path(path), _int(n)) for path, n in rows(_LARGEST)),
        losses=_int(rows("SELECT count(*) FROM losses WHERE run = :run")[0][0]),
    )


_VERDICTS = "SELECT indication, count(*) FROM documents WHERE run = :run GROUP BY indication"
_REASON = """
SELECT indication, code, reason, count FROM (
  SELECT indication, code, min(reason) AS reason, count(*) AS count,
    row_number() OVER (PARTITION BY indication ORDER BY count(*) DESC, code) AS place
  FROM documents WHERE run = :run AND code != '' GROUP BY indication, code)
WHERE place <= 8 ORDER BY indication, place
"""
_SLOWEST = """
SELECT path, seconds FROM documents WHERE run = :run ORDER BY seconds DESC, path LIMIT 5
"""
_LARGEST = "SELECT path, size FROM documents WHERE run = :run ORDER BY size DESC, path LIMIT 5"


def _int(value: object) -> int:
    return int(str(value))


def _path(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
