"""A socket that gives up at one moment, however busily the other side drips bytes."""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Iterable

from sigcheck.errors import FetchError
from sigcheck.fetch.addresses import Endpoint

_TRIES = 4
"""Addresses of one host that are tried; names with many are somebody's way of losing our time."""


class Deadline:
    """A moment of the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        """Begin now."""
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left; raises TimeoutError when there are none."""
        remaining = self._end - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the time for this address is over")
        return remaining


class TimedSocket:
    """The part of a socket that `http.client` uses, with one deadline over all of it."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        """Take over the socket."""
        self._sock = sock
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        """Send everything in the time left."""
        self._sock.settimeout(self._deadline.left())
        self._sock.sendall(data)

    def makefile(self, mode: str, *_: object, **__: object) -> io.BufferedReader:
        """Return a reader of the answer; only reading is asked for."""
        if mode != "rb":
            raise ValueError(mode)
        return io.BufferedReader(_TimedReader(self._sock, self._deadline))

    def close(self) -> None:
        """Leave the socket open: `http.client` closes before it has read, the owner when done."""


class _TimedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object, /) -> int:
        self._sock.settimeout(self._deadline.left())
        return self._sock.recv_into(buffer)  # type: ignore[arg-type]


def connect(places: Iterable[Endpoint], deadline: Deadline) -> socket.socket:
    """Connect to the first address that answers; raises FetchError.

    The address is the one that was judged: nothing is resolved here.
    """
    problem: OSError | None = None
    for place in [*places][:_TRIES]:
        try:
            return socket.create_connection(place, timeout=deadline.left())
        except OSError as caught:
            problem = caught
    raise FetchError(str(problem), code="FETCH-NO-ANSWER") from problem
