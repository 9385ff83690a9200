"""The words are complete in both languages, and no fact of a hostile file upsets a sentence."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from sigcheck.checks import checks
from sigcheck.model.evidence import (
    Act,
    ChangeClass,
    Coverage,
    Permission,
    RevocationStatus,
    SignatureKind,
    SignerKind,
    Tier,
)
from sigcheck.model.finding import Block, Level, Status
from sigcheck.model.indication import DocumentIndication, Indication, SubIndication
from sigcheck.render.words import LANGUAGES, Words, places
from sigcheck.workflow.questions import QUESTIONS
from tests.habits import sources
from tests.render.builder import finding

FOLDER = Path(__file__).resolve().parents[2] / "src" / "sigcheck" / "data" / "words"
ENUMS = {
    "indication": DocumentIndication,
    "headline": DocumentIndication,
    "verdict": Indication,
    "coverage": Coverage,
    "tier": Tier,
    "tier_law": Tier,
    "kind": SignerKind,
    "signature_kind": SignatureKind,
    "permission": Permission,
    "act": Act,
    "change": ChangeClass,
    "changes_level": Level,
    "level": Level,
    "outcome": Status,
    "revocation": RevocationStatus,
}


def flat(tables: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Yield every sentence with the path of its key."""
    for key, value in tables.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{above}{key}/")
        else:
            yield f"{above}{key}", value


def read(name: str) -> dict[str, str]:
    """Return all sentences of a file of words."""
    return dict(flat(tomllib.loads((FOLDER / name).read_text("utf-8"))))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_tables_read_one_by_one_are_the_whole_file(lang: str) -> None:
    """Reading only the tables that are needed loses no sentence of the file."""
    words, whole = Words.load(lang), tomllib.loads((FOLDER / f"{lang}.toml").read_text("utf-8"))

    for name, table in whole.items():
        for key, value in table.items():
            family = isinstance(value, Mapping)
            assert value == (words.table(f"{name}.{key}") if family else words.table(name)[key])


@pytest.mark.parametrize("pattern", ["{}.toml", "help.{}.toml"])
def test_both_languages_have_the_same_sentences(pattern: str) -> None:
    """Nobody meets a sentence that exists in the other language only."""
    vietnamese, english = (read(pattern.format(lang)) for lang in LANGUAGES)

    assert vietnamese.keys() == english.keys()


def test_both_languages_have_the_same_places_for_facts() -> None:
    """A fact told in one language is told in the other."""
    vietnamese, english = (read(f"{lang}.toml") for lang in LANGUAGES)

    differing = [key for key in vietnamese if places(vietnamese[key]) != places(english[key])]

    assert differing == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_check_has_its_words(lang: str) -> None:
    """A new check costs its two sentences; without them this fails."""
    words = Words.load(lang)

    codes = [*(c.code for c in checks()), *QUESTIONS]
    wanted = {"question", "failed", "advice"}
    wanting = [code for code in codes if not wanted <= {*words.table(f"findings.{code}")}]

    assert wanting == []


def test_a_brief_cause_has_its_facts_and_no_optional_piece() -> None:
    """A fact the sentence needs is in it; what may be left out is left out."""
    odd = finding("FC-HEADER-FIRST", facts={"bytes": 7})
    missing = finding("PA-ANCHOR-FOUND", facts={"missing_issuer": "CN=CA xa"})
    brief = Words.load("vi").brief

    assert brief(odd).startswith("có 7 byte lạ đứng trước tệp")
    assert brief(missing) == "chưa nối được chứng thư số tới CA gốc đã được tin cậy"


def test_no_words_for_checks_that_are_not_there() -> None:
    """Words nobody says are out of date."""
    codes = {c.code for c in checks()} | QUESTIONS.keys()

    assert sorted({*Words.load("vi").codes("findings")} - codes) == []


@pytest.mark.parametrize("table", ENUMS)
def test_every_member_of_the_model_has_words(table: str) -> None:
    """A value the model may hold is never shown as its bare name."""
    named = Words.load("vi").table(table)

    assert [m.value for m in ENUMS[table] if m.value not in named] == []


def test_every_sub_indication_and_block_has_words() -> None:
    """The standard's names are explained."""
    words = Words.load("vi")

    assert {s.value for s in SubIndication} == words.table("sub_indication").keys()
    assert {b.name.lower() for b in Block} == words.table("block").keys()


def test_every_error_code_in_the_source_has_a_sentence() -> None:
    """An exception that reaches the user says something."""
    spelt = re.compile(
        r'(?:code(?::\s*str)?\s*=\s*|CommandLineError\(\s*)"([A-Z]+(?:-[A-Z0-9]+)*)"'
    )
    errors = {*Words.load("vi").codes("errors")}
    raised = {
        code
        for path in sources.modules()
        if "checks" not in path.parts
        for code in spelt.findall(path.read_text("utf-8"))
    }

    assert sorted(raised - errors) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_sentence_raises_without_its_facts(lang: str) -> None:
    """Whatever a check leaves out, its sentences can be said and hold no place or bracket."""
    words = Words.load(lang)
    said = []
    for code in words.codes("findings"):
        for status in Status:
            one = finding(code, status=status)
            said += [words.message(one), words.advice(one)]
    for code in words.codes("errors"):
        said += [words.error(code), words.remedy(code), words.complaint(code)]

    assert [text for text in said if re.search(r"[\[\]{}]", text)] == []


def test_a_fact_cannot_reach_other_facts() -> None:
    """A fact that looks like a place or a bracket is shown as it stands, once."""
    words = Words.load("en")

    told = words.fill("{a} [b {b}]", {"a": "{b} [x {b}]", "b": "{a}"})

    assert told == "{b} [x {b}] b {a}"


def test_facts_are_plain_and_short() -> None:
    """Control and bidi characters vanish; a very long fact is cut."""
    words = Words.load("en")

    assert words.show("a\x1b[31mb\u202ec\nd") == "a[31mbc d"
    assert len(words.show("x" * 10_000)) == 300


def test_lists_are_cut_short_and_counted() -> None:
    """Three of many are named, equal ones once."""
    shown = Words.load("en").show(("a", "a", "b", "c", "d", "e"))

    assert shown == "a, b, c and 2 more"


def test_times_are_vietnamese_time_in_the_readers_way() -> None:
    """A fact in ISO 8601 is shown in +07:00."""
    told = "2022-08-26T13:20:45+00:00"

    assert Words.load("vi").show(told) == "26/08/2022 20:20:45"
    assert Words.load("en").show("2025-08-15") == "2025-08-15"


def test_names_are_the_common_name() -> None:
    """Of a distinguished name a sentence says the CN, escapes undone."""
    words = Words.load("vi")

    assert words.show("CN=Sở A\\, B,O=Tỉnh,C=VN", "cn") == "Sở A, B"
    assert words.show("O=Không tên,C=VN", "cn") == "O=Không tên,C=VN"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [("59", "59 giây"), ("600", "10 phút"), ("25200", "7 giờ"), ("432000", "5 ngày")],
)
def test_durations_in_the_unit_that_fits(seconds: str, told: str) -> None:
    """A clerk reads minutes, hours or days, not seconds."""
    assert Words.load("vi").show(int(seconds), "duration") == told


def test_vietnamese_text_is_composed() -> None:
    """Letters are stored composed, so that searching and columns work."""
    import unicodedata

    text = (FOLDER / "vi.toml").read_text("utf-8")

    assert unicodedata.is_normalized("NFC", text)


PAGE_ERRORS = re.compile(r"(?:DOC|LIMIT)-|ERROR$|UNEXPECTED$")
"""Errors that a page's reader may meet as the reason for a document."""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_names_no_command(lang: str) -> None:
    """A clerk at the page has no command line: what is said there can be done there."""
    words = Words.load(lang, commands=False)
    told = [words.advice(finding(code)) for code in words.codes("findings")]
    told += [words.remedy(code) for code in words.codes("errors") if PAGE_ERRORS.match(code)]
    told += [words.label(key) for key in ("no_roots", "fetch_roots")]
    told += [words.show(key, "tier_law") for key in words.table("tier_law")]

    assert [text for text in told if re.search(r"(^|\s)--?[a-z]|sigcheck [a-z]", text)] == []
