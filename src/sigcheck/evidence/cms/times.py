"""UTCTime and GeneralizedTime, read leniently (RFC 5280, 4.1.2.5)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from sigcheck.evidence.cms import tlv

_TIME_OF_DAY = (
    rb"(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?"
    rb"(?:[.,](?P<fraction>\d{1,12}))?(?P<zone>Z|[+-]\d{4})?\Z"
)
_SHAPES = {
    tlv.UTC_TIME: re.compile(rb"(?P<date>\d{6})" + _TIME_OF_DAY),
    tlv.GENERALIZED_TIME: re.compile(rb"(?P<date>\d{8})" + _TIME_OF_DAY),
}
_CENTURY_TURNS = 50
_UTC = (b"Z", None)
"""Zones that are UTC: a time without one is taken as such."""


def moment(element: tlv.Element) -> datetime:
    """Return an aware time in UTC; raise Asn1Error when it is none."""
    tlv.expect(element, tlv.UTC_TIME, tlv.GENERALIZED_TIME)
    match = _SHAPES[element.tag].match(element.content)
    if match is None:
        raise tlv.Asn1Error("not a time")
    try:
        return _assemble(match)
    except (ValueError, OverflowError) as problem:
        raise tlv.Asn1Error(f"not a time: {problem}") from None


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
