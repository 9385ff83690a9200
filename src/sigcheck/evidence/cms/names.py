"""Distinguished names: raw bytes in, (identifier, text) pairs and one line of text out."""

from __future__ import annotations

import re
from functools import lru_cache

from sigcheck import asn1

_MAX_ATTRIBUTES = 200
_CACHED_BYTES = 4096
_SHORT = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.42": "GN",
    "2.5.4.65": "pseudonym",
    "2.5.4.97": "organizationIdentifier",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "E",
}
_ENCODINGS = {0x0C: "utf-8", 0x1E: "utf-16-be", 0x1C: "utf-32-be"}
_LATIN = 0x14
_ESCAPED = set(',+"\\<>;')

Attributes = tuple[tuple[str, str], ...]


def text(element: asn1.Element) -> str:
    """Decode any of the string types; never fails, falls back to Latin-1."""
    content = asn1.octets(element)
    default = "latin-1" if element.tag & 0x1F == _LATIN else "utf-8"
    try:
        return content.decode(_ENCODINGS.get(element.tag, default))
    except UnicodeDecodeError:
        return content.decode("latin-1")


def attributes(name: bytes) -> Attributes:
    """Return (dotted identifier, text) in the order of the encoding; raise Asn1Error if damaged."""
    return _cached(name) if len(name) <= _CACHED_BYTES else _attributes(name)


@lru_cache(maxsize=2048)
def _cached(name: bytes) -> Attributes:
    return _attributes(name)


def _attributes(name: bytes) -> Attributes:
    found: list[tuple[str, str]] = []
    for relative in asn1.children(asn1.read(name), _MAX_ATTRIBUTES):
        for pair in asn1.children(asn1.expect(relative, asn1.SET), _MAX_ATTRIBUTES):
            kind, value = asn1.sequence(pair, least=2)[:2]
            found.append((asn1.oid(kind), text(value)))
    return tuple(found)


def line(pairs: Attributes) -> str:
    """Write a name like RFC 4514, most specific attribute first."""
    return ",".join(f"{_SHORT.get(kind, kind)}={_escape(value)}" for kind, value in reversed(pairs))


def folded(pairs: Attributes) -> Attributes:
    """Fold case and white space, so that two spellings of a name compare equal (RFC 5280, 7.1)."""
    return tuple((kind, " ".join(value.casefold().split())) for kind, value in pairs)


def alike(one: bytes, other: bytes) -> bool:
    """Compare two encoded names; string types, case and white space aside (RFC 5280, 7.1)."""
    if one == other:
        return True
    try:
        return folded(attributes(one)) == folded(attributes(other))
    except asn1.Asn1Error:
        return False


_DIRECTORY, _URI = 0xA4, 0x86
_ADDRESS = re.compile(rb"([A-Za-z][A-Za-z0-9+.-]*:(?://[^/?#]*)?)(.*)", re.DOTALL)


def general_alike(one: bytes, other: bytes) -> bool:
    """Compare two encoded GeneralNames: names as `alike`, addresses by RFC 5280, 7.4."""
    if one == other:
        return True
    try:
        first, second = asn1.read(one), asn1.read(other)
    except asn1.Asn1Error:
        return False
    if first.tag != second.tag:
        return False
    if first.tag == _DIRECTORY:
        return alike(first.content, second.content)
    return first.tag == _URI and _address(first.content) == _address(second.content)


def _address(written: bytes) -> tuple[bytes, bytes]:
    """Return scheme and host, whose case says nothing, and the rest."""
    found = _ADDRESS.fullmatch(written)
    return (found[1].lower(), found[2]) if found else (b"", written)


def _escape(value: str) -> str:
    return "".join(f"\\{char}" if char in _ESCAPED else char for char in value)
