"""The verifiers compared: sigcheck's library, poppler's pdfsig, pyHanko's own command line."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from tools.corpus.manifest import Row
from tools.corpus.workers import LOCKED, Judge, Outcome


def sigcheck_judge() -> Judge:
    """Judge by the library, in this process."""
    import sigcheck

    @cache
    def verifier(trust: Path) -> Any:
        return sigcheck.Verifier(trust=sigcheck.TrustStore.load([trust]))

    def judge(row: Row) -> Outcome:
        outcome = _by_sigcheck(verifier(row.trust), row, None)
        for password in row.passwords:
            if outcome.detail not in LOCKED:
                break
            outcome = _by_sigcheck(verifier(row.trust), row, password)
        return outcome

    return judge


def _by_sigcheck(verifier: Any, row: Row, password: str | None) -> Outcome:
    from sigcheck.errors import SigcheckError

    try:
        report = verifier.verify(row.path, at=row.at, password=password)
    except SigcheckError as error:
        return Outcome("UNREADABLE", detail=error.code)
    document = report.documents[0]
    said = tuple(_said(signature) for signature in document.signatures)
    reason = document.reason.code if document.reason else ""
    broke = reason == "DOC-INTERNAL"  # a fault of our own counts as the traceback it stands for
    return Outcome("CRASH" if broke else str(document.indication), said, reason)


def _said(signature: Any) -> str:
    sub = signature.sub_indication
    return f"{signature.indication}/{sub}" if sub else str(signature.indication)


_PDFSIG = re.compile(r"Signature Validation: (.+)")


def pdfsig_judge() -> Judge:
    """Judge by pdfsig, without its certificate check: it can't be given anchors or a time."""

    def judge(row: Row) -> Outcome:
        done = subprocess.run(
            ["pdfsig", "-nocert", *_password(row, "-upw"), str(row.path)],
            capture_output=True,
            check=False,
        )
        said = tuple(_PDFSIG.findall(done.stdout.decode(errors="replace")))
        return Outcome(_of_pdfsig(said, done.returncode), said, f"exit {done.returncode}")

    return judge


def _of_pdfsig(said: tuple[str, ...], code: int) -> str:
    if code < 0:
        return "CRASH"
    if not said:
        return "NO-SIGNATURE" if code in {0, 2} else "UNREADABLE"
    if all(text == "Signature is Valid." for text in said):
        return "TOTAL-PASSED"
    broken = ("Digest Mismatch.", "Signature is Invalid.")
    return "TOTAL-FAILED" if any(text in broken for text in said) else "INDETERMINATE"


def pyhanko_judge() -> Judge:
    """Judge by pyHanko's command line, with the trust roots of the row."""
    program = shutil.which("pyhanko", path=str(Path(sys.executable).parent))
    if program is None:
        raise SystemExit("pyHanko's command line is missing: make .venv/.stamp-bench")

    def judge(row: Row) -> Outcome:
        roots = sorted(p for p in row.trust.iterdir() if ".root." in p.name or p.suffix == ".der")
        trust = [part for path in roots for part in ("--trust", str(path))]
        # Without revocation: it would be fetched, and nothing here may touch the network.
        options = ["--trust-replace", "--no-revocation-check", "--validation-time", str(row.at)]
        options += _password(row, "--password")
        done = subprocess.run(
            [program, "sign", "validate", *trust, *options, str(row.path)],
            capture_output=True,
            check=False,
        )
        return _of_pyhanko(done.returncode, done.stdout.decode(), done.stderr.decode())

    return judge


_PYHANKO = re.compile(r"^.*:[0-9a-f]{64}:(.+)$", re.MULTILINE)


def _of_pyhanko(code: int, out: str, err: str) -> Outcome:
    said = tuple(_PYHANKO.findall(out))
    if "Traceback" in err:
        return Outcome("CRASH", said, err.strip().splitlines()[-1][:200])
    if not said:
        return Outcome("UNREADABLE" if code else "NO-SIGNATURE", (), err.strip()[-200:])
    if code == 0:
        return Outcome("TOTAL-PASSED", said)
    if "An error occurred while validating" in err:
        return Outcome("UNREADABLE", said, "could not validate")
    bad = any("ILLEGAL" in text or not text.startswith("INTACT") for text in said)
    return Outcome("TOTAL-FAILED" if bad else "INDETERMINATE", said)


def _password(row: Row, option: str) -> list[str]:
    return [option, row.passwords[0]] if row.passwords else []
