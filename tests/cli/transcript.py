"""Sessions at a terminal kept as files: what was typed, what was shown, how it ended.

    $ sigcheck verify document.pdf --lang vi
    …standard output…
    (exit 10)

Record them anew with `python -m tests.cli.transcript` after a change of words, and read the diff.
"""

from __future__ import annotations

import contextlib
import io
import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from sigcheck.cli import main

FOLDER = Path(__file__).resolve().parent / "transcripts"
ROOT = FOLDER.parents[2]
_PROMPT = "$ sigcheck "


def sessions() -> list[Path]:
    """Return every kept session."""
    return sorted(FOLDER.glob("*.txt"))


def commands(session: str) -> Iterator[str]:
    """Yield what was typed."""
    for line in session.splitlines():
        if line.startswith(_PROMPT):
            yield line.removeprefix(_PROMPT)


def replayed(session: str) -> str:
    """Return the session as it goes today, from the root of the repository."""
    return "".join(_answer(command) for command in commands(session))


def _answer(command: str) -> str:
    shown, complaint = io.StringIO(), io.StringIO()
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(complaint):
            code = main(shlex.split(command))
    finally:
        os.chdir(before)
    return f"{_PROMPT}{command}\n{shown.getvalue()}{complaint.getvalue()}(exit {code})\n"


if __name__ == "__main__":
    for path in sessions():
        path.write_text(replayed(path.read_text("utf-8")), "utf-8")
