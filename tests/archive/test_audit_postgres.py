"""An audit log in PostgreSQL: one chain, whoever writes, whoever is killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from msgspec.structs import replace

from sigcheck.archive.audit_log import AuditLog, Fault, audit
from sigcheck.cli import main
from sigcheck.errors import MissingPartError, SigcheckError, UsageError
from tests.archive.samples import VECTORS
from tests.archive.test_audit_log import CHECK
from tests.postgres import MakeLog

psycopg = pytest.importorskip("psycopg")


@pytest.fixture
def address(postgres: MakeLog) -> str:
    """Return the address of a log of five entries."""
    made = postgres()
    with AuditLog.open(made) as log:
        for size in range(5):
            log.append(replace(CHECK, size=size), "{}", keep=True)
    return made


def told(address: str, *statements: str) -> None:
    """Have the server do what its owner could."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SET search_path = sigcheck")
        for statement in statements:
            connection.execute(statement)


def sizes(log: AuditLog) -> list[int]:
    """Return the sizes entered, in the order of the chain."""
    return [entry.check.size for entry in log.entries()]


def test_the_chain_is_that_of_a_file(address: str, tmp_path: Path) -> None:
    """The same checks have the same hashes in both databases; reports are found again."""
    with AuditLog.open(tmp_path / "checks.db") as file, AuditLog.open(address) as log:
        for size in range(5):
            file.append(replace(CHECK, size=size))

        assert [*log.entries()] == [*file.entries()]
        assert log.head() == file.head()
        assert len([*log.entries(CHECK.document)]) == 5
        assert [*log.entries("00" * 32)] == []
        assert log.report("00" * 32) is None


@pytest.mark.parametrize(
    ("statement", "fault", "seq"),
    [
        ("UPDATE entries SET indication = 'TOTAL-FAILED' WHERE seq = 3", Fault.EDITED, 3),
        ("DELETE FROM entries WHERE seq = 2", Fault.REMOVED, 2),
        ("DELETE FROM entries WHERE seq > 3", Fault.TRUNCATED, 4),
        ("TRUNCATE entries", Fault.TRUNCATED, 1),
        ("INSERT INTO reports VALUES ('00', 'another')", Fault.REPORT, 0),
        ("DROP TABLE anchors", Fault.UNREADABLE, 0),
    ],
)
def test_tampering_is_found_where_it_happened(
    address: str, statement: str, fault: Fault, seq: int
) -> None:
    """Each way to touch the tables is named, with the first entry that is wrong."""
    told(address, "DROP TRIGGER entries_stay ON entries", statement)

    with AuditLog.open(address, create=False) as log:
        found = audit(log)

    assert (found.fault, found.seq) == (fault, seq)


@pytest.mark.parametrize(
    "statement", ["UPDATE entries SET size = 1", "DELETE FROM entries", "TRUNCATE entries"]
)
def test_the_server_itself_refuses_to_touch_entries(address: str, statement: str) -> None:
    """Without dropping the trigger nothing is changed or deleted by mistake."""
    with pytest.raises(psycopg.Error, match="append-only"):
        told(address, statement)


# --- several who write, and what dies meanwhile -------------------------------------------------


def _append_many(address: str, first: int, count: int, entered: Connection) -> None:
    with AuditLog.open(address) as log:
        for size in range(first, first + count):
            log.append(replace(CHECK, size=size))
            entered.send(size)


def test_several_write_and_one_is_killed(postgres: MakeLog) -> None:
    """Two start one log at once; one is killed: no entry it was promised is lost or doubled."""
    address = postgres()
    context = multiprocessing.get_context("spawn")
    writers, pipes = [], []
    for number in range(2):
        ours, theirs = context.Pipe(duplex=False)
        arguments = (address, number * 1_000, 100 if number else 900, theirs)
        writers.append(context.Process(target=_append_many, args=arguments))
        writers[-1].start()
        theirs.close()
        pipes.append(ours)
    promised = [pipes[0].recv() for _ in range(40)]
    assert writers[0].pid is not None
    os.kill(writers[0].pid, signal.SIGKILL)
    for pipe in pipes:
        try:
            while True:
                promised.append(pipe.recv())
        except EOFError:
            pipe.close()
    for writer in writers:
        writer.join(30)

    with AuditLog.open(address) as log:
        found = sizes(log)
        assert audit(log).fault is None
    assert [writer.exitcode for writer in writers] == [-signal.SIGKILL, 0]
    assert len(found) == len(set(found))
    assert set(promised) <= set(found)
    # The one that was killed may have entered a check that it could not tell of any more.
    assert len(set(found) - set(promised)) <= 1
    assert len(promised) < 900


def _others_connections_cut(address: str) -> None:
    told(
        address,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )


def test_a_server_started_again_is_asked_again(address: str) -> None:
    """A connection cut while nothing is asked costs neither an entry nor an answer."""
    with AuditLog.open(address) as log:
        _others_connections_cut(address)
        log.append(replace(CHECK, size=5))
        _others_connections_cut(address)
        assert sizes(log) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("when", ["before the commit", "after the commit"])
def test_a_connection_lost_over_an_entry_enters_it_once(
    address: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the commit had reached the server is found out, not guessed."""
    from sigcheck.archive.audit_postgres import PostgresDatabase

    written = PostgresDatabase._written
    lost: list[str] = []

    def loses(self: PostgresDatabase, work: Callable[[], object]) -> object:
        def cut() -> object:
            done = work()
            if when == "before the commit" and not lost:
                lost.append(when)
                _others_connections_cut(address)
            return done

        done = written(self, cut)
        if not lost:
            lost.append(when)
            self.close()
            raise psycopg.OperationalError("the connection is lost")
        return done

    monkeypatch.setattr(PostgresDatabase, "_written", loses)
    with AuditLog.open(address) as log:
        entry = log.append(replace(CHECK, size=5))

        assert lost == [when]
        assert sizes(log) == [0, 1, 2, 3, 4, 5]
        assert log.head() == entry
        assert audit(log).fault is None


@pytest.mark.parametrize("place", ["file", "server"])
def test_an_audit_sees_one_state(
    place: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """What others append during an audit is not taken for entries cut off at the end."""
    where = str(tmp_path / "l.db") if place == "file" else request.getfixturevalue("address")
    with AuditLog.open(where) as log, AuditLog.open(where) as other:
        before = log.appended()
        with log.reading():
            seen = sizes(log)
            other.append(replace(CHECK, size=9))

            assert len(seen) == log.appended() == before
        assert log.appended() == before + 1


def test_an_account_that_only_adds_is_enough(address: str) -> None:
    """The rights that the manual names let a service append, and change nothing."""
    told(
        address,
        "DROP ROLE IF EXISTS clerk",
        "CREATE ROLE clerk LOGIN",
        "GRANT USAGE ON SCHEMA sigcheck TO clerk",
        "GRANT SELECT ON ALL TABLES IN SCHEMA sigcheck TO clerk",
        "GRANT INSERT ON entries, reports, anchors TO clerk",
    )
    clerk = address.replace("sigcheck@", "clerk@", 1)
    try:
        with AuditLog.open(clerk) as log:
            log.append(replace(CHECK, size=5), "{}", keep=True)
            assert audit(log).count == 6
        for forbidden in (
            "DROP TRIGGER entries_stay ON entries",
            "UPDATE numbering SET appended = 1",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                told(clerk, forbidden)
    finally:
        told(address, "DROP OWNED BY clerk", "DROP ROLE clerk")


# --- what cannot be used ------------------------------------------------------------------------


def test_a_password_is_never_told(tmp_path: Path) -> None:
    """A server that isn't there is named with its host; the password in its address is not."""
    with pytest.raises(UsageError) as caught:
        AuditLog.open(f"postgresql://clerk:secret@/checks?host={tmp_path}")

    assert caught.value.code == "AUDIT-LOG-FILE"
    assert str(tmp_path) in caught.value.detail
    assert "secret" not in caught.value.detail


@pytest.mark.parametrize("address", ["postgresql://localhost:port/x", "postgres://x?nonsense=1"])
def test_an_address_that_is_none_is_usage(address: str) -> None:
    """A misspelt address is told as one, before anything is judged."""
    with pytest.raises(UsageError) as caught:
        AuditLog.open(address)

    assert caught.value.code == "AUDIT-LOG-FILE"


def test_what_is_no_log_is_left_alone(postgres: MakeLog) -> None:
    """Nothing is made where a log is to be read, and another program's table is not ours."""
    empty, other = postgres(), postgres()
    told(other, "CREATE SCHEMA sigcheck", "CREATE TABLE sigcheck.entries (x int)")

    for address, create in ((empty, False), (other, True), (other, False)):
        with pytest.raises(SigcheckError) as caught:
            AuditLog.open(address, create=create)
        assert caught.value.code == "AUDIT-LOG-DAMAGED"
    with psycopg.connect(empty) as connection:
        found = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'sigcheck'")
        assert found.fetchone() is None


def test_a_database_of_another_encoding_is_refused(postgres: MakeLog) -> None:
    """Reports are Vietnamese: where they could not be kept, that is said at the start."""
    address = postgres()
    name = f"{address.partition('@/')[2].partition('?')[0]}_latin"
    told(address, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING LATIN1 LOCALE 'C'")

    with pytest.raises(UsageError, match="LATIN1"):
        AuditLog.open(address.replace("?", "_latin?", 1))


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that installs what is missing is in the sentence."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "sigcheck.archive.audit_postgres", raising=False)

    with pytest.raises(MissingPartError, match=r"sigcheck\[postgres\]") as caught:
        AuditLog.open("postgresql://localhost/checks")
    assert caught.value.code == "POSTGRES-EXTRA"


def test_the_commands_take_its_address(
    postgres: MakeLog, capsys: pytest.CaptureFixture[str]
) -> None:
    """`verify --audit-log` enters, `audit-log` lists, names its head and finds what was touched."""
    address = postgres()
    document = VECTORS / "file" / "no-signature" / "document.pdf"

    assert main(["verify", str(document), "--audit-log", address]) == 3
    assert main(["audit-log", "head", address]) == 0
    head = capsys.readouterr().out.split()[-1]
    assert main(["audit-log", "verify", address, "--head", head, "--lang", "en"]) == 0
    assert f"1 entries, head {head}" in capsys.readouterr().out
    assert main(["audit-log", "list", address]) == 0
    assert "NO-SIGNATURE" in capsys.readouterr().out
    told(address, "DROP TRIGGER entries_stay ON entries", "UPDATE entries SET size = 1")
    assert main(["audit-log", "verify", address, "--lang", "en"]) == 1
    assert "entry 1 was edited" in capsys.readouterr().out
    with AuditLog.open(address) as log:
        assert [*log.reports()] == []
