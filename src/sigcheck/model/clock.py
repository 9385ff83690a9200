"""Vietnam's one time zone; every moment of a report is shown in it."""

from __future__ import annotations

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
