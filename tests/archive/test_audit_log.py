"""The audit log keeps what was written, in order, and shows where it was touched."""

from __future__ import annotations

import hashlib
import multiprocessing
import sqlite3
import stat
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from msgspec.structs import replace

from sigcheck.archive.audit_log import (
    GENESIS,
    Audit,
    AuditLog,
    CheckRecord,
    Fault,
    LogEntry,
    audit,
    check_of,
)
from sigcheck.errors import SigcheckError, UsageError
from tests.archive.samples import MADE_AT, judged

CHECK = CheckRecord(
    checked_at="2026-11-23T09:00:00+07:00",
    document="ab" * 32,
    size=7,
    indication="TOTAL-PASSED",
    sub_indication="",
    policy="intake",
    policy_version="1",
    trust="cd" * 32,
    validation_time="2026-11-23T08:00:00+07:00",
    report=hashlib.sha256(b"{}").hexdigest(),
    tool="0.1.0",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a audit log of five entries."""
    found = tmp_path / "checks.db"
    with AuditLog.open(found) as log:
        for size in range(5):
            log.append(replace(CHECK, size=size))
    return found


def audited(path: Path, *heads: str) -> Audit:
    """Return what an audit finds."""
    with AuditLog.open(path, create=False) as log:
        return audit(log, heads)


def tampered(path: Path, *statements: str) -> None:
    """Do to the file what somebody with a copy of SQLite could."""
    database = sqlite3.connect(path)
    with database:
        database.execute("DROP TRIGGER entries_stay")
        database.execute("DROP TRIGGER entries_remain")
        for statement in statements:
            database.execute(statement)
    database.close()


def test_a_ledger_left_alone_is_whole(path: Path) -> None:
    """Five entries, none wrong, the head the hash of the fifth."""
    with AuditLog.open(path) as log:
        head = log.head()
        assert head is not None
        found = [entry.check.size for entry in log.entries()]

    assert found == [0, 1, 2, 3, 4]
    assert audited(path, head.hash) == Audit(5, head.hash)


def test_the_hash_is_one_anybody_can_compute(path: Path) -> None:
    """The documented text of the first entry, hashed by hand, is its hash."""
    with AuditLog.open(path) as log:
        entry = next(log.entries())
    text = (
        f'["sigcheck.ledger/1",1,"2026-11-23T09:00:00+07:00","{"ab" * 32}",0,"TOTAL-PASSED","",'
        f'"intake","1","{"cd" * 32}","2026-11-23T08:00:00+07:00","{CHECK.report}","0.1.0",'
        f'"{hashlib.sha256(b"sigcheck.ledger/1").hexdigest()}"]\n'
    )

    assert entry.hash == hashlib.sha256(text.encode()).hexdigest()
    assert entry.previous == GENESIS


TAMPERING: dict[str, tuple[tuple[str, ...], Fault, int]] = {
    "edited": (
        ("UPDATE entries SET indication = 'TOTAL-FAILED' WHERE seq = 3",),
        Fault.EDITED,
        3,
    ),
    "edited by type": (("UPDATE entries SET size = '2x' WHERE seq = 3",), Fault.EDITED, 3),
    "removed": (("DELETE FROM entries WHERE seq = 2",), Fault.REMOVED, 2),
    "first removed": (("DELETE FROM entries WHERE seq = 1",), Fault.REMOVED, 1),
    "reordered": (
        (
            "UPDATE entries SET seq = 40 WHERE seq = 4",
            "UPDATE entries SET seq = 4 WHERE seq = 3",
            "UPDATE entries SET seq = 3 WHERE seq = 40",
        ),
        Fault.EDITED,  # the number is part of the hash
        3,
    ),
    "removed and renumbered": (
        ("DELETE FROM entries WHERE seq = 5", "UPDATE entries SET seq = 5 WHERE seq = 4"),
        Fault.REMOVED,
        4,
    ),
    "truncated": (("DELETE FROM entries WHERE seq > 3",), Fault.TRUNCATED, 4),
    "emptied": (("DELETE FROM entries",), Fault.TRUNCATED, 1),
    "report replaced": (
        (f"INSERT INTO reports VALUES ('{'00' * 32}', 'another')",),
        Fault.REPORT,
        0,
    ),
}


@pytest.mark.parametrize(("statements", "fault", "seq"), TAMPERING.values(), ids=list(TAMPERING))
def test_tampering_is_found_where_it_happened(
    path: Path, statements: tuple[str, ...], fault: Fault, seq: int
) -> None:
    """Each way to touch the file is named, with the first entry that is wrong."""
    tampered(path, *statements)

    found = audited(path)

    assert (found.fault, found.seq) == (fault, seq)


def _rewritten(path: Path, count: int) -> None:
    """Write the whole chain anew, as a careful forger would, with an entry less or another."""
    previous, rows = GENESIS, []
    for seq in range(1, count + 1):
        entry = LogEntry.of(seq, replace(CHECK, size=100 + seq), previous)
        previous = entry.hash
        rows.append(entry.row())
    marks = ", ".join("?" * len(rows[0]))
    database = sqlite3.connect(path)
    with database:
        database.execute("DROP TRIGGER entries_remain")
        database.execute("DELETE FROM entries")
        database.executemany(f"INSERT INTO entries VALUES ({marks})", rows)
        database.execute(f"UPDATE sqlite_sequence SET seq = {count} WHERE name = 'entries'")
    database.close()


@pytest.mark.parametrize("count", [3, 5])
def test_only_a_head_kept_elsewhere_shows_a_ledger_written_anew(path: Path, count: int) -> None:
    """A whole new chain holds in itself; against the head noted before it does not."""
    with AuditLog.open(path) as log:
        head = log.head()
    assert head is not None
    _rewritten(path, count)

    assert audited(path).fault is None
    assert audited(path, head.hash).fault is Fault.TRUNCATED


def test_a_stamped_head_is_a_known_one(path: Path) -> None:
    """Cutting off entries that a kept time-stamp speaks of is found without any head."""
    with AuditLog.open(path) as log:
        head = log.head()
        assert head is not None
        log.anchor(head, b"token")
    _rewritten(path, 4)

    assert audited(path).fault is Fault.TRUNCATED


def test_sqlite_itself_refuses_to_touch_entries(path: Path) -> None:
    """Without dropping the triggers nothing is changed or deleted by mistake."""
    database = sqlite3.connect(path)
    for statement in ("UPDATE entries SET size = 1", "DELETE FROM entries"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            database.execute(statement)
    database.close()


def _append_many(path: Path, count: int, ready: Barrier) -> None:
    ready.wait(30)
    with AuditLog.open(path) as log:
        for size in range(count):
            log.append(replace(CHECK, size=size))


def test_several_processes_append_side_by_side(tmp_path: Path) -> None:
    """Four writers start one audit log at once, forty entries each: one unbroken chain of 160."""
    path = tmp_path / "busy.db"
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(4)
    writers = [context.Process(target=_append_many, args=(path, 40, ready)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)

    assert [writer.exitcode for writer in writers] == [0, 0, 0, 0]
    assert audited(path).count == 160


def test_reports_are_found_by_document(tmp_path: Path) -> None:
    """The newest report kept on a document comes back by its SHA-256."""
    report, _ = judged(Path(__file__).parents[2] / "fixtures/vectors/long-an/2691-ct-ubnd")
    with AuditLog.open(tmp_path / "checks.db") as log:
        for told in ('{"n": 1}', '{"n": 2}'):
            log.append(check_of(report, MADE_AT, told), told, keep=True)
        found = log.report(report.document.sha256)

        assert found == '{"n": 2}'
        assert log.report("00" * 32) is None
        assert audit(log).fault is None
        assert len([*log.entries(report.document.sha256)]) == 2


def test_a_ledger_is_its_owners(path: Path) -> None:
    """Nobody else on the machine reads who checked what."""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def _no_database(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)


def _other_database(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE other (x)")
    database.commit()
    database.close()


def _other_entries(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE entries (x)")
    database.commit()
    database.close()


@pytest.mark.parametrize("create", [True, False])
def test_another_programs_entries_are_left_alone(tmp_path: Path, *, create: bool) -> None:
    """A database with a table of the same name is no audit log, and is told at once."""
    path = tmp_path / "other.db"
    _other_entries(path)

    with pytest.raises(SigcheckError) as raised:
        AuditLog.open(path, create=create)

    assert raised.value.code == "AUDIT-LOG-DAMAGED"


@pytest.mark.parametrize("make", [_no_database, _other_database])
def test_what_is_no_ledger_is_left_alone(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """Another file is refused, and nothing is written into it."""
    path = tmp_path / "other"
    make(path)
    before = path.read_bytes()

    with pytest.raises(SigcheckError):
        AuditLog.open(path, create=False)

    assert path.read_bytes() == before


def test_a_disk_that_fails_is_no_damaged_log(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where SQLite can't get at the file, the log itself is not accused."""

    class Fails(sqlite3.Connection):
        def execute(self, *_: object) -> sqlite3.Cursor:
            problem = sqlite3.OperationalError("disk I/O error")
            problem.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
            raise problem

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **k, factory=Fails))

    with pytest.raises(UsageError) as raised:
        AuditLog.open(path, create=False)

    assert raised.value.code == "AUDIT-LOG-FILE"
