"""A watched folder gives up a file once it is finished, and only once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from sigcheck.batch import documents as module
from sigcheck.batch.documents import Task, WatchSettings, documents, watched

QUICK = WatchSettings(interval=0.02, quiet=0.1)


def names(source: Iterator[Task | None], seconds: float) -> list[str]:
    """Return the files that were given up within some seconds."""
    found, end = [], monotonic() + seconds
    while monotonic() < end:
        task = next(source)
        if task is not None:
            found.append(Path(task.path).name)
    return found


def test_a_file_being_written_is_left_alone(tmp_path: Path) -> None:
    """As long as it grows it is not finished; then it is given up."""
    source = watched(lambda: documents([str(tmp_path)]), QUICK)
    growing = tmp_path / "growing.pdf"

    for _ in range(8):
        with growing.open("ab") as file:
            file.write(b"x")
        assert names(source, 0.04) == []
    assert set(names(source, 0.5)) == {"growing.pdf"}


def test_the_clock_of_the_share_is_not_believed(tmp_path: Path) -> None:
    """A copy that keeps the old time of its original still has to stay the same for a while."""
    (tmp_path / "old.pdf").write_bytes(b"x")
    os.utime(tmp_path / "old.pdf", (0, 0))
    source = watched(lambda: documents([str(tmp_path)]), QUICK)

    assert names(source, 0.06) == []
    assert set(names(source, 0.3)) == {"old.pdf"}


def test_temporary_names_are_ignored(tmp_path: Path) -> None:
    """What a program still writes or locks under a name of its own is no document yet."""
    for name in (".hidden.pdf", "~$lock.pdf", "late.pdf.part", "late.pdf.crdownload", "ok.pdf"):
        (tmp_path / name).write_bytes(b"x")
    source = watched(lambda: documents([str(tmp_path)]), QUICK)

    assert set(names(source, 0.4)) == {"ok.pdf"}


def test_the_waiting_list_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred thousand files at once wait in turns, and all come."""
    monkeypatch.setattr(module, "MOST", 2)
    for n in range(5):
        (tmp_path / f"{n}.pdf").write_bytes(b"x")
    known: set[str] = set()
    source = watched(
        lambda: (t for t in documents([str(tmp_path)]) if Path(t.path).name not in known), QUICK
    )

    for _ in range(12):
        known.update(names(source, 0.1))

    assert known == {f"{n}.pdf" for n in range(5)}
