"""The README shows what really happens: its sessions are replayed, its code is run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.transcript import ROOT, replayed

README = (ROOT / "README.md").read_text("utf-8")
SESSIONS = re.findall(r"```console\n(.*?\n)```", README, re.DOTALL)
CODE = re.findall(r"```python\n(.*?\n)```", README, re.DOTALL)


@pytest.mark.parametrize("session", SESSIONS, ids=lambda text: text.splitlines()[0][:60])
def test_the_output_shown_is_the_output(session: str) -> None:
    """Every console block, typed again, shows the same."""
    assert replayed(session).splitlines() == session.splitlines()


def test_the_ten_lines_work(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The library example runs as it stands and names five signers."""
    monkeypatch.chdir(ROOT)

    for example in CODE:
        exec(compile(example, "README.md", "exec"), {})

    assert CODE
    assert len(CODE[0].splitlines()) <= 10
    assert capsys.readouterr().out.count("TOTAL-PASSED") == 5


def test_every_link_leads_somewhere() -> None:
    """Files and folders the README points to exist."""
    targets = re.findall(r"\]\(([^)#:]+)\)", README)

    assert [t for t in targets if not Path(ROOT, t).exists()] == []


def test_the_vietnamese_and_the_english_are_both_shown() -> None:
    """A reader of either language sees what the answer looks like."""
    shown = "\n".join(SESSIONS)

    assert "CHƯA ĐỦ CĂN CỨ ĐỂ KẾT LUẬN" in shown
    assert "INVALID SIGNATURE" in shown
