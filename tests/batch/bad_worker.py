"""A worker that misbehaves over documents of certain names; run in place of the real one."""

from __future__ import annotations

import os
import time
from pathlib import Path

from sigcheck.batch import content as found
from sigcheck.batch import worker
from sigcheck.batch.outcome import Outcome
from sigcheck.batch.task import Setup, Task
from sigcheck.model.policy import Limits

honest = worker.judge
honest_content = found.content


def judge(task: Task, setup: Setup) -> Outcome:
    """Do what the name says."""
    name = Path(task.path).name
    if name.startswith("crash-once"):
        marker = Path(task.path).with_suffix(".crashed")
        if not marker.exists():
            # The kernel lets no confined worker write; a folder is no write.
            marker.mkdir()
            os.abort()
    elif name.startswith("crash"):
        os.abort()
    elif name.startswith("hang"):
        while True:
            time.sleep(60)
    elif name.startswith("hog"):
        bytearray(1 << 40)
    return honest(task, setup)


def content(task: Task, limits: Limits) -> tuple[Task, bytes]:
    """Fail as a fault of ours would."""
    if "bug" in task.path:
        raise IndexError("nobody foresaw this")
    return honest_content(task, limits)


vars(worker)["content"] = content
worker.judge = judge

if __name__ == "__main__":
    worker.main()
