"""Evidence and policies survive being written, and only what was written is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import sigcheck
from sigcheck.archive.files import evidence_bytes, policy_bytes, read_evidence, read_policy
from sigcheck.errors import PackageError
from tests.archive.samples import MODEL, VECTORS, judged
from tests.fixtures.vectors import CASES, name


@pytest.mark.parametrize("case", CASES, ids=name)
def test_evidence_comes_back_as_it_was(case: Path) -> None:
    """Every vector's evidence is the same after writing and reading, and is written one way."""
    evidence = judged(case)[0].document.evidence
    if evidence is None:
        pytest.skip("a file that can't be read has no evidence")
    evidence = replace(evidence, materials={})

    again = read_evidence(evidence_bytes(evidence))

    assert again == evidence
    assert evidence_bytes(again) == evidence_bytes(evidence)


@pytest.mark.parametrize("policy", ["intake", "archive", "etsi"])
def test_policies_come_back_as_they_were(policy: str) -> None:
    """A shipped policy survives with every level, rule, profile and text."""
    known = sigcheck.load_policy(policy)

    assert read_policy(policy_bytes(known)) == known


def _signature(tree: Any) -> Any:
    return tree["value"]["signatures"][0]


TAMPERED: dict[str, Callable[[Any], object]] = {
    "unknown field": lambda t: _signature(t).update(verdict="TOTAL-PASSED"),
    "unknown field of the document": lambda t: t["value"].update(extra=1),
    "unknown field of the file": lambda t: t.update(extra=1),
    "unknown enum value": lambda t: _signature(t).update(kind="seal"),
    "number for text": lambda t: _signature(t).update(field=7),
    "truth value for number": lambda t: _signature(t).update(revision=True),
    "number for truth value": lambda t: _signature(t).update(orphan=0),
    "text for number": lambda t: t["value"].update(size="7"),
    "null where a value belongs": lambda t: t["value"].update(sha256=None),
    "object for a list": lambda t: t["value"].update(revisions={}),
    "field missing": lambda t: t["value"].pop("sha256"),
    "no moment": lambda t: _signature(t)["dictionary"].update(claimed_time="yesterday"),
    "a number beyond the table": lambda t: _signature(t).update(certificate=10_000),
    "a negative number of a table": lambda t: _signature(t).update(certificate=-1),
    "a rectangle of three": lambda t: _signature(t)["widget"].update(rect=[1, 2, 3]),
    "another schema": lambda t: t.update(schema="sigcheck.evidence/2"),
    "tables that are none": lambda t: t.update(tables=[]),
    "materials inside": lambda t: t["value"].update(materials={"00": "not base64!"}),
}


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=list(TAMPERED))
def test_what_nobody_wrote_is_refused(tamper: Callable[[Any], object]) -> None:
    """An evidence file that isn't of the form is a PackageError, never anything else."""
    evidence = judged(MODEL)[0].document.evidence
    assert evidence is not None
    tree = json.loads(evidence_bytes(evidence))
    tamper(tree)

    with pytest.raises(PackageError):
        read_evidence(json.dumps(tree).encode())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"schema":"sigcheck.evidence/1","schema":"sigcheck.evidence/1","value":{}}',
        b'{"schema":"sigcheck.evidence/1","value":NaN}',
        b'{"schema":"sigcheck.evidence/1","tables":{"Anomaly":7}}',
        b'{"schema":"sigcheck.evidence/1","value":' + b"[" * 100_000,
    ],
)
def test_broken_json_is_refused(data: bytes) -> None:
    """Broken, doubled or bottomless JSON is a PackageError."""
    with pytest.raises(PackageError):
        read_evidence(data)


def test_shared_changes_are_written_once() -> None:
    """A change that five signatures share stands in the file once."""
    report, _ = judged(VECTORS / "long-an" / "2691-ct-ubnd")
    evidence = report.document.evidence
    assert evidence is not None

    tree = json.loads(evidence_bytes(evidence))

    distinct = {item for s in evidence.signatures for item in s.changes}
    assert len(tree["tables"]["ChangeItem"]) == len(distinct)
    assert sum(len(s.changes) for s in evidence.signatures) > len(distinct)
