"""The same batch on a Dask cluster of real processes on loopback, some of which die."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from sigcheck._version import __version__
from sigcheck.batch import cluster
from sigcheck.batch.cluster import Cluster, ClusterError
from sigcheck.batch.documents import Task, documents
from sigcheck.batch.jobs import JobDatabase
from sigcheck.batch.judging import DocumentOutcome, Setup, judgement
from sigcheck.batch.run import Batch
from sigcheck.errors import MissingPartError
from tests.batch import bad_worker
from tests.batch.conftest import Make, Start, wait_for

pytest.importorskip("distributed")

WORKER = "from distributed.cli.dask_worker import main; __name__ == '__main__' and main()"
OTHER = f"import sigcheck._version as v; v.__version__ = '9.9.9'; {WORKER}"
SCHEDULER = "from distributed.cli.dask_scheduler import main; main()"


class Machines:
    """A scheduler and workers, as processes of this test."""

    def __init__(self, root: Path, work: Path) -> None:
        """Start the scheduler."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        self._work = work
        self._environment = {**os.environ, "PYTHONPATH": f"{root / 'src'}:{root}"}
        self.processes: list[subprocess.Popen[bytes]] = []
        self._start(
            SCHEDULER, "--host", self.address.rpartition(":")[0], "--port", self.address[-5:]
        )

    def worker(self, name: str, code: str = WORKER) -> subprocess.Popen[bytes]:
        """Start a worker without a nanny: killed, it stays dead."""
        options = ("--no-nanny", "--nthreads", "1", "--name", name)
        return self._start(code, self.address, *options, "--local-directory", str(self._work))

    def nanny(self) -> subprocess.Popen[bytes]:
        """Start a worker as Dask does by default: a daemonic process under a nanny."""
        options = ("--nthreads", "1", "--local-directory", str(self._work))
        return self._start(WORKER, self.address, *options)

    def _start(self, code: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self._work / f"log-{len(self.processes)}").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", code, *arguments, "--no-dashboard"],
                env=self._environment,
                stderr=log,
                stdout=log,
            )
        self.processes.append(process)
        return process

    def end(self) -> None:
        """Kill them all."""
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def machines(root: Path, tmp_path: Path) -> Iterator[Machines]:
    """Return a scheduler to which workers may be added."""
    found = Machines(root, tmp_path)
    try:
        yield found
    finally:
        found.end()


@pytest.fixture
def jobs(tmp_path: Path, setup: Setup) -> Iterator[JobDatabase]:
    """Return a job database for the rows."""
    found = JobDatabase(str(tmp_path / "results.sqlite"), judgement(setup))
    yield found
    found.close()


def paths(jobs: JobDatabase) -> list[str]:
    """Return the names of all rows."""
    return [Path(p).name for (p,) in jobs.database.execute("SELECT path FROM documents")]


def test_a_worker_killed_in_the_middle(
    machines: Machines, setup: Setup, folder: Make, jobs: JobDatabase
) -> None:
    """Nothing is lost and nothing is there twice; a worker of another version is refused by name.

    One worker is killed, a second of another version never judges, a third that comes late does
    the rest; a file that stops its process is reported as at home.
    """
    doomed = machines.worker("doomed")
    machines.worker("old", OTHER)
    made = folder("crash.pdf", count=70)
    refused: list[tuple[str, str]] = []
    losses: list[str] = []
    engine = Cluster(
        setup,
        machines.address,
        judge=bad_worker.judge,
        on_loss=lambda task, _code: losses.append(Path(task.path).name),
        on_refused=lambda name, version: refused.append((name.partition(" ")[0], version)),
    )
    found: list[DocumentOutcome] = []
    with closing(engine):
        engine._client.wait_for_workers(2, timeout=20)
        for outcome in Batch([str(made)], jobs).run(engine):
            found.append(outcome)
            if len(found) == 10:
                doomed.kill()
                machines.worker("late")

    expected = sorted(path.name for path in made.iterdir())
    assert sorted(paths(jobs)) == expected
    assert sorted(Path(o.path).name for o in found) == expected
    assert {o.indication for o in found if "crash" not in o.path} == {"TOTAL-PASSED"}
    assert {o.code for o in found if "crash" in o.path} == {"WORKER-LOST"}
    assert set(losses) == {"crash.pdf"}
    assert refused == [("old", "9.9.9")]
    assert doomed.wait(5) == -9


def test_documents_by_value(machines: Machines, setup: Setup, vector: Path) -> None:
    """A document only we can reach travels itself; its row is as if it had been read there."""
    fsspec = pytest.importorskip("fsspec")
    machines.worker("only")
    fsspec.filesystem("memory").pipe({"/in/a.pdf": vector.read_bytes(), "/in/b.pdf": b"none"})
    tasks = [
        replace(task, data=fsspec.filesystem("memory").cat(task.path.removeprefix("memory://")))
        for task in documents(["memory://in"])
    ]

    with closing(Cluster(setup, machines.address)) as engine:
        found = {o.path: o.indication for o in engine.judge(iter(tasks))}

    assert found == {"memory:///in/a.pdf": "TOTAL-PASSED", "memory:///in/b.pdf": "UNREADABLE"}


def test_back_pressure(machines: Machines, setup: Setup) -> None:
    """Tasks are asked for as there is room, not all at once."""
    machines.worker("only")
    asked = 0

    def endless() -> Iterator[Task]:
        nonlocal asked
        while True:
            asked += 1
            yield Task(f"/nowhere/{asked}.pdf")

    with closing(Cluster(setup, machines.address)) as engine:
        engine._client.wait_for_workers(1, timeout=20)
        rows = engine.judge(endless())
        done = sum(1 for _, _ in zip(range(40), rows, strict=False))
        time.sleep(0.5)

    assert done == 40
    assert asked <= 40 + 16 * 5


def test_only_workers_of_another_version(machines: Machines, setup: Setup) -> None:
    """A cluster on which nobody may judge is an error, not a batch that waits forever."""
    machines.worker("old", OTHER)

    with closing(Cluster(setup, machines.address)) as engine:
        engine._client.wait_for_workers(1, timeout=20)
        with pytest.raises(ClusterError) as caught:
            next(engine.judge(iter([Task("/a.pdf")])))

    assert (caught.value.code, caught.value.detail) == ("CLUSTER-NO-WORKERS", __version__)


def test_a_worker_that_may_start_no_process(machines: Machines, setup: Setup) -> None:
    """Dask's own default under a nanny: what to set is said before any document is sent."""
    machines.nanny()

    with closing(Cluster(setup, machines.address)) as engine:
        engine._client.wait_for_workers(1, timeout=20)
        with pytest.raises(ClusterError) as caught:
            next(engine.judge(iter([Task("/a.pdf")])))

    assert caught.value.code == "CLUSTER-DAEMON"


def test_no_scheduler(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address where nobody listens is told as that."""
    monkeypatch.setattr("sigcheck.batch.cluster.CONNECT", 0.3)

    with pytest.raises(ClusterError) as caught:
        Cluster(setup, "tcp://127.0.0.1:9")

    assert caught.value.code == "CLUSTER-UNREACHABLE"


def test_without_the_extra(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Dask is not installed the missing part is named."""
    monkeypatch.setitem(sys.modules, "distributed", None)

    with pytest.raises(MissingPartError, match="cluster"):
        Cluster(setup, "local")


def test_ctrl_c_at_a_terminal(folder: Make, tmp_path: Path, start: Start) -> None:
    """It reaches the workers made here, too: the end is as clean as without a cluster."""
    made, output = folder(count=150), tmp_path / "results.sqlite"
    process = start(made, "-o", output, "--cluster", "local", "--jobs", 1, own_group=True)
    wait_for(output, 2)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=20)

    assert process.returncode == 130
    assert err.splitlines() == [line for line in err.splitlines() if line.startswith("Stopped")]


def test_a_cluster_made_here_lets_nobody_else_in() -> None:
    """Tasks are code: another user of this machine reaches the port, and gets nothing from it."""
    distributed = pytest.importorskip("distributed")

    home, client = cluster._connect("local", 1)
    try:
        address = home.scheduler_address
        assert address.startswith("tls://127.0.0.1:")
        for others in (None, distributed.Security.temporary()):
            with pytest.raises((OSError, TypeError)):
                distributed.Client(
                    address if others else address.replace("tls", "tcp"),
                    timeout=0.5,
                    security=others,
                    set_as_default=False,
                )
        assert client.submit(int, "7").result(timeout=10) == 7
    finally:
        client.close()
        home.close()
