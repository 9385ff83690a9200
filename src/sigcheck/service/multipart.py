"""`multipart/form-data` (RFC 7578) in memory: the files of a form, one after the other."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import NamedTuple

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from sigcheck.service.problems import ProblemError

_MAX_PARTS = 1_000
"""Parts of a form, fields of others included."""
_MAX_HEADER = 8 * 1024
"""Bytes of one part's headers."""

# A malformed form is told to its sender; a client doesn't get to fill our log with it.
logging.getLogger("python_multipart").addHandler(logging.NullHandler())


class Part(NamedTuple):
    """A file."""

    name: str
    data: bytes


def boundary(content_type: str) -> bytes:
    """Return what separates the parts; raises ProblemError BODY-MALFORMED without one."""
    found = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not found:
        raise ProblemError("BODY-MALFORMED")
    return found


class Multipart:
    """Takes a body in pieces and gives out each file when its last byte is there."""

    def __init__(self, separator: bytes) -> None:
        """Take the boundary; raises ProblemError BODY-MALFORMED for one that is too long."""
        self._done: list[Part] = []
        self._parts = 0
        self._ended = False
        self._data = bytearray()
        self._disposition = b""
        self._field, self._value = bytearray(), bytearray()
        callbacks = {
            "on_part_begin": self._begin,
            "on_part_data": self._on_data,
            "on_part_end": self._end,
            "on_header_field": self._on_field,
            "on_header_value": self._on_value,
            "on_header_end": self._header_end,
            "on_end": self._finish,
        }
        try:
            self._parser = MultipartParser(separator, callbacks)  # type: ignore[arg-type]
        except FormParserError as problem:
            raise ProblemError("BODY-MALFORMED") from problem

    def feed(self, chunk: bytes) -> Iterator[Part]:
        """Yield the files that a piece of the body completes; raises ProblemError."""
        try:
            self._parser.write(chunk)
        except FormParserError as problem:
            raise ProblemError("BODY-MALFORMED") from problem
        done, self._done = self._done, []
        yield from done

    def close(self) -> None:
        """Raise ProblemError BODY-MALFORMED unless the last boundary has been seen."""
        if not self._ended:
            raise ProblemError("BODY-MALFORMED")

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > _MAX_PARTS:
            raise ProblemError("BODY-MALFORMED")
        self._data, self._disposition = bytearray(), b""

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]
        self._bound_header()

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._bound_header()

    def _bound_header(self) -> None:
        if len(self._field) + len(self._value) > _MAX_HEADER:
            raise ProblemError("BODY-MALFORMED")

    def _header_end(self) -> None:
        if bytes(self._field).lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._field, self._value = bytearray(), bytearray()

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        self._data += memoryview(data)[start:end]

    def _end(self) -> None:
        options = parse_options_header(self._disposition)[1]
        name = options.get(b"filename")
        # A field without a file's name is text of the form, and none of ours.
        if name is not None:
            self._done.append(Part(name.decode("utf-8", "replace"), bytes(self._data)))
        self._data = bytearray()

    def _finish(self) -> None:
        self._ended = True
