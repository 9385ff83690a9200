"""Headers of DER and BER elements (X.690, 8.1), just enough to tell a certificate from a CRL.

Nothing here decodes values or verifies anything: that is the business of `evidence`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

MAX_DEPTH = 32
"""Nested indefinite lengths in a PKCS #7 bundle; real ones stay below 8."""

SEQUENCE = 0x30
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OID = 0x06
ENUMERATED = 0x0A
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18

_MULTI_BYTE_TAG = 0x1F
_LONG_FORM = 0x80
_MAX_LENGTH_OCTETS = 4
_END_OF_CONTENTS = b"\x00\x00"


class DerError(ValueError):
    """The bytes are not the element that was looked for."""


class Element(NamedTuple):
    """Where an element lies: its tag octet, its first octet, its content and what follows."""

    tag: int
    start: int
    body: int
    end: int
    """End of the content; `stop` lies behind the end-of-contents octets, if there are any."""
    stop: int


def element(data: bytes, pos: int, limit: int, depth: int = 0) -> Element:
    """Return the element at `pos`; raises DerError when it is not whole before `limit`."""
    if pos + 2 > limit or data[pos] & _MULTI_BYTE_TAG == _MULTI_BYTE_TAG:
        raise DerError(f"no element at offset {pos}")
    first = data[pos + 1]
    if first == _LONG_FORM:
        return _indefinite(data, pos, limit, depth)
    body, size = pos + 2, first
    if first > _LONG_FORM:
        octets = first & 0x7F
        if octets > _MAX_LENGTH_OCTETS or body + octets > limit:
            raise DerError(f"length at offset {pos} is out of bounds")
        size = int.from_bytes(data[body : body + octets], "big")
        body += octets
    if body + size > limit:
        raise DerError(f"element at offset {pos} is cut off")
    return Element(data[pos], pos, body, body + size, body + size)


def _indefinite(data: bytes, pos: int, limit: int, depth: int) -> Element:
    """Find the end-of-contents octets (X.690, 8.1.3.6)."""
    if depth >= MAX_DEPTH:
        raise DerError(f"elements nest too deep at offset {pos}")
    at = pos + 2
    while data[at : at + 2] != _END_OF_CONTENTS:
        at = element(data, at, limit, depth + 1).stop
    if at + 2 > limit:
        raise DerError(f"element at offset {pos} is cut off")
    return Element(data[pos], pos, pos + 2, at, at + 2)


def children(data: bytes, parent: Element) -> Iterator[Element]:
    """Yield the elements inside a constructed one; raises DerError at the first that is broken."""
    at = parent.body
    while at < parent.end:
        child = element(data, at, parent.end)
        yield child
        at = child.stop


def whole(data: bytes, part: Element) -> bytes:
    """Return the octets of an element, header included."""
    return data[part.start : part.stop]
