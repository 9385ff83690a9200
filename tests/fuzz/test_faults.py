"""Whatever breaks while a document is read, a document that must not pass does not pass."""

from __future__ import annotations

from fuzz import faults


def test_no_injected_fault_makes_a_document_pass() -> None:
    """A seeded sample of what `make fuzz-faults` injects."""
    assert faults.run(300, seed=20261201) == []


def test_the_injection_reaches_what_it_is_aimed_at() -> None:
    """The places where faults are injected include the reader of time-stamps."""
    every = list(faults.places())
    case = faults.VECTORS / "attack-timestamp" / "altered"
    judge = faults.judge_of(case)
    with faults.watched(every):
        called = {str(place) for place, _, _ in faults.injections(judge, every)}
        assert judge() != "TOTAL-PASSED"

    assert any(name.endswith("signature._tokens") for name in called)
