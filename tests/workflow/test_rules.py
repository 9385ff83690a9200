"""The data hold, and data that do not are refused when they are read."""

from __future__ import annotations

import copy
import pickle
import re
from typing import Any

import pytest
from msgspec.structs import replace

from sigcheck.config.data import load_data
from sigcheck.config.workflow import load_workflow, read_workflow
from sigcheck.render.words import LANGUAGES, Words
from tests.workflow.builder import RULES


def broken(change: dict[str, Any]) -> dict[str, Any]:
    """Return the shipped rules with one table replaced."""
    return copy.deepcopy(load_data("workflow.toml")) | change


@pytest.mark.parametrize(
    "change",
    [
        {"finding": {"WF-X": {"level": "fail", "article": "x", "mark": "C"}}},
        {"finding": {"WF-X": {"level": "indeterminate", "article": "x", "mark": "C"}}},
        {"finding": {"WF-X": {"level": "note", "article": "x", "mark": "Z"}}},
        {"act": [{"id": "x", "act": "no-such-act", "article": "x", "mark": "C"}]},
        {"act": [{"id": "x", "act": "seal", "article": "x", "mark": "C", "signer": ["robot"]}]},
        {"act": [{"id": "x", "act": "seal", "article": "x", "mark": "C", "text": "("}]},
        {"act": [{"act": "seal", "article": "x", "mark": "C"}]},
        {"numbers": {"date-days": "three"}},
    ],
)
def test_data_that_do_not_hold(change: dict[str, Any]) -> None:
    """A level that could decide, an unknown act or kind, a broken expression are refused."""
    with pytest.raises((ValueError, KeyError, re.error)):
        read_workflow(broken(change), [])


def test_the_shipped_rules_hold() -> None:
    """Every expression of the data can be compiled, and a run gets the very same rules."""
    agencies = [load_data(f"agencies/{name}.toml") for name in ("bodies", "communes", "provinces")]

    assert read_workflow(load_data("workflow.toml"), agencies) == load_workflow()


def test_rules_travel_to_worker_processes() -> None:
    """The rules are plain data, read once per process."""
    assert load_workflow() is load_workflow()
    assert [rule.id for rule in RULES.acts] == [rule.id for rule in pickled().acts]


def pickled() -> Any:
    """Return the rules after a journey."""
    plain = replace(RULES, findings={}, numbers={}, texts={}, appearances=())
    return pickle.loads(pickle.dumps(plain))


def test_ids_are_unique() -> None:
    """A row is named once, so a report says which one decided."""
    for rows in (RULES.acts, RULES.patterns, RULES.appearances):
        ids = [row.id for row in rows]

        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_row_has_its_words(lang: str) -> None:
    """Acts' reasons, patterns and rows of the annex are named in both languages."""
    words = Words.load(lang)
    reasons = {rule.id for rule in RULES.acts} | {"document-timestamp", "no-row"}

    assert reasons == words.table("act_reason").keys()
    assert {row.id for row in RULES.appearances} == words.table("workflow_row").keys()
    assert {row.id for row in RULES.patterns} | {"unknown"} == {*words.codes("pattern")}
