"""Several processes: the same reports in the same order, whatever happens to one of them."""

from __future__ import annotations

import os
import shutil
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

import sigcheck
from sigcheck import workers
from sigcheck.errors import UsageError
from sigcheck.model.policy import Limits


@pytest.fixture
def folder(fixtures: Path, tmp_path: Path) -> list[str]:
    """Return copies of some test vectors."""
    sources = sorted((fixtures / "vectors" / "bytes").rglob("*.pdf"))[:8]
    paths = []
    for number, source in enumerate(sources * 3):
        paths.append(str(tmp_path / f"{number:02}.pdf"))
        shutil.copy(source, paths[-1])
    return paths


def test_reports_are_those_of_one_process(folder: list[str]) -> None:
    """Equal in every fact and finding."""
    verifier = sigcheck.Verifier()
    alone = list(verifier.verify_many(folder))

    together = list(verifier.verify_many(folder, jobs=2, at=alone[0].validation_time))

    assert [r.documents for r in together] == [
        verifier.verify(path, at=alone[0].validation_time).documents for path in folder
    ]


def test_a_name_that_is_no_text(folder: list[str], tmp_path: Path) -> None:
    """It is reported as it was asked for, whether the file is there or not."""
    there, missing = (os.fsdecode(os.fsencode(tmp_path) + name) for name in (b"/v\xe3n", b"/\xff"))
    shutil.copy(folder[0], there)
    verifier, at = sigcheck.Verifier(), datetime.now(UTC)

    found = list(verifier.verify_many([there, missing], jobs=2, at=at))

    assert found[0] == verifier.verify(there, at=at)
    assert [r.document.path for r in found] == [there, missing]
    reason = found[1].document.reason
    assert reason is not None
    assert reason.code == "FILE-NOT-FOUND"


def _killed_over_five(report: sigcheck.Report) -> sigcheck.Report:
    if report.document.path.endswith("05.pdf") and report.document.evidence:
        os.kill(os.getpid(), signal.SIGKILL)
    return report


def test_a_document_that_kills_is_reported(folder: list[str]) -> None:
    """UNREADABLE, with the reason."""
    verifier = sigcheck.Verifier()

    found = list(verifier.verify_each(folder, _killed_over_five, sigcheck.Report, jobs=2))

    assert [r.document.path for r in found] == folder
    reason = found[5].document.reason
    assert reason is not None
    assert reason.code == "WORKER-LOST"
    assert all(r.document.sha256 for r in found)


def _refusing(report: sigcheck.Report) -> sigcheck.Report:
    if report.document.path.endswith("02.pdf"):
        raise UsageError("x", code="AT-OFFSET")
    return report


def test_what_is_raised_is_raised_in_its_turn(folder: list[str]) -> None:
    """After what came before it, with its class and its code."""
    found = sigcheck.Verifier().verify_each(folder, _refusing, sigcheck.Report, jobs=2)

    assert [next(found).document.path for _ in range(2)] == folder[:2]
    with pytest.raises(UsageError) as raised:
        next(found)
    assert (raised.value.detail, raised.value.code) == ("x", "AT-OFFSET")


def test_stopping_early_ends_the_workers(folder: list[str]) -> None:
    """Who reads only the first reports leaves no process behind."""
    found = sigcheck.Verifier().verify_each(folder * 20, _pid, int, jobs=2)
    pids = {next(found) for _ in range(20)}

    found.close()  # type: ignore[attr-defined]

    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def _pid(_report: sigcheck.Report) -> int:
    return os.getpid()


def _slow_over_three(report: sigcheck.Report) -> sigcheck.Report:
    if report.document.path.endswith("03.pdf") and report.document.evidence:
        time.sleep(60)
    return report


def test_a_document_that_hangs_is_reported(
    folder: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Limits on time and memory hold for `verify --jobs` as for a batch."""
    monkeypatch.setattr(workers, "GRACE", 0.3)
    verifier = sigcheck.Verifier(limits=Limits(max_seconds=1.0))

    found = list(verifier.verify_each(folder[:6], _slow_over_three, sigcheck.Report, jobs=2))

    codes = [r.document.reason.code if r.document.reason else "" for r in found]
    assert [r.document.path for r in found] == folder[:6]
    assert [n for n, code in enumerate(codes) if code == "LIMIT-TIME"] == [3]
