"""What is known stays known, under its own policy and trust, and nobody else's file is touched."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from sigcheck.batch.digest import digest
from sigcheck.batch.ledger import Ledger
from sigcheck.batch.outcome import SIGNATURE_COLUMNS, Outcome
from sigcheck.batch.tally import tally
from sigcheck.batch.task import Setup, Task, judgement
from sigcheck.config import load_policy
from sigcheck.errors import UsageError
from sigcheck.model.indication import DocumentIndication

SIGNATURE = tuple(f"text {n}" for n in range(len(SIGNATURE_COLUMNS)))
PASSED = Outcome("/a.pdf", 10, 5, "ab", "TOTAL-PASSED", signatures=(SIGNATURE, SIGNATURE))


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Return where a ledger may stand."""
    return str(tmp_path / "results.sqlite")


def test_a_row_stands_while_size_and_time_do(path: str, setup: Setup) -> None:
    """The next run asks for what is new or changed, and for nothing else."""
    ledger = Ledger(path, judgement(setup))
    ledger.keep(PASSED)
    ledger.close()

    again = Ledger(path, judgement(setup))

    assert again.wanting(Task("/a.pdf", 10, 5), report=False) is None
    assert again.wanting(Task("/a.pdf", 10, 6), report=False) == Task("/a.pdf", 10, 6, "ab")
    assert again.wanting(Task("/b.pdf", 10, 5), report=False) == Task("/b.pdf", 10, 5)
    assert again.wanting(Task("/a.pdf", 10, 5), report=True) == Task("/a.pdf", 10, 5)
    again.close()


def test_another_policy_trust_or_time_is_another_judgement(path: str, setup: Setup) -> None:
    """A verdict under one policy says nothing under another."""
    ledger = Ledger(path, judgement(setup))
    ledger.keep(PASSED)
    ledger.close()
    verifier = setup.verifier
    other = replace(setup, verifier=type(verifier)(verifier.trust, load_policy("archive")))

    again = Ledger(path, judgement(other))

    assert again.wanting(Task("/a.pdf", 10, 5), report=False) is not None
    again.close()


def test_a_policy_has_one_digest_in_every_process(root: Path) -> None:
    """Sets are ordered by chance in each process; the digest of a policy is not."""
    code = (
        "from sigcheck.batch.digest import digest; from sigcheck.config import load_policy; "
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
    ledger = Ledger(path, judgement(setup))
    ledger.keep(Outcome("/a.pdf", -1, 0, "", "UNREADABLE", code="FILE-NOT-FOUND"))

    assert ledger.wanting(Task("/a.pdf"), report=False) is None
    ledger.close()
    again = Ledger(path, judgement(setup))
    assert again.wanting(Task("/a.pdf"), report=False) == Task("/a.pdf")
    again.close()


def test_a_new_row_replaces_the_old_with_all_its_signatures(path: str, setup: Setup) -> None:
    """Nothing of an older verdict stays behind, and the same bytes change the time alone."""
    ledger = Ledger(path, judgement(setup))
    ledger.keep(PASSED)
    ledger.keep(replace(PASSED, indication="TOTAL-FAILED", signatures=(SIGNATURE,)))
    ledger.keep(replace(PASSED, indication="UNREADABLE", mtime=9, same=True, signatures=()))

    rows = ledger.database.execute("SELECT indication, mtime FROM documents").fetchall()
    (signatures,) = ledger.database.execute("SELECT count(*) FROM signatures").fetchone()
    ledger.close()
    assert (rows, signatures) == ([("TOTAL-FAILED", 9)], 1)


def test_what_a_run_met_counts_as_its_own(path: str, setup: Setup) -> None:
    """The summary and the exit code speak of this run's documents, known ones included."""
    ledger = Ledger(path, judgement(setup))
    ledger.keep(PASSED)
    ledger.keep(replace(PASSED, path="/gone.pdf", indication="TOTAL-FAILED"))
    ledger.close()
    again = Ledger(path, judgement(setup))
    again.wanting(Task("/a.pdf", 10, 5), report=False)
    again.settle()

    found = tally(again)
    again.close()

    assert found.verdicts == {DocumentIndication.TOTAL_PASSED: 1}


def test_a_name_that_is_no_text_is_kept(path: str, setup: Setup) -> None:
    """Names in old encodings are bytes to Linux, and rows like all others here."""
    name = os.fsdecode(b"/c\xf4ng-v\xe3n.pdf")
    ledger = Ledger(path, judgement(setup))
    ledger.keep(replace(PASSED, path=name))

    assert ledger.wanting(Task(name, 10, 5), report=False) is None
    assert tally(ledger).largest == (("/c\ufffdng-v\ufffdn.pdf", 10),)
    ledger.close()


def test_one_batch_writes_at_a_time(path: str, setup: Setup) -> None:
    """A second batch on the same ledger is told so, and anybody may read meanwhile."""
    ledger = Ledger(path, judgement(setup))
    ledger.keep(PASSED)

    with pytest.raises(UsageError, match="results") as caught:
        Ledger(path, judgement(setup))

    reader = sqlite3.connect(path)
    assert caught.value.code == "LEDGER-BUSY"
    assert reader.execute("SELECT path FROM documents").fetchall() == [("/a.pdf",)]
    reader.close()
    ledger.close()


def test_a_database_of_somebody_else_is_left_alone(path: str, setup: Setup) -> None:
    """Naming the wrong file by mistake costs an error message, not the file."""
    with sqlite3.connect(path) as foreign:
        foreign.execute("CREATE TABLE documents (mine)")
    foreign.close()
    before = Path(path).read_bytes()

    with pytest.raises(UsageError) as caught:
        Ledger(path, judgement(setup))

    assert caught.value.code == "LEDGER-FILE"
    assert Path(path).read_bytes() == before


def test_rows_are_on_disk_at_every_settling(path: str, setup: Setup) -> None:
    """A power cut costs what came since the last commit that waited for the disk."""
    ledger = Ledger(path, judgement(setup))
    said: list[str] = []
    ledger.database.set_trace_callback(said.append)

    ledger.keep(PASSED)
    ledger.settle()

    full = said.index("PRAGMA synchronous = FULL")
    ledger.close()
    assert "COMMIT" in said[:full]
    assert said[full + 1].startswith("UPDATE runs")
    assert said[full + 2] == "PRAGMA synchronous = NORMAL"


def test_the_ledger_is_its_owners(path: str, setup: Setup) -> None:
    """It names people: no other account of the machine may read it."""
    Ledger(path, judgement(setup)).close()

    assert Path(path).stat().st_mode & 0o777 == 0o600
