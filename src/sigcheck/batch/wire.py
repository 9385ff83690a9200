"""Frames between a batch and its workers: two lengths, a JSON header, then a blob of bytes.

Nothing that comes back from a worker is unpickled: one that read a hostile file is not believed.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

from sigcheck.batch.outcome import SIGNATURE_COLUMNS, Outcome
from sigcheck.batch.task import Task
from sigcheck.model.indication import DocumentIndication

MAX_HEADER = 64 * 1024 * 1024
"""Bytes of a header: a thousand signatures with long names stay below 3 MB."""
MAX_BLOB = 1024 * 1024 * 1024
"""Bytes of a blob: a document by value, or a deflated report."""

_LENGTHS = struct.Struct(">II")
_INDICATIONS = frozenset(indication.value for indication in DocumentIndication)

Header = dict[str, Any]
Frame = tuple[Header, bytes]


class WireError(Exception):
    """What came over the pipe is no frame of ours."""


def frame(header: Header, blob: bytes = b"") -> bytes:
    """Return a frame as it is sent."""
    data = json.dumps(header, separators=(",", ":")).encode("ascii")
    return b"".join((_LENGTHS.pack(len(data), len(blob)), data, blob))


class Frames:
    """Takes bytes as they come and gives back whole frames."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that are complete; raises WireError."""
        self._held += data
        while (found := self._whole()) is not None:
            yield found

    def _whole(self) -> Frame | None:
        if len(self._held) < _LENGTHS.size:
            return None
        header, blob = _lengths(self._held[: _LENGTHS.size])
        start, end = _LENGTHS.size + header, _LENGTHS.size + header + blob
        if len(self._held) < end:
            return None
        found = _header(bytes(self._held[_LENGTHS.size : start])), bytes(self._held[start:end])
        del self._held[:end]
        return found


def read_frame(stream: BinaryIO) -> Frame | None:
    """Return the next frame of a stream, None at its end; raises WireError."""
    prefix = stream.read(_LENGTHS.size)
    if len(prefix) < _LENGTHS.size:
        return None
    header, blob = _lengths(prefix)
    data = stream.read(header + blob)
    if len(data) < header + blob:
        return None
    return _header(data[:header]), data[header:]


def task_frame(task: Task) -> bytes:
    """Return a task as it is sent."""
    header = {name: getattr(task, name) for name in task.__struct_fields__ if name != "data"}
    return frame({**header, "by_value": task.data is not None}, task.data or b"")


def task(header: Header, blob: bytes) -> Task:
    """Return the task of a frame."""
    by_value = header.pop("by_value")
    return Task(**header, data=blob if by_value else None)


def outcome_frame(given: Outcome, *, fit: bool = True) -> bytes:
    """Return an outcome as it is sent; `fit` says whether its process may judge another."""
    header = {name: getattr(given, name) for name in given.__struct_fields__ if name != "report"}
    return frame({**header, "fit": fit}, given.report)


def outcome(header: Header, blob: bytes, of: Task) -> Outcome:
    """Return the outcome of a frame, which must be that of a task; raises WireError."""
    try:
        rows = tuple(tuple(map(str, row)) for row in header["signatures"])
        found = Outcome(
            path=of.path,
            size=int(header["size"]),
            mtime=int(header["mtime"]),
            signatures=rows,
            seconds=float(header["seconds"]),
            attempts=of.attempt,
            same=header["same"] is True,
            report=blob,
            **{name: str(header[name]) for name in _TEXTS},
        )
    except (KeyError, TypeError, ValueError) as problem:
        raise WireError(f"an outcome that cannot be read: {problem}") from problem
    if header.get("path") != of.path or found.indication not in _INDICATIONS:
        raise WireError("an outcome of another document")
    if any(len(row) != len(SIGNATURE_COLUMNS) for row in rows):
        raise WireError("an outcome with other columns")
    return found


_TEXTS = ("sha256", "indication", "sub_indication", "code", "reason", "validation_time")


def _lengths(prefix: bytes | bytearray) -> tuple[int, int]:
    header, blob = _LENGTHS.unpack(prefix)
    if header > MAX_HEADER or blob > MAX_BLOB:
        raise WireError(f"a frame of {header} and {blob} bytes")
    return header, blob


def _header(data: bytes) -> Header:
    try:
        found = json.loads(data)
    except ValueError as problem:
        raise WireError(str(problem)) from problem
    if not isinstance(found, dict):
        raise WireError("a header that is no object")
    return found
