"""Every code that a report may name can be explained, in both languages."""

from __future__ import annotations

import re

import pytest

from sigcheck.checks import checks
from sigcheck.model.indication import SubIndication
from sigcheck.render.explain import explanation, known_codes
from sigcheck.render.words import LANGUAGES, Words
from sigcheck.workflow.questions import QUESTIONS
from tests.conftest import ROOT
from tests.render.builder import finding


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_code_is_listed_and_explained(lang: str) -> None:
    """Checks, the story's findings, errors and sub-indications: none is unknown, none is empty."""
    words = Words.load(lang)
    listed = dict(known_codes(words))
    wanted = {c.code for c in checks()} | {*QUESTIONS} | {s.value for s in SubIndication}
    wanted |= {*words.codes("errors")}

    told = {code: explanation(code, words) for code in listed}

    assert sorted(wanted - listed.keys()) == []
    assert [code for code, text in told.items() if len(text.splitlines()) < 2] == []
    assert [code for code, text in told.items() if re.search(r"[\[\]{}]", text)] == []
    assert all(listed.values())


def test_the_two_languages_list_the_same_codes() -> None:
    """Nobody looks for a code in vain because of the language."""
    lists = [[code for code, _ in known_codes(Words.load(lang))] for lang in LANGUAGES]

    assert lists[0] == lists[1]


def test_every_anomaly_the_documentation_lists_is_explained() -> None:
    """`docs/anomalies.md` is the list; a report says them in words, with the code behind."""
    rows = (ROOT / "docs" / "anomalies.md").read_text("utf-8")
    heads = re.findall(r"^\| (`[a-z][^|]*) \|", rows, re.MULTILINE)
    listed = {code for head in heads for code in re.findall(r"`([a-z0-9-]+)`", head)}

    for lang in LANGUAGES:
        words = Words.load(lang)
        assert sorted(listed - {*words.table("anomaly")}) == []
        assert f"({min(listed)})" in explanation(min(listed), words)


def test_an_anomaly_in_a_sentence_is_said_in_words() -> None:
    """A clerk reads what is odd; an expert finds the code."""
    told = finding("DC-ANOMALIES", facts={"anomalies": ("xref-rebuilt", "not-yet-named")})

    assert Words.load("vi").message(told) == (
        "Cấu trúc của tệp có điểm bất thường: bảng tham chiếu hỏng, phải dựng lại (xref-rebuilt), "
        "not-yet-named."
    )
