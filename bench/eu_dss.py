"""EU DSS as a peer: builds the harness in bench/dss/ and asks it about documents, offline.

    from bench import eu_dss
    eu_dss.build()                                     # once; needs Maven
    folder = eu_dss.trust_folder(sigcheck.TrustStore.load(["fixtures/pki"]), Path("somewhere"))
    answers = eu_dss.judge([eu_dss.Job(Path("a.pdf"), folder, "2026-11-23T00:00:00+07:00")])

An answer is what Verdicts.java prints: `file`, `milliseconds`, and `signatures` (each with `kind`,
`field`, `indication`, `sub_indication`, `reasons`) or `error`. DSS knows no tiers: every anchor
whose certificate is in the trust store is trusted, test roots too.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
HARNESS, BUILT = HERE / "dss", HERE / "work" / "dss"


class Job(NamedTuple):
    document: Path
    trust: Path
    """A folder that `trust_folder` wrote."""
    at: str
    """The validation time, ISO 8601 with its offset."""


def available() -> bool:
    """Say whether the harness is built, or can be."""
    return (BUILT / "verdicts-1.jar").exists() or bool(shutil.which("mvn"))


def build() -> None:
    """Compile the harness and collect DSS into bench/work/dss, unless that was done."""
    made = BUILT / "verdicts-1.jar"
    sources = [HARNESS / "pom.xml", *HARNESS.glob("src/main/java/*.java")]
    if not made.exists() or made.stat().st_mtime < max(path.stat().st_mtime for path in sources):
        subprocess.run(["mvn", "-q", "-B", "-f", HARNESS, "package"], check=True)


def command(jobs: Sequence[Job], listing: Path, threads: int = 1) -> list[str]:
    """Write the list of documents and return the command that judges them in one JVM."""
    listing.write_text("".join("\t".join(map(str, job)) + "\n" for job in jobs), encoding="utf-8")
    classes = f"{BUILT / 'verdicts-1.jar'}:{BUILT / 'lib'}/*"
    return ["java", "-cp", classes, "Verdicts", str(threads), str(listing)]


def judge(jobs: Sequence[Job], threads: int = 2) -> list[dict[str, Any]]:
    """Return an answer per document, in their order."""
    with tempfile.TemporaryDirectory() as folder:
        run = command(jobs, Path(folder, "list.tsv"), threads)
        done = subprocess.run(run, check=True, stdout=subprocess.PIPE)
    return [json.loads(line) for line in done.stdout.splitlines()]


def trust_folder(store: Any, folder: Path) -> Path:
    """Write a `sigcheck.TrustStore` as the harness reads it; return the folder."""
    shutil.rmtree(folder, ignore_errors=True)
    for sha256, der in store.certificates.items():
        _write(folder / ("anchors" if sha256 in store.anchors else "certificates"), sha256, der)
    for number, crl in enumerate(store.crls):
        _write(folder / "crl", str(number), crl.data)
    for number, response in enumerate(store.ocsps):
        _write(folder / "ocsp", str(number), response.data)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _write(folder: Path, name: str, data: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
