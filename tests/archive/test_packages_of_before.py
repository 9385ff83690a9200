"""Packages that earlier versions wrote are read and come to what they came to then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sigcheck.archive.bag import REPORT
from sigcheck.archive.replay import read_package, replay
from sigcheck.render import RenderOptions, Words, renderer

PACKAGES = sorted((Path(__file__).resolve().parents[2] / "fixtures" / "evidence").glob("*.zip"))
WORDS = {"message", "text", "tool", "title"}
"""What a later version may word better; `tool` names the version."""


@pytest.mark.parametrize("path", PACKAGES, ids=lambda path: path.name)
def test_package_of_before_replays(path: Path) -> None:
    """Nothing recorded is lost or changed; fields and findings may have been added since."""
    package = read_package(path)
    recorded = json.loads(package.files[REPORT])

    again = replay(package)
    shown = renderer("json")(again.report, Words.load("vi"), RenderOptions())
    now = json.loads(shown)

    assert again.shifts == ()
    assert list(_lost(recorded, now, "")) == []


def test_both_answers_are_kept() -> None:
    """There is a package of a document that passed and one of a document that failed."""
    found = [json.loads(read_package(path).files[REPORT]) for path in PACKAGES]

    assert {tree["documents"][0]["indication"] for tree in found} == {
        "TOTAL-PASSED",
        "TOTAL-FAILED",
    }


def _lost(before: Any, now: Any, place: str) -> list[str]:
    """Return where something recorded is missing or another value."""
    if isinstance(before, dict) and isinstance(now, dict):
        return [
            found
            for key, value in before.items()
            if key not in WORDS
            for found in _lost(value, now.get(key), f"{place}/{key}")
        ]
    if place.endswith("/findings"):
        named = {finding["code"]: finding for finding in now}
        return [
            found
            for finding in before
            for found in _lost(finding, named.get(finding["code"]), f"{place}/{finding['code']}")
        ]
    if isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        pairs = zip(before, now, strict=True)
        return [f for i, (a, b) in enumerate(pairs) for f in _lost(a, b, f"{place}/{i}")]
    return [] if before == now else [f"{place}: {before!r} -> {now!r}"]
