"""A task costs one worker at worst; results come in order, checked, and nothing stays behind."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from pickle import PicklingError
from typing import Any

import pytest

from sigcheck import workers
from sigcheck.errors import UnreadableError
from sigcheck.workers import Work, WorkerPool, WorkerStartError
from tests.workers import odd
from tests.workers.odd import MIB, Said

Losses = list[tuple[str | None, str]]
Pool = WorkerPool[str, Said]


def work(
    prepare: Callable[[], Callable[[str], Said]] = odd.prepare, **bounds: Any
) -> Work[str, Said]:
    """Return the work of the odd workers."""
    return Work(prepare, str, Said, **{"seconds": 1.0, **bounds})


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "GRACE", 0.3)


@pytest.fixture
def losses() -> Losses:
    """Return where losses are noted."""
    return []


@pytest.fixture
def pool(losses: Losses) -> Iterator[Pool]:
    """Return a pool of two."""
    found: Pool = WorkerPool(work(memory=1024 * MIB), 2, lambda *loss: losses.append(loss))
    with closing(found):
        yield found


def gone(pid: int) -> bool:
    """Say whether a process ends within some seconds."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("task", "code"),
    [
        ("die", "WORKER-LOST"),
        ("sleep 60", "LIMIT-TIME"),
        ("eat 2048", "LIMIT-MEMORY"),
        ("babble nonsense", "WORKER-LOST"),
    ],
)
def test_a_lost_worker_costs_one_task_tried_twice(
    pool: Pool, losses: Losses, task: str, code: str
) -> None:
    """Its future names the reason; all other tasks are done."""
    names = [f"x{n}" for n in range(20)]
    tasks = [*names[:3], task, *names[3:]]

    found = {name: future.exception() or future.result() for name, future in pool.ordered(tasks)}

    problem = found.pop(task)
    assert isinstance(problem, UnreadableError)
    assert problem.code == code
    assert losses == [(task, code)] * 2
    assert {name: said.task for name, said in found.items() if isinstance(said, Said)} == {
        name: name for name in names
    }


def test_a_loss_by_accident_costs_nothing(pool: Pool, losses: Losses, tmp_path: Path) -> None:
    """A task gets a second try."""
    task = f"die-once {tmp_path / 'died'}"

    assert pool.submit(task).result().task == task
    assert losses == [(task, "WORKER-LOST")]


def test_the_order_is_that_of_the_tasks(pool: Pool) -> None:
    """Whichever is done first."""
    tasks = ["sleep 0.3" if n in (0, 9) else f"{n}" for n in range(150)]

    assert [future.result().task for _, future in pool.ordered(tasks)] == tasks
    assert list(pool.ordered([])) == []


def test_nothing_is_taken_far_ahead(pool: Pool) -> None:
    """Of an endless list only as much as its window holds."""
    taken = itertools.count()
    results = pool.ordered(str(next(taken)) for _ in itertools.count())

    for _ in range(500):
        next(results)[1].result()
    time.sleep(0.2)

    assert next(taken) <= 500 + 2 * 32 + 1


def test_workers_are_replaced_before_they_are_old(
    losses: Losses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What leaks, leaks for so many tasks at most; none is lost at the change."""
    monkeypatch.setattr(workers, "RECYCLE", 3)
    pool: Pool = WorkerPool(work(), 1, lambda *loss: losses.append(loss))

    with closing(pool):
        pids = [future.result().pid for _, future in pool.ordered(str(n) for n in range(10))]

    assert [len(list(same)) for _, same in itertools.groupby(pids)] == [3, 3, 3, 1]
    assert losses == []


def test_a_worker_lost_while_idle_is_no_task_s_fault(pool: Pool, losses: Losses) -> None:
    """What kills an idle worker, say the kernel, is not counted against the next task."""
    pool.wait_started()
    for pid in [worker.pid for worker in pool.running]:
        os.kill(pid, signal.SIGKILL)
        assert gone(pid)

    assert {future.result().task for _, future in pool.ordered("abcd")} == {*"abcd"}
    assert losses == [(None, "IDLE")] * 2


def test_a_cancelled_task_frees_its_worker(losses: Losses) -> None:
    """It is stopped at once, and that is no loss."""
    pool: Pool = WorkerPool(work(seconds=60.0), 1, lambda *loss: losses.append(loss))

    with closing(pool):
        pool.wait_started()
        begun, waiting = pool.submit("sleep 60"), pool.submit("never")
        time.sleep(0.3)
        assert begun.cancel()
        assert waiting.cancel()
        started = time.monotonic()
        assert pool.submit("next").result().task == "next"

    assert time.monotonic() - started < 30
    assert losses == []


def test_closing_ends_every_process(losses: Losses) -> None:
    """The busy ones too; what waits for them is told."""
    pool: Pool = WorkerPool(work(seconds=60.0), 2, lambda *loss: losses.append(loss))
    pool.wait_started()
    pids = [worker.pid for worker in pool.running]
    futures = [pool.submit("sleep 60") for _ in range(5)]
    time.sleep(0.3)

    pool.close()

    assert all(gone(pid) for pid in pids)
    assert {type(future.exception(1)) for future in futures} == {WorkerStartError}
    assert losses == []


def test_what_a_worker_started_is_killed_with_it(pool: Pool, tmp_path: Path) -> None:
    """A hung worker's own children do not outlive it."""
    noted = tmp_path / "pid"

    problem = pool.submit(f"child {noted}").exception()

    assert isinstance(problem, UnreadableError)
    assert gone(int(noted.read_text("utf-8")))


def test_idle_workers_end_by_themselves(tmp_path: Path) -> None:
    """None is killed that has nothing to do: what it runs at its end, runs."""
    pool: Pool = WorkerPool(work(odd.Leaving(tmp_path)), 3)
    with closing(pool):
        pool.wait_started()

    assert len(list(tmp_path.iterdir())) == 3


def test_what_a_worker_may_write_is_limited(tmp_path: Path) -> None:
    """A file grows to the limit and no further; the worker is lost over it."""
    pool: Pool = WorkerPool(work(written=1000), 1)
    with closing(pool):
        problem = pool.submit(f"write {tmp_path / 'file'}").exception()

    assert isinstance(problem, UnreadableError)
    assert (tmp_path / "file").stat().st_size <= 1000


def test_workers_that_cannot_start_are_said() -> None:
    """At once to who waits for the start, and to every task: nobody waits forever."""
    pool: Pool = WorkerPool(work(odd.unable), 1)
    with closing(pool):
        with pytest.raises(WorkerStartError):
            pool.wait_started()
        assert isinstance(pool.submit("x").exception(30), WorkerStartError)


def test_a_pool_recovers_once_workers_start_again(tmp_path: Path) -> None:
    """A machine without memory for a moment is no reason to restart the service."""
    marker = tmp_path / "no memory"
    pool: Pool = WorkerPool(work(odd.UnableAfter(marker)), 1)
    with closing(pool):
        assert pool.submit("a").result().task == "a"
        marker.touch()
        refused = pool.submit("die")
        assert isinstance(refused.exception(30), WorkerStartError)
        marker.unlink()
        assert pool.submit("b").result(30).task == "b"


def _leave_a_pool_open() -> None:
    pool: Pool = WorkerPool(work(), 1)
    pool.wait_started()


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_pool_left_open_ends_with_its_process(method: str) -> None:
    """A process that multiprocessing started, as Dask's are, does not wait for its workers."""
    context: Any = multiprocessing.get_context(method)
    process = context.Process(target=_leave_a_pool_open)
    process.start()
    process.join(30)
    ended = process.exitcode
    process.kill()

    assert ended == 0


def test_what_cannot_travel_is_refused_at_once() -> None:
    """A function without a name in a module does not pickle: the caller learns it, no thread."""
    with pytest.raises((AttributeError, PicklingError), match="pickle"):
        WorkerPool(work(lambda: odd.do), 1)


_WITHOUT = """
import logging, os, sys
for name in ("fork", "forkpty", "setsid", "killpg"):
    delattr(os, name)
import signal
for name in ("alarm", "setitimer", "pthread_sigmask"):
    delattr(signal, name)
import multiprocessing
assert multiprocessing.get_context("spawn")
"""
_USE = """
import logging, sys
from sigcheck.workers import Work, WorkerPool
from sigcheck import workers
from tests.workers import odd

if __name__ == "__main__":
    workers.GRACE = 1.0
    logging.basicConfig(stream=sys.stdout, format="%(message)s")
    pool = WorkerPool(Work(odd.prepare, str, odd.Said, seconds=2.0, memory=1 << 29), 2)
    tasks = ["a", "eat 600", "die", "sleep 60", "b"]
    lines = []  # printed at the end: threads of the pool log meanwhile
    for task, future in pool.ordered(tasks):
        problem = future.exception()
        lines.append(f"{task} -> {getattr(problem, 'code', None) or future.result().task}")
    lines.append(f"limited {pool.memory_limited}")
    pool.close()
    print("\\n".join(lines))
"""


def test_without_resource_and_fork(root: Path, tmp_path: Path) -> None:
    """It works by spawn; the limit on memory is left out, and that is said."""
    (tmp_path / "sitecustomize.py").write_text(_WITHOUT, "utf-8")
    (tmp_path / "resource.py").write_text("raise ImportError", "utf-8")
    (tmp_path / "use.py").write_text(_USE, "utf-8")

    done = subprocess.run(
        [sys.executable, str(tmp_path / "use.py")],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{root / 'src'}:{root}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    said = done.stdout.splitlines()
    assert said[0] == "this system cannot limit the memory of worker processes", done.stderr
    assert [line for line in said if "->" in line or "limited" in line] == [
        "a -> a",
        "eat 600 -> eat 600",
        "die -> WORKER-LOST",
        "sleep 60 -> LIMIT-TIME",
        "b -> b",
        "limited False",
    ]


_UNGUARDED = """
import sigcheck
print(len(list(sigcheck.Verifier().verify_many(["a", "b"], jobs=2))))
"""


def test_a_main_module_without_its_guard(root: Path, tmp_path: Path) -> None:
    """It is told what to do, and nothing waits or multiplies forever."""
    (tmp_path / "unguarded.py").write_text(_UNGUARDED, "utf-8")

    done = subprocess.run(
        [sys.executable, str(tmp_path / "unguarded.py")],
        env={**os.environ, "PYTHONPATH": str(root / "src")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 1
    assert "if __name__ == '__main__':" in done.stderr
    assert "WorkerStartError" in done.stderr.splitlines()[-1]
