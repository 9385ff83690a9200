"""Every folder of `fixtures/vectors` is a case: document.pdf, expected.json, and what it needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sigcheck.model.report import DocumentReport
from sigcheck.render.cards import managing_unit
from tests.fixtures import vectors


def judged(
    case: Path, _expected: dict[str, Any], at: str | None = None, policy: str = "intake"
) -> DocumentReport:
    """Return what a case comes to; `tools/mutants.py` puts another in its place."""
    return vectors.judged(case, at, policy).document


@vectors.EVERY
def test_vector(case: Path) -> None:
    """The document and each of its signatures come to what the vector expects."""
    expected = vectors.expected(case)
    document = judged(case, expected)

    found = [
        {
            "field": s.evidence.field,
            "indication": s.indication.value,
            "sub_indication": s.sub_indication.value if s.sub_indication else None,
        }
        for s in document.signatures
    ]
    wanted = [
        {
            "field": s["field"] or "",  # null: an orphan, to which no field leads
            "indication": s["indication"],
            "sub_indication": s["sub_indication"],
        }
        for s in expected["signatures"]
    ]
    crashed = [
        f.code for s in document.signatures for f in s.findings if f.outcome.status == "crashed"
    ]

    assert crashed == []
    assert found == wanted
    assert document.indication.value == expected["document"]["indication"]
    if document.indication.value in {"TOTAL-FAILED", "INDETERMINATE"}:
        sub = document.sub_indication.value if document.sub_indication else None
        assert sub == expected["document"]["sub_indication"]


def _policies() -> Iterator[Any]:
    for case in vectors.CASES:
        for policy in vectors.expected(case).get("policies", ()):
            yield pytest.param(case, policy, id=f"{vectors.name(case)}-{policy}")


@pytest.mark.parametrize(("case", "policy"), [*_policies()])
def test_vector_under_another_policy(case: Path, policy: str) -> None:
    """Each signature comes to what the vector expects under the policies it names."""
    expected = vectors.expected(case)
    document = judged(case, expected, policy=policy)

    found = [s.sub_indication.value if s.sub_indication else None for s in document.signatures]
    passed = [s.indication.value == "TOTAL-PASSED" for s in document.signatures]

    assert found == expected["policies"][policy]
    assert passed == [sub is None for sub in expected["policies"][policy]]


def _with_levels() -> list[Path]:
    found = [(case, vectors.expected(case)["signatures"]) for case in vectors.CASES]
    return [case for case, signatures in found if any("pades_level" in s for s in signatures)]


@pytest.mark.parametrize("case", _with_levels(), ids=vectors.name)
def test_vector_names_its_pades_level(case: Path) -> None:
    """The level of each signature is named where the vector says which."""
    expected = vectors.expected(case)
    wanted = [(i, s) for i, s in enumerate(expected["signatures"]) if "pades_level" in s]
    signatures = judged(case, expected).signatures

    assert [signatures[i].pades_level for i, _ in wanted] == [s["pades_level"] for _, s in wanted]


@pytest.mark.parametrize(
    "case",
    [case for case in vectors.CASES if vectors.expected(case)["findings"]],
    ids=vectors.name,
)
def test_vector_names_its_findings(case: Path) -> None:
    """Every finding a vector names is there, failed, on one of the signatures or the document."""
    expected = vectors.expected(case)
    document = judged(case, expected)
    codes = _unanswered(document)
    if document.reason:
        codes.add(document.reason.code)

    assert set(expected["findings"]) <= codes


def _unanswered(document: DocumentReport) -> set[str]:
    every = [*document.findings, *(f for s in document.signatures for f in s.findings)]
    every += [f for s in document.signatures for t in s.timestamps for f in t.findings]
    every += document.workflow.findings
    return {f.code for f in every if f.unanswered}


@pytest.mark.parametrize(
    "case",
    [case for case in vectors.CASES if vectors.expected(case).get("silent")],
    ids=vectors.name,
)
def test_vector_gives_no_false_warning(case: Path) -> None:
    """Nothing that a vector says is in order is answered no."""
    expected = vectors.expected(case)

    assert _unanswered(judged(case, expected)) & {*expected["silent"]} == set()


def _with_names() -> list[Path]:
    asked = {"act", "kind", "unit", "tool"}
    found = [(case, vectors.expected(case)["signatures"]) for case in vectors.CASES]
    return [case for case, signatures in found if any(asked & s.keys() for s in signatures)]


@pytest.mark.parametrize("case", _with_names(), ids=vectors.name)
def test_vector_names_who_did_what(case: Path) -> None:
    """Act, kind of holder, managing unit and tool are those the vector names, where it does."""
    wanted = vectors.expected(case)["signatures"]
    found = [
        {
            "act": s.act,
            "kind": s.evidence.signer.kind.value,
            "unit": managing_unit(s.evidence),
            "tool": s.tool,
        }
        for s in judged(case, vectors.expected(case)).signatures
    ]

    for one, asked in zip(found, wanted, strict=True):
        assert {key: asked.get(key, value) for key, value in one.items()} == one


@pytest.mark.parametrize("name", ["2691-ct-ubnd", "2691-ct-ubnd-production"])
def test_main_job_gives_the_same_answer_in_2040(name: str) -> None:
    """The directive's verdict of today holds in 2040, when its certificates have long expired."""
    case = vectors.ROOT / "vectors" / "long-an" / name
    expected = vectors.expected(case)
    later = judged(case, expected, at="2040-06-01T00:00:00+07:00")

    found = [s.indication.value for s in later.signatures]

    assert found == [s["indication"] for s in expected["signatures"]]
