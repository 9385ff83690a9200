"""Hostile documents, judged in a process that may use two gibibytes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.limits.bombs import BOMBS

ROOT = Path(__file__).resolve().parents[2]
JUDGE = """
import json, resource, sys
from datetime import datetime
import sigcheck
limits = sigcheck.Limits(max_seconds=90)  # the machine may be busy with other tests
resource.setrlimit(resource.RLIMIT_AS, (limits.max_memory, limits.max_memory))
trust = sigcheck.TrustStore.load([sys.argv[2]])
at = datetime.fromisoformat("2026-11-23T00:00:00+07:00")
report = sigcheck.Verifier(trust=trust, limits=limits).verify(sys.argv[1], at=at).document
first = report.signatures[0] if report.signatures else None
print(json.dumps({
    "indication": report.indication.value,
    "code": report.reason.code if report.reason else None,
    "signatures": len(report.signatures),
    "first": first.indication.value if first else None,
    "decides": sorted(f.code for f in first.findings if f.decides) if first else [],
    "crashed": [f.code for s in report.signatures for f in s.findings
                if f.outcome.status == "crashed"],
}))
"""


def judged(name: str, folder: Path) -> dict[str, Any]:
    """Verify a bomb in a child process; a hang or a death of the child fails the test."""
    document = folder / "bomb.pdf"
    document.write_bytes(BOMBS[name]())
    done = subprocess.run(
        [sys.executable, "-c", JUDGE, str(document), str(ROOT / "fixtures" / "pki")],
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": ""},
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return dict(json.loads(done.stdout))


FAILED, READ, PASSED = "TOTAL-FAILED", "UNREADABLE", "TOTAL-PASSED"
UNDECIDED = "INDETERMINATE"

EXPECTED: dict[str, tuple[str, str | None]] = {
    "page-bomb": (FAILED, "CH-UNDEFINED"),
    "object-stream-bomb": (READ, "LIMIT-STREAM-SIZE"),
    "cascade-bomb": (FAILED, "CH-UNDEFINED"),
    "deep-array": (READ, "LIMIT-NESTING"),
    "reference-chain": (FAILED, "CH-UNDEFINED"),
    "reference-ring": (FAILED, "CH-UNDEFINED"),
    "objects-100000": (PASSED, None),
    "objects-100000-written-again": (PASSED, None),
    "objects-400000": (PASSED, None),
    "signature-fields-900": (FAILED, None),
    "signature-fields-1500": (READ, "LIMIT-SIGNATURES"),
    "signatures-200": (UNDECIDED, "PA-VALIDITY-LASTS"),
    "revisions-900": (PASSED, None),
    "revisions-1500": (READ, "LIMIT-REVISIONS"),
    "prev-ring": (FAILED, None),
    "huge-contents": (READ, "LIMIT-CMS-SIZE"),
    "nested-cms": (FAILED, "FC-CMS-PARSED"),
    "overlapping-objects": (FAILED, None),
}
"""What each comes to, and the code that decides where it is the point of the case.

The two honest crowds pass: size alone is no offence.
"""

SIGNATURES = {"signatures-200": 200}
"""How many signatures are judged, where the number is the point of the case."""


def test_every_bomb_has_an_expectation() -> None:
    """No bomb is made without saying what it should come to."""
    assert set(BOMBS) == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_bomb(name: str, tmp_path: Path) -> None:
    """A hostile document gets a verdict or a named limit, in bounded time and memory."""
    found = judged(name, tmp_path)
    indication, code = EXPECTED[name]

    assert found["crashed"] == []
    assert found["indication"] == indication
    if code is not None:
        assert code in {found["code"], *found["decides"]}
    # None of two hundred signatures is dropped or hidden by the others.
    assert found["signatures"] == SIGNATURES.get(name, found["signatures"])
