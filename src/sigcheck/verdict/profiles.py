"""Which tool profile a signature's marks fit (rule 6 of the design)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from sigcheck.model.evidence import Evidence
from sigcheck.model.policy import ToolProfile

_MARKS: Mapping[str, Callable[[Evidence, str], bool]] = {
    "producer-prefix": lambda e, text: e.dictionary.producer.startswith(text),
    "producer-contains": lambda e, text: text in e.dictionary.producer,
    "reason-prefix": lambda e, text: e.dictionary.reason.startswith(text),
    "contact-prefix": lambda e, text: e.dictionary.contact_info.startswith(text),
    "field-prefix": lambda e, text: e.field.startswith(text),
}


def recognise(evidence: Evidence, profiles: Iterable[ToolProfile], on: date) -> ToolProfile | None:
    """Return the first profile in force whose marks all fit; a mark nobody knows never fits."""
    return next((p for p in profiles if _in_force(p, on) and _fits(evidence, p)), None)


def _in_force(profile: ToolProfile, on: date) -> bool:
    return profile.until is None or on <= profile.until


def _fits(evidence: Evidence, profile: ToolProfile) -> bool:
    if not profile.match:
        return False
    return all(k in _MARKS and _MARKS[k](evidence, text) for k, text in profile.match.items())
