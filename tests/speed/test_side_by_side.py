"""Several processes: the same in the same order, whatever happens to one of them."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import time
from collections.abc import Callable
from multiprocessing import util
from pathlib import Path

import pytest

import sigcheck
from sigcheck._crew import side_by_side
from sigcheck.errors import UsageError


def _length(path: str) -> int:
    return len(path)


def _lost(_: str) -> int:
    return -1


def test_the_order_is_that_of_the_paths() -> None:
    """Whoever is ready first."""

    def slow_at_first(path: str) -> str:
        time.sleep(0.2 if path in ("0", "9") else 0.001)
        return path

    paths = [str(number) for number in range(120)]

    assert list(side_by_side(slow_at_first, paths, 3, str)) == paths
    assert list(side_by_side(slow_at_first, iter(paths), 2, str)) == paths


def test_nothing_comes_of_nothing() -> None:
    """An empty list is no error."""
    assert list(side_by_side(_length, [], 2, _lost)) == []


def test_workers_end_by_themselves(tmp_path: Path) -> None:
    """Each sees that nobody asks it any more: no other holds its pipe open, none is killed."""

    def judge(path: str) -> str:
        util.Finalize(None, (tmp_path / str(os.getpid())).touch, exitpriority=0)
        return path

    list(side_by_side(judge, [str(number) for number in range(60)], 3, str))

    assert len(list(tmp_path.iterdir())) == 3


def _killed_by(*killers: str) -> Callable[[str], int]:
    def judge(path: str) -> int:
        if path in killers:
            os.kill(os.getpid(), signal.SIGKILL)
        return len(path)

    return judge


@pytest.mark.parametrize(
    "killers", [("x3",), ("x0", "x1", "x99"), tuple(f"x{n}" for n in range(9))]
)
def test_a_worker_that_dies_costs_its_document(killers: tuple[str, ...]) -> None:
    """The others of its chunk are judged by others."""
    paths = [f"x{number}" for number in range(100)]

    found = list(side_by_side(_killed_by(*killers), paths, 2, _lost))

    assert found == [-1 if path in killers else len(path) for path in paths]


def test_a_death_by_chance_costs_nothing(tmp_path: Path) -> None:
    """A document gets a second try."""

    def judge(path: str) -> int:
        if path == "x5" and not (tmp_path / "died").exists():
            (tmp_path / "died").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return len(path)

    paths = [f"x{number}" for number in range(10)]

    assert list(side_by_side(judge, paths, 2, _lost)) == [2] * 10


def test_what_is_raised_is_raised_in_its_turn() -> None:
    """After what came before it."""

    def judge(path: str) -> int:
        if path == "bad":
            raise UsageError("x", code="AT-OFFSET")
        return len(path)

    found = side_by_side(judge, ["a", "bb", "bad", "c"], 2, _lost)

    assert [next(found), next(found)] == [1, 2]
    with pytest.raises(UsageError) as raised:
        next(found)
    assert raised.value.code == "AT-OFFSET"


def test_nothing_is_read_far_ahead() -> None:
    """Of an endless list only as much as a few workers can hold."""
    asked = itertools.count()
    paths = (f"{next(asked)}" for _ in itertools.count())

    found = side_by_side(_length, paths, 2, _lost)
    taken = [next(found) for _ in range(1000)]
    time.sleep(0.2)
    found.close()  # type: ignore[attr-defined]

    assert len(taken) == 1000
    assert next(asked) < 1000 + 2 * 8 * 8 + 64


def test_workers_end_with_their_reader(tmp_path: Path) -> None:
    """One that stops early leaves no process behind."""

    def judge(path: str) -> int:
        (tmp_path / str(os.getpid())).touch()
        time.sleep(0.01)
        return len(path)

    found = side_by_side(judge, ["x"] * 1000, 2, _lost)
    next(found)
    found.close()  # type: ignore[attr-defined]

    for worker in tmp_path.iterdir():
        with pytest.raises(ProcessLookupError):
            os.kill(int(worker.name), 0)


@pytest.fixture
def folder(fixtures: Path, tmp_path: Path) -> list[str]:
    """Return copies of some test vectors."""
    sources = sorted((fixtures / "vectors" / "bytes").rglob("*.pdf"))[:8]
    paths = []
    for number, source in enumerate(sources * 3):
        paths.append(str(tmp_path / f"{number:02}.pdf"))
        shutil.copy(source, paths[-1])
    return paths


def test_reports_are_those_of_one_process(folder: list[str]) -> None:
    """Equal in every fact and finding."""
    verifier = sigcheck.Verifier()
    alone = list(verifier.verify_many(folder))

    together = list(verifier.verify_many(folder, jobs=2, at=alone[0].validation_time))

    assert [r.documents for r in together] == [
        verifier.verify(path, at=alone[0].validation_time).documents for path in folder
    ]


def test_a_document_that_kills_is_reported(folder: list[str]) -> None:
    """UNREADABLE, with the reason."""
    verifier = sigcheck.Verifier()

    def then(report: sigcheck.Report) -> sigcheck.Report:
        if report.document.path == folder[5] and report.document.sha256:
            os.kill(os.getpid(), signal.SIGKILL)
        return report

    found = list(verifier.verify_each(folder, then, jobs=2))

    assert [r.document.path for r in found] == folder
    reason = found[5].document.reason
    assert reason is not None
    assert reason.code == "WORKER-LOST"
    assert all(r.document.sha256 for r in found if r is not found[5])
