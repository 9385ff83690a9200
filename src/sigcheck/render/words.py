"""The sentences of `data/words`, filled with facts; every word a user reads comes from here.

A sentence has places for facts: `{name}`, `{name:table}` for a fact whose words stand in a table,
and `[a piece left out]` when one of its facts is missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from sigcheck.config.data import load_data
from sigcheck.model.finding import Finding, Status
from sigcheck.render.sanitize import plain
from sigcheck.render.values import common_name, local, parsed

LANGUAGES = ("vi", "en")
"""Languages there are words for; the first is the default."""

_LISTED = 3
"""Members of a list that a sentence names; the rest is counted."""
_LONGEST = 300
"""Characters of one fact in a sentence: the file must not choose how long a report gets."""
_NOTHING: Mapping[str, str] = MappingProxyType({})
_UNITS = ((1 << 20, "MiB"), (1 << 10, "KiB"))


class Words(Struct, frozen=True):
    """One language, for readers with or without a command line."""

    lang: str
    commands: bool = True
    """Whether advice may name commands and options; a clerk at the page has none to type.

    A sentence for readers without stands beside the other, under its key with `_page`.
    """

    @classmethod
    def load(cls, lang: str, *, commands: bool = True) -> Words:
        """Return the words of a language.

        Raises:
            KeyError: for a language there are no words for.
        """
        if lang not in LANGUAGES:
            raise KeyError(lang)
        return cls(lang, commands)

    def table(self, name: str) -> Mapping[str, str]:
        """Return a table such as `labels` or `findings.TS-PRESENT`, empty for no such table."""
        family, _, code = name.partition(".")
        table = _tables(self.lang).get(family, _NOTHING)
        return table.get(code, _NOTHING) if code else table

    def codes(self, family: str) -> list[str]:
        """Return the names of the tables of a family, such as `findings` or `errors`."""
        tables = _tables(self.lang).get(family, _NOTHING)
        return [code for code, table in tables.items() if isinstance(table, dict)]

    def name(self, table: str, key: object) -> str:
        """Return the words for a key of a table, or the key itself where there are none."""
        return self._said(self.table(table), str(key), str(key))

    def say(self, table: str, key: str, /, **facts: object) -> str:
        """Return a sentence of a table with its facts in place."""
        return self.fill(self.name(table, key), facts)

    def label(self, key: str, /, **facts: object) -> str:
        """Return a sentence of the table `labels`."""
        return self.say("labels", key, **facts)

    def question(self, code: str) -> str:
        """Return what a check asks, or its code where there are no words for it."""
        return str(self._finding(code).get("question", code))

    def message(self, finding: Finding) -> str:
        """Return one sentence that says how a check answered."""
        status = finding.outcome.status
        if template := self._chosen(finding, _KEYS.get(status, "")):
            return self.fill(template, finding.outcome.facts)
        return _otherwise(self.lang, _OTHERWISE[status], finding.code)

    def brief(self, finding: Finding) -> str:
        """Return how a check failed in a few words, for a line that has room for no more."""
        template = self._chosen(finding, "brief") or self._chosen(finding, "failed")
        return self._clause(template or finding.code, finding.outcome.facts)

    def advice(self, finding: Finding) -> str:
        """Return what to do about a check that failed, empty when there is nothing to say."""
        template = self._chosen(finding, "advice")
        if finding.decides:
            template = self._finding(finding.code).get("advice_deciding", template)
        return self.fill(template, finding.outcome.facts)

    def _chosen(self, finding: Finding, key: str) -> str:
        """Return the text under a key, or that of the sub-indication its facts chose.

        A digest that nobody could compute is not a digest that differs: where a check gives
        another sub-indication than its own, `failed_` and `advice_` with its name come first.
        """
        texts, chosen = self._finding(finding.code), finding.outcome.fails_as
        own = self._said(texts, key, "")
        return self._said(texts, f"{key}_{chosen}", own) if chosen else own

    def error(self, code: str, facts: Mapping[str, object] | None = None) -> str:
        """Return the sentence for what could not be done."""
        return self.fill(self._error(code)["sentence"], facts or {})

    def remedy(self, code: str, facts: Mapping[str, object] | None = None) -> str:
        """Return what to do about what could not be done."""
        return self.fill(self._said(self._error(code), "advice", ""), facts or {})

    def complaint(self, code: str, facts: Mapping[str, object] | None = None) -> str:
        """Return what could not be done and what to do about it, in one sentence."""
        sentence, advice = self.error(code, facts), self.remedy(code, facts)
        return f"{sentence.rstrip('.')}; {advice[:1].lower()}{advice[1:]}"

    def knows(self, code: str) -> bool:
        """Say whether there are words for a finding or an error of this code."""
        return bool(self._finding(code) or self.table(f"errors.{code}"))

    def fill(self, template: str, facts: Mapping[str, object]) -> str:
        """Return a template with its facts in place; a missing fact never raises."""
        if "{" not in template and "[" not in template:
            return template
        missing = str(self.table("labels")["unknown"])
        return fill(template, lambda name, kind: self.show(facts.get(name), kind), missing)

    def show(self, value: object, kind: str = "") -> str:
        """Return a fact as one line of text: times local, names looked up, lists cut short."""
        if value is None or value == "":
            return ""
        if isinstance(value, bool):
            return self.name("labels", str(value).lower())
        if isinstance(value, tuple | list):
            return self._listed([self.show(member, kind) for member in value])
        if isinstance(value, date):
            return self.time(value)
        text = plain(str(value))
        if kind:
            return self._of_kind(text, kind)
        moment = parsed(text)
        return self.time(moment) if moment else text[:_LONGEST]

    def time(self, moment: date) -> str:
        """Return a moment or a day as a reader of this language writes it."""
        formats = self.table("format")
        if isinstance(moment, datetime):
            return local(moment).strftime(formats["time"])
        return moment.strftime(formats["day"])

    def moment(self, text: str) -> datetime | None:
        """Return the moment that `time` wrote, in Vietnam time without an offset; None for none."""
        try:
            return datetime.strptime(text, self.table("format")["time"])  # noqa: DTZ007 - as it says
        except ValueError:
            return None

    def _said(self, table: Mapping[str, str], key: str, default: str) -> str:
        """Return a sentence of a table as its reader can use it."""
        said = None if self.commands else table.get(f"{key}_page")
        return str(said or table.get(key, default))

    def _of_kind(self, text: str, kind: str) -> str:
        if kind == "cn":
            return common_name(text)[:_LONGEST]
        if kind == "duration":
            return self._duration(int(text)) if text.isdigit() else text
        if kind == "size":
            return _size(int(text)) if text.isdigit() else text
        if kind == "finding":
            code, _, chosen = text.partition(" ")
            texts = self._finding(code)
            return self._clause(texts.get(f"failed_{chosen}", texts.get("failed", code)), {})
        return self.name(kind, text)[:_LONGEST]

    def _clause(self, template: str, facts: Mapping[str, object]) -> str:
        """Return a sentence without the pieces that may be left out, as a part of another."""
        said = self.fill(_OPTIONAL.sub("", template), facts).rstrip(".")
        return f"{said[:1].lower()}{said[1:]}"

    def _duration(self, seconds: int) -> str:
        for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
            if seconds >= 2 * length:
                return self.label(unit, count=round(seconds / length))
        return self.label("seconds", count=seconds)

    def _listed(self, members: list[str]) -> str:
        distinct = [member for member in dict.fromkeys(members) if member]
        text = ", ".join(distinct[:_LISTED])
        rest = len(distinct) - _LISTED
        return f"{text} {self.label('and_more', count=rest)}" if rest > 0 else text

    def _finding(self, code: str) -> Mapping[str, str]:
        found: Mapping[str, str] = _tables(self.lang)["findings"].get(code, _NOTHING)
        return found

    def _error(self, code: str) -> Mapping[str, str]:
        return self.table(f"errors.{code}") or self.table("errors.ERROR")


@cache
def _tables(lang: str) -> Mapping[str, Mapping[str, Any]]:
    return load_data(f"words/{lang}.toml")


def _size(count: int) -> str:
    """Return a number of bytes in the largest binary unit that it fills."""
    unit, name = next(((n, u) for n, u in _UNITS if count >= n), (1, "byte"))
    return f"{count // unit} {name}"


@lru_cache(maxsize=4096)
def _otherwise(lang: str, label: str, code: str) -> str:
    """Return what is said of a check without a sentence for its answer: most of a report."""
    words = Words(lang)
    return words.label(label, question=words.question(code))


_KEYS = {Status.PASSED: "passed", Status.FAILED: "failed"}
_OTHERWISE = {
    Status.PASSED: "yes",
    Status.FAILED: "no",
    Status.NOT_APPLICABLE: "not_applicable",
    Status.CRASHED: "crashed",
}


# --- sentences with places ----------------------------------------------------------------------

Show = Callable[[str, str], str]
"""(name of a fact, table its words stand in or "") -> the fact as text, "" when there is none."""

_OPTIONAL = re.compile(r"\[[^\[\]]*\]")
_PLACE = re.compile(r"\{(\w+)(?::(\w+))?\}")
_PART = re.compile(rf"\[([^\[\]]*)\]|{_PLACE.pattern}")


def fill(template: str, show: Show, missing: str = "?") -> str:
    """Return the sentence; a bracketed piece is left out when one of its facts is missing.

    Facts are inserted once and not read again, so a fact that looks like a place stays as it is.
    """

    def fact(place: re.Match[str]) -> str:
        return show(place[1], place[2] or "")

    def part(found: re.Match[str]) -> str:
        if found[1] is None:
            return show(found[2], found[3] or "") or missing
        values = [fact(place) for place in _PLACE.finditer(found[1])]
        return _PLACE.sub(lambda _: values.pop(0), found[1]) if all(values) else ""

    return _PART.sub(part, template)


def places(template: str) -> list[str]:
    """Return the names of the facts a sentence has places for, sorted."""
    return sorted({found[1] for found in _PLACE.finditer(template)})
