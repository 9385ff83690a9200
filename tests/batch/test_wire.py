"""A worker that read a hostile file is not believed."""

from __future__ import annotations

import os
import struct
from typing import Any

import pytest

from sigcheck.batch import wire
from sigcheck.batch.outcome import SIGNATURE_COLUMNS, Outcome
from sigcheck.batch.task import Task

TASK = Task(os.fsdecode(b"/v\xe3n b\xe1n \xe1\xba\xa3.pdf"), 7, 8, "ab", attempt=2)
ROW = tuple(f"{n}" for n in range(len(SIGNATURE_COLUMNS)))
HONEST = Outcome(
    TASK.path, 7, 8, "cd", "TOTAL-PASSED", signatures=(ROW,), attempts=2, report=b"\x00\xff"
)


def frames(data: bytes, step: int) -> list[wire.Frame]:
    """Return the frames of bytes that come in pieces."""
    reader = wire.Frames()
    pieces = (data[at : at + step] for at in range(0, len(data), step))
    return [frame for piece in pieces for frame in reader.feed(piece)]


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_what_is_sent_arrives(step: int) -> None:
    """Whatever the pieces, whatever the name."""
    sent = wire.outcome_frame(HONEST) + wire.frame({"ready": True}) + wire.task_frame(TASK)

    first, second, third = frames(sent, step)

    assert wire.outcome(*first, of=TASK) == HONEST
    assert second == ({"ready": True}, b"")
    assert wire.task(*third) == TASK


@pytest.mark.parametrize(
    "lie",
    [
        {"path": "/another.pdf"},
        {"indication": "PERFECT"},
        {"signatures": [["one column"]]},
        {"signatures": 5},
        {"size": "many"},
        {"sha256": None, "seconds": []},
    ],
)
def test_lies_are_not_written_down(lie: dict[str, Any]) -> None:
    """An outcome of another document, of no verdict or of another shape is no outcome."""
    ((header, blob),) = frames(wire.outcome_frame(HONEST), 4096)

    with pytest.raises(wire.WireError):
        wire.outcome({**header, **lie}, blob, TASK)


@pytest.mark.parametrize(
    "data",
    [
        struct.pack(">II", 2**32 - 1, 0),
        struct.pack(">II", 2, 2**32 - 1),
        struct.pack(">II", 2, 0) + b"[]",
        struct.pack(">II", 2, 0) + b"\xff{",
    ],
)
def test_nonsense_ends_the_conversation(data: bytes) -> None:
    """A length that would fill the memory is refused before anything is kept for it."""
    with pytest.raises(wire.WireError):
        frames(data, 4096)
