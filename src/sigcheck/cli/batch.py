"""`sigcheck batch`: many documents into one table, by processes or a cluster, resumable."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import threading
from argparse import Namespace
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from shutil import disk_usage
from time import monotonic
from typing import Any, NamedTuple, Self

from msgspec.structs import replace

from sigcheck._version import __version__
from sigcheck.batch.documents import Task, WatchSettings, content, count
from sigcheck.batch.export import DATABASES, WRITERS, export, require
from sigcheck.batch.jobs import JobDatabase, ReasonCount, Tally, tally
from sigcheck.batch.judging import DocumentOutcome, Setup, judgement
from sigcheck.batch.run import Batch, Engine, LocalWorkers
from sigcheck.cli.parser import CommandLineError, Parser, flag, option, whole_number
from sigcheck.cli.streams import INTERRUPTED, exit_code, require_free
from sigcheck.cli.verify import FORCE, JUDGING, OUTPUT, PATHS, judging, verifier_of
from sigcheck.cli.verify import Request as Judging
from sigcheck.errors import SigcheckError, UnreadableError
from sigcheck.model.indication import DocumentIndication
from sigcheck.model.policy import MIB, Limits
from sigcheck.render.sanitize import plain
from sigcheck.render.words import Words

BY_VALUE = 4 * MIB
"""Bytes up to which `--by-value` sends a document itself."""
_ENDINGS = (*DATABASES, *WRITERS)
_MOST_JOBS = 1_000
_WATCH = WatchSettings()
_LONGEST_WAIT = 86_400.0


# --- arguments ------------------------------------------------------------------------------------


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= _LONGEST_WAIT:
        raise CommandLineError("USAGE-OPTION-NUMBER", least="0.1", most=f"{_LONGEST_WAIT:.0f}")
    return seconds


BATCH = (
    PATHS,
    OUTPUT,
    FORCE,
    option("--work", heading="result", is_path=True),
    flag("--reports", heading="result"),
    option("--evidence", heading="result", is_path=True),
    flag("--restart", heading="result"),
    flag("--rehash", heading="work"),
    option("--jobs", "-j", heading="work", convert=whole_number(0, _MOST_JOBS), default=0),
    flag("--watch", heading="work"),
    option("--settled", "--quiet", heading="work", convert=_seconds, default=_WATCH.quiet),
    option("--cluster", heading="work"),
    flag("--by-value", heading="work"),
    *JUDGING,
)


class BatchRequest(NamedTuple):
    """The arguments, checked."""

    judging: Judging
    """Trust, time and policy, as `verify` takes them."""
    output: str
    work: str
    """The job database: the output itself, or a file beside it."""
    jobs: int
    cluster: str | None
    by_value: bool
    watch: WatchSettings | None
    """How to watch; None where that is not asked for."""
    restart: bool
    rehash: bool
    """Whether every file is read, that its row stands."""
    reports: bool

    @property
    def paths(self) -> tuple[str, ...]:
        """Files, folders and addresses."""
        return self.judging.paths

    @property
    def exported(self) -> bool:
        """Whether a file is written from the job database at the end."""
        return self.output != self.work


def request(found: Namespace) -> BatchRequest:
    """Return what is asked for; raises CommandLineError with the sentence that helps."""
    if not found.paths:
        raise CommandLineError("USAGE-PATH-MISSING")
    ending = _ending(found.output)
    work = found.work or (found.output if ending in DATABASES else f"{found.output}.sqlite")
    if work != found.output and not (found.force or Path(work).exists()):
        require_free(found.output)  # a table beside its job database is this batch's own
    watch = WatchSettings(min(_WATCH.interval, found.settled / 2), found.settled)
    return BatchRequest(
        judging=judging(found)._replace(evidence=_folder(found.evidence)),
        output=found.output,
        work=work,
        jobs=found.jobs or os.cpu_count() or 1,
        cluster=found.cluster,
        by_value=found.by_value,
        watch=watch if found.watch else None,
        restart=found.restart,
        rehash=found.rehash,
        reports=found.reports or ending == ".jsonl",
    )


def _folder(path: str | None) -> str | None:
    """Return the folder for packages as its workers reach it."""
    if path is not None and not Path(path).is_dir():
        raise CommandLineError("EVIDENCE-FOLDER", detail=path)
    return path and str(Path(path).absolute())


def _ending(output: str | None) -> str:
    if output is None:
        raise CommandLineError("BATCH-OUTPUT", accepted=", ".join(_ENDINGS))
    ending = Path(output).suffix.lower()
    if ending not in _ENDINGS:
        raise CommandLineError(
            "USAGE-OPTION-CHOICE", option="--output", detail=output, accepted=", ".join(_ENDINGS)
        )
    if not Path(output).absolute().parent.is_dir():
        raise CommandLineError("OUTPUT-NOT-WRITABLE", detail=output)
    require(ending)
    return ending


# --- the command ----------------------------------------------------------------------------------


class Stop:
    """Whether somebody asked for the end, by Ctrl-C or SIGTERM; asking twice insists."""

    def __init__(self) -> None:
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


_NO_ROOM = 64 * 1024
"""Bytes free below which a disk counts as full: a database grows by pages of 4 KiB."""


def run(arguments: Sequence[str], words: Words) -> int:
    """Judge what is not known yet, write the result, return the exit code of the worst."""
    asked = request(Parser("batch", BATCH).read(arguments))
    setup, started = _setup(asked, words), monotonic()
    with Stop() as stop, closing(JobDatabase(asked.work, judgement(setup))) as jobs:
        try:
            judged = _work(asked, setup, jobs, words, stop)
            found = _finished(asked, jobs, words, stop)
        except sqlite3.Error as problem:
            full = getattr(problem, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL
            # Some file systems tell it as an I/O error.
            full = full or disk_usage(Path(asked.work).absolute().parent).free < _NO_ROOM
            code = "DISK-FULL" if full else "JOBS-FILE"
            raise SigcheckError(f"{asked.work}: {problem}", code=code) from problem
    print(summary(found, words, asked.output, judged=judged, seconds=monotonic() - started))
    if jobs.state == "stopped":
        return INTERRUPTED
    return exit_code(found.verdicts)


RUN = {"batch": run}
ARGUMENTS = {"batch": BATCH}


def _setup(asked: BatchRequest, words: Words) -> Setup:
    judging = asked.judging
    return Setup(
        verifier_of(judging, words), words.lang, judging.at, asked.reports, judging.evidence
    )


def _work(asked: BatchRequest, setup: Setup, jobs: JobDatabase, words: Words, stop: Stop) -> int:
    """Return how many documents were judged."""
    if asked.restart:
        jobs.forget()
    batch = Batch(asked.paths, jobs, reports=asked.reports, rehash=asked.rehash)
    screen = Screen(words, () if asked.watch else asked.paths)
    judged = 0
    if asked.watch:
        screen.line("watching", paths=", ".join(asked.paths))
    with closing(_engine(asked, setup, jobs, screen)) as engine:
        prepare = _by_value(setup.verifier.limits) if asked.by_value else _as_it_is
        for outcome in batch.run(engine, stopped=stop, watch=asked.watch, prepare=prepare):
            judged += not outcome.same
            screen.judged(outcome, batch.known)
    screen.clear()
    return judged


def _finished(asked: BatchRequest, jobs: JobDatabase, words: Words, stop: Stop) -> Tally:
    """Write the file that was asked for; half a table would be taken for the whole."""
    stopped = stop() and not asked.watch
    jobs.sync("stopped" if stopped else "ended")
    found = tally(jobs)
    if stopped:
        said = words.say("batch", "stopped", done=found.documents, jobs=jobs.path)
        print(plain(said), file=sys.stderr)
    elif not found.documents and not asked.watch:
        raise CommandLineError("NO-PDF-IN-FOLDER", detail=", ".join(asked.paths))
    elif asked.exported:
        export(jobs, asked.output, words)
    return found


def _engine(asked: BatchRequest, setup: Setup, jobs: JobDatabase, screen: Screen) -> Engine:
    def lost(task: Task, code: str) -> None:
        jobs.lost(task.path, code)
        screen.lost(task, code)

    if asked.cluster is None:
        return LocalWorkers(setup, asked.jobs, on_loss=lost)
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


# --- what it says while it works ------------------------------------------------------------------

_FAILURES = frozenset({DocumentIndication.TOTAL_FAILED.value, DocumentIndication.UNREADABLE.value})
_WIDTH = 24
_BAR_SECONDS = 0.2
_LINE_SECONDS = 30.0
_WINDOW = 20.0
"""Seconds over which the rate is measured: one slow file should not mislead for long."""
_MOST_SAMPLES = 200


class Screen:
    """A bar for a terminal, a line now and then for a log, and a line for each failure."""

    def __init__(self, words: Words, paths: Sequence[str]) -> None:
        """Begin to count the documents, in the background; without paths there is no total."""
        self._words = words
        self._terminal = sys.stderr.isatty()
        self._total: int | None = None
        self._said = monotonic()
        self._samples: deque[tuple[float, int]] = deque(maxlen=_MOST_SAMPLES)
        self._judged = 0
        threading.Thread(target=self._count, args=(tuple(paths),), daemon=True).start()

    def judged(self, outcome: DocumentOutcome, known: int) -> None:
        """Show that a document is done; a failure gets its line."""
        self._judged += 1
        if outcome.indication in _FAILURES and not outcome.same:
            verdict = self._words.name("indication", outcome.indication)
            self.line("failed", verdict=verdict, path=outcome.path, reason=outcome.reason)
        now = monotonic()
        if not self._samples:
            self._samples.append((now, self._judged))  # starting is over: the rate begins here
        if now - self._said >= (_BAR_SECONDS if self._terminal else _LINE_SECONDS):
            self._said = now
            self._progress(now, known)

    def lost(self, task: Task, code: str) -> None:
        """Tell of a worker lost over a document."""
        self.line("lost" if task.attempt == 1 else "lost_again", path=task.path, code=code)

    def line(self, key: str, /, **facts: object) -> None:
        """Write a sentence of the table `batch`."""
        self.clear()
        sys.stderr.write(f"{plain(self._words.say('batch', key, **facts))}\n")
        sys.stderr.flush()

    def clear(self) -> None:
        """Take the bar away."""
        if self._terminal:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _count(self, paths: tuple[str, ...]) -> None:
        try:
            self._total = count(paths) or None
        except (SigcheckError, OSError):
            self._total = None  # no total, no time remaining

    def _progress(self, now: float, known: int) -> None:
        while len(self._samples) > 1 and now - self._samples[0][0] > _WINDOW:
            self._samples.popleft()
        since, before = self._samples[0]
        self._samples.append((now, self._judged))
        rate = (self._judged - before) / (now - since) if now > since else 0.0
        done, total = self._judged + known, self._total
        left = max(total - done, 0) / rate if total and rate else None
        text = self._words.say(
            "batch",
            "progress",
            done=done,
            total=total if total is None else max(total, done),
            known=known or None,
            rate=f"{rate:.1f}",
            left=None if left is None else self._words.show(str(round(left)), "duration"),
        )
        if self._terminal:
            sys.stderr.write(f"\r\x1b[K{_bar(done, total)}{text}")
        else:
            sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def _bar(done: int, total: int | None) -> str:
    if not total:
        return ""
    filled = min(_WIDTH * done // total, _WIDTH)
    return f"[{'#' * filled}{'-' * (_WIDTH - filled)}] "


# --- the table at the end -------------------------------------------------------------------------

_GOOD = DocumentIndication.TOTAL_PASSED
_EXPLAINED = 3
"""Codes named in the advice."""
_PATH = 70
"""Characters of a path; its end tells more than its beginning."""


def summary(found: Tally, words: Words, output: str, *, judged: int, seconds: float) -> str:
    """Return counts by verdict and reason, the slowest and the largest documents."""
    rate = f"{judged / seconds:.1f}" if seconds else "0"
    head = words.say(
        "batch",
        "summary",
        count=found.documents,
        judged=judged,
        known=(found.documents - judged) or None,
        seconds=f"{seconds:.1f}",
        rate=rate,
        losses=found.losses or None,
    )
    lines = [head, ""]
    for indication in DocumentIndication:
        if count := found.verdicts.get(indication):
            lines.append(f"{count:>9}  {words.name('indication', indication)}")
            lines += _reasons(found, indication, words)
    lines += _listed(words.say("batch", "slowest"), _slowest(found))
    lines += _listed(words.say("batch", "largest"), _largest(found))
    return "\n".join([*lines, "", *_next_steps(found, words, output)])


def _next_steps(found: Tally, words: Words, output: str) -> Iterator[str]:
    """Say where the rows are, and how to learn what to do about the most frequent reasons."""
    yield plain(words.say("batch", "rows", path=output))
    worst_first = sorted(found.reasons, key=lambda reason: -reason.count)
    codes = dict.fromkeys(r.code for r in worst_first if r.indication is not _GOOD)
    if codes:
        yield words.say("batch", "explain", codes=" ".join([*codes][:_EXPLAINED]))


def _reasons(found: Tally, indication: DocumentIndication, words: Words) -> Iterator[str]:
    for reason in found.reasons:
        if reason.indication is indication:
            yield f"{reason.count:>18}  {reason.code}  {_text_of(reason, words)}"


def _text_of(reason: ReasonCount, words: Words) -> str:
    """Return the sentence of a single document; for several what they have in common."""
    if reason.count == 1:
        return plain(reason.sentence)
    if reason.code not in words.codes("findings"):
        return words.error(reason.code)
    text = words.show(reason.code, "finding")
    return f"{text[:1].upper()}{text[1:]}."


def _slowest(found: Tally) -> Iterator[tuple[str, str]]:
    for path, seconds in found.slowest:
        yield f"{seconds:.2f} s", path


def _largest(found: Tally) -> Iterator[tuple[str, str]]:
    for path, size in found.largest:
        yield f"{max(size, 0) / 1e6:.1f} MB", path


def _listed(title: str, rows: Iterator[tuple[str, str]]) -> Iterator[str]:
    for number, (figure, path) in enumerate(rows):
        if number == 0:
            yield f"\n{title}"
        shown = plain(path)
        yield f"{figure:>12}  {shown if len(shown) <= _PATH else '…' + shown[-_PATH:]}"
