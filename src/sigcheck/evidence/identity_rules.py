"""The rows of `data/identity.toml`: first that holds says what kind of holder it is."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any, NamedTuple

from sigcheck.config.data import load_data
from sigcheck.model.evidence import SignerKind

_PATTERNS = (
    "common_name",
    "organization",
    "organizational_unit",
    "title",
    "identifier",
    "email",
    "issuer",
)
_MAX_TEXT = 256
"""Characters of a name that are looked at; X.520 allows 64 for most attributes."""


class Statements(NamedTuple):
    """What the rows may ask about: texts by statement, and the extended key usages."""

    texts: dict[str, str]
    usages: tuple[str, ...]
    is_ca: bool = False

    def text(self, statement: str) -> str:
        """Return a text in NFC with single spaces, empty when there is none."""
        text = unicodedata.normalize("NFC", self.texts.get(statement, "")[:_MAX_TEXT])
        return " ".join(text.split())


class Rule(NamedTuple):
    """One row; a condition it does not state holds."""

    id: str
    kind: SignerKind
    patterns: tuple[tuple[str, re.Pattern[str]], ...]
    present: tuple[str, ...]
    absent: tuple[str, ...]
    same: tuple[str, ...]
    usage: str
    title_case: tuple[int, ...]
    """Least and most words of a common name that looks like a person's; empty: not asked."""
    ca: bool

    def holds(self, statements: Statements) -> bool:
        """Say whether all conditions of the row hold."""
        return (
            (not self.usage or self.usage in statements.usages)
            and (not self.ca or statements.is_ca)
            and all(statements.text(name) for name in self.present)
            and not any(statements.text(name) for name in self.absent)
            and self._same(statements)
            and self._title_case(statements)
            and all(found.search(statements.text(name)) for name, found in self.patterns)
        )

    def _same(self, statements: Statements) -> bool:
        folded = {statements.text(name).casefold() for name in self.same}
        return not self.same or (len(folded) == 1 and folded != {""})

    def _title_case(self, statements: Statements) -> bool:
        if not self.title_case:
            return True
        words = statements.text("common_name").split()
        least, most = self.title_case
        return least <= len(words) <= most and all(
            word.isalpha() and word[0].isupper() and (word[1:] == word[1:].lower())
            for word in words
        )


def decide(statements: Statements) -> tuple[SignerKind, str]:
    """Return the kind and the id of the row that decided; unknown and empty when none holds."""
    for rule in _rules():
        if rule.holds(statements):
            return rule.kind, rule.id
    return SignerKind.UNKNOWN, ""


@cache
def _rules() -> tuple[Rule, ...]:
    return tuple(_rule(row) for row in load_data("identity.toml")["rule"])


def _rule(row: dict[str, Any]) -> Rule:
    return Rule(
        id=row["id"],
        kind=SignerKind(row["kind"]),
        patterns=tuple((name, re.compile(row[name])) for name in _PATTERNS if name in row),
        present=tuple(row.get("present", ())),
        absent=tuple(row.get("absent", ())),
        same=tuple(row.get("same", ())),
        usage=row.get("eku", ""),
        title_case=tuple(row.get("title_case", ())),
        ca=row.get("ca", False),
    )
