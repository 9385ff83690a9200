"""A document becomes bytes: from a path, bytes or an open file, bounded and read once."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from typing import BinaryIO

from msgspec import Struct

from sigcheck.errors import LimitExceededError, UnreadableError
from sigcheck.model.policy import Limits

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO
"""A path, the bytes of a document, or a file opened for reading bytes."""

_PATHS = (str, os.PathLike)
_BYTES = (bytes, bytearray, memoryview)
_NO_WAITING = getattr(os, "O_NONBLOCK", 0)
"""A pipe without a writer would wait for ever."""
_FLAGS = os.O_RDONLY | _NO_WAITING | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def require_source(source: object) -> None:
    """Raise TypeError for what is no `Source`."""
    if isinstance(source, (*_PATHS, *_BYTES)):
        return
    if isinstance(source, io.TextIOBase) or not callable(getattr(source, "read", None)):
        kind = type(source).__name__
        raise TypeError(f"a path, bytes or a file opened for reading bytes, not {kind}")


def name_of(source: Source) -> str:
    """Return the path of a source, `-` where it has none."""
    if isinstance(source, str | os.PathLike):
        return os.fspath(source)
    return str(getattr(source, "name", "-"))


def read(source: Source, limits: Limits) -> bytes:
    """Return the bytes of a document.

    Raises:
        UnreadableError: as `read_file`, and for an open file that is larger than the limit.
        TypeError: for an open file that gives no bytes; what else it raises goes to the caller.
    """
    if isinstance(source, str | os.PathLike):
        return read_file(source, limits)[1]
    if isinstance(source, bytes):
        return source
    if isinstance(source, bytearray | memoryview):
        return bytes(source)
    return _read_open(source, limits)


def _read_open(file: BinaryIO, limits: Limits) -> bytes:
    # One byte more than allowed tells an oversized stream from one that just fits.
    data, left = bytearray(), limits.max_file_size + 1
    while left > 0 and (chunk := file.read(left)):
        if not isinstance(chunk, bytes):
            raise TypeError(f"the file gives {type(chunk).__name__}, not bytes")
        data += chunk
        left -= len(chunk)
    return _bounded(bytes(data), limits)


def read_file(path: str | os.PathLike[str], limits: Limits) -> tuple[os.stat_result, bytes]:
    """Return the state of a regular file as it was before reading, and its bytes.

    Raises:
        UnreadableError: FILE-NOT-FOUND, FILE-NOT-READABLE, FILE-NOT-REGULAR for a pipe, socket or
            device, FILE-CHANGING where it was written to meanwhile, LIMIT-FILE-SIZE.
    """
    try:
        # Looked at first, for to open a device may do something; then again, what was opened.
        _require_regular(os.stat(path).st_mode)
        with open(os.open(path, _FLAGS), "rb") as file:
            state = os.fstat(file.fileno())
            _require_regular(state.st_mode)
            if state.st_size > limits.max_file_size:
                raise LimitExceededError(f"{state.st_size} bytes", code="LIMIT-FILE-SIZE")
            data = _bounded(file.read(limits.max_file_size + 1), limits)
            after = os.fstat(file.fileno())
    except FileNotFoundError as problem:
        raise UnreadableError(os.fspath(path), code="FILE-NOT-FOUND") from problem
    except OSError as problem:
        raise UnreadableError(problem.strerror or "", code="FILE-NOT-READABLE") from problem
    if (after.st_mtime_ns, len(data)) != (state.st_mtime_ns, state.st_size):
        raise UnreadableError(code="FILE-CHANGING")
    return state, data


def identity(path: str | os.PathLike[str]) -> tuple[str, int]:
    """Return SHA-256 and size of a file that was not read, however large; nothing for no file."""
    try:
        _require_regular(os.stat(path).st_mode)
        with open(os.open(path, _FLAGS), "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return digest, file.tell()
    except (OSError, UnreadableError):
        return "", 0


def _require_regular(mode: int) -> None:
    if stat.S_ISDIR(mode):  # met where a folder may not be listed
        raise UnreadableError("a folder", code="FILE-NOT-READABLE")
    if not stat.S_ISREG(mode):
        raise UnreadableError(code="FILE-NOT-REGULAR")


def _bounded(data: bytes, limits: Limits) -> bytes:
    if len(data) > limits.max_file_size:
        raise LimitExceededError(f"over {limits.max_file_size} bytes", code="LIMIT-FILE-SIZE")
    return data


# --- on the way to a worker process ---------------------------------------------------------------


class SentSource(Struct, frozen=True):
    """A source as it travels: a path, or the bytes of anything else."""

    path: bytes
    """The name of a file need not be text."""
    data: bytes | None = None
    """The document itself, where the source is no path."""
    refused: tuple[str, str] | None = None
    """Code and detail of what kept an open file from being read."""


def sendable(source: Source, limits: Limits) -> SentSource:
    """Return a source as it travels; open files are read here. Raises TypeError for no source."""
    require_source(source)
    path = os.fsencode(name_of(source))
    if isinstance(source, str | os.PathLike):
        return SentSource(path)
    try:
        return SentSource(path, read(source, limits))
    except UnreadableError as problem:
        return SentSource(path, refused=(problem.code, problem.detail))
