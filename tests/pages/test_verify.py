"""Where pages are compared, and what comes of it: the whole way from a file to its verdict."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import sigcheck
from sigcheck.model.indication import SubIndication
from sigcheck.model.report import DocumentReport
from sigcheck.pages import process
from tools import cases

pytest.importorskip("pypdfium2_raw")

AT = datetime.fromisoformat("2026-11-23T00:00:00+07:00")
COVERED = "attack-looking/stamp-over-sum"
KNOWN = sorted((cases.CASES / "shown-otherwise").glob("*.pdf"))


def verified(fixtures: Path, case: str | Path, **options: Any) -> DocumentReport:
    """Verify a vector, or another file, under the test trust."""
    policy = sigcheck.load_policy(options.pop("policy", "intake"))
    trust = sigcheck.TrustStore.load([fixtures / "pki"])
    source = case if isinstance(case, Path) else fixtures / "vectors" / case / "document.pdf"
    return sigcheck.Verifier(trust, policy, **options).verify(source, at=AT).document


def codes(document: DocumentReport) -> set[str]:
    """Return the codes of the page checks that failed."""
    found = [f for s in document.signatures for f in s.findings if f.outcome.status == "failed"]
    return {f.code for f in found if f.code.startswith("CH-PAGES")}


def test_pages_are_compared_where_that_was_asked_for(fixtures: Path) -> None:
    """The vector passes by its bytes; who looks sees that the sum is gone."""
    unasked = verified(fixtures, COVERED)
    asked = verified(fixtures, COVERED, compare_pages=True)

    assert unasked.indication.value == "TOTAL-PASSED"
    assert unasked.evidence is not None
    assert unasked.evidence.page_comparison is None
    assert asked.indication.value == "INDETERMINATE"
    assert asked.sub_indication == SubIndication.SIG_CONSTRAINTS_FAILURE
    assert codes(asked) == {"CH-PAGES-ALIKE"}


@pytest.mark.parametrize("compare_pages", [None, True, False])
def test_the_archive_is_not_overruled(fixtures: Path, *, compare_pages: bool | None) -> None:
    """Its policy asks always."""
    document = verified(fixtures, COVERED, policy="archive", compare_pages=compare_pages)

    assert "CH-PAGES-ALIKE" in codes(document)


def test_an_honest_document_passes(fixtures: Path) -> None:
    """The directive of five signatures, with the anchors of the tier that may pass."""
    document = verified(fixtures, "long-an/2691-ct-ubnd-production", compare_pages=True)

    assert document.indication.value == "TOTAL-PASSED"
    assert document.evidence is not None
    assert document.evidence.page_comparison is not None
    assert document.evidence.page_comparison.pages == 6


@pytest.mark.parametrize("case", ["docmdp/approval-then-content-replaced", "cms/ordinary"])
def test_nothing_is_drawn_where_nothing_hangs_on_it(
    fixtures: Path, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signature that fails anyway, and one that nothing follows, start no process."""
    monkeypatch.setattr(process, "_output", lambda *_: pytest.fail("drawn"))

    document = verified(fixtures, case, compare_pages=True)

    assert document.evidence is not None
    assert document.evidence.page_comparison is None


def test_where_it_cannot_run_nothing_passes(
    fixtures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What asked for it gets no pass, and is told why."""
    monkeypatch.setattr(process, "find_spec", lambda _: None)

    document = verified(fixtures, "long-an/2691-ct-ubnd-production", compare_pages=True)

    assert document.indication.value == "INDETERMINATE"
    assert codes(document) == {"CH-PAGES-DRAWN"}


@pytest.mark.skipif(not KNOWN, reason="no small cases beside the project")
@pytest.mark.parametrize("path", KNOWN, ids=lambda path: path.stem)
def test_known_cases_never_pass(fixtures: Path, path: Path) -> None:
    """What a viewer shows otherwise than it was signed: neither by its bytes nor by its looks."""
    document = verified(fixtures, path, compare_pages=True)

    assert document.indication.value != "TOTAL-PASSED"
