"""The bytes of a document and what the folder says about them at that moment."""

from __future__ import annotations

import os
import stat
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from sigcheck.batch.task import Task
from sigcheck.errors import LimitExceededError, MissingPartError, UnreadableError
from sigcheck.model.policy import Limits


def is_address(path: str) -> bool:
    """Say whether a path is an address for fsspec, such as `s3://bucket/folder`."""
    scheme, found, _ = path.partition("://")
    return bool(found) and scheme.replace("+", "").replace("-", "").isalnum()


def content(task: Task, limits: Limits) -> tuple[Task, bytes]:
    """Return the task with the size and time of what was read, and the bytes.

    Raises:
        UnreadableError: FILE-NOT-FOUND, FILE-NOT-READABLE or LIMIT-FILE-SIZE.
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
    # A pipe that nobody writes to would wait for ever.
    descriptor = os.open(task.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        # Asked before reading: a file still being written gets another time, and another look.
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise UnreadableError("no regular file", code="FILE-NOT-READABLE")
        task = replace(task, size=found.st_size, mtime=found.st_mtime_ns)
        return task, _bounded(file.read(limits.max_file_size + 1), limits)


def _remote(task: Task, limits: Limits) -> tuple[Task, bytes]:
    system, path = file_system(task.path)
    listed = described(task.path, system.info(path))
    if listed.size > limits.max_file_size:
        raise LimitExceededError(f"{listed.size} bytes", code="LIMIT-FILE-SIZE")
    data = _bounded(system.cat_file(path), limits)
    return replace(task, size=listed.size, mtime=listed.mtime), data


def _bounded(data: bytes, limits: Limits) -> bytes:
    if len(data) > limits.max_file_size:
        raise LimitExceededError(f"over {limits.max_file_size} bytes", code="LIMIT-FILE-SIZE")
    return data


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
