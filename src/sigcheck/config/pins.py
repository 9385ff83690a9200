"""`anchors.toml`: certificates known by fingerprint, ours or those of a `--trust` folder."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from msgspec import Struct

from sigcheck.config.data import certs_folder
from sigcheck.errors import TrustError
from sigcheck.model.evidence import Anchor, Purpose, Tier

MAX_LIST_SIZE = 4 * 1024 * 1024
"""Bytes of an anchors.toml; ours has 60 kB."""

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_WORDS = ("subject", "issuer", "ski", "url", "crl", "source", "mark", "checked_by", "note")
_EVERY_PURPOSE = tuple(Purpose)
_TIERS = {tier.value: tier for tier in Tier if tier is not Tier.UNTRUSTED}


class Role(StrEnum):
    """What a pinned certificate may be in a path."""

    ANCHOR = "anchor"
    INTERMEDIATE = "intermediate"
    MISSING = "missing"
    """Known by its key only: nobody has published the certificate."""


class Pin(Struct, frozen=True):
    """One row: what the certificate is, and how anybody came to know it."""

    sha256: str
    """Lower-case hexadecimal; empty for a missing certificate."""
    role: Role
    tier: Tier
    purposes: tuple[Purpose, ...]
    subject: str = ""
    issuer: str = ""
    ski: str = ""
    """Subject key identifier, lower-case hexadecimal."""
    url: str = ""
    """Where the authority itself publishes it."""
    crl: str = ""
    not_before: date | None = None
    not_after: date | None = None
    source: str = ""
    mark: str = ""
    """C or S of `vietnam.md`: how sure the fingerprint is."""
    checked_by: str = ""
    note: str = ""
    listed_in: str = ""
    """`sigcheck` for our own list, else the path of the file."""

    def anchor(self) -> Anchor:
        """Return the anchor this pin makes of a certificate."""
        stated_in = "" if self.listed_in == "sigcheck" else self.listed_in
        source = f"{stated_in}: {self.source}" if stated_in else self.source
        return Anchor(self.sha256, self.subject, self.tier, self.purposes, source, stated_in)


@cache
def own_pins() -> tuple[Pin, ...]:
    """Return the pins of `certs/anchors.toml`; raises TrustError when the file is missing."""
    path = os.path.join(certs_folder(), "anchors.toml")
    try:
        with open(path, "rb") as file:
            table = tomllib.load(file)
    except (OSError, ValueError) as problem:
        raise TrustError(f"{path}: {problem}") from problem
    return _pins(table, path, "sigcheck")


def read_pins(path: str | os.PathLike[str], *, listed_in: str = "") -> tuple[Pin, ...]:
    """Read an anchors.toml; raises TrustError naming the file and what is wrong with it."""
    try:
        if os.stat(path).st_size > MAX_LIST_SIZE:
            raise TrustError(f"{path}: larger than {MAX_LIST_SIZE} bytes")
        with open(path, encoding="utf-8") as file:
            table = tomllib.loads(file.read())
    except (OSError, ValueError, RecursionError) as problem:
        raise TrustError(f"{path}: {problem}") from problem
    return _pins(table, path, listed_in or str(path))


def _pins(table: Mapping[str, Any], path: object, where: str) -> tuple[Pin, ...]:
    rows = [*_rows(table, "anchor", path), *_rows(table, "missing", path)]
    return tuple(_pin(row, number, path, where) for number, row in enumerate(rows, 1))


def _rows(table: Mapping[str, Any], kind: str, path: object) -> list[dict[str, Any]]:
    found = table.get(kind, [])
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise TrustError(f"{path}: [[{kind}]] must be an array of tables")
    default = Role.MISSING if kind == "missing" else Role.ANCHOR
    return [{"role": default.value, **row} for row in found]


def _pin(row: Mapping[str, Any], number: int, path: object, listed_in: str) -> Pin:
    try:
        return _typed_pin(row, listed_in)
    except (KeyError, TypeError, ValueError) as problem:
        name = row.get("subject") or row.get("sha256") or f"number {number}"
        raise TrustError(f"{path}: entry {name}: {problem}") from problem


def _typed_pin(row: Mapping[str, Any], listed_in: str) -> Pin:
    role = Role(row["role"])
    sha256 = _text(row, "sha256").lower()
    if role is not Role.MISSING and not _SHA256.match(sha256):
        raise ValueError("sha256 must be 64 hexadecimal digits")
    if (tier := _TIERS.get(_text(row, "tier"))) is None:
        raise ValueError(f"tier must be one of {', '.join(_TIERS)}")
    words = {word: row.get(word, "") for word in _WORDS}
    if odd := [word for word, value in words.items() if not isinstance(value, str)]:
        raise TypeError(f"{odd[0]} must be text")
    return Pin(
        sha256=sha256,
        role=role,
        tier=tier,
        purposes=tuple(map(Purpose, row["purposes"])) if "purposes" in row else _EVERY_PURPOSE,
        not_before=_day(row, "not_before"),
        not_after=_day(row, "not_after"),
        listed_in=listed_in,
        **words,
    )


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key, "")
    if not isinstance(value, str):
        raise TypeError(f"{key} must be text")
    return value


def _day(row: Mapping[str, Any], key: str) -> date | None:
    value = row.get(key)
    if value is not None and not isinstance(value, date):
        raise TypeError(f"{key} must be a date")
    return value
