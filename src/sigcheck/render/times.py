"""Times as a report shows them: always Vietnam's, +07:00."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from sigcheck.model.clock import in_vietnam

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def local(moment: datetime) -> datetime:
    """Return a moment in Vietnam time; one without an offset is taken for UTC."""
    return in_vietnam(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def iso(moment: datetime | None) -> str | None:
    """Return ISO 8601 in +07:00 to the second, None for no moment."""
    return local(moment).isoformat(timespec="seconds") if moment else None


def parsed(text: str) -> datetime | date | None:
    """Return the moment or day a fact spells in ISO 8601, None when it spells none."""
    if not text[:1].isdecimal():
        return None
    try:
        if _ISO.fullmatch(text):
            return datetime.fromisoformat(text)
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
