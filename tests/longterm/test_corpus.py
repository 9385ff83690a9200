"""Levels of documents that pyHanko's own tests use, where the corpus is at hand."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

import sigcheck

pytestmark = pytest.mark.corpus

INCOMPLETE = {
    "peers/ca5841849b815c28.pdf": "the DSS has no status of the intermediate CA",
}
"""Documents called B-LTA upstream whose store lacks something the level asks for."""


def listed(corpus: Path) -> Iterator[str]:
    """Yield pyHanko's documents that its maintainers call B-LTA and that hold a time-stamp."""
    with (corpus / "manifest.tsv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            is_theirs = "pyhanko" in row["source_repo"].lower()
            count = row["n_signatures"]
            several = count.isdigit() and int(count) > 1
            if is_theirs and several and row["category"] == "LTV-B-LTA":
                yield row["file"]


def test_upstreams_b_lta_is_ours(corpus: Path) -> None:
    """What pyHanko's maintainers made as B-LTA is named so, but for what is listed."""
    names = [*listed(corpus)]
    other = []
    for name in names:
        document = sigcheck.verify(corpus / name).document
        if "B-LTA" not in {s.pades_level for s in document.signatures}:
            other.append(name)

    assert len(names) >= 30
    assert sorted(other) == sorted(INCOMPLETE)
