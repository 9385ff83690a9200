"""Every document below the paths is met once, and no list of them is made."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from sigcheck.batch.documents import Task, content, count, documents
from sigcheck.model.policy import Limits


def test_a_tree_is_walked_to_its_end(tmp_path: Path) -> None:
    """PDFs at every level by any spelling of the ending; links to folders stay closed."""
    for name in ("a.pdf", "b/B.PDF", "b/c/d.Pdf", "b/note.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"12345")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "folder.pdf").symlink_to(tmp_path / "b")
    (tmp_path / "broken.pdf").symlink_to(tmp_path / "nowhere")

    found = {t.path: (t.size, t.mtime) for t in documents([str(tmp_path)])}

    expected = {tmp_path / "a.pdf", tmp_path / "b/B.PDF", tmp_path / "b/c/d.Pdf"}
    assert found.keys() == {*map(str, expected), str(tmp_path / "broken.pdf")}
    assert found[str(tmp_path / "a.pdf")] == (5, (tmp_path / "a.pdf").stat().st_mtime_ns)


def test_a_very_deep_tree_is_no_recursion(tmp_path: Path) -> None:
    """A hundred folders deep costs neither the stack nor the time of a hundred generators."""
    deep = tmp_path.joinpath(*["d"] * 100)
    deep.mkdir(parents=True)
    (deep / "a.pdf").write_bytes(b"x")

    assert count([str(tmp_path)]) == 1


def test_what_is_not_there_is_met_too(tmp_path: Path) -> None:
    """A file named that is missing gets a row of its own."""
    assert [*documents([str(tmp_path / "no.pdf")])] == [Task(str(tmp_path / "no.pdf"))]


def test_ten_thousand_files_take_no_more_room_than_ten(tmp_path: Path) -> None:
    """Walking keeps one folder's place, not its files."""
    for n in range(10_000):
        (tmp_path / f"{n}.pdf").touch()
    tracemalloc.start()

    found = count([str(tmp_path)])

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == 10_000
    assert peak < 64 * 1024


@pytest.mark.parametrize("by_name", [True, False])
def test_addresses_are_read_through_fsspec(tmp_path: Path, *, by_name: bool) -> None:
    """What stands behind an address is found, described and read as a file is."""
    (tmp_path / "a.pdf").write_bytes(b"12345")
    address = f"file://{tmp_path}/a.pdf" if by_name else f"file://{tmp_path}"

    (task,) = documents([address])

    assert task.path == f"file://{tmp_path}/a.pdf"
    assert task.size == 5
    assert abs(task.mtime - (tmp_path / "a.pdf").stat().st_mtime_ns) < 1_000
    assert content(task, Limits()) == (task, b"12345")
