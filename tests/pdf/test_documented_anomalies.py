"""Every anomaly the code can note is explained in `docs/anomalies.md`."""

from __future__ import annotations

import re
from pathlib import Path

from sigcheck.checks.format import DANGEROUS_ANOMALIES
from sigcheck.config.policy import ambiguity_rules

_ONE_WORD = {"hybrid"}
"""Codes without a hyphen, which a pattern for codes does not find."""
_NOTED = re.compile(r"(?:note|_note|_note_entry|Anomaly)\(\s*(?:document, )?\"([a-z-]+)\"")
_CHOSEN = re.compile(r"code = \"([a-z-]+)\"(?: if .* else \"([a-z-]+)\")?")


def _noted(root: Path) -> set[str]:
    found: set[str] = set()
    for path in (root / "src/sigcheck/evidence").rglob("*.py"):
        if path.parent.name == "strict":
            continue  # ambiguities: rows of data/ambiguity.toml
        source = path.read_text(encoding="utf-8")
        found |= set(_NOTED.findall(source))
        found |= {code for pair in _CHOSEN.findall(source) for code in pair if code}
    return found


def _documented(root: Path, marked: str = "") -> set[str]:
    page = (root / "docs/anomalies.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    cells = [row.split("|")[1] for row in rows]
    return {code for cell in cells if marked in cell for code in re.findall(r"`([a-z-]+)`", cell)}


def test_every_anomaly_is_explained(root: Path) -> None:
    """A code that a report may show has its line on the page."""
    assert _noted(root) - _documented(root) == set()


def test_every_ambiguity_has_its_row_and_every_row_its_ambiguity(root: Path) -> None:
    """A code without a row would fail without anybody's having thought about it."""
    found: set[str] = set()
    for path in (root / "src/sigcheck/evidence/pdf/strict").glob("*.py"):
        found |= set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', path.read_text(encoding="utf-8")))

    # What the strict modules ask the lenient reader's anomalies for is documented with those.
    assert found - _documented(root) == {*ambiguity_rules()} - _ONE_WORD - _documented(root)


def test_the_dangerous_ones_are_marked(root: Path) -> None:
    """The page marks exactly the codes that make FC-STRUCTURE-SOUND fail."""
    assert _documented(root, "†") == set(DANGEROUS_ANOMALIES)


def test_every_dangerous_code_can_be_noted(root: Path) -> None:
    """The check looks for nothing that the reader never says."""
    assert set(DANGEROUS_ANOMALIES) - _noted(root) == set()
