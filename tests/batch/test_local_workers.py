"""A hostile file costs itself, never its neighbours."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from sigcheck import workers
from sigcheck.batch.documents import Task, documents
from sigcheck.batch.judging import SIGNATURE_COLUMNS, DocumentOutcome, Judge, Setup
from sigcheck.batch.run import LocalWorkers
from sigcheck.workers import WorkerStartError
from tests.batch import bad_worker
from tests.batch.conftest import Make
from tests.workers.odd import Unloadable

SIGNATURE = tuple(f"{n}" for n in range(len(SIGNATURE_COLUMNS)))


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "GRACE", 0.3)


def judged(
    setup: Setup, tasks: Iterator[Task], judge: Judge = bad_worker.judge
) -> tuple[dict[str, DocumentOutcome], list[tuple[str, str]]]:
    """Return the outcomes by name, and the losses."""
    losses: list[tuple[str, str]] = []
    engine = LocalWorkers(
        setup,
        2,
        judge=judge,
        on_loss=lambda task, code: losses.append((Path(task.path).name, code)),
    )
    try:
        found = [*engine.judge(tasks)]
    finally:
        engine.close()
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
    if code == "LIMIT-TIME":
        assert f"limit {setup.verifier.limits.max_seconds:.0f} s" in found[name].reason
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
        "pipe.pdf": "FILE-NOT-REGULAR",
        "no.pdf": "FILE-NOT-FOUND",
        tmp_path.name: "FILE-NOT-READABLE",
    }


def test_workers_that_cannot_start_end_the_batch(setup: Setup) -> None:
    """A machine on which no worker starts is no reason to call documents unreadable."""
    with pytest.raises(WorkerStartError):
        judged(setup, iter([Task("/a.pdf")]), Unloadable())


@pytest.mark.parametrize(
    "lie",
    [
        {"indication": "PERFECT"},
        {"signatures": [["one column"]]},
        {"signatures": 5},
        {"size": "many"},
        {"sha256": None, "seconds": []},
    ],
)
def test_lies_are_not_written_down(lie: dict[str, object]) -> None:
    """What has no verdict or another shape is no outcome, and its worker is lost."""
    honest = DocumentOutcome("", 7, 8, "cd", "TOTAL-PASSED", signatures=(SIGNATURE,))
    told = msgspec.to_builtins(honest, builtin_types=(bytes,))
    decode = msgspec.msgpack.Decoder(DocumentOutcome).decode

    assert decode(msgspec.msgpack.encode(told)) == honest
    with pytest.raises(msgspec.ValidationError):
        decode(msgspec.msgpack.encode({**told, **lie}))


class Mistaken:
    """A worker that answers for another document."""

    def __call__(self, task: Task, setup: Setup) -> DocumentOutcome:
        """Judge, and name another path."""
        return replace(bad_worker.judge(task, setup), path="/other.pdf")


def test_a_row_is_that_of_the_document_asked_for(setup: Setup) -> None:
    """Whatever path a worker says, it is not believed."""
    found, _ = judged(setup, iter([Task("/a.pdf")]), Mistaken())

    assert [o.path for o in found.values()] == ["/a.pdf"]


def test_a_name_that_is_no_text_travels(setup: Setup, folder: Make, vector: Path) -> None:
    """A file name in an old encoding is judged like any other, and its row names it so."""
    odd = os.fsdecode(os.fsencode(folder()) + b"/v\xe3n.pdf")
    Path(odd).write_bytes(vector.read_bytes())

    found, losses = judged(setup, documents([odd]))

    assert losses == []
    assert [(o.path, o.indication) for o in found.values()] == [(odd, "TOTAL-PASSED")]


def test_the_same_bytes_are_not_judged_twice(setup: Setup, folder: Make, vector: Path) -> None:
    """A file with a new time and the old digest is known by its bytes."""
    made = folder("a.pdf")
    digest = hashlib.sha256(vector.read_bytes()).hexdigest()

    found, _ = judged(setup, iter([Task(str(made / "a.pdf"), 1, 1, digest)]))

    assert found["a.pdf"].same
    assert found["a.pdf"].mtime == (made / "a.pdf").stat().st_mtime_ns
