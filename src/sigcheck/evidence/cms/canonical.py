"""The distinguished encoding of a value that was written otherwise (X.690, 10 and 11)."""

from __future__ import annotations

from sigcheck.evidence.cms import tlv

_STRINGS = frozenset({0x23, 0x24, 0x2C, 0x33, 0x34, 0x36, 0x3E})


def distinguished(element: tlv.Element) -> bytes:
    """Encode with shortest lengths, whole strings and SET OF in ascending order."""
    identifier = bytes([element.tag])
    if not element.constructed:
        return tlv.encode(identifier, element.content)
    if element.tag in _STRINGS:
        joined = b"\0" + tlv.bits(element) if element.tag == 0x23 else tlv.octets(element)
        return tlv.encode(bytes([element.tag & ~tlv.CONSTRUCTED]), joined)
    members = [distinguished(child) for child in tlv.children(element)]
    if element.tag == tlv.SET:
        members.sort()
    return tlv.encode(identifier, b"".join(members))


def as_set(element: tlv.Element) -> bytes:
    """Give an implicitly tagged SET OF its own tag back, all other bytes as they were."""
    return bytes([tlv.SET]) + element.raw[1:]


def distinguished_set(element: tlv.Element) -> bytes:
    """Encode an implicitly tagged SET OF as RFC 5652, 5.4 asks for it to be digested."""
    return distinguished(tlv.read(as_set(element)))
