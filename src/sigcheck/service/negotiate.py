"""Which form of a report a client accepts (RFC 9110, 12.5.1)."""

from __future__ import annotations

from sigcheck.service.job import EVIDENCE, HTML, JSON, PAGE
from sigcheck.service.problems import ProblemError

MEDIA_TYPES = {
    JSON: "application/json",
    HTML: "text/html",
    PAGE: "application/vnd.sigcheck.page+json",
    EVIDENCE: "application/zip",
}
"""By form, the one for clients without a preference first."""
_MAX_RANGES = 50


def accepted_form(accept: str) -> str:
    """Return the form a client likes best; raises ProblemError NOT-ACCEPTABLE."""
    ranges = [_range(part) for part in accept.split(",")[:_MAX_RANGES] if part.strip()]
    if not ranges:
        return JSON
    liked = {form: _quality(kind, ranges) for form, kind in MEDIA_TYPES.items()}
    best = max(liked, key=liked.__getitem__)
    if liked[best] <= 0:
        raise ProblemError("NOT-ACCEPTABLE", allowed=", ".join(MEDIA_TYPES.values()))
    return best


def _range(text: str) -> tuple[str, float]:
    kind, *options = (part.strip().lower() for part in text.split(";"))
    quality = next((o.removeprefix("q=") for o in options if o.startswith("q=")), "1")
    try:
        return kind, min(max(float(quality), 0.0), 1.0)
    except ValueError:
        return kind, 0.0


def _quality(kind: str, ranges: list[tuple[str, float]]) -> float:
    """Return how much a media type is liked: by the range that names it most exactly."""
    family = f"{kind.partition('/')[0]}/*"
    for pattern in (kind, family, "*/*"):
        named = [quality for found, quality in ranges if found == pattern]
        if named:
            return max(named)
    return 0.0
