"""A rule whose text nobody here has read is never cited without saying so."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from sigcheck.checks import checks
from sigcheck.config import available_policies, load_policy
from sigcheck.config.workflow import load_workflow
from sigcheck.render.words import LANGUAGES
from tests.conftest import ROOT
from tests.habits import sources

UNREAD = re.compile(
    r"(?:TT|[Cc]ircular|Thông tư)\s(?:15|41|22|59)/20\d\d"
    r"|(?:NĐ|[Dd]ecree|Nghị định)\s(?:68|23|130)/20\d\d"
    r"|Ninh Bình \(?165/2025|Đồng Tháp \(?144/2025|Law 20/2023|QCVN 138"
)
"""Texts known second-hand or not at all (vietnam.md 1)."""
SAID = re.compile(
    r"\[[SU]\b|\| [SU] \||second-hand|unconfirmed|not confirmed|marks: C"
    r"|biết qua nguồn thứ cấp|chưa đối chiếu|chưa rõ"
)
"""How it is said that they were not read."""
PAGES = sorted((ROOT / "docs").glob("*.md"))


def _sentences(tables: Mapping[str, Any]) -> Iterator[str]:
    for value in tables.values():
        if isinstance(value, Mapping):
            yield from _sentences(value)
        elif isinstance(value, str):
            yield value


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sentences_say_how_sure_they_are(lang: str) -> None:
    """What a reader sees of such a rule carries its mark in words."""
    path = ROOT / "src" / "sigcheck" / "data" / "words" / f"{lang}.toml"
    said = [*_sentences(tomllib.loads(path.read_text("utf-8")))]

    assert [s for s in said if UNREAD.search(s) and not SAID.search(s)] == []
    assert [s for s in said if "{article" in s and "{mark" not in s] == []


def test_the_letter_cites_what_was_read() -> None:
    """A letter to another agency names decree 30/2020 and no other rule."""
    path = ROOT / "src" / "sigcheck" / "data" / "words" / "letter.vi.toml"

    assert [s for s in _sentences(tomllib.loads(path.read_text("utf-8"))) if UNREAD.search(s)] == []


def test_checks_mark_their_sources() -> None:
    """The page of codes prints these."""
    assert [c.code for c in checks() if UNREAD.search(c.spec) and not SAID.search(c.spec)] == []


@pytest.mark.parametrize("policy", available_policies())
def test_rules_of_a_policy_have_marks(policy: str) -> None:
    """An article without a mark would read like law."""
    rules = [r for r in load_policy(policy).algorithms if UNREAD.search(r.article)]

    assert [r.name for r in rules if r.mark not in {"S", "U"}] == []


def test_rules_of_the_workflow_have_marks() -> None:
    """As above, for the clerk's questions."""
    rules = load_workflow()
    cited = [(row.article, row.mark) for row in rules.acts]
    cited += [(row.article, row.mark) for row in rules.appearances]
    cited += [(rule.article, rule.mark) for rule in rules.findings.values()]

    assert [a for a, mark in cited if UNREAD.search(a) and mark not in {*"SU"}] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_pages_mark_what_they_cite(page: Any) -> None:
    """Each paragraph, and each row of a table, that names such a rule says what is known of it."""
    parts = re.split(r"\n\s*\n|\n(?=\|)", page.read_text("utf-8"))

    assert [part for part in parts if UNREAD.search(part) and not SAID.search(part)] == []


def test_comments_mark_what_they_cite() -> None:
    """A docstring is read by whoever changes the rule next."""
    lines = [
        line.strip()
        for path in sources.modules()
        for line in path.read_text("utf-8").splitlines()
        if UNREAD.search(line) and not SAID.search(line)
    ]

    assert lines == []
