"""Tool profiles: the habits of signing tools, each a row with a reason (rule 6 of the design)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from sigcheck.config.data import data_files
from sigcheck.config.toml import Source
from sigcheck.errors import PolicyError
from sigcheck.model.finding import Level
from sigcheck.model.policy import ToolProfile

MATCH_KEYS = frozenset(
    {"producer-prefix", "producer-contains", "reason-prefix", "contact-prefix", "field-prefix"}
)
"""Marks of a signature dictionary; a profile matches when all of its own do."""

_KEYS = frozenset({"id", "match", "softens", "reason", "until"})


def load_profiles(names: Iterable[str] = ("*",)) -> tuple[ToolProfile, ...]:
    """Return the shipped profiles of these names, `*` for all; raises PolicyError for others."""
    known = _shipped()
    wanted = [*names]
    if unknown := [name for name in wanted if name != "*" and name not in known]:
        raise PolicyError(f"tools: {unknown[0]} is none of {', '.join(known)}")
    return tuple(profile for name, profile in known.items() if "*" in wanted or name in wanted)


@cache
def _shipped() -> Mapping[str, ToolProfile]:
    return {profile.id: profile for profile in map(read_profile, data_files("tools"))}


def read_profile(path: str | os.PathLike[str]) -> ToolProfile:
    """Read one profile; raises PolicyError naming the file and the line."""
    source = Source(path)
    table = source.table
    if odd := sorted((table.keys() ^ _KEYS) - {"until"}):
        source.refuse(f"{odd[0]}: a profile has exactly {', '.join(sorted(_KEYS))}", "", odd[0])
    match, softens = _texts(source, "match"), _texts(source, "softens")
    if odd := sorted(match.keys() - MATCH_KEYS):
        source.refuse(f"{odd[0]} is none of {', '.join(sorted(MATCH_KEYS))}", "match", odd[0])
    until = table.get("until")
    if until is not None and type(until) is not date:
        source.refuse("until must be a date", "", "until")
    levels = {code: _level(source, code, level) for code, level in softens.items()}
    return ToolProfile(str(table["id"]), match, levels, str(table["reason"]), until)


def _texts(source: Source, name: str) -> Mapping[str, str]:
    section: Any = source.table[name]
    if not isinstance(section, dict) or not section:
        source.refuse(f"[{name}] must be a table with at least one line", name)
    for key, value in section.items():
        if not isinstance(value, str) or not value:
            source.refuse(f"{key} must be text", name, key)
    return section


def _level(source: Source, code: str, level: str) -> Level:
    # NOTE: A profile softens; nothing it says may end in a pass without a trace.
    if level not in (Level.WARN, Level.NOTE):
        source.refuse(f"{code}: a profile may lower to warn or note only", "softens", code)
    return Level(level)
