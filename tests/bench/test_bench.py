"""The benchmark measures what it says: right documents, right sums, a page that tells both."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bench import contenders, measure, page, promises
from bench.gen import documents, pki
from bench.gen.documents import Recipe


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a work folder of our own, its PKI made."""
    folder = tmp_path_factory.mktemp("bench")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "PKI", pki.make(folder / "pki"))
        documents.make(Recipe(sigs=2, extra_revisions=3, timestamps=True, dss=True), folder)
    return folder


@pytest.mark.skipif(not shutil.which("pdfsig"), reason="pdfsig isn't installed")
def test_a_measured_document_is_soundly_signed(work: Path) -> None:
    """Poppler finds as many sound signatures as the recipe asks for."""
    (path,) = work.glob("*.pdf")

    said = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False)

    assert said.stdout.count("Signature is Valid") == 2


@pytest.mark.skipif(not contenders.ANCHORED.available(measure.BIN), reason="no pdfsig or certutil")
def test_pdfsig_given_the_root_trusts_the_signers(work: Path) -> None:
    """The comparison with paths judged on both sides is one: without the root, poppler says no."""
    (path,) = work.glob("*.pdf")
    said = {
        contender: subprocess.run(
            contender.command(path, work / "pki"), capture_output=True, text=True, check=False
        ).stdout
        for contender in (contenders.PDFSIG, contenders.ANCHORED)
    }

    assert said[contenders.ANCHORED].count("Certificate is Trusted") == 2
    assert "Certificate is Trusted" not in said[contenders.PDFSIG]


def test_a_measured_document_has_its_revisions(work: Path) -> None:
    """The file ends as often as the recipe has revisions: body, signatures, DSS, further ones."""
    (path,) = work.glob("*.pdf")

    assert len(re.findall(rb"%%EOF", path.read_bytes())) == 1 + 2 + 1 + 3


def test_the_trust_folder_holds_no_key(work: Path) -> None:
    """What a verifier is given is certificates and CRLs."""
    assert {path.name for path in (work / "pki").iterdir()} == {
        "root.pem",
        "sub.pem",
        "root.crl",
        "sub.crl",
    }


def test_a_ratio_is_taken_round_by_round() -> None:
    """A round in which the machine was busy weighs on both sides alike."""
    ours = [measure.Sample(seconds, 0.0, 0, 0) for seconds in (2.0, 20.0, 2.0)]
    theirs = [measure.Sample(seconds, 0.0, 0, 0) for seconds in (1.0, 10.0, 1.0)]

    assert measure.ratio(ours, theirs) == measure.Spread(2.0, 2.0, 2.0)


def test_the_launcher_tells_exit_code_time_and_memory() -> None:
    """A program that sleeps and allocates is measured as such."""
    script = "import time, sys; x = b'1' * (64 << 20); time.sleep(0.2); sys.exit(3)"

    with measure.Launcher() as launcher:
        sample = launcher.run(["python", "-c", script])

    assert sample.code == 3
    assert sample.seconds >= 0.2
    assert sample.peak_kib >= 64 << 10


def test_the_page_tells_medians_and_quartiles(tmp_path: Path) -> None:
    """A figure on the page carries its spread and its ratio to pdfsig."""
    spread = {"median": 0.02, "low": 0.01, "high": 0.03}
    one = {"seconds": spread, "ratio": spread, "peak_mib": 40.0}
    results = {"cold": {"small": {"bytes": 300_000, "contenders": {"sigcheck": one}}}}

    page.write(tmp_path / "page.md", results, [], "")

    told = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "| small | 0.3 | sigcheck | 20.0 [10.0–30.0] | 0.02 [0.01–0.03] × | 40 |" in told


def test_a_promise_is_held_against_what_was_measured() -> None:
    """A bound that a run breaks is told as such, one that it can't speak of isn't told."""
    growth = {"signatures": [{"value": 5, "warm": {"median": 0.01}}]}
    growth["signatures"].append({"value": 20, "warm": {"median": 0.05}})

    told = promises.rows({"growth": growth})

    assert told == [("20 signatures by 5", "≤ 4.5 ×", "5.00 ×", "**not yet**")]
