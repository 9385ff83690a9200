"""A document that was judged is gone: nothing of it waits for a search for garbage."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

import sigcheck


@pytest.mark.parametrize("case", ["attack-isa", "bytes", "covers", "long-an", "longterm"])
def test_nothing_is_left_of_a_document(case: str, fixtures: Path) -> None:
    """Else a folder of large files holds twenty of them before Python looks for garbage."""
    path = min((fixtures / "vectors" / case).rglob("*.pdf"))
    verifier = sigcheck.Verifier()
    verifier.verify(path)
    gc.collect()
    gc.disable()
    try:
        for _ in range(5):
            verifier.verify(path)
        left = gc.collect()
    finally:
        gc.enable()

    assert left < 50


def test_garbage_is_looked_for_again_afterwards(fixtures: Path) -> None:
    """Whatever came of the document; and where the host looks for none, it stays so."""
    path = min((fixtures / "vectors" / "bytes").rglob("*.pdf"))
    verifier = sigcheck.Verifier()
    try:
        for collecting in (True, False):
            (gc.enable if collecting else gc.disable)()
            verifier.verify(path)
            verifier.verify(b"not a document")
            assert gc.isenabled() is collecting
    finally:
        gc.enable()
