"""What workers do here: the honest work, but over documents of certain names they misbehave."""

from __future__ import annotations

import os
import time
from pathlib import Path

from sigcheck.batch import judging
from sigcheck.batch.documents import Task
from sigcheck.batch.documents import content as honest_content
from sigcheck.batch.judging import DocumentOutcome, Setup
from sigcheck.model.policy import Limits


def judge(task: Task, setup: Setup) -> DocumentOutcome:
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
    vars(judging)["content"] = content
    return judging.judge(task, setup)


def content(task: Task, limits: Limits) -> tuple[Task, bytes]:
    """Fail as a fault of ours would."""
    if "bug" in task.path:
        raise IndexError("nobody foresaw this")
    return honest_content(task, limits)
