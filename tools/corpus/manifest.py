"""The corpus beside the project: which files, what upstream says of each, when it was made for."""

from __future__ import annotations

import csv
import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CORPUS = ROOT.parent / "shared" / "corpus"
# Fixed, so that the table doesn't drift: the day the corpus was put together.
DEFAULT_TIME = datetime(2026, 11, 24, tzinfo=UTC)
_NOW = re.compile(r"\bnow=(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d:\d\d))?")
_SECRET = re.compile(r"\b(?:user|owner)secret\b")


@dataclass(frozen=True, slots=True)
class Row:
    file: str
    group: str
    category: str
    want: str
    signatures: int | None
    """How many upstream counts; None where the manifest only guesses."""
    at: datetime
    passwords: tuple[str, ...]

    @property
    def path(self) -> Path:
        return CORPUS / self.file

    @property
    def trust(self) -> Path:
        return CORPUS / ("peers/trust" if self.group == "peers" else "certs")


def rows() -> list[Row]:
    return [*_peers(), *_vietnam()]


def _peers() -> list[Row]:
    with (CORPUS / "manifest.tsv").open(encoding="utf-8", newline="") as stream:
        lines = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [_peer(line) for line in lines]


def _peer(line: dict[str, str]) -> Row:
    count = line["n_signatures"]
    return Row(
        file=line["file"],
        group="peers",
        category=line["category"],
        want=line["want"],
        signatures=int(count) if count.isdigit() else None,
        at=_frozen_time(line["upstream"]),
        passwords=_passwords(line),
    )


def _frozen_time(upstream: str) -> datetime:
    if not (found := _NOW.search(upstream)):
        return DEFAULT_TIME
    day, clock = found.groups("00:00:00")
    return datetime.fromisoformat(f"{day}T{clock}+00:00")


def _passwords(line: dict[str, str]) -> tuple[str, ...]:
    if "encrypted" not in line["tags"]:
        return ()
    # The names of pyHanko's tests state which of its two passwords a file was opened with.
    return tuple(dict.fromkeys([*_SECRET.findall(line["upstream"]), "usersecret", "ownersecret"]))


def _vietnam() -> list[Row]:
    expected = tomllib.loads((Path(__file__).parent / "vietnam.toml").read_text(encoding="utf-8"))
    return [
        Row(
            file=f"vietnam/{name}.pdf",
            group="vietnam",
            category=f"vietnam {case['kind']}",
            want=case["want"],
            signatures=case["signatures"],
            at=DEFAULT_TIME,
            passwords=(),
        )
        for name, case in expected.items()
    ]
