"""Documents below the paths of a batch, one at a time, and what is in them.

A path is a file, a folder or an address that fsspec reads, such as `s3://bucket/folder`. No list of
the documents is ever made; a watched folder yields a file once no program writes to it any more.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from time import monotonic
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from sigcheck.errors import LimitExceededError, MissingPartError, UnreadableError
from sigcheck.model.policy import Limits
from sigcheck.sources import read, read_file

_SUFFIX = ".pdf"

Entries = Any
"""An open folder; `os.scandir`'s own class has no public name."""


class Task(Struct, frozen=True):
    """One document to judge."""

    path: str
    """An absolute path, or an address such as `s3://bucket/name.pdf`."""
    size: int = -1
    """Bytes, as the folder lists them; -1 where it could not be read."""
    mtime: int = 0
    """Nanoseconds since 1970, as the folder lists them; 0 where it could not be read."""
    sha256: str = ""
    """Of the file that was judged under this name before: the same bytes are not judged again."""
    data: bytes | None = None
    """The document itself, for a worker that cannot reach it; None for all others."""
    attempt: int = 1
    """Which try this is, from 1; for `OnLoss` and the row."""
    ctime: int = 0
    """As `mtime`, of the last change to the file or its entry: no program sets it at will."""
    inode: int = 0


# --- finding -------------------------------------------------------------------------------------


def documents(paths: Iterable[str]) -> Iterator[Task]:
    """Yield every file named and every PDF below the folders named, links to folders closed.

    A path that is not there is yielded too: it gets a row of its own. The order of a folder is
    that of its file system.

    Raises:
        MissingPartError: for an address without what reads it.
    """
    for path in paths:
        if is_address(path):
            yield from _walked(path)
        elif os.path.isdir(path):
            yield from _below(os.path.abspath(path))
        else:
            yield _named(os.path.abspath(path))


def count(paths: Iterable[str]) -> int:
    """Return how many documents there are now."""
    return sum(1 for _ in documents(paths))


def _named(path: str) -> Task:
    try:
        found = os.stat(path)
    except OSError:
        return Task(path)
    return _described(path, found)


def _described(path: str, found: os.stat_result) -> Task:
    ctime, inode = found.st_ctime_ns, found.st_ino
    return Task(path, found.st_size, found.st_mtime_ns, ctime=ctime, inode=inode)


def _below(folder: str) -> Iterator[Task]:
    """Walk down first: as many folders are open as the deepest one is deep."""
    opened: list[Entries] = []
    try:
        yield from _enter(folder, opened)
        while opened:
            try:
                entry = next(opened[-1], None)
            except OSError:  # it was moved away, or its disk is
                entry = None
            if entry is None:
                opened.pop().close()
            elif _is_dir(entry, follow=False):
                yield from _enter(entry.path, opened)
            elif entry.name.lower().endswith(_SUFFIX) and not _is_dir(entry, follow=True):
                yield _entry(entry)
    finally:
        for entries in opened:
            entries.close()


def _is_dir(entry: os.DirEntry[str], *, follow: bool) -> bool:
    """Say whether an entry is a folder; a link in a circle is none, and gets a row of its own."""
    try:
        return entry.is_dir(follow_symlinks=follow)
    except OSError:
        return False


def _enter(folder: str, opened: list[Entries]) -> Iterator[Task]:
    try:
        opened.append(os.scandir(folder))
    except OSError:
        yield Task(folder)  # a folder that may not be read is not passed over in silence


def _entry(entry: os.DirEntry[str]) -> Task:
    try:
        found = entry.stat()
    except OSError:
        return Task(entry.path)
    return _described(entry.path, found)


def _walked(address: str) -> Iterator[Task]:
    system, root = file_system(address)
    if not system.isdir(root):
        yield _remote_named(system, root, address)
        return
    for _, _, files in system.walk(root, detail=True):
        for name, info in files.items():
            if name.lower().endswith(_SUFFIX):
                yield described(system.unstrip_protocol(info["name"]), info)


def _remote_named(system: Any, root: str, address: str) -> Task:
    try:
        return described(address, system.info(root))
    except OSError:
        return Task(address)


# --- reading -------------------------------------------------------------------------------------


def is_address(path: str) -> bool:
    """Say whether a path is an address for fsspec, such as `s3://bucket/folder`."""
    scheme, found, _ = path.partition("://")
    return bool(found) and scheme.replace("+", "").replace("-", "").isalnum()


def content(task: Task, limits: Limits) -> tuple[Task, bytes]:
    """Return the task with the size and time of what was read, and the bytes.

    Raises:
        UnreadableError: as `sources.read_file`.
    """
    if task.data is not None:
        return task, task.data
    try:
        return _remote(task, limits) if is_address(task.path) else _local(task, limits)
    except FileNotFoundError as problem:
        raise UnreadableError(task.path, code="FILE-NOT-FOUND") from problem
    except OSError as problem:
        raise UnreadableError(problem.strerror or "", code="FILE-NOT-READABLE") from problem


def _local(task: Task, limits: Limits) -> tuple[Task, bytes]:
    state, data = read_file(task.path, limits)
    seen = _described(task.path, state)
    return replace(seen, sha256=task.sha256, attempt=task.attempt), data


def _remote(task: Task, limits: Limits) -> tuple[Task, bytes]:
    system, path = file_system(task.path)
    listed = described(task.path, system.info(path))
    if listed.size > limits.max_file_size:
        raise LimitExceededError(f"{listed.size} bytes", code="LIMIT-FILE-SIZE")
    with system.open(path, "rb") as file:
        return replace(task, size=listed.size, mtime=listed.mtime), read(file, limits)


def file_system(address: str) -> tuple[Any, str]:
    """Return what reads an address, and the path there.

    Raises:
        MissingPartError: without fsspec, or its part for this scheme.
    """
    try:
        from fsspec.core import url_to_fs

        system, path = url_to_fs(address)
    except (ImportError, ValueError) as problem:
        raise MissingPartError(f"fsspec: {problem}") from problem
    return system, str(path)


def described(path: str, info: dict[str, Any]) -> Task:
    """Return the task for an entry of a listing; each file system names the time its own way."""
    times = (info.get(key) for key in ("mtime", "LastModified", "last_modified", "created"))
    moment = next((time for time in times if time is not None), 0)
    seconds = moment.timestamp() if isinstance(moment, datetime) else moment
    mtime = int(seconds * 1e9) if isinstance(seconds, int | float) else 0
    return Task(path, int(info.get("size") or 0), mtime)


# --- watching ------------------------------------------------------------------------------------

MOST = 20_000
"""Files that wait to be finished at the same time; more are met at a later look."""
_TEMPORARY = (".", "~")
"""How a name begins while a program still writes or locks it."""


class WatchSettings(Struct, frozen=True):
    """How often to look, and how long a file must have stayed the same."""

    interval: float = 2.0
    """Seconds between two looks; ten times as long as a look takes, if that is more."""
    quiet: float = 4.0
    """Seconds without a change of size or time before a file counts as finished."""


def watched(scan: Callable[[], Iterator[Task]], settings: WatchSettings) -> Iterator[Task | None]:
    """Yield the files of repeated scans as they are finished; None while there is none.

    It never ends by itself. The clock of the file system is not believed: what counts is that two
    looks of ours, `quiet` apart, saw the same size and time.
    """
    waiting: dict[str, tuple[int, int, float]] = {}
    while True:
        started = monotonic()
        met: dict[str, tuple[int, int, float]] = {}
        for task in scan():
            if _is_temporary(task.path):
                continue
            state = _state(task, waiting.get(task.path), started)
            if started - state[2] >= settings.quiet:
                yield task
            elif len(met) < MOST:
                met[task.path] = state
        waiting = met
        yield from _pause(max(settings.interval, 10 * (monotonic() - started)), started)


def _state(task: Task, before: tuple[int, int, float] | None, now: float) -> tuple[int, int, float]:
    if before is not None and before[:2] == (task.size, task.mtime):
        return before
    return task.size, task.mtime, now


def _pause(seconds: float, since: float) -> Iterator[None]:
    while monotonic() - since < seconds:
        yield None


def _is_temporary(path: str) -> bool:
    return os.path.basename(path).startswith(_TEMPORARY)
