"""Times and names as every format writes them: Vietnam time (+07:00), common names."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from sigcheck.model.clock import in_vietnam

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_CN = re.compile(r"(?:^|[,+]\s*)CN=((?:\\.|[^,+\\])*)", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)")


def local(moment: datetime) -> datetime:
    """Return a moment in Vietnam time; one without an offset is taken for UTC."""
    return in_vietnam(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def iso(moment: datetime | None) -> str | None:
    """Return ISO 8601 in +07:00 to the second, None for no moment."""
    return local(moment).isoformat(timespec="seconds") if moment else None


def parsed(text: str) -> datetime | date | None:
    """Return the moment or day that a fact gives in ISO 8601, None when it gives none."""
    if not text[:1].isdecimal():
        return None
    try:
        if _ISO.fullmatch(text):
            return datetime.fromisoformat(text)
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def common_name(subject: str) -> str:
    """Return the CN of a distinguished name (RFC 4514), or all of it when it has none."""
    found = _CN.search(subject)
    return _ESCAPED.sub(r"\1", found[1]).strip() or subject if found else subject
