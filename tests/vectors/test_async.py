"""The library inside an event loop."""

from __future__ import annotations

import asyncio
from pathlib import Path

import sigcheck
from sigcheck.model.report import Report


def test_averify_says_what_verify_says(fixtures: Path) -> None:
    """Two verifications side by side in one loop both pass, as the plain call does."""
    verifier = sigcheck.Verifier(trust=sigcheck.TrustStore.load([fixtures / "pki"]))
    model = fixtures / "vectors" / "long-an" / "2691-ct-ubnd-production" / "document.pdf"

    async def both(path: Path) -> list[Report]:
        return [*await asyncio.gather(verifier.averify(path), verifier.averify(path))]

    found = [report.indication for report in asyncio.run(both(model))]

    assert found == [verifier.verify(model).indication] * 2
    assert found[0].value == "TOTAL-PASSED"
