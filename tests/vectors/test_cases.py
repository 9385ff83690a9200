"""The small wrong cases beside the project are answered right; skipped where they are absent."""

from __future__ import annotations

import pytest

from tools import cases

EVERY = [*cases.cases()] if cases.CASES.is_dir() else []


@pytest.mark.skipif(not EVERY, reason="no small cases beside the project")
@pytest.mark.parametrize(
    "case", EVERY, ids=lambda case: f"{case.file.parent.name}/{case.file.stem}-{case.policy}"
)
def test_case_is_answered_right(case: cases.Case) -> None:
    """What was once answered wrongly is answered as its page says."""
    found = cases.answer(case)

    assert cases.is_right(case, found), found
