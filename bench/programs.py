"""The programs that are compared: how each is installed and run, what it does and leaves out."""

from __future__ import annotations

import os
import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from bench import eu_dss
from bench.documents import AT, ROOT, WORK, Case

INSTALLED = WORK / "installed"
PDFCPU, PDFCPU_VERSION = WORK / "go/bin/pdfcpu", "v0.15.0"
PYHANKO = Path(sys.executable).with_name("pyhanko")


class Program(NamedTuple):
    name: str
    command: Callable[[Case], list[str]]
    """The command line that judges one document."""
    right: frozenset[int]
    """Exit codes of a run that did its work; any other ends the benchmark."""
    rounds: float
    """The share of the rounds it takes part in: slow programs run less often."""
    version: Callable[[], str]
    does: str
    leaves_out: str


def prepare() -> list[Program]:
    """Install what this machine can run; return it, sigcheck and pdfsig first."""
    _install_sigcheck()
    found = [SIGCHECK, WITH_PAGES, PDFSIG]
    if _install_pdfcpu():
        found.append(PDFCPU_PROGRAM)
    found.append(PYHANKO_PROGRAM)
    if eu_dss.available():
        eu_dss.build()
        found.append(DSS)
    return found


@cache
def trust_folder(trust: Path) -> Path:
    """Return the trust sorted by roles, for the programs that want it so."""
    import sigcheck

    store = sigcheck.TrustStore.load([trust])
    return eu_dss.trust_folder(store, WORK / "trust" / trust.name)


def _install_sigcheck() -> None:
    """Install as a user does, `pip install .`, with the dependencies of the lock."""
    if not (INSTALLED / "bin/python").exists():
        subprocess.run([sys.executable, "-m", "venv", INSTALLED], check=True)
    pip = [INSTALLED / "bin/python", "-m", "pip", "install", "--quiet"]
    lock = ROOT / "requirements/run.lock"
    subprocess.run([*pip, "--no-deps", "--require-hashes", "-r", lock], check=True)
    subprocess.run([*pip, "--no-deps", "--force-reinstall", ROOT], check=True)


def _install_pdfcpu() -> bool:
    if not PDFCPU.exists() and shutil.which("go"):
        environment = {**os.environ, "GOPATH": str(WORK / "go"), "GOFLAGS": "-modcacherw"}
        module = f"github.com/pdfcpu/pdfcpu/cmd/pdfcpu@{PDFCPU_VERSION}"
        subprocess.run(["go", "install", module], env=environment, check=True)
    return PDFCPU.exists()


def _sigcheck(case: Case) -> list[str]:
    return [*_with_pages(case), "--no-compare-pages"]


def _with_pages(case: Case) -> list[str]:
    program = str(INSTALLED / "bin/sigcheck")
    return [program, "verify", str(case.document), "--trust", str(case.trust), "--at", AT]


def _pdfsig(case: Case) -> list[str]:
    return ["pdfsig", str(case.document)]


def _pdfcpu(case: Case) -> list[str]:
    validate = ["signatures", "validate", "-a", str(case.document)]
    return [str(PDFCPU), "--offline", "--conf", str(_pdfcpu_settings(case.trust)), *validate]


@cache
def _pdfcpu_settings(trust: Path) -> Path:
    """Return a settings folder with the certificates, but for those that Go cannot parse."""
    folder = WORK / "pdfcpu" / trust.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in sorted(trust_folder(trust).glob("[ac]*s/*")):
        certificate = folder / f"{path.name}.pem"
        certificate.write_text(ssl.DER_cert_to_PEM_cert(path.read_bytes()))
        _output(str(PDFCPU), "--conf", str(folder), "certificates", "import", str(certificate))
    return folder


def _pyhanko(case: Case) -> list[str]:
    folder = trust_folder(case.trust)
    command = [str(PYHANKO), "sign", "validate", "--trust-replace", "--no-revocation-check"]
    command += ["--no-strict-syntax", "--validation-time", AT]
    for option, kind in (("--trust", "anchors"), ("--other-certs", "certificates")):
        for path in sorted((folder / kind).glob("*")):
            command += [option, str(path)]
    return [*command, str(case.document)]


def _dss(case: Case) -> list[str]:
    job = eu_dss.Job(case.document, trust_folder(case.trust), AT)
    return eu_dss.command([job], WORK / f"dss-{case.document.stem}.tsv")


def _output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def _dss_version() -> str:
    pom = (eu_dss.HARNESS / "pom.xml").read_text("utf-8")
    (version,) = re.findall(r"<dss\.version>(.+)</dss\.version>", pom)
    return f"{version}, {_output('java', '-version').splitlines()[0]}"


SIGCHECK = Program(
    "sigcheck",
    _sigcheck,
    frozenset({0, 10, 11}),
    1,
    lambda: _output(str(INSTALLED / "bin/sigcheck"), "--version").strip(),
    "digests, signature values, paths to the anchors given, revocation from the lists given, "
    "time-stamps, what each later revision changed, the clerical order, PDF structure",
    "the comparison of drawn pages (`--no-compare-pages`), a row of its own",
)
WITH_PAGES = Program(
    "sigcheck, pages compared",
    _with_pages,
    frozenset({0, 10, 11}),
    1,
    SIGCHECK.version,
    "the same, and the pages drawn as signed and as they are now, compared point by point",
    "nothing",
)
PDFSIG = Program(
    "pdfsig",
    _pdfsig,
    frozenset({0}),
    1,
    lambda: _output("pdfsig", "-v").splitlines()[0],
    "digests and signature values; whether the byte range reaches the end of the file",
    "paths (it is given no anchors), revocation, time-stamps, what later revisions changed",
)
PDFCPU_PROGRAM = Program(
    "pdfcpu",
    _pdfcpu,
    frozenset({0}),
    1,
    lambda: PDFCPU_VERSION,
    "digests, signature values, paths at today's date (it takes no other)",
    "revocation (offline it has none), time-stamps as proof of time, what later revisions changed",
)
PYHANKO_PROGRAM = Program(
    "pyHanko",
    _pyhanko,
    frozenset({0, 1}),
    0.3,
    lambda: _output(str(PYHANKO), "--version").strip(),
    "digests, signature values, paths, time-stamps, what later revisions changed",
    "revocation (its command line takes no lists: it would fetch them)",
)
DSS = Program(
    "EU DSS",
    _dss,
    frozenset({0}),
    0.15,
    _dss_version,
    "the same validation by ETSI EN 319 102-1: paths, revocation from the lists, time-stamps; "
    "what later revisions changed, by object, and pages drawn and compared",
    "nothing of this; cold figures are those of a JVM that has just started",
)
