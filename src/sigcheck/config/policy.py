"""Policies and tool profiles out of TOML: shipped ones by name, a user's by path.

See rule 6 of the design.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from enum import Enum
from functools import cache, lru_cache
from typing import Any, NoReturn, TypeVar

from msgspec.structs import replace

from sigcheck.config.data import Source, data_files, data_folder, wrong
from sigcheck.errors import Mistake, PolicyError
from sigcheck.model.evidence import Permission, Tier
from sigcheck.model.finding import Block, Level
from sigcheck.model.policy import AlgorithmRule, AmbiguityRule, Levels, Policy, ToolProfile

MATCH_KEYS = frozenset(
    {
        "producer",
        "producer-prefix",
        "producer-contains",
        "reason-prefix",
        "contact-prefix",
        "field-prefix",
        "field-pattern",
    }
)
"""Marks of a signature dictionary; a profile matches when all of its own do."""

_KEYS = frozenset({"id", "match"})
_SOFTENING = frozenset({"softens", "reason"})
"""Of a profile that softens something."""
_TOLD = frozenset({"writes", "seen", "mark"})
_MARKS = frozenset("CSIU")


def load_profiles(names: Iterable[str] = ("*",)) -> tuple[ToolProfile, ...]:
    """Return the shipped profiles of these names, `*` for all; raises PolicyError for others."""
    known = _shipped()
    wanted = [*names]
    if unknown := [name for name in wanted if name != "*" and name not in known]:
        facts = {"value": unknown[0], "known": ", ".join(known)}
        raise wrong(Mistake("", 0, "tools", facts))
    return tuple(profile for name, profile in known.items() if "*" in wanted or name in wanted)


@cache
def _shipped() -> Mapping[str, ToolProfile]:
    return {profile.id: profile for profile in map(read_profile, data_files("tools"))}


def read_profile(path: str | os.PathLike[str]) -> ToolProfile:
    """Read one profile; raises PolicyError naming the file and the line."""
    source = Source(path)
    table = source.table
    wanted = _KEYS | (_SOFTENING if table.keys() & _SOFTENING else frozenset())
    if odd := sorted((table.keys() ^ wanted) - _TOLD - {"until"}):
        source.refuse("profile-keys", "", odd[0], known=", ".join(sorted(wanted)))
    match = _texts(source, "match")
    softens = _texts(source, "softens") if "softens" in table else {}
    if odd := sorted(match.keys() - MATCH_KEYS):
        known = ", ".join(sorted(MATCH_KEYS))
        source.refuse("none-of", "match", odd[0], value=odd[0], known=known)
    until = table.get("until")
    if until is not None and type(until) is not date:
        source.refuse("not-a-date", "", "until")
    told = {key: str(table.get(key, "")) for key in sorted(_TOLD)}
    if told["mark"] and told["mark"] not in _MARKS:
        source.refuse("one-of", "", "mark", known=", ".join(sorted(_MARKS)))
    _compiled(source, match)
    levels = {code: _level(source, code, level) for code, level in softens.items()}
    reason = str(table.get("reason", ""))
    return ToolProfile(str(table["id"]), match, levels, reason, until, **told)


def _compiled(source: Source, match: Mapping[str, str]) -> None:
    try:
        re.compile(match.get("field-pattern", ""))
    except re.error as problem:
        source.refuse("pattern", "match", "field-pattern", problem=str(problem))


def _texts(source: Source, name: str) -> Mapping[str, str]:
    section: Any = source.table[name]
    if not isinstance(section, dict) or not section:
        source.refuse("table-filled", name)
    for key, value in section.items():
        if not isinstance(value, str) or not value:
            source.refuse("not-text", name, key)
    return section


def _level(source: Source, code: str, level: str) -> Level:
    # NOTE: A profile softens; nothing it says may end in a pass without a trace.
    if level not in (Level.WARN, Level.NOTE):
        source.refuse("profile-level", "softens", code)
    return Level(level)


# --- Policies out of TOML: shipped ones by name, a user's by path, each complaint with its line

MAX_EXTENDS = 4
"""Policies that build on one another."""

E = TypeVar("E", bound=Enum)

_TOP = frozenset(
    {"id", "version", "extends", "required", "timestamp_required", "tools", "title"}
    | {"compare_pages", "numbers", "texts", "levels", "algorithms"}
)
_NEVER_SOFTENED = ("CR-", "FC-")
"""Checks without which a signature proves nothing: no policy may pass a forgery."""
_ROW = ("kind", "level", "reason")
_RULE_TYPES: Mapping[str, type] = {
    "name": str,
    "min_bits": int,
    "until": date,
    "advice": bool,
    "article": str,
    "mark": str,
    "tolerated": list,
}


def available_policies() -> tuple[str, ...]:
    """Return the names of the policies that travel with the package."""
    names = (os.path.basename(path) for path in data_files("policies"))
    return tuple(sorted(name.removesuffix(".toml") for name in names))


def load_policy(name_or_path: str | os.PathLike[str]) -> Policy:
    """Return a policy by name or from a file; raises PolicyError with the line of each mistake."""
    path = _locate(os.fspath(name_or_path), "")
    return _load(path, os.stat(path).st_mtime_ns)


@lru_cache(maxsize=32)
def _load(path: str, _version: int) -> Policy:
    return _read(path, 0)


def _locate(name: str, beside: str) -> str:
    shipped = os.path.join(data_folder(), "policies", f"{name}.toml")
    if name.isidentifier() and os.path.isfile(shipped):
        return shipped
    path = os.path.join(beside, name)
    if os.path.isfile(path):
        return os.path.realpath(path)
    known = ", ".join(available_policies())
    raise PolicyError(f"{name}: neither a file nor one of {known}", code="POLICY-UNKNOWN")


def _read(path: str, depth: int) -> Policy:
    source = Source(path)
    for unknown in sorted(source.table.keys() - _TOP):
        with source.collecting():
            table = unknown if isinstance(source.table[unknown], dict) else ""
            source.refuse("unknown-key", table, unknown)
    return _apply(source, _base(source, depth))


def _base(source: Source, depth: int) -> Policy:
    """Return the policy this one extends, or an empty one in which every code fails."""
    name = source.table.get("extends")
    if name is None:
        return Policy(id="", version="", ambiguities=ambiguity_rules())
    if not isinstance(name, str) or depth >= MAX_EXTENDS:
        source.refuse("extends", "", "extends", most=str(MAX_EXTENDS))
    return _read(_locate(name, os.path.dirname(source.path)), depth + 1)


@cache
def ambiguity_rules() -> Mapping[str, AmbiguityRule]:
    """Return the rows of `data/ambiguity.toml` by code; raises PolicyError naming the line."""
    source = Source(os.path.join(data_folder(), "ambiguity.toml"))
    return {code: _ambiguity(source, code) for code in source.table}


def _ambiguity(source: Source, code: str) -> AmbiguityRule:
    row = _section(source, code)
    kind, reason = row.get("kind"), row.get("reason")
    level = row.get("level", Level.FAIL)
    if not (isinstance(kind, str) and kind and isinstance(reason, str) and reason):
        source.refuse("kind-and-reason", code)
    if level not in (Level.FAIL, Level.INDETERMINATE, Level.NOTE) or len(row) > len(_ROW):
        source.refuse("exactly", code, known=", ".join(_ROW))
    return AmbiguityRule(kind, Level(level), reason)


def _apply(source: Source, base: Policy) -> Policy:
    own: dict[str, Any] = {}
    for name, read in _READERS.items():
        if name in source.table or name in _NEEDED:
            with source.collecting():
                own[name] = read(source)
    source.settle()
    if "algorithms" in own:
        own["algorithms"] = _merged(base.algorithms, own["algorithms"])
    if "tools" in own:
        own["profiles"] = own.pop("tools")
    for name in ("title", "levels", "numbers", "texts"):
        own[name] = {**getattr(base, name), **own.get(name, {})}
    return replace(base, **own)


def _word(source: Source, key: str) -> str:
    value = source.table.get(key)
    if not isinstance(value, str) or not value:
        source.refuse("not-text", "", key)
    return value


def _switch(source: Source, key: str) -> bool:
    value = source.table[key]
    if not isinstance(value, bool):
        source.refuse("not-a-switch", "", key)
    return value


def _words(source: Source, key: str) -> list[str]:
    value = source.table[key]
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        source.refuse("not-names", "", key)
    return value


def _section(source: Source, name: str) -> Mapping[str, Any]:
    section = source.table.get(name, {})
    if not isinstance(section, dict):
        source.refuse("not-a-table", "", name)
    return section


def _blocks(source: Source, key: str) -> frozenset[Block]:
    names = _words(source, key)
    unknown = [name for name in names if name not in Block.__members__]
    if unknown or not names:
        code, value = ("not-a-block", unknown[0]) if unknown else ("no-block", "")
        source.refuse(code, "", key, value=value, known=", ".join(Block.__members__))
    return frozenset(Block[name] for name in names)


def _title(source: Source) -> Mapping[str, str]:
    title = _section(source, "title")
    for language, text in title.items():
        with source.collecting():
            if not isinstance(text, str):
                source.refuse("title", "title", language)
    return title


def _numbers(source: Source) -> Mapping[str, float]:
    numbers = _section(source, "numbers")
    for name, value in numbers.items():
        with source.collecting():
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
                source.refuse("not-a-number", "numbers", name)
    return numbers


def _policy_texts(source: Source) -> Mapping[str, tuple[str, ...]]:
    texts = _section(source, "texts")
    for name, value in texts.items():
        with source.collecting():
            if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
                source.refuse("not-texts", "texts", name)
    return {name: tuple(value) for name, value in texts.items()}


def _levels(source: Source) -> Mapping[str, Level | Levels]:
    def read(code: str, value: object) -> Level | Levels:
        def refuse(mistake: str, **facts: str) -> NoReturn:
            source.refuse(mistake, "levels", code, 0, **facts)

        if not isinstance(value, dict):
            level = _member(Level, value, refuse)
            if code.startswith(_NEVER_SOFTENED) and level is not Level.FAIL:
                refuse("never-softened")
            return level
        columns = {
            _member(Permission, key, refuse): _member(Level, level, refuse)
            for key, level in value.items()
        }
        if missing := [p.value for p in Permission if p not in columns]:
            refuse("no-level", missing=", ".join(missing))
        return columns

    found: dict[str, Level | Levels] = {}
    for code, value in _section(source, "levels").items():
        with source.collecting():
            found[code] = read(code, value)
    return found


def _member(kind: type[E], value: object, refuse: Callable[..., NoReturn]) -> E:
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(str(member.value) for member in kind)
        refuse("level-none-of", value=repr(value), known=known)


def _algorithms(source: Source) -> tuple[AlgorithmRule, ...]:
    rows = source.table.get("algorithms", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        source.refuse("not-an-array", "algorithms")
    found = []
    for number, row in enumerate(rows):
        with source.collecting():
            found.append(_rule(source, row, number))
    return tuple(found)


def _rule(source: Source, row: Mapping[str, Any], number: int) -> AlgorithmRule:
    if "name" not in row:
        source.refuse("algorithm-name", "algorithms", number=number)
    for key, value in row.items():
        kind = _RULE_TYPES.get(key)
        # A TOML date-time is a date in Python's eyes, a truth value a number.
        odd = isinstance(value, datetime) or (isinstance(value, bool) and kind is not bool)
        if kind is None or odd or not isinstance(value, kind):
            code, known = "must-be-one-of", ", ".join(_RULE_TYPES)
            if kind is not None:
                code, known = "must-be", kind.__name__
            source.refuse(code, "algorithms", key, number, known=known)
    tiers: list[Any] = row.get("tolerated", [])
    if unknown := [tier for tier in tiers if tier not in [*Tier]]:
        value = repr(unknown[0])
        source.refuse("no-tier", "algorithms", "tolerated", number, value=value)
    return AlgorithmRule(**{**row, "tolerated": tuple(map(Tier, tiers))})


def _merged(
    base: tuple[AlgorithmRule, ...], own: tuple[AlgorithmRule, ...]
) -> tuple[AlgorithmRule, ...]:
    names = {rule.name for rule in own}
    return (*(rule for rule in base if rule.name not in names), *own)


def _tools(source: Source) -> tuple[ToolProfile, ...]:
    return load_profiles(_words(source, "tools"))


_NEEDED = ("id", "version")
_READERS: Mapping[str, Callable[[Source], Any]] = {
    "id": lambda source: _word(source, "id"),
    "version": lambda source: _word(source, "version"),
    "required": lambda source: _blocks(source, "required"),
    "timestamp_required": lambda source: _blocks(source, "timestamp_required"),
    "tools": _tools,
    "compare_pages": lambda source: _switch(source, "compare_pages"),
    "title": _title,
    "levels": _levels,
    "algorithms": _algorithms,
    "numbers": _numbers,
    "texts": _policy_texts,
}
"""What reads each key of a policy, raising PolicyError or keeping its complaints."""
