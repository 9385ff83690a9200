"""Small shapes that CRLs and OCSP responses share, on top of the walker."""

from __future__ import annotations

from collections.abc import Iterator

from sigcheck.evidence.cms import tlv

_MAX_EXTENSIONS = 100


def only(wrapper: tlv.Element) -> tlv.Element:
    """Return the one value inside an EXPLICIT tag; raises Asn1Error for none or more."""
    found = tlv.children(wrapper, 1)
    if not found:
        raise tlv.Asn1Error("an explicit tag around nothing")
    return found[0]


def extensions(listed: tlv.Element) -> Iterator[tuple[str, bool, tlv.Element]]:
    """Yield identifier, criticality and value of each extension (RFC 5280, 4.2)."""
    for extension in tlv.children(tlv.expect(listed, tlv.SEQUENCE), _MAX_EXTENSIONS):
        parts = tlv.sequence(extension, least=2)
        critical = parts[1].tag == tlv.BOOLEAN and any(parts[1].content)
        yield tlv.oid(parts[0]), critical, tlv.read(tlv.octets(parts[-1]))
