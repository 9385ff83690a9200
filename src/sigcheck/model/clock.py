"""Vietnam's one time zone; every moment of a report is shown in it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7))
"""Vietnam has had one offset, without summer time, since 1975."""


def in_vietnam(moment: datetime) -> datetime:
    """Return a moment in Vietnam time.

    NOTE: A hostile certificate may be "valid" to the last hour of the year 9999, which has no
    Vietnam time in Python's calendar: such a moment keeps its clock and only takes the label.
    """
    try:
        return moment.astimezone(VIETNAM)
    except OverflowError:
        return moment.replace(tzinfo=VIETNAM)


_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(.*)", re.ASCII)


def moment_of(text: str) -> datetime:
    """Return a moment in ISO 8601, or as reports print it (`23/11/2026 08:00`).

    One without an offset is Vietnam's. Raises ValueError for what is no moment.
    """
    if day := _DAY.fullmatch(text.strip()):
        text = f"{day[3]}-{int(day[2]):02}-{int(day[1]):02}{day[4]}"
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=VIETNAM)
