"""Seeded mutations of every passing vector: a changed signed byte never passes, nothing crashes."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sigcheck
from fixtures.make.vector import trust_folders
from sigcheck.api import INTERNAL
from sigcheck.model.indication import DocumentIndication, Indication
from sigcheck.model.report import DocumentReport

ROOT = Path(__file__).resolve().parents[2]
VECTORS = ROOT / "fixtures" / "vectors"

SEEDED = settings(
    derandomize=True,
    deadline=5_000,  # milliseconds: a hang is a failure, a slow machine is not
    max_examples=12,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def passing() -> list[Path]:
    """Return the folders of the vectors whose document passes."""
    found = sorted(VECTORS.glob("*/*/expected.json"))
    return [p.parent for p in found if _expected(p)["document"]["indication"] == "TOTAL-PASSED"]


def _expected(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text("utf-8")))


@cache
def _verifier(folders: tuple[Path, ...]) -> sigcheck.Verifier:
    return sigcheck.Verifier(trust=sigcheck.TrustStore.load(folders))


def judge(case: Path, data: bytes) -> DocumentReport:
    """Verify bytes in the circumstances of a case; whatever they are, a report comes back."""
    options = _expected(case / "expected.json")["options"]
    moment = datetime.fromisoformat(options["at"])
    verifier = _verifier(trust_folders(case, options))
    return verifier.verify(data, at=moment, password=options.get("password")).document


@cache
def _document(case: Path) -> bytes:
    return next(case.glob("document.*")).read_bytes()


@cache
def _ranges(case: Path) -> tuple[tuple[int, int, int, int], ...]:
    """Return the byte ranges of the untouched document, in the report's order."""
    signatures = judge(case, _document(case)).signatures
    ranges = [s.evidence.byte_range for s in signatures]
    return tuple(r.values for r in ranges if r)  # type: ignore[misc]


def _signed(values: tuple[int, int, int, int], at: int) -> bool:
    start, first, second, length = values
    return start <= at < start + first or second <= at < second + length


def _crashed(report: DocumentReport) -> list[str]:
    if report.reason and report.reason.code == INTERNAL:
        return [INTERNAL, *(value for _, value in report.reason.facts)]
    return [f.code for s in report.signatures for f in s.findings if f.outcome.status == "crashed"]


@pytest.mark.parametrize("case", passing(), ids=lambda p: f"{p.parent.name}/{p.name}")
@SEEDED
@given(data=st.data())
def test_changed_signed_byte_never_passes(case: Path, data: st.DataObject) -> None:
    """Whichever signed byte is changed, no signature over it passes, and the document fails."""
    original = _document(case)
    covered = max(r[2] + r[3] for r in _ranges(case))
    at = data.draw(st.integers(0, covered - 1))
    flip = data.draw(st.integers(1, 255))
    if not any(_signed(values, at) for values in _ranges(case)):
        return  # inside the last /Contents, which no signature covers
    changed = bytearray(original)
    changed[at] ^= flip

    report = judge(case, bytes(changed))

    assert report.indication is not DocumentIndication.TOTAL_PASSED
    assert _crashed(report) == []
    if len(report.signatures) == len(_ranges(case)):
        for signature, values in zip(report.signatures, _ranges(case), strict=True):
            facts = signature.evidence.byte_range
            if facts and facts.values == values and _signed(values, at):
                assert signature.indication is not Indication.TOTAL_PASSED


@pytest.mark.parametrize("case", passing(), ids=lambda p: f"{p.parent.name}/{p.name}")
@SEEDED
@given(data=st.data())
def test_any_damage_gives_a_report(case: Path, data: st.DataObject) -> None:
    """Cut, doubled, overwritten or swapped pieces give a report in time and crash no check."""
    original = _document(case)
    size = len(original)
    start = data.draw(st.integers(0, size - 1))
    length = data.draw(st.integers(0, min(4_096, size - start)))
    piece = original[start : start + length]
    other = data.draw(st.integers(0, size))
    kind = data.draw(st.sampled_from(["cut", "double", "move", "noise", "truncate", "tail"]))
    noise = data.draw(st.binary(max_size=64))
    damaged = {
        "cut": original[:start] + original[start + length :],
        "double": original[:start] + piece + original[start:],
        "move": original[:other] + piece + original[other:],
        "noise": original[:start] + noise + original[start + len(noise) :],
        "truncate": original[:start],
        "tail": original + noise + piece,
    }[kind]

    report = judge(case, damaged)

    assert _crashed(report) == []
    if report.indication is DocumentIndication.TOTAL_PASSED:
        covered = max(r[2] + r[3] for r in _ranges(case))
        assert _only_unsigned_bytes_differ(original, damaged, _ranges(case), covered)


def _only_unsigned_bytes_differ(
    original: bytes,
    damaged: bytes,
    ranges: tuple[tuple[int, int, int, int], ...],
    covered: int,
) -> bool:
    """Say whether all that was signed is still there.

    Where nothing came after the signed bytes, nothing but a text without any word of PDF may come
    now (CH-TRAILING-TEXT); an unsigned update that was there (a security store) is judged by the
    rules for changes.
    """
    added = damaged[covered:]
    words = (b"obj", b"stream", b"xref", b"trailer", b"/", b"<<", b"%%EOF", b"%PDF")
    if not original[covered:].strip(b"\r\n") and any(word in added for word in words):
        return False
    same = (a == b for a, b in zip(original[:covered], damaged[:covered], strict=False))
    gaps = [(r[1], r[2]) for r in ranges]
    differing = [i for i, equal in enumerate(same) if not equal]
    return all(any(start <= i < end for start, end in gaps) for i in differing)
