"""The small wrong cases beside the project are answered right; skipped where they are absent."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tools import cases  # noqa: E402 - the path must be set first

EVERY = [*cases.cases()] if cases.CASES.is_dir() else []


@pytest.mark.skipif(not EVERY, reason="no small cases beside the project")
@pytest.mark.parametrize(
    "case", EVERY, ids=lambda case: f"{case.file.parent.name}/{case.file.stem}-{case.policy}"
)
def test_case_is_answered_right(case: cases.Case) -> None:
    """What was once answered wrongly is answered as its page says."""
    found = cases.answer(case)

    assert cases.is_right(case, found), found
