"""Names inside distinguished names (RFC 4514)."""

from __future__ import annotations

import re

_CN = re.compile(r"(?:^|[,+]\s*)CN=((?:\\.|[^,+\\])*)", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)")


def common_name(subject: str) -> str:
    """Return the CN of a distinguished name, or all of it when it has none."""
    found = _CN.search(subject)
    return _ESCAPED.sub(r"\1", found[1]).strip() or subject if found else subject
