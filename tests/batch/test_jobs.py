"""What is known stays known, under its own policy and trust, and nobody else's file is touched."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from sigcheck.batch.documents import Task
from sigcheck.batch.jobs import JobDatabase, tally
from sigcheck.batch.judging import SIGNATURE_COLUMNS, DocumentOutcome, Setup, digest, judgement
from sigcheck.config import load_policy
from sigcheck.errors import UsageError
from sigcheck.model.indication import DocumentIndication

SIGNATURE = tuple(f"text {n}" for n in range(len(SIGNATURE_COLUMNS)))
PASSED = DocumentOutcome("/a.pdf", 10, 5, "ab", "TOTAL-PASSED", signatures=(SIGNATURE, SIGNATURE))


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Return where a job database may stand."""
    return str(tmp_path / "results.sqlite")


def test_a_row_stands_while_size_and_time_do(path: str, setup: Setup) -> None:
    """The next run asks for what is new or changed, and for nothing else."""
    jobs = JobDatabase(path, judgement(setup))
    jobs.keep(PASSED)
    jobs.close()

    again = JobDatabase(path, judgement(setup))

    assert again.wanting(Task("/a.pdf", 10, 5), report=False) is None
    assert again.wanting(Task("/a.pdf", 10, 6), report=False) == Task("/a.pdf", 10, 6, "ab")
    assert again.wanting(Task("/b.pdf", 10, 5), report=False) == Task("/b.pdf", 10, 5)
    assert again.wanting(Task("/a.pdf", 10, 5), report=True) == Task("/a.pdf", 10, 5)
    again.close()


def test_another_policy_trust_or_time_is_another_judgement(path: str, setup: Setup) -> None:
    """A verdict under one policy says nothing under another."""
    jobs = JobDatabase(path, judgement(setup))
    jobs.keep(PASSED)
    jobs.close()
    verifier = setup.verifier
    other = replace(setup, verifier=type(verifier)(verifier.trust, load_policy("archive")))

    again = JobDatabase(path, judgement(other))

    assert again.wanting(Task("/a.pdf", 10, 5), report=False) is not None
    again.close()


def test_a_policy_has_one_digest_in_every_process(root: Path) -> None:
    """Sets are ordered by chance in each process; the digest of a policy is not."""
    code = (
        "from sigcheck.batch.judging import digest; from sigcheck.config import load_policy; "
        "print(digest(load_policy('intake')))"
    )

    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root / "src")},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }

    assert found == {digest(load_policy("intake"))}
    assert digest(load_policy("archive")) not in found


def test_a_failure_that_may_pass_is_tried_on_the_next_run_only(path: str, setup: Setup) -> None:
    """A share that was away is asked again, but not at every look of a watch."""
    jobs = JobDatabase(path, judgement(setup))
    jobs.keep(DocumentOutcome("/a.pdf", -1, 0, "", "UNREADABLE", code="FILE-NOT-FOUND"))

    assert jobs.wanting(Task("/a.pdf"), report=False) is None
    jobs.close()
    again = JobDatabase(path, judgement(setup))
    assert again.wanting(Task("/a.pdf"), report=False) == Task("/a.pdf")
    again.close()


def test_a_new_row_replaces_the_old_with_all_its_signatures(path: str, setup: Setup) -> None:
    """Nothing of an older verdict stays behind, and the same bytes change the time alone."""
    jobs = JobDatabase(path, judgement(setup))
    jobs.keep(PASSED)
    jobs.keep(replace(PASSED, indication="TOTAL-FAILED", signatures=(SIGNATURE,)))
    jobs.keep(replace(PASSED, indication="UNREADABLE", mtime=9, same=True, signatures=()))

    rows = jobs.database.execute("SELECT indication, mtime FROM documents").fetchall()
    (signatures,) = jobs.database.execute("SELECT count(*) FROM signatures").fetchone()
    jobs.close()
    assert (rows, signatures) == ([("TOTAL-FAILED", 9)], 1)


def test_what_a_run_met_counts_as_its_own(path: str, setup: Setup) -> None:
    """The summary and the exit code speak of this run's documents, known ones included."""
    jobs = JobDatabase(path, judgement(setup))
    jobs.keep(PASSED)
    jobs.keep(replace(PASSED, path="/gone.pdf", indication="TOTAL-FAILED"))
    jobs.close()
    again = JobDatabase(path, judgement(setup))
    again.wanting(Task("/a.pdf", 10, 5), report=False)
    again.sync()

    found = tally(again)
    again.close()

    assert found.verdicts == {DocumentIndication.TOTAL_PASSED: 1}


def test_a_name_that_is_no_text_is_kept(path: str, setup: Setup) -> None:
    """Names in old encodings are bytes to Linux, and rows like all others here."""
    name = os.fsdecode(b"/c\xf4ng-v\xe3n.pdf")
    jobs = JobDatabase(path, judgement(setup))
    jobs.keep(replace(PASSED, path=name))

    assert jobs.wanting(Task(name, 10, 5), report=False) is None
    assert tally(jobs).largest == (("/c\ufffdng-v\ufffdn.pdf", 10),)
    jobs.close()


def test_one_batch_writes_at_a_time(path: str, setup: Setup) -> None:
    """A second batch on the same database is told so, and anybody may read meanwhile."""
    jobs = JobDatabase(path, judgement(setup))
    jobs.keep(PASSED)

    with pytest.raises(UsageError, match="results") as caught:
        JobDatabase(path, judgement(setup))

    reader = sqlite3.connect(path)
    assert caught.value.code == "JOBS-BUSY"
    assert reader.execute("SELECT path FROM documents").fetchall() == [("/a.pdf",)]
    reader.close()
    jobs.close()


def test_a_database_of_somebody_else_is_left_alone(path: str, setup: Setup) -> None:
    """Naming the wrong file by mistake costs an error message, not the file."""
    with sqlite3.connect(path) as foreign:
        foreign.execute("CREATE TABLE documents (mine)")
    foreign.close()
    before = Path(path).read_bytes()

    with pytest.raises(UsageError) as caught:
        JobDatabase(path, judgement(setup))

    assert caught.value.code == "JOBS-FILE"
    assert Path(path).read_bytes() == before


def test_rows_are_on_disk_at_every_settling(path: str, setup: Setup) -> None:
    """A power cut costs what came since the last commit that waited for the disk."""
    jobs = JobDatabase(path, judgement(setup))
    said: list[str] = []
    jobs.database.set_trace_callback(said.append)

    jobs.keep(PASSED)
    jobs.sync()

    full = said.index("PRAGMA synchronous = FULL")
    jobs.close()
    assert "COMMIT" in said[:full]
    assert said[full + 1].startswith("UPDATE runs")
    assert said[full + 2] == "PRAGMA synchronous = NORMAL"


def test_the_database_is_its_owners(path: str, setup: Setup) -> None:
    """It names people: no other account of the machine may read it."""
    JobDatabase(path, judgement(setup)).close()

    assert Path(path).stat().st_mode & 0o777 == 0o600


def test_a_file_put_in_place_with_its_old_time_is_read(path: str, setup: Setup) -> None:
    """Size and modification time can be set at will; inode and change time can't."""
    jobs = JobDatabase(path, judgement(setup))
    jobs.keep(replace(PASSED, ctime=7, inode=3))
    jobs.close()

    again = JobDatabase(path, judgement(setup))
    same = Task("/a.pdf", 10, 5, ctime=7, inode=3)

    assert again.wanting(same, report=False) is None
    for other in (replace(same, ctime=8), replace(same, inode=4)):
        assert again.wanting(other, report=False) == replace(other, sha256="ab")
    again.close()


def test_rehash_reads_what_is_known(path: str, setup: Setup) -> None:
    """Once a run, and a file of the same bytes is not judged again."""
    jobs = JobDatabase(path, judgement(setup))
    jobs.keep(PASSED)
    jobs.close()

    again = JobDatabase(path, judgement(setup))
    task = Task("/a.pdf", 10, 5)

    assert again.wanting(task, report=False, rehash=True) == replace(task, sha256="ab")
    again.keep(replace(PASSED, same=True))
    assert again.wanting(task, report=False, rehash=True) is None
    again.close()


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE documents SET indication = 'TOTAL-FAILED'",
        "UPDATE documents SET sha256 = 'cd'",
        "UPDATE signatures SET signer = 'somebody' WHERE row = 1",
        "DELETE FROM signatures WHERE row = 1",
        "UPDATE reports SET report = x'00'",
    ],
)
def test_a_row_that_was_altered_is_made_again(path: str, setup: Setup, tampering: str) -> None:
    """A resumed run trusts no row whose digest is not its own."""
    jobs = JobDatabase(path, judgement(setup))
    jobs.keep(replace(PASSED, report=b"deflated"))
    jobs.close()
    with sqlite3.connect(path) as database:
        database.execute(tampering)
    database.close()

    again = JobDatabase(path, judgement(setup))

    assert again.wanting(Task("/a.pdf", 10, 5), report=False) == Task("/a.pdf", 10, 5)
    again.close()
