"""`sigcheck batch` as a user meets it: results, interruptions of every kind, and going on."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest

from sigcheck.batch.jobs import JobDatabase
from sigcheck.batch.judging import DocumentOutcome
from sigcheck.cli import main
from tests.batch.conftest import AT, Make, Start, rows, wait_for


def seconds_of(path: Path) -> dict[str, float]:
    """Return what each document took: the mark of the one time it was judged."""
    with closing(sqlite3.connect(path, timeout=10)) as database:
        return dict(database.execute("SELECT path, seconds FROM documents"))


def test_the_table_is_that_of_verify(
    folder: Make, fixtures: Path, tmp_path: Path, start: Start
) -> None:
    """Cell by cell, but that a batch names the bytes of a file it cannot read, too."""
    made = folder("a.pdf", count=1)
    shutil.copy(fixtures / "vectors/long-an/2691-ct-ubnd/document.pdf", made / "test-ca.pdf")
    (made / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    process = start(made, "--output", tmp_path / "batch.csv", "--jobs", 2)
    out, err = process.communicate(timeout=60)
    options = ("--trust", str(fixtures / "pki"), "--at", AT, "--lang", "en")

    code = main(
        ["verify", str(made), *options, "--format", "csv", "-o", str(tmp_path / "verify.csv")]
    )

    def table(name: str) -> list[list[str]]:
        with (tmp_path / name).open(encoding="utf-8-sig", newline="") as file:
            return sorted(
                [*row[:1], *row[2:]] if "broken" in row[0] else row for row in csv.reader(file)
            )

    assert process.returncode == code == 1
    assert table("batch.csv") == table("verify.csv")
    assert "broken.pdf" in err
    assert "4 files: 4 checked" in out
    assert f"A row for each file: {tmp_path / 'batch.csv'}" in out
    assert out.splitlines()[-1].startswith("What the codes mean and what to do: sigcheck explain ")
    assert "PA-TIER-PRODUCTION" in out.splitlines()[-1]


@pytest.mark.parametrize("seconds", [0.0, 0.6])
def test_killed_and_started_again(
    folder: Make, tmp_path: Path, start: Start, seconds: float
) -> None:
    """After kill -9 at any moment no row is lost, none is there twice, none is judged again."""
    made, output = folder(count=60), tmp_path / "results.sqlite"
    first = start(made, "--output", output, "--jobs", 2)
    wait_for(output, 3)
    time.sleep(seconds)
    first.kill()
    first.wait()
    before = seconds_of(output)

    second = start(made, "--output", output, "--jobs", 2)
    out, _ = second.communicate(timeout=60)

    after = seconds_of(output)
    assert second.returncode == 0
    assert len(after) == 60
    assert before.items() <= after.items()
    assert f"{60 - len(before)} checked" in out


def test_ctrl_c_keeps_what_is_done(folder: Make, tmp_path: Path, start: Start) -> None:
    """The end is clean and soon, no half table appears, and the same command goes on."""
    made, output = folder(count=80), tmp_path / "results.csv"
    first = start(made, "--output", output, "--jobs", 2)
    wait_for(tmp_path / "results.csv.sqlite", 3)
    first.send_signal(signal.SIGINT)
    _, err = first.communicate(timeout=10)
    kept = len(rows(tmp_path / "results.csv.sqlite"))

    assert first.returncode == 130
    assert "Traceback" not in err
    assert 3 <= kept < 80
    assert not output.exists()
    second = start(made, "--output", output, "--jobs", 2)
    out, _ = second.communicate(timeout=60)
    assert second.returncode == 0
    assert f"{80 - kept} checked" in out
    assert len({line.split(",")[0] for line in output.read_text("utf-8").splitlines()}) == 81


def test_watched_folders(folder: Make, tmp_path: Path, start: Start, vector: Path) -> None:
    """A file that arrives is judged by itself, and Ctrl-C is the ordinary end."""
    made, output = folder("first.pdf"), tmp_path / "results.jsonl"
    jobs = tmp_path / "results.jsonl.sqlite"
    process = start(made, "--output", output, "--watch", "--quiet", 0.4, "--jobs", 1)
    wait_for(jobs, 1)
    shutil.copy(vector, made / "second.pdf")
    wait_for(jobs, 2)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)

    reports = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
    assert process.returncode == 0
    assert [Path(r["path"]).name for r in reports] == ["first.pdf", "second.pdf"]
    assert {r["schema"] for r in reports} == {"sigcheck.report/1"}


def test_bad_links_cost_a_row_also_while_watching(
    folder: Make, tmp_path: Path, start: Start, vector: Path
) -> None:
    """A link in a circle, one to nowhere and a pipe get their rows; the watch goes on."""
    made, output = folder("first.pdf"), tmp_path / "results.csv"
    (made / "circle.pdf").symlink_to("circle.pdf")
    (made / "nowhere.pdf").symlink_to("missing")
    os.mkfifo(made / "pipe.pdf")
    jobs = tmp_path / "results.csv.sqlite"
    process = start(made, "--output", output, "--watch", "--quiet", 0.4, "--jobs", 1)
    wait_for(jobs, 4)
    shutil.copy(vector, made / "second.pdf")
    wait_for(jobs, 5)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)

    found = {Path(name).name: verdict for name, (verdict, _, _) in rows(jobs).items()}
    assert process.returncode == 1
    assert found == {
        "first.pdf": "TOTAL-PASSED",
        "second.pdf": "TOTAL-PASSED",
        "circle.pdf": "UNREADABLE",
        "nowhere.pdf": "UNREADABLE",
        "pipe.pdf": "UNREADABLE",
    }


def test_tables_are_their_owners_and_replace_no_other_file(
    folder: Make, tmp_path: Path, start: Start
) -> None:
    """Tables name people: mode 0600. A file that no batch wrote stays, but for `--force`."""
    made, output = folder("a.pdf"), tmp_path / "results.csv"
    output.write_text("somebody's work")
    line = (made, "--output", output, "--jobs", 1)
    refused = start(*line)
    _, err = refused.communicate(timeout=60)
    kept = output.read_text()
    output.unlink()
    codes = []
    for _ in range(2):  # the second time the table is this batch's own
        process = start(*line)
        process.communicate(timeout=60)
        codes.append(process.returncode)

    assert (refused.returncode, kept) == (2, "somebody's work")
    assert f"There is a file “{output}” already" in err
    assert codes == [0, 0]
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "results.csv.sqlite").stat().st_mode) == 0o600


def test_rehash_finds_what_times_hide(folder: Make, tmp_path: Path, start: Start) -> None:
    """Every file is read; one written over in place with its old time is judged again."""
    made, output = folder("a.pdf", "b.pdf"), tmp_path / "results.sqlite"
    start(made, "--output", output, "--jobs", 1).communicate(timeout=60)
    before = (made / "a.pdf").stat()
    data = bytearray((made / "a.pdf").read_bytes())
    data[-40] ^= 1
    (made / "a.pdf").write_bytes(data)
    os.utime(made / "a.pdf", ns=(before.st_atime_ns, before.st_mtime_ns))
    after = (made / "a.pdf").stat()
    with sqlite3.connect(output) as database:
        seen = (after.st_ctime_ns, after.st_ino)
        database.execute("UPDATE documents SET ctime = ?, inode = ? WHERE path LIKE '%a.pdf'", seen)

    known, _ = start(made, "--output", output, "--jobs", 1).communicate(timeout=60)
    read, _ = start(made, "--output", output, "--jobs", 1, "--rehash").communicate(timeout=60)

    assert "2 files: 0 checked" in known
    assert "2 files: 1 checked" in read


def test_workbook_and_restart(folder: Make, tmp_path: Path, start: Start) -> None:
    """A workbook has the rows of the table; `--restart` judges everything anew."""
    made, output = folder("=1+1.pdf", "b.pdf"), tmp_path / "results.xlsx"
    line = (made, "--output", output, "--work", tmp_path / "work.sqlite", "--jobs", 1)
    start(*line).communicate(timeout=60)
    out, _ = start(*line, "--restart").communicate(timeout=60)

    sheet = openpyxl.load_workbook(output).active
    table = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert "2 files: 2 checked" in out
    assert {row[0] for row in table[1:]} == {str(made / "=1+1.pdf"), str(made / "b.pdf")}
    assert len(table) == 1 + 2 * 5


def test_evidence_packages(folder: Make, tmp_path: Path, start: Start) -> None:
    """Each document judged leaves a package that replays to the same verdict."""
    made, packages = folder("a.pdf", "b.pdf"), tmp_path / "packages"
    packages.mkdir()
    (made / "none.pdf").write_bytes(b"no document")

    assert start(made, "--output", tmp_path / "r.db", "--evidence", packages).wait(60) == 1

    found = sorted(packages.iterdir())
    assert [p.name.split(".")[0] for p in found] == ["a", "b"]
    assert [main(["replay", str(package)]) for package in found] == [0, 0]


def test_only_this_runs_documents_are_written(folder: Make, tmp_path: Path, start: Start) -> None:
    """A ledger may know more than a run asks for: the table and exit code are the run's."""
    made, output = folder("a.pdf", "b.pdf"), tmp_path / "results.csv"
    (made / "b.pdf").write_bytes(b"no document")
    assert start(made, "--output", output, "--jobs", 1).wait(60) == 1

    assert start(made / "a.pdf", "--output", output, "--jobs", 1).wait(60) == 0

    assert "b.pdf" not in output.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--output", "results.doc"), ".sqlite, .sqlite3, .db, .csv, .jsonl, .xlsx"),
        ((), ".sqlite"),
        (("--output", "/nowhere/results.csv"), "cannot be written to “/nowhere/results.csv”"),
        (("--output", "results.csv", "--work", "/nowhere/w.sqlite"), "/nowhere/w.sqlite"),
        (("--output", "results.csv", "--evidence", "/nowhere"), "there is no “/nowhere”"),
        (("--output", "results.csv", "--jobs", "many"), "--jobs"),
    ],
)
def test_mistakes_are_told_before_any_work(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    """Wrong usage is exit code 2 and a sentence that names what is wrong."""
    monkeypatch.chdir(tmp_path)

    assert main(["batch", str(tmp_path), *arguments, "--lang", "en"]) == 2
    assert sentence in capsys.readouterr().err
    assert [*tmp_path.iterdir()] == []


def test_a_full_disk_is_told(
    folder: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What was kept stays, the fault has its sentence, and no document is blamed."""
    keep, kept = JobDatabase.keep, 0

    def keep_two(jobs: JobDatabase, found: DocumentOutcome) -> None:
        nonlocal kept
        if kept == 2:
            jobs.database.execute("PRAGMA max_page_count = 1")
            jobs.database.execute("CREATE TABLE fill AS SELECT randomblob(1000000)")
        kept += 1
        keep(jobs, found)

    monkeypatch.setattr(JobDatabase, "keep", keep_two)
    before = signal.getsignal(signal.SIGINT)

    code = main(["batch", str(folder(count=4)), "-o", str(tmp_path / "r.db"), "--lang", "en"])

    assert code == 1
    assert "full" in capsys.readouterr().err
    assert len(rows(tmp_path / "r.db")) == 2
    assert signal.getsignal(signal.SIGINT) is before


_MEASURE = """
import resource, sys
from sigcheck.api import Verifier
from sigcheck.batch.jobs import JobDatabase
from sigcheck.batch.judging import Setup, judgement
from sigcheck.batch.run import Batch, LocalWorkers

if __name__ == "__main__":
    setup = Setup(Verifier())
    jobs = JobDatabase(sys.argv[2], judgement(setup))
    workers = LocalWorkers(setup, 2)
    done = sum(1 for _ in Batch([sys.argv[1]], jobs).run(workers))
    workers.close()
    jobs.close()
    print(done, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_number_of_files(tmp_path: Path, root: Path) -> None:
    """Ten thousand tiny files take what a thousand take, 4 MiB for SQLite's pages aside."""

    def peak(count: int) -> int:
        folder = tmp_path / str(count)
        folder.mkdir()
        for n in range(count):
            (folder / f"{n}.pdf").write_bytes(b"x")
        ran = subprocess.run(
            [sys.executable, "-c", _MEASURE, str(folder), str(tmp_path / f"{count}.sqlite")],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": str(root / "src")},
        )
        done, kibibytes = map(int, ran.stdout.split())
        assert done == count
        return kibibytes

    assert peak(10_000) - peak(1_000) < 4 * 1024
