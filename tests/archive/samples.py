"""Packages made of the project's own vectors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path

from msgspec.structs import replace

import sigcheck
from sigcheck.archive.bag import Bag, read_bag, zipped
from sigcheck.archive.package import Wish, build
from sigcheck.model.report import Report
from tests.fixtures import vectors

ROOT = Path(__file__).resolve().parents[2]
VECTORS = ROOT / "fixtures" / "vectors"
MODEL = VECTORS / "long-an" / "2691-ct-ubnd"
MADE_AT = datetime.fromisoformat("2026-11-23T09:00:00+07:00")


def judged(case: Path) -> tuple[Report, sigcheck.Policy]:
    """Return the report on a vector's document, and the policy."""
    return vectors.judged(case), sigcheck.load_policy("intake")


def package(case: Path = MODEL, wish: Wish | None = None) -> bytes:
    """Return a package of a vector's document."""
    report, policy = judged(case)
    return build(report, policy, wish or Wish(made_at=MADE_AT, lang="en"))


@cache
def _model() -> bytes:
    """Return the package that is forged, built once: it takes longer than reading one."""
    return package()


def written(folder: Path, data: bytes) -> Path:
    """Return the path of a package written into a folder."""
    path = folder / "document.sigcheck.zip"
    path.write_bytes(data)
    return path


def forged(folder: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """Return a package whose payload was changed and whose manifests were made to fit."""
    bag = read_bag(written(folder, _model()))
    payload = dict(bag.payload)
    change(payload)
    tags = {"bag-info.txt": bag.tags["bag-info.txt"]}
    return written(folder, zipped(replace(bag, payload=payload, tags=tags), "forged"))


__all__ = ["MADE_AT", "MODEL", "VECTORS", "Bag", "forged", "judged", "package", "written"]
