"""A package is as hostile as a PDF: whatever is in it, reading ends in a report or one error."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sigcheck.archive import replay as replaying
from sigcheck.archive.bag import EVIDENCE, INFO, POLICY
from sigcheck.archive.replay import read_package, replay
from sigcheck.errors import SigcheckError
from tests.archive.samples import forged

ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    10**30,
    1e308,
    "",
    "\x00\u202e",
    "0001-01-01T00:00:00+00:00",
    "9999-12-31T23:59:59-12:00",
    "2026-01-01T00:00:00",
    "zz",
    [],
    {},
    [[]],
)
"""What a leaf becomes; some are of the right type, some not."""


def leaves(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place in a JSON value: what holds it, and its key."""
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in [*pairs]:
        yield tree, key
        if isinstance(value, dict | list):
            yield from leaves(value)


@pytest.mark.parametrize("name", [EVIDENCE, POLICY, INFO])
def test_changed_values_end_in_a_report_or_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Two hundred changes in each file, manifests made to fit: no traceback, whatever the value."""
    monkeypatch.setattr(replaying, "__version__", "99.0")  # nothing is refused for its report
    chance = random.Random(20261123)
    ended = {"report": 0, "error": 0}

    for _ in range(200):

        def change(payload: dict[str, bytes]) -> None:
            tree = json.loads(payload[name])
            holder, key = chance.choice([*leaves(tree["value"])])
            holder[key] = chance.choice(ODD)
            payload[name] = json.dumps(tree).encode()

        try:
            replay(read_package(forged(tmp_path, change)))
            ended["report"] += 1
        except SigcheckError:
            ended["error"] += 1

    assert ended["error"] > 0
    assert sum(ended.values()) == 200
