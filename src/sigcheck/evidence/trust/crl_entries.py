"""The revoked certificates of a CRL, by serial number (RFC 5280, 5.1.2.6 and 5.3)."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime

from msgspec import Struct, field

from sigcheck.evidence.cms import tlv
from sigcheck.evidence.cms.times import moment
from sigcheck.evidence.trust.asn1 import extensions

MAX_ENTRIES = 1_000_000
"""The largest real list met has 60 000."""

MAX_LOOK_BACK = 100
"""Byte sequences that look like a certificateIssuer but are part of something else."""

_PADDING = (0x00, 0xFF)
_ISSUER_OID = bytes.fromhex("0603551d1d")
_REASON, _INVALIDITY, _ISSUER = "2.5.29.21", "2.5.29.24", "2.5.29.29"
_KNOWN = {_REASON, _INVALIDITY, _ISSUER}

REASONS = {
    0: "unspecified",
    1: "key_compromise",
    2: "ca_compromise",
    3: "affiliation_changed",
    4: "superseded",
    5: "cessation_of_operation",
    6: "certificate_hold",
    8: "remove_from_crl",
    9: "privilege_withdrawn",
    10: "aa_compromise",
}
HOLD = REASONS[6]
REMOVED = REASONS[8]


class Entry(Struct, frozen=True):
    """One revocation."""

    revoked_at: datetime
    reason: str | None = None
    invalid_since: datetime | None = None
    issuer_der: bytes = b""
    """certificateIssuer of an indirect CRL; empty where the entry doesn't name one."""
    unknown_critical: tuple[str, ...] = ()


class Entries(Struct):
    """An index over the raw list: where each serial number stands."""

    data: bytes
    begin: int
    end: int
    offsets: dict[bytes, int]
    repeated: dict[bytes, list[int]]
    """Where a serial number stands again: an indirect list may have it for several issuers."""
    _starts: list[int] = field(default_factory=list)

    def find(self, serial: int) -> list[int]:
        """Return where the entries of a serial number stand."""
        key = serial.to_bytes(serial.bit_length() // 8 + 1, "big", signed=True)
        first = self.offsets.get(key)
        return [] if first is None else [first, *self.repeated.get(key, ())]

    def read(self, at: int) -> Entry:
        """Return the entry at an offset; raises Asn1Error when it can't be read."""
        return read_entry(self.data, at)

    def issuer_named_before(self, at: int) -> bytes:
        """Return the certificateIssuer in force for an entry of an indirect list (5.3.3)."""
        if not self._starts:
            again = (offset for found in self.repeated.values() for offset in found)
            self._starts = sorted((*self.offsets.values(), *again))
        position = bisect_right(self._starts, at)
        limit = self._starts[position] if position < len(self._starts) else self.end
        for _ in range(MAX_LOOK_BACK):
            limit = self.data.rfind(_ISSUER_OID, self.begin, limit)
            if limit < 0:
                return b""
            start = self._starts[bisect_right(self._starts, limit) - 1]
            if name := self.read(start).issuer_der:
                return name
        raise tlv.Asn1Error("the issuer of an entry can't be found")


def index(data: bytes, begin: int, end: int) -> Entries:
    """Walk the list once; raises Asn1Error at the first entry that isn't one.

    A loop over plain offsets: 20 000 entries take some 10 ms, an object each would take 200.
    """
    offsets: dict[bytes, int] = {}
    repeated: dict[bytes, list[int]] = {}
    at = begin
    while at + 4 <= end:
        outer, length, inner, size = data[at : at + 4]
        serial_at = at + 4
        if length >= 0x80:
            serial_at, length, inner, size = _long_form(data, at, end)
        following = serial_at - 2 + length
        serial_end = serial_at + size
        if not 0 < size < 0x80 or not serial_end < following <= end:
            break
        if outer != tlv.SEQUENCE or inner != tlv.INTEGER:
            break
        serial = data[serial_at:serial_end]
        if serial[0] in _PADDING:
            serial = _shortest(serial)
        if serial in offsets:
            repeated.setdefault(serial, []).append(at)
        else:
            offsets[serial] = at
        at = following
    if at != end or len(offsets) > MAX_ENTRIES:
        raise tlv.Asn1Error(f"the entry at {at - begin} can't be read")
    return Entries(data, begin, end, offsets, repeated)


def _long_form(data: bytes, at: int, end: int) -> tuple[int, int, int, int]:
    """Return where the serial number begins, the entry's length, the number's tag and length."""
    octets = data[at + 1] & 0x7F
    body = at + 2 + octets
    if not 0 < octets <= 4 or body + 2 > end:
        raise tlv.Asn1Error("the list isn't DER")
    return body + 2, int.from_bytes(data[at + 2 : body], "big"), data[body], data[body + 1]


def _shortest(serial: bytes) -> bytes:
    """Return the one encoding DER allows, so that no padding hides a revoked number."""
    number = int.from_bytes(serial, "big", signed=True)
    return number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True)


def read_entry(data: bytes, at: int) -> Entry:
    """Read one entry (RFC 5280, 5.3); raises Asn1Error."""
    members = tlv.sequence(tlv.read(data, at), least=2)
    found: dict[str, tlv.Element] = {}
    unknown: list[str] = []
    listed = extensions(members[2]) if len(members) > 2 else ()
    for identifier, critical, value in listed:
        found[identifier] = value
        if critical and identifier not in _KNOWN:
            unknown.append(identifier)
    issuer = found.get(_ISSUER)
    since = found.get(_INVALIDITY)
    return Entry(
        revoked_at=moment(members[1]),
        reason=_reason(found.get(_REASON)),
        invalid_since=moment(since) if since else None,
        issuer_der=_directory_name(issuer) if issuer else b"",
        unknown_critical=tuple(unknown),
    )


def _reason(element: tlv.Element | None) -> str | None:
    if element is None:
        return None
    number = int.from_bytes(tlv.expect(element, tlv.ENUMERATED).content[:2], "big")
    return REASONS.get(number, str(number))


def _directory_name(names: tlv.Element) -> bytes:
    """Return the first directoryName of GeneralNames (RFC 5280, 5.3.3)."""
    for name in tlv.sequence(names):
        if name.tag == 0xA4:
            return tlv.read(name.content).raw
    return b""
