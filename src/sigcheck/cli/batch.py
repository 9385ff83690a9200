"""`sigcheck batch`: many documents into one table, by processes or a cluster, resumable."""

from __future__ import annotations

import signal
import sqlite3
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from time import monotonic
from typing import Any, Self

from msgspec.structs import replace

from sigcheck._version import __version__
from sigcheck.batch.content import content
from sigcheck.batch.crew import Crew
from sigcheck.batch.export import export
from sigcheck.batch.ledger import Ledger
from sigcheck.batch.run import Batch, Engine
from sigcheck.batch.tally import Tally, tally
from sigcheck.batch.task import Setup, Task, judgement
from sigcheck.cli import exits
from sigcheck.cli.batch_arguments import Request, request
from sigcheck.cli.batch_screen import Screen
from sigcheck.cli.batch_summary import summary
from sigcheck.cli.usage import CommandLineError
from sigcheck.cli.verify import verifier_of
from sigcheck.errors import SigcheckError, UnreadableError
from sigcheck.model.policy import MIB, Limits
from sigcheck.render.sanitize import plain
from sigcheck.render.words import Words

BY_VALUE = 4 * MIB
"""Bytes up to which `--by-value` sends a document itself."""


class Stop:
    """Whether somebody asked for the end, by Ctrl-C or SIGTERM; asking twice insists."""

    def __init__(self) -> None:
        """Nobody has asked yet."""
        self.signal = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        """Listen from now on."""
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the signals to whoever had them."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def __call__(self) -> bool:
        """Say whether to stop."""
        return bool(self.signal)

    def _hear(self, number: int, _frame: object) -> None:
        if self.signal:
            raise KeyboardInterrupt
        self.signal = number


def run(arguments: Sequence[str], words: Words) -> int:
    """Judge what is not known yet, write the result, return the exit code of the worst."""
    asked = request(arguments)
    setup, started = _setup(asked, words), monotonic()
    with Stop() as stop, closing(Ledger(asked.work, judgement(setup))) as ledger:
        try:
            judged = _work(asked, setup, ledger, words, stop)
            found = _finished(asked, ledger, words, stop)
        except sqlite3.Error as problem:
            raise SigcheckError(f"{asked.work}: {problem}", code="LEDGER-FILE") from problem
    print(summary(found, words, judged=judged, seconds=monotonic() - started))
    if ledger.state == "stopped":
        return exits.INTERRUPTED
    return exits.exit_code(found.verdicts)


def _setup(asked: Request, words: Words) -> Setup:
    judging = asked.judging
    return Setup(verifier_of(judging), words.lang, judging.at, asked.reports, judging.evidence)


def _work(asked: Request, setup: Setup, ledger: Ledger, words: Words, stop: Stop) -> int:
    """Return how many documents were judged."""
    if asked.restart:
        ledger.forget()
    batch = Batch(asked.paths, ledger, reports=asked.reports)
    screen = Screen(words, () if asked.look else asked.paths)
    judged = 0
    if asked.look:
        screen.line("watching", paths=", ".join(asked.paths))
    with closing(_engine(asked, setup, ledger, screen)) as engine:
        prepare = _by_value(setup.verifier.limits) if asked.by_value else _as_it_is
        for outcome in batch.run(engine, stopped=stop, look=asked.look, prepare=prepare):
            judged += not outcome.same
            screen.judged(outcome, batch.known)
    screen.clear()
    return judged


def _finished(asked: Request, ledger: Ledger, words: Words, stop: Stop) -> Tally:
    """Write the file that was asked for; half a table would be taken for the whole."""
    stopped = stop() and not asked.look
    ledger.settle("stopped" if stopped else "ended")
    found = tally(ledger)
    if stopped:
        said = words.say("batch", "stopped", done=found.documents, ledger=ledger.path)
        print(plain(said), file=sys.stderr)
    elif not found.documents and not asked.look:
        raise CommandLineError("NO-PDF-IN-FOLDER", detail=", ".join(asked.paths))
    elif asked.exported:
        export(ledger, asked.output, words)
    return found


def _engine(asked: Request, setup: Setup, ledger: Ledger, screen: Screen) -> Engine:
    def lost(task: Task, code: str) -> None:
        ledger.lost(task.path, code)
        screen.lost(task, code)

    if asked.cluster is None:
        return Crew(setup, asked.jobs, on_loss=lost)
    from sigcheck.batch.cluster import Cluster

    return Cluster(
        setup,
        asked.cluster,
        jobs=asked.jobs,
        on_loss=lost,
        on_refused=lambda name, found: screen.line(
            "refused", name=name, version=found, own=__version__
        ),
    )


def _as_it_is(task: Task) -> Task:
    return task


def _by_value(limits: Limits) -> Callable[[Task], Task]:
    """Return what puts a small document into its task; a large one travels as its path."""

    def loaded(task: Task) -> Task:
        if not 0 <= task.size <= BY_VALUE or task.sha256:
            return task
        try:
            task, data = content(task, limits)
        except UnreadableError:
            return task  # its worker says why
        return replace(task, data=data)

    return loaded
