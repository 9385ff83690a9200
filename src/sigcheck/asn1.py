"""A bounded reader of BER and DER values (X.690).

For certificates, CMS, lists, responses and trust files. Everything above it sees definite lengths
only; depth and number of values are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

MAX_DEPTH = 64
MAX_CHILDREN = 20_000
_MAX_LENGTH_OCTETS = 8
_MAX_TAG_OCTETS = 6
_MAX_OID_OCTETS = 128
_MAX_INTEGER_OCTETS = 8192

BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
NULL = 0x05
OID = 0x06
ENUMERATED = 0x0A
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18
SEQUENCE = 0x30
SET = 0x31
CONSTRUCTED = 0x20


class Asn1Error(Exception):
    """Bytes that are not what their encoding says; stays inside the evidence layer."""


class Element(NamedTuple):
    """One value: where it starts, where its content starts, where it ends."""

    tag: int
    """The first identifier octet, class and constructed bit included."""
    buffer: bytes
    start: int
    content_start: int
    end: int
    room: int
    """Levels that may still be opened below this one."""
    ber: bool
    """An indefinite length or a length longer than needed was met here."""

    @property
    def raw(self) -> bytes:
        """The whole value, identifier and length included."""
        return self.buffer[self.start : self.end]

    @property
    def content(self) -> bytes:
        """The value without identifier and length."""
        return self.buffer[self.content_start : self.end]

    @property
    def constructed(self) -> bool:
        """Whether the value consists of further values."""
        return bool(self.tag & CONSTRUCTED)


def read(buffer: bytes, offset: int = 0, room: int = MAX_DEPTH) -> Element:
    """Read the value at an offset; raise Asn1Error when it does not fit."""
    return _next(buffer, offset, len(buffer), room)[0]


def read_with_rest(buffer: bytes, room: int = MAX_DEPTH) -> tuple[Element, bytes]:
    """Read the first value, and return what follows it."""
    element, after = _next(buffer, 0, len(buffer), room)
    return element, buffer[after:]


def children(element: Element, limit: int = MAX_CHILDREN) -> list[Element]:
    """Read the values inside a constructed value, at most `limit` of them."""
    tag, buffer, _, at, end, room, _ = element
    if not tag & CONSTRUCTED or room <= 0:
        raise _unopened(element)
    found: list[Element] = []
    while at < end:
        if len(found) >= limit:
            raise Asn1Error(f"more than {limit} values")
        child, at = _next(buffer, at, end, room - 1)
        found.append(child)
    return found


def members(element: Element, limit: int = MAX_CHILDREN) -> Iterator[Element]:
    """Read the values inside a constructed value one by one, as far as they are whole."""
    if not element.tag & CONSTRUCTED or element.room <= 0:
        raise _unopened(element)
    position = element.content_start
    count = 0
    while position < element.end:
        count += 1
        if count > limit:
            raise Asn1Error(f"more than {limit} values")
        child, position = _next(element.buffer, position, element.end, element.room - 1)
        yield child


def _unopened(element: Element) -> Asn1Error:
    return Asn1Error(f"tag {element.tag:#04x} is not constructed, or nested too deeply")


def expect(element: Element, *tags: int) -> Element:
    """Return the element when it has one of the tags; raise Asn1Error otherwise."""
    if element.tag not in tags:
        raise Asn1Error(f"tag {element.tag:#04x} where {tags[0]:#04x} was expected")
    return element


def inner(wrapper: Element) -> Element:
    """Read the one value an explicit tag wraps (X.690, 8.14.3)."""
    found = children(wrapper, 1)
    if not found:
        raise Asn1Error("a tag that wraps nothing")
    return found[0]


def sequence(element: Element, *, least: int = 0) -> list[Element]:
    """Read the members of a SEQUENCE that must have at least so many."""
    found = children(element if element.tag == SEQUENCE else expect(element, SEQUENCE))
    if len(found) < least:
        raise Asn1Error(f"sequence of {len(found)} where {least} were expected")
    return found


def _next(buffer: bytes, offset: int, end: int, room: int) -> tuple[Element, int]:
    """Read one value and say where the next one starts in this very buffer."""
    tag, start, length, ber = _header(buffer, offset, end)
    if length is None:
        encoded, after = _definite(buffer, offset, end, room)
        inner_tag, inner_start, _, _ = _header(encoded, 0, len(encoded))
        return Element(inner_tag, encoded, 0, inner_start, len(encoded), room, ber), after
    stop = start + length
    if stop > end:
        raise Asn1Error(f"value at {offset} runs past its end")
    return Element(tag, buffer, offset, start, stop, room, ber), stop


def _header(buffer: bytes, offset: int, end: int) -> tuple[int, int, int | None, bool]:
    """Read identifier and length octets; a length of None is indefinite."""
    position = offset + 1
    if position >= end or buffer[offset] & 0x1F == 0x1F:
        position = _after_tag(buffer, offset, end)
        if position >= end:
            raise Asn1Error(f"no length at {position}")
    first = buffer[position]
    position += 1
    if first < 0x80:
        return buffer[offset], position, first, False
    if first == 0x80:
        return buffer[offset], position, None, True
    count = first & 0x7F
    if count > _MAX_LENGTH_OCTETS or position + count > end:
        raise Asn1Error(f"bad length at {position}")
    length = int.from_bytes(buffer[position : position + count], "big")
    longer_than_needed = length < 0x80 or buffer[position] == 0
    return buffer[offset], position + count, length, longer_than_needed


def _after_tag(buffer: bytes, offset: int, end: int) -> int:
    """Skip the identifier octets (X.690, 8.1.2)."""
    if offset >= end:
        raise Asn1Error(f"no value at {offset}")
    position = offset + 1
    if buffer[offset] & 0x1F != 0x1F:
        return position
    while position < min(end, offset + _MAX_TAG_OCTETS):
        position += 1
        if not buffer[position - 1] & 0x80:
            return position
    raise Asn1Error(f"bad tag at {offset}")


def _definite(buffer: bytes, offset: int, end: int, room: int) -> tuple[bytes, int]:
    """Rewrite a value of indefinite length with a definite one (X.690, 8.1.3.6)."""
    if room <= 0 or not buffer[offset] & CONSTRUCTED:
        raise Asn1Error(f"indefinite length at {offset} is nested too deeply or not constructed")
    position = _after_tag(buffer, offset, end)
    identifier = buffer[offset:position]
    position += 1
    pieces: list[bytes] = []
    while buffer[position : min(position + 2, end)] != b"\0\0":
        if len(pieces) >= MAX_CHILDREN:
            raise Asn1Error(f"more than {MAX_CHILDREN} values")
        _, start, length, _ = _header(buffer, position, end)
        if length is None:
            piece, position = _definite(buffer, position, end, room - 1)
        elif start + length > end:
            raise Asn1Error(f"value at {position} runs past its end")
        else:
            piece, position = buffer[position : start + length], start + length
        pieces.append(piece)
    return encode(identifier, b"".join(pieces)), position + 2


def encode(identifier: bytes, content: bytes) -> bytes:
    """Encode a value with the shortest definite length (X.690, 10.1)."""
    size = len(content)
    if size < 0x80:
        return identifier + bytes([size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return identifier + bytes([0x80 | len(octets)]) + octets + content


def octets(element: Element) -> bytes:
    """Return the bytes of an octet string, joined where it was written in pieces (X.690, 8.7)."""
    if not element.tag & CONSTRUCTED:
        return element.content
    return b"".join(octets(piece) for piece in children(element))


def bits(element: Element) -> bytes:
    """Return the bytes of a bit string without its count of unused bits."""
    if element.tag & CONSTRUCTED:
        return b"".join(bits(piece) for piece in children(element))
    if element.content_start == element.end:
        raise Asn1Error("empty bit string")
    return element.buffer[element.content_start + 1 : element.end]


def integer(element: Element) -> int:
    """Return a signed integer; raise Asn1Error when it is empty or absurdly long."""
    size = element.end - element.content_start
    if not 0 < size <= _MAX_INTEGER_OCTETS:
        raise Asn1Error(f"integer of {size} bytes")
    return int.from_bytes(element.content, "big", signed=True)


def is_shortest_integer(element: Element) -> bool:
    """Say whether an integer has no octet more than it needs (X.690, 8.3.2)."""
    head = element.content[:2]
    return len(head) < 2 or head[0] not in (0x00, 0xFF) or (head[0] ^ head[1]) & 0x80 != 0


def oid(element: Element) -> str:
    """Return a dotted object identifier."""
    return dotted((element if element.tag == OID else expect(element, OID)).content)


@lru_cache(maxsize=1024)
def dotted(content: bytes) -> str:
    """Decode the content octets of an object identifier (X.690, 8.19)."""
    if not content or len(content) > _MAX_OID_OCTETS or content[-1] & 0x80:
        raise Asn1Error("bad object identifier")
    arcs: list[int] = []
    value, begins = 0, True
    for byte in content:
        if begins and byte == 0x80:
            raise Asn1Error("padded object identifier")  # 8.19.2: as few octets as possible
        begins = not byte & 0x80
        value = value << 7 | byte & 0x7F
        if begins:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))


# --- The distinguished encoding of a value that was written otherwise

_STRINGS = frozenset({0x23, 0x24, 0x2C, 0x33, 0x34, 0x36, 0x3E})


def distinguished(element: Element) -> bytes:
    """Encode with shortest lengths, whole strings and SET OF in ascending order."""
    identifier = bytes([element.tag])
    if not element.constructed:
        return encode(identifier, element.content)
    if element.tag in _STRINGS:
        joined = b"\0" + bits(element) if element.tag == 0x23 else octets(element)
        return encode(bytes([element.tag & ~CONSTRUCTED]), joined)
    members = [distinguished(child) for child in children(element)]
    if element.tag == SET:
        members.sort()
    return encode(identifier, b"".join(members))


def as_set(element: Element) -> bytes:
    """Give an implicitly tagged SET OF its own tag back, all other bytes as they were."""
    return bytes([SET]) + element.raw[1:]


def distinguished_set(element: Element) -> bytes:
    """Encode an implicitly tagged SET OF as RFC 5652, 5.4 asks for it to be digested."""
    return distinguished(read(as_set(element)))


# --- UTCTime and GeneralizedTime, read leniently

_TIME_OF_DAY = (
    rb"(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?"
    rb"(?:[.,](?P<fraction>\d{1,12}))?(?P<zone>Z|[+-]\d{4})?\Z"
)
_SHAPES = {
    UTC_TIME: re.compile(rb"(?P<date>\d{6})" + _TIME_OF_DAY),
    GENERALIZED_TIME: re.compile(rb"(?P<date>\d{8})" + _TIME_OF_DAY),
}
_CENTURY_TURNS = 50
_UTC = (b"Z", None)
"""Zones that are UTC: a time without one is taken as such."""


def moment(element: Element) -> datetime:
    """Return an aware time in UTC; raise Asn1Error when it is none."""
    expect(element, UTC_TIME, GENERALIZED_TIME)
    match = _SHAPES[element.tag].match(element.content)
    if match is None:
        raise Asn1Error("not a time")
    try:
        return _assemble(match)
    except (ValueError, OverflowError) as problem:
        raise Asn1Error(f"not a time: {problem}") from None


def _assemble(match: re.Match[bytes]) -> datetime:
    date = match["date"]
    year = int(date[:-4])
    if len(date) == 6:
        year += 1900 if year >= _CENTURY_TURNS else 2000
    fraction = (match["fraction"] or b"0")[:6].ljust(6, b"0")
    moment_named = datetime(
        year,
        int(date[-4:-2]),
        int(date[-2:]),
        int(match["hour"]),
        int(match["minute"]),
        int(match["second"] or 0),
        int(fraction),
        tzinfo=UTC,
    )
    zone = match["zone"]
    return moment_named if zone in _UTC else moment_named - _offset(zone)


def _offset(zone: bytes) -> timedelta:
    """Return the distance from UTC."""
    distance = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5]))
    return -distance if zone[:1] == b"-" else distance
