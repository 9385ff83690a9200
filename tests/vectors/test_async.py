"""The library inside an event loop."""

from __future__ import annotations

import asyncio
from pathlib import Path

import sigcheck
from sigcheck.model.report import Report
from tests.vectors.test_vectors import ROOT, VECTORS

MODEL = VECTORS / "long-an" / "2691-ct-ubnd-production" / "document.pdf"


def test_averify_says_what_verify_says() -> None:
    """Two verifications side by side in one loop both pass, as the plain call does."""
    verifier = sigcheck.Verifier(trust=sigcheck.TrustStore.load([ROOT / "fixtures" / "pki"]))

    async def both(path: Path) -> list[Report]:
        return [*await asyncio.gather(verifier.averify(path), verifier.averify(path))]

    found = [report.indication for report in asyncio.run(both(MODEL))]

    assert found == [verifier.verify(MODEL).indication] * 2
    assert found[0].value == "TOTAL-PASSED"
