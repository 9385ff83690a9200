"""Viewers as judges: what is shown otherwise is found, and no document of the grammar passes so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fuzz import viewers
from fuzz.drawing import LeftOut, Oracle, first_end, missing_programs
from fuzz.grammar.document import make

ROOT = Path(__file__).resolve().parents[2]
VECTORS = ROOT / "fixtures" / "vectors"
SHOWN = ROOT.parent / "shared" / "cases" / "shown-otherwise"
pytestmark = pytest.mark.skipif(
    bool(missing_programs()), reason="mutool or pdftoppm is not installed"
)


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    """Yield an oracle, and end PDFium's process behind it."""
    with Oracle(password="") as made:
        yield made


@pytest.mark.skipif(not SHOWN.is_dir(), reason="../shared is not here")
@pytest.mark.parametrize("path", sorted(SHOWN.glob("*.pdf")), ids=lambda p: p.stem)
def test_known_cases_are_shown_otherwise(path: Path, oracle: Oracle) -> None:
    """Each known case differs in a viewer from what was signed, one of them in PDFium only."""
    data = path.read_bytes()

    found = oracle.differences(data[: first_end(data)], data)

    assert found
    if path.stem == "25-f-filter":
        assert all(difference.viewer.startswith("PDFium") for difference in found)


@pytest.mark.parametrize("case", ["approval-then-security-store", "p2-then-security-store"])
def test_an_update_that_shows_nothing_is_shown_alike(case: str, oracle: Oracle) -> None:
    """A security store changes nothing in any viewer."""
    data = (VECTORS / "docmdp" / case / "document.pdf").read_bytes()

    assert oracle.differences(data[: first_end(data)], data) == []


def test_what_is_left_out_may_differ(oracle: Oracle) -> None:
    """A later signature's look differs inside its rectangle, and nowhere else."""
    data = (VECTORS / "file" / "two-signatures" / "document.pdf").read_bytes()
    signed = data[: first_end(data)]

    assert oracle.differences(signed, data)
    assert oracle.differences(signed, data, [LeftOut(1, (410, 485, 535, 560))]) == []
    assert oracle.differences(signed, data, [LeftOut(1, (10, 10, 20, 20))])


def test_a_refusal_is_a_difference(oracle: Oracle) -> None:
    """A file that no viewer opens any more is not shown as it was signed."""
    data = (VECTORS / "file" / "two-signatures" / "document.pdf").read_bytes()

    found = oracle.differences(data, b"%PDF-1.7\nnothing")

    assert {(difference.what) for difference in found} == {"outcome"}
    assert len(found) == 5


def test_a_seed_always_gives_the_same_document() -> None:
    """What a seed found once can be looked at again."""
    assert make("same/7") == make("same/7")
    assert make("same/7").data != make("same/8").data


@pytest.mark.slow
def test_no_document_of_a_seeded_hundred_passes_wrongly() -> None:
    """What passes is shown in three viewers as it was signed; `make fuzz-viewers` does more."""
    tally = viewers.run([f"tests/{number}" for number in range(100)])

    assert [(finding.seed, finding.what, finding.tricks) for finding in tally.findings] == []
    assert tally.made == 100
    assert tally.drawn > 5
