"""What a user sees is kept word for word; a change of it is a change of these files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.transcript import replayed, sessions


@pytest.mark.parametrize("session", sessions(), ids=lambda path: path.stem)
def test_the_session_goes_as_it_was_recorded(session: Path) -> None:
    """Typed again, the commands show the same text and end with the same code."""
    expected = session.read_text("utf-8")

    assert replayed(expected).splitlines() == expected.splitlines()


def test_there_are_sessions() -> None:
    """An empty folder would pass every test above."""
    assert len(sessions()) >= 5
