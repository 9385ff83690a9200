"""A check that no vector makes fail is not a check (design, *Tree*)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from fixtures.make.findings import FAILING
from sigcheck.checks import checks
from sigcheck.render.words import Words
from sigcheck.workflow.questions import QUESTIONS

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = {
    "FC-READ-HERE": "tests/archive/test_judge.py",  # the document stayed elsewhere
    "DC-PDFA-HOLDS": "tests/preserve/test_verapdf.py",  # the answer is another program's
}
"""Codes that no document can make fail by itself, with the test that does."""


@cache
def _named() -> dict[str, set[str]]:
    """Return the codes of every vector's expected.json; `test_vectors.py` holds them to them."""
    found = {}
    for path in sorted((ROOT / "fixtures" / "vectors").glob("*/*/expected.json")):
        codes = json.loads(path.read_text("utf-8"))["findings"]
        found[path.parent.relative_to(ROOT / "fixtures" / "vectors").as_posix()] = set(codes)
    return found


def _every_code() -> set[str]:
    return {check.code for check in checks()} | {*QUESTIONS}


def test_every_check_fails_in_a_vector() -> None:
    """Each code is named among the findings of at least one vector."""
    named = set().union(*_named().values())

    assert sorted(_every_code() - named - {*ELSEWHERE}) == []


def test_vectors_name_known_codes_only() -> None:
    """A code that was renamed or removed is not expected any more, of any vector."""
    known = _every_code() | {*Words.load("vi").codes("errors")}

    assert {path: codes - known for path, codes in _named().items() if codes - known} == {}


def test_table_of_failing_checks_names_vectors_that_exist() -> None:
    """A line of the generator's table that leads nowhere proves nothing."""
    named = _named()
    missing = {
        (code, path)
        for code, paths in FAILING.items()
        for path in paths
        if code not in named.get(path, ())
    }

    assert missing == set()


def test_exceptions_stand_where_they_say() -> None:
    """A code excused from having a vector is tested where the table says, and exists."""
    for code, path in ELSEWHERE.items():
        assert code in _every_code()
        assert code in (ROOT / path).read_text("utf-8")
