"""The conformance run: its bounds break when they should, no file takes others with it."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime

import pytest

from tools.corpus.manifest import Row
from tools.corpus.table import Bounds
from tools.corpus.workers import Judge, Outcome, judge_all


def _row(file: str, want: str = "reject", signatures: int = 1) -> Row:
    return Row(file, "peers", "made up", want, signatures, datetime(2026, 1, 1, tzinfo=UTC), ())


def _kept(*pairs: tuple[Row, Outcome], excepted: dict[str, str] | None = None) -> list[bool]:
    return [kept for kept, _, _ in Bounds(pairs, excepted or {}).lines()]


GOOD = Outcome("TOTAL-FAILED", ("TOTAL-FAILED/HASH_FAILURE",))


def test_a_clean_run_keeps_every_bound() -> None:
    """A refused forgery and a passed honest file break nothing."""
    honest = _row("b", "integrity-ok"), Outcome("TOTAL-PASSED", ("TOTAL-PASSED",))

    assert all(_kept((_row("a"), GOOD), honest))


@pytest.mark.parametrize(
    ("want", "outcome"),
    [
        ("reject", Outcome("TOTAL-PASSED", ("TOTAL-PASSED",))),
        ("reject", Outcome("INDETERMINATE", ("INDETERMINATE",))),
        ("integrity-ok", Outcome("TOTAL-FAILED", ("TOTAL-FAILED",))),
        ("?", Outcome("CRASH", ("INDETERMINATE",))),
        ("?", Outcome("HANG", ("INDETERMINATE",))),
        ("?", Outcome("INDETERMINATE", ("INDETERMINATE",), seconds=10.1)),
        ("?", Outcome("INDETERMINATE", ())),
    ],
)
def test_each_bound_can_break(want: str, outcome: Outcome) -> None:
    """A single wrong file among one breaks the run."""
    assert not all(_kept((_row("a", want), outcome)))


def test_no_exception_excuses_a_forgery_that_passed() -> None:
    """Listing a forgery by name doesn't make its TOTAL-PASSED acceptable."""
    passed = _row("a"), Outcome("TOTAL-PASSED", ("TOTAL-PASSED",))

    assert not all(_kept(passed, excepted={"a": "because"}))


def _odd_judge() -> Judge:
    def judge(row: Row) -> Outcome:
        if row.file == "raises":
            raise RecursionError("deep")
        if row.file == "dies":
            os._exit(9)
        if row.file == "hangs":
            time.sleep(60)
        return GOOD

    return judge


def test_a_file_that_raises_dies_or_hangs_costs_itself_alone() -> None:
    """Every other file is still judged, and the three are named for what they did."""
    rows = [_row(name) for name in ("one", "raises", "two", "dies", "three", "hangs", "four")]

    outcomes = {
        row.file: outcome.verdict for row, outcome in judge_all(_odd_judge, rows, jobs=2, seconds=2)
    }

    assert outcomes == {
        "one": "TOTAL-FAILED",
        "two": "TOTAL-FAILED",
        "three": "TOTAL-FAILED",
        "four": "TOTAL-FAILED",
        "raises": "CRASH",
        "dies": "CRASH",
        "hangs": "HANG",
    }
