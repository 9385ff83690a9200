"""PDF dates (ISO 32000-2, 7.9.4) as moments with their own offset."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_DATE = re.compile(
    r"\s*D:(?P<year>\d{4})(?P<month>\d{2})?(?P<day>\d{2})?"
    r"(?P<hour>\d{2})?(?P<minute>\d{2})?(?P<second>\d{2})?"
    r"(?P<sign>[+\-Z])?(?P<hours>\d{2})?'?(?P<minutes>\d{2})?'?\s*"
)


def pdf_date(text: str) -> datetime | None:
    """Return the moment a PDF date names, None where it names none.

    NOTE: A date without an offset is taken as UTC; the standard leaves its zone unknown.
    """
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    parts = [int(found[name] or default) for name, default in _PARTS]
    try:
        return datetime(*parts, tzinfo=_zone(found))  # type: ignore[misc, arg-type]
    except ValueError:
        return None


_PARTS = (("year", 0), ("month", 1), ("day", 1), ("hour", 0), ("minute", 0), ("second", 0))


def _zone(found: re.Match[str]) -> timezone:
    if found["sign"] in (None, "Z"):
        return UTC
    offset = timedelta(hours=int(found["hours"] or 0), minutes=int(found["minutes"] or 0))
    return timezone(-offset if found["sign"] == "-" else offset)
