"""A batch from beginning to end: what is found and not known is judged and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from sigcheck.batch.find import documents
from sigcheck.batch.ledger import Ledger
from sigcheck.batch.outcome import Outcome
from sigcheck.batch.task import Task
from sigcheck.batch.watch import Look, watched


class Engine(Protocol):
    """What judges: a crew on this machine, or a cluster."""

    def judge(self, tasks: Iterator[Task | None], stopped: Callable[[], bool]) -> Iterator[Outcome]:
        """Yield what came of each task, in any order, asking for tasks as it has room."""
        ...

    def close(self) -> None:
        """End everything that was started."""
        ...


class Batch:
    """The documents of some paths, each judged once."""

    def __init__(self, paths: Sequence[str], ledger: Ledger, *, reports: bool = False) -> None:
        """Take where to look and what is known already."""
        self.paths = paths
        self.ledger = ledger
        self.found = 0
        """Documents met so far, known ones included."""
        self.known = 0
        """Documents whose row stood already."""
        self._reports = reports
        self._in_hand: set[str] = set()

    def run(
        self,
        engine: Engine,
        *,
        stopped: Callable[[], bool] = lambda: False,
        look: Look | None = None,
        prepare: Callable[[Task], Task] = lambda task: task,
    ) -> Iterator[Outcome]:
        """Judge what the ledger lacks; yield each row once it is kept.

        With a `look` the folders are watched until `stopped` says so. `prepare` may add to a task
        before it goes to a worker.
        """

        def scan() -> Iterator[Task]:
            return self._wanting(stopped)

        source: Iterator[Task | None] = watched(scan, look) if look else scan()
        given = (task and self._given(prepare(task)) for task in source)
        for outcome in engine.judge(given, stopped):
            self.ledger.keep(outcome)
            self._in_hand.discard(outcome.path)
            yield outcome

    def _wanting(self, stopped: Callable[[], bool]) -> Iterator[Task]:
        self.found = self.known = 0
        for task in documents(self.paths):
            if stopped():
                return
            if task.path in self._in_hand:
                continue
            self.found += 1
            wanting = self.ledger.wanting(task, report=self._reports)
            if wanting is None:
                self.known += 1
            else:
                yield wanting

    def _given(self, task: Task) -> Task:
        # Named twice, or looked at again while it is judged: once is enough.
        self._in_hand.add(task.path)
        return task
