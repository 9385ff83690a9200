"""Reading and hashing one large file in a thread, while its caller does something else.

A file of 30 MB takes as long to hash as everything else about it, and neither reading nor hashing
needs the interpreter meanwhile. A small file takes no thread at all; where none can be had, nothing
is lost but time.
"""

from __future__ import annotations

import _thread
import os
import sys
from collections.abc import Sequence
from stat import S_ISREG
from typing import Any, Self

_LARGE = 2 << 20
"""Bytes from which on a thread pays."""
_HUGE = 1 << 28
"""Bytes of file that are not read on a mere guess."""
_REST = 1 << 20
"""Bytes at the end left to whoever asks: there the ranges of most signatures end."""
_SLICE = 1 << 26
"""Bytes hashed in one go; before each, the thread looks whether it is still wanted."""
_SWITCH = 0.0005
"""Seconds the thread waits for the interpreter, in a process of ours; Python's own are ten times
as many, and it needs the interpreter three times."""

Identity = tuple[int, int, int, int]
"""Device, inode, size and time of a file: the same ones, the same bytes."""


class Ahead:
    """The SHA-256 of a file's beginning, on its way. Leaving it as a context ends its thread."""

    __slots__ = ("_hashing", "_reading", "_running", "_size", "_wanted", "data", "identity")

    def __init__(self, data: bytes | None = None, identity: Identity | None = None) -> None:
        """Take the bytes; or nothing yet, but whose they will be."""
        self.data = data
        self.identity = identity
        self._reading = _thread.allocate_lock()
        self._hashing = _thread.allocate_lock()
        self._running: Any = None  # a hash object of hashlib, whose type has no public name
        self._size = 0
        self._wanted = True

    def __enter__(self) -> Self:
        """Return this."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the thread, and wait for it."""
        self._wanted = False
        with self._hashing:
            pass

    def start(self, descriptor: int = -1) -> None:
        """Begin to hash; with a descriptor, after reading all there is and closing it."""
        begun = _thread.allocate_lock()
        locks = (begun, self._reading, self._hashing)
        for lock in locks:
            lock.acquire()
        try:
            _thread.start_new_thread(self._work, (descriptor, begun))
        except RuntimeError:  # no thread to be had
            for lock in locks:
                lock.release()
            if descriptor >= 0:
                os.close(descriptor)
            return
        begun.acquire()  # else the thread would wait for its turn before it has begun

    def read(self) -> bytes | None:
        """Wait for the bytes and return them, None where they could not be read."""
        with self._reading:
            return self.data

    def prefix(self) -> tuple[int, Any]:
        """Wait, and return how many bytes are hashed, and the hash object (None for none)."""
        with self._hashing:
            return self._size, self._running

    def _work(self, descriptor: int, begun: _thread.LockType) -> None:
        begun.release()
        try:
            try:
                if descriptor >= 0:
                    self.data = _contents(descriptor)
            finally:
                self._reading.release()
            self._hash(self.data or b"")
        except (OSError, MemoryError, ImportError):
            pass  # whoever needs it does it again, and says what is wrong
        finally:
            self._hashing.release()

    def _hash(self, data: bytes) -> None:
        from hashlib import sha256

        running, view = sha256(usedforsecurity=False), memoryview(data)
        end = max(0, len(data) - _REST)
        for at in range(0, end, _SLICE):
            if not self._wanted:
                return
            running.update(view[at : min(at + _SLICE, end)])
        self._running, self._size = running, end


def _contents(descriptor: int) -> bytes:
    with open(descriptor, "rb", buffering=0) as file:
        return file.read()


_guessed: list[Ahead] = []
_switched_off: list[bool] = []


def switch_off() -> None:
    """Take no thread in this process: others of its kind keep every processor busy."""
    _switched_off[:] = [True]


def begin(arguments: Sequence[str]) -> None:
    """Begin with the first large file a command line names, if it is about to verify one.

    For a process of our own: whatever is begun here and not asked for ends with it.
    """
    if arguments[:1] != ["verify"] or not _several_processors():
        return
    for argument in arguments[1:]:
        large = _opened(argument) if argument[:1] != "-" else None
        if large is not None:
            descriptor, identity = large
            sys.setswitchinterval(_SWITCH)
            guess = Ahead(None, identity)
            guess.start(descriptor)
            _guessed.append(guess)
            return


def _opened(path: str) -> tuple[int, Identity] | None:
    try:
        if not _large(os.stat(path)):  # noqa: PTH116 - `pathlib` is not loaded yet
            return None
        descriptor = os.open(path, os.O_RDONLY)
        return descriptor, identity(os.fstat(descriptor))
    except (OSError, ValueError):
        return None


def _large(state: os.stat_result) -> bool:
    return S_ISREG(state.st_mode) and _LARGE <= state.st_size <= _HUGE


def identity(state: os.stat_result) -> Identity:
    """Return what tells whether a file is still the same."""
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns


def read(state: os.stat_result) -> bytes | None:
    """Return the bytes of the file in this state if `begin` has read them, else None."""
    for guess in _guessed:
        if guess.identity == identity(state):
            return guess.read()
    return None


def hashing(data: bytes) -> Ahead:
    """Return the hash of a document's beginning: what `begin` has begun, or begun now."""
    while _guessed:
        guess = _guessed.pop()
        if guess.data is data:
            return guess
    ahead = Ahead(data)
    if len(data) >= _LARGE and not _switched_off and _several_processors():
        ahead.start()
    return ahead


def _several_processors() -> bool:
    return (os.cpu_count() or 1) > 1
