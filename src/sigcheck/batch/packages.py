"""An evidence package for each document of a batch, made by the worker that judged it."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime
from pathlib import Path, PurePath

from sigcheck.archive.package import Wish, build
from sigcheck.batch.task import Setup
from sigcheck.errors import SigcheckError
from sigcheck.model.report import Report

SUFFIX = ".sigcheck.zip"
_SHOWN = 12
"""Digits of the SHA-256 in a package's name: two documents may have one name."""
_log = logging.getLogger(__name__)


def keep(report: Report, setup: Setup) -> None:
    """Write the package of a report into the setup's folder, whole or not at all.

    The verdict is what it is: a package that cannot be made is told on standard error.
    """
    document = report.document
    if setup.packages is None or document.evidence is None:
        return
    stem = PurePath(document.path).name
    target = Path(setup.packages) / f"{stem}.{document.sha256[:_SHOWN]}{SUFFIX}"
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        wish = Wish(made_at=datetime.now(UTC).replace(microsecond=0), lang=setup.lang)
        partial.write_bytes(build(report, setup.verifier.policy, wish))
        partial.replace(target)
    except (OSError, SigcheckError) as problem:
        _log.error("no evidence package of %s: %s", document.path, problem)
        partial.unlink(missing_ok=True)
