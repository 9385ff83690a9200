"""Every report says what it would take to become TOTAL-PASSED."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

import sigcheck
from sigcheck.model.indication import Indication
from sigcheck.render.findings import deciding
from sigcheck.render.reasons import todos
from sigcheck.render.words import LANGUAGES, Words

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
OPEN = (
    "revocation/missing",
    "path/missing-intermediate",
    "timestamp/imprint-mismatch",
    "longterm/tsa-expired",
)


def report(case: str, policy: str) -> sigcheck.Report:
    """Judge a vector under a policy."""
    folder = FIXTURES / "vectors" / case
    at = json.loads((folder / "expected.json").read_text("utf-8"))["options"]["at"]
    trust = sigcheck.TrustStore.load([FIXTURES / "pki"])
    verifier = sigcheck.Verifier(trust=trust, policy=sigcheck.load_policy(policy))
    return verifier.verify(folder / "document.pdf", at=datetime.fromisoformat(at))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("policy", ["intake", "archive", "etsi"])
@pytest.mark.parametrize("case", [c for c in OPEN if (FIXTURES / "vectors" / c).is_dir()])
def test_each_undecided_finding_has_its_advice(case: str, policy: str, lang: str) -> None:
    """For an open signature the advice of everything that keeps it from passing is given."""
    words, made = Words.load(lang), report(case, policy)
    document = made.document
    told = {todo.text for todo in todos(document, made.trust, words)}
    still_open = [s for s in document.signatures if s.indication is Indication.INDETERMINATE]
    wanted = {words.advice(finding) for s in still_open for finding in deciding(s)}

    assert "" not in wanted
    assert wanted <= told
