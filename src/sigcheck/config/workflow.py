"""`data/workflow.toml` and `data/agencies` become the rules of the clerical workflow."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any

from sigcheck.config.data import data_files, load_data
from sigcheck.errors import SigcheckError
from sigcheck.model.evidence import Act, SignerKind
from sigcheck.model.finding import Level
from sigcheck.model.workflow import (
    ActRule,
    AppearanceRule,
    FindingRule,
    LocalUnit,
    PatternRule,
    Succession,
    WorkflowRules,
)

_PATTERN_KEYS = ("text", "reason", "before", "after")
_MARKS = frozenset("CSIU")
_ADVICE = frozenset({Level.NOTE, Level.WARN})
"""The workflow advises: a rule that could decide is a mistake in the data."""


@cache
def load_workflow() -> WorkflowRules:
    """Return the shipped rules; raises SigcheckError (DATA-MISSING) where they don't hold."""
    table = load_data("workflow.toml")
    agencies = [load_data(f"agencies/{os.path.basename(path)}") for path in data_files("agencies")]
    try:
        return _rules(table, agencies)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise SigcheckError(f"workflow rules: {problem}", code="DATA-MISSING") from problem


def read_workflow(table: Mapping[str, Any], agencies: list[dict[str, Any]]) -> WorkflowRules:
    """Return the rules in parsed TOML; raises KeyError, TypeError, ValueError or re.error.

    Every pattern is compiled to see whether it can be. Of the shipped rules a test does that, and
    a run compiles only those it comes to.
    """
    rules = _rules(table, agencies)
    for act in rules.acts:
        for key in _PATTERN_KEYS:
            re.compile(getattr(act, key))
    for pattern in rules.texts.values():
        re.compile(pattern)
    return rules


def _rules(table: Mapping[str, Any], agencies: list[dict[str, Any]]) -> WorkflowRules:
    successions = sorted(
        (row for agency in agencies for row in _successions(agency)), key=lambda row: row.since
    )
    return WorkflowRules(
        acts=tuple(_act(row) for row in table["act"]),
        patterns=tuple(_pattern(row) for row in table["pattern"]),
        appearances=tuple(_appearance(row) for row in table["appearance"]),
        findings=MappingProxyType({c: _finding(row) for c, row in table["finding"].items()}),
        numbers=MappingProxyType({k: float(v) for k, v in table["numbers"].items()}),
        texts=MappingProxyType({k: str(v) for k, v in table["texts"].items()}),
        spellings=tuple(s for a in agencies for s in a.get("spellings", {}).items()),
        successions=tuple(successions),
        units=tuple(_unit(row) for agency in agencies for row in agency.get("unit", ())),
        provinces=frozenset(_provinces(agencies, successions)),
    )


def _act(row: Mapping[str, Any]) -> ActRule:
    options: dict[str, Any] = {key: str(row[key]) for key in _PATTERN_KEYS if key in row}
    options |= {key: row[key] for key in ("image", "colour", "place", "same_day") if key in row}
    options["sides"] = tuple(float(side) for side in row.get("sides", ()))
    options["signer"] = tuple(SignerKind(kind).value for kind in row.get("signer", ()))
    return ActRule(row["id"], Act(row["act"]).value, row["article"], _mark(row), **options)


def _pattern(row: Mapping[str, Any]) -> PatternRule:
    return PatternRule(
        row["id"],
        frozenset(Act(act).value for act in row["needs"]),
        frozenset(row["allows"]),
        *(
            frozenset(SignerKind(kind).value for kind in row.get(key, ()))
            for key in ("kinds", "holders")
        ),
    )


def _appearance(row: Mapping[str, Any]) -> AppearanceRule:
    return AppearanceRule(
        row["id"], Act(row["act"]).value, row["article"], _mark(row), MappingProxyType(row["wants"])
    )


def _finding(row: Mapping[str, Any]) -> FindingRule:
    level = Level(row["level"])
    if level not in _ADVICE:
        raise ValueError(f"level {level.value}: advice is note or warn")
    return FindingRule(level, row["article"], _mark(row))


def _mark(row: Mapping[str, Any]) -> str:
    mark = str(row["mark"])
    if mark not in _MARKS:
        raise ValueError(f"mark {mark}")
    return mark


def _successions(table: Mapping[str, Any]) -> Iterator[Succession]:
    for row in table.get("succession", ()):
        since = row["since"]
        if type(since) is not date:
            raise ValueError(f"since {since!r}")
        level = row.get("level", table["level"])
        for into, names in row["into"].items():
            yield Succession(into, tuple(names), since, level, row["source"], _mark(row))


def _unit(row: Mapping[str, Any]) -> LocalUnit:
    until = row.get("until")
    if until is not None and type(until) is not date:
        raise ValueError(f"until {until!r}")
    return LocalUnit(row["level"], tuple(row["words"]), row["source"], _mark(row), until)


def _provinces(agencies: list[dict[str, Any]], successions: list[Succession]) -> Iterator[str]:
    for agency in agencies:
        if agency.get("level") == "province":
            yield from agency.get("unchanged", {}).get("names", ())
    for row in successions:
        if row.level == "province":
            yield row.into
            yield from row.names
