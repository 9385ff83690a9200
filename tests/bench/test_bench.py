"""The benchmark measures what it says: right documents, right sums, a page that shows both."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bench import bounds, documents, measure, page

SPREAD = (0.02, 0.01, 0.03)


def _made(folder: Path, kind: str, value: int) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "WORK", folder)
        return documents.grown(kind, value).document


@pytest.mark.skipif(not shutil.which("pdfsig"), reason="pdfsig isn't installed")
@pytest.mark.parametrize(
    ("kind", "value", "signatures"),
    [("signatures", 2, 2), ("signatures", 7, 7), ("revisions", 7, 5), ("objects", 700, 5)],
)
def test_a_measured_document_is_soundly_signed(
    kind: str, value: int, signatures: int, tmp_path: Path
) -> None:
    """Poppler finds as many sound signatures as the series says."""
    path = _made(tmp_path, kind, value)

    said = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False)

    assert said.stdout.count("Signature is Valid") == signatures


def test_a_measured_document_has_its_revisions(tmp_path: Path) -> None:
    """The file ends once for the unsigned document and once for each revision after it."""
    path = _made(tmp_path, "revisions", 9)

    assert len(re.findall(rb"%%EOF", path.read_bytes())) == 1 + 9


def test_a_measured_document_has_its_objects(tmp_path: Path) -> None:
    """The small objects fill several object streams."""
    data = _made(tmp_path, "objects", 900).read_bytes()

    assert sum(int(n) for n in re.findall(rb"/ObjStm/N (\d+)", data)) > 800


def test_a_measured_document_has_its_size(tmp_path: Path) -> None:
    """The pictures make up the size that is asked for."""
    path = _made(tmp_path, "megabytes", 1)

    assert 1.0e6 < path.stat().st_size < 1.4e6


def test_a_ratio_is_taken_round_by_round() -> None:
    """A round in which the machine was busy weighs on both sides alike; a lone one on neither."""
    ours = {n: measure.Sample(seconds, 0, 0) for n, seconds in enumerate((2.0, 20.0, 2.0, 99.0))}
    theirs = {n: measure.Sample(seconds, 0, 0) for n, seconds in enumerate((1.0, 10.0, 1.0))}

    assert measure.ratio(ours, theirs) == measure.Spread(2.0, 2.0, 2.0)


def test_the_launcher_reports_exit_code_time_and_memory() -> None:
    """A program that sleeps and allocates is measured as such."""
    script = "import time, sys; x = b'1' * (64 << 20); time.sleep(0.2); sys.exit(3)"

    with measure.Launcher() as launcher:
        sample = launcher.run(["python3", "-c", script])

    assert sample.code == 3
    assert sample.seconds >= 0.2
    assert sample.peak_kib >= 64 << 10


def test_slow_programs_run_in_fewer_rounds() -> None:
    """Each command has the rounds it was given, the first run of the others not counted."""
    with measure.Launcher() as launcher:
        samples = launcher.interleave({"often": (["true"], 4), "once": (["true"], 1)}, 4)

    assert {name: sorted(taken) for name, taken in samples.items()} == {
        "often": [0, 1, 2, 3],
        "once": [0],
    }


def test_the_page_shows_medians_quartiles_and_bounds() -> None:
    """A figure stands with its spread; a broken bound is marked, a missing program named so."""
    one = {"seconds": SPREAD, "by": {"pdfsig": 13.0}, "peak_mib": 40.0, "runs": 5}
    point = {"warm": SPREAD, "pdfsig": SPREAD}
    results = {
        "cold": {bounds.DIRECTIVE: {"bytes": 300_000, "sigcheck": one}},
        "folder": {bounds.DIRECTIVE: {"sigcheck": SPREAD, "pdfsig": SPREAD}},
        "warm": {bounds.DIRECTIVE: {**point, "by_pdfsig": (1.2, 1.1, 1.3)}},
        "growth": {"signatures": {"5": point, "20": {**point, "warm": (0.1, 0.1, 0.1)}}},
        "load": 1.0,
    }

    text = page.text(results, [], quick=False)

    assert "| directive | 0.3 | sigcheck | 20.0 [10.0–30.0] | 5 | 13.00 | 40 |" in text
    assert "| directive, cold, by pdfsig's time | ≤ 12 × | 13 × | **no** |" in text
    assert "| 20 signatures by 5 | ≤ 4.5 × | 5 × | **no** |" in text
    assert "| directive, warm, by pdfsig's time | ≤ 1.6 × | 1.2 × | yes |" in text
    assert "| directive, cold, by the time of EU DSS | ≤ 0.03 × | not measured here | – |" in text
