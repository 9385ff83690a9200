"""Documents below the paths of a batch, one at a time: no list of them is ever made."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

from sigcheck.batch.content import described, file_system, is_address
from sigcheck.batch.task import Task

_SUFFIX = ".pdf"

Entries = Any
"""An open folder; `os.scandir`'s own class has no public name."""


def documents(paths: Iterable[str]) -> Iterator[Task]:
    """Yield every file named and every PDF below the folders named, links to folders closed.

    A path that is not there is yielded too: it gets a row of its own. The order of a folder is
    that of its file system.

    Raises:
        MissingPartError: for an address without what reads it.
    """
    for path in paths:
        if is_address(path):
            yield from _remote(path)
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
    return Task(path, found.st_size, found.st_mtime_ns)


def _below(folder: str) -> Iterator[Task]:
    """Walk down first: as many folders are open as the deepest one is deep."""
    opened: list[Entries] = []
    try:
        yield from _enter(folder, opened)
        while opened:
            entry = next(opened[-1], None)
            if entry is None:
                opened.pop().close()
            elif entry.is_dir(follow_symlinks=False):
                yield from _enter(entry.path, opened)
            elif entry.name.lower().endswith(_SUFFIX) and not entry.is_dir():
                yield _entry(entry)
    finally:
        for entries in opened:
            entries.close()


def _enter(folder: str, opened: list[Entries]) -> Iterator[Task]:
    try:
        opened.append(os.scandir(folder))
    except OSError:
        yield Task(folder)  # a folder nobody may look into is not passed over in silence


def _entry(entry: os.DirEntry[str]) -> Task:
    try:
        found = entry.stat()
    except OSError:
        return Task(entry.path)
    return Task(entry.path, found.st_size, found.st_mtime_ns)


def _remote(address: str) -> Iterator[Task]:
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
