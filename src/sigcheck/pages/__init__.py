"""Pictures of pages, drawn by PDFium in a process of its own (extra `sigcheck[report]`).

A hostile file may crash or stall that process; this costs the pictures, never the report.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from msgspec.structs import replace

from sigcheck.log import WARNING, log
from sigcheck.model.evidence import DocumentEvidence
from sigcheck.model.pictures import Pictures
from sigcheck.model.report import DocumentReport
from sigcheck.pages.answer import pictures as answered
from sigcheck.pages.request import PictureLimits, request

__all__ = ["PictureLimits", "draw", "is_installed"]

_WORKER = Path(__file__).with_name("worker.py")
_PATIENCE = 1.5
"""Times the drawing process's own limit, before it is ended from outside."""
_KEPT = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "PYTHONPATH", "TMPDIR", "TEMP")
"""Of the environment, what a Python needs to start; the rest is nobody's business there."""


def is_installed() -> bool:
    """Say whether the libraries that draw are there."""
    return find_spec("pypdfium2") is not None and find_spec("PIL") is not None


def draw(
    data: bytes,
    document: DocumentReport,
    *,
    password: str | None = None,
    limits: PictureLimits | None = None,
) -> Pictures:
    """Return pictures of a document that was judged; `problem` says why some are missing.

    `data` are the bytes the report is about: others are refused, for a picture of another file
    would be worse than none. Never raises for what the file does to the drawing process.
    """
    evidence = document.evidence
    if evidence is None:
        return Pictures()
    if hashlib.sha256(data).hexdigest() != document.sha256:
        return Pictures(problem="other-file")
    if not is_installed():
        return Pictures(problem="not-installed")
    return _drawn(data, evidence, limits or PictureLimits(), password)


def _drawn(
    data: bytes, evidence: DocumentEvidence, limits: PictureLimits, password: str | None
) -> Pictures:
    asked = request(evidence, limits, password)
    question = json.dumps(asked).encode() + b"\n" + data
    found = answered(_output(question, limits))
    wanted, revisions = len(asked["pages"]), asked["revisions"]
    first = min((s.revision for s in evidence.signatures), default=revisions[0]["number"])
    whole = wanted == evidence.page_count and revisions[0]["number"] <= first
    if found.problem:
        log(WARNING, "drawing pages stopped after %d of %d", len(found.pages), wanted)
    return replace(
        found,
        compared=found.compared and whole,
        left_out=evidence.page_count - len(found.pages),
    )


def _output(question: bytes, limits: PictureLimits) -> bytes:
    """Return what the process wrote until it ended or was ended.

    Its output goes to a nameless file, whose size the system bounds; a pipe has no such bound.
    """
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
            [sys.executable, "-P", "-X", "utf8", str(_WORKER)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        with process:
            try:
                process.communicate(question, timeout=_PATIENCE * limits.seconds)
            except subprocess.TimeoutExpired:
                process.kill()
            finally:
                with suppress(OSError):
                    process.kill()
        output.seek(0)
        return output.read(limits.output)
