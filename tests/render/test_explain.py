"""Every code that a report may name can be explained, in both languages."""

from __future__ import annotations

import re

import pytest

from sigcheck.checks import checks
from sigcheck.model.indication import SubIndication
from sigcheck.render.explain import explanation, known_codes
from sigcheck.render.words import LANGUAGES, Words
from sigcheck.story.tell import QUESTIONS


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_code_is_listed_and_explained(lang: str) -> None:
    """Checks, the story's findings, errors and sub-indications: none is unknown, none is empty."""
    words = Words.load(lang)
    listed = dict(known_codes(words))
    wanted = {c.code for c in checks()} | {*QUESTIONS} | {s.code for s in SubIndication}
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
