"""A hostile file costs itself, never its neighbours."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sigcheck.batch import crew as module
from sigcheck.batch.crew import Crew, WorkersLostError
from sigcheck.batch.find import documents
from sigcheck.batch.outcome import Outcome
from sigcheck.batch.process import Worker
from sigcheck.batch.task import Setup, Task
from tests.batch.conftest import Make

BAD = (sys.executable, str(Path(__file__).with_name("bad_worker.py")))


@pytest.fixture(autouse=True)
def _short_halt(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    monkeypatch.setattr(module, "HALT", 0.3)
    monkeypatch.setenv("PYTHONPATH", f"{root / 'src'}:{root}")


def judged(
    setup: Setup, tasks: Iterator[Task], command: tuple[str, ...] = BAD, size: int = 2
) -> tuple[dict[str, Outcome], list[tuple[str, str]]]:
    """Return the outcomes by name, and the losses."""
    losses: list[tuple[str, str]] = []
    crew = Crew(
        setup,
        size,
        command=command,
        on_loss=lambda task, code: losses.append((Path(task.path).name, code)),
    )
    try:
        found = [*crew.judge(tasks)]
    finally:
        crew.close()
    assert len({o.path for o in found}) == len(found)
    return {Path(o.path).name: o for o in found}, losses


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("crash.pdf", "WORKER-LOST"),
        ("hang.pdf", "LIMIT-TIME"),
        ("hog.pdf", "LIMIT-MEMORY"),
    ],
)
def test_a_file_that_stops_its_worker_gets_its_own_verdict(
    setup: Setup, folder: Make, vector: Path, name: str, code: str
) -> None:
    """It is tried twice, then named with its digest; the files around it are judged as ever."""
    found, losses = judged(setup, documents([str(folder(name, count=6))]))

    assert losses == [(name, code)] * 2
    assert (found[name].indication, found[name].code) == ("UNREADABLE", code)
    assert found[name].sha256 == hashlib.sha256(vector.read_bytes()).hexdigest()
    assert [found[f"{n:03}.pdf"].indication for n in range(6)] == ["TOTAL-PASSED"] * 6


def test_a_worker_lost_by_accident_costs_nothing(setup: Setup, folder: Make) -> None:
    """A file that only once went wrong is judged at its second try."""
    found, losses = judged(setup, documents([str(folder("crash-once.pdf", count=2))]))

    assert losses == [("crash-once.pdf", "WORKER-LOST")]
    assert found["crash-once.pdf"].indication == "TOTAL-PASSED"
    assert found["crash-once.pdf"].attempts == 2


def test_a_fault_of_ours_costs_one_document(setup: Setup, folder: Make) -> None:
    """An exception nobody foresaw is a verdict by name, and the worker lives on."""
    found, losses = judged(setup, documents([str(folder("bug.pdf", count=1))]))

    assert losses == []
    assert found["bug.pdf"].code == "UNEXPECTED"
    assert "nobody foresaw this" in found["bug.pdf"].reason
    assert found["000.pdf"].indication == "TOTAL-PASSED"


def test_files_that_are_no_files(setup: Setup, tmp_path: Path) -> None:
    """A pipe nobody writes to, a missing file and a folder are told, and nobody waits for them."""
    os.mkfifo(tmp_path / "pipe.pdf")
    tasks = [Task(str(tmp_path / "pipe.pdf")), Task(str(tmp_path / "no.pdf")), Task(str(tmp_path))]

    found, losses = judged(setup, iter(tasks))

    assert losses == []
    assert {n: o.code for n, o in found.items()} == {
        "pipe.pdf": "FILE-NOT-READABLE",
        "no.pdf": "FILE-NOT-FOUND",
        tmp_path.name: "FILE-NOT-READABLE",
    }


def test_workers_that_cannot_start_end_the_batch(setup: Setup) -> None:
    """A machine on which no worker starts is no reason to call documents unreadable."""
    with pytest.raises(WorkersLostError):
        judged(setup, iter([Task("/a.pdf")]), (sys.executable, "-c", "pass"))


def test_workers_are_replaced_before_they_are_old(
    setup: Setup, folder: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever leaks, leaks for so many documents at most; none is lost at the change."""
    monkeypatch.setattr(module, "RECYCLE", 3)
    made: list[Worker] = []
    monkeypatch.setattr(module, "Worker", counting(made))

    found, losses = judged(setup, documents([str(folder(count=10))]), size=1)

    assert (len(found), losses) == (10, [])
    assert len(made) == 4


def counting(made: list[Worker]) -> type[Worker]:
    """Return the class of workers, each of whose instances is noted."""

    class Counted(Worker):
        def __init__(self, setup: Setup, command: tuple[str, ...]) -> None:
            made.append(self)
            super().__init__(setup, command)

    return Counted


def test_the_same_bytes_are_not_judged_twice(setup: Setup, folder: Make, vector: Path) -> None:
    """A file with a new time and the old digest is known by its bytes."""
    made = folder("a.pdf")
    digest = hashlib.sha256(vector.read_bytes()).hexdigest()

    found, _ = judged(setup, iter([Task(str(made / "a.pdf"), 1, 1, digest)]))

    assert found["a.pdf"].same
    assert found["a.pdf"].mtime == (made / "a.pdf").stat().st_mtime_ns
