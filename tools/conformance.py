"""Judge the corpus beside the project and hold the verdicts against upstream's own.

    python tools/conformance.py [--peers] [--only TEXT] [--list] [--json FILE]

Prints a table by category, then each promised bound; exit code 1 when a bound is broken.
Exceptions stand in tools/conformance-exceptions.toml, by name and with a reason.
With --peers the same table for pdfsig and pyHanko (kept in .cache/, since it takes minutes).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.corpus import judges, manifest, table
from tools.corpus.workers import Judge, Outcome, judge_all

EXCEPTIONS = Path(__file__).with_name("conformance-exceptions.toml")
CACHE = manifest.ROOT / ".cache"


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    if not manifest.CORPUS.is_dir():
        print(f"no corpus at {manifest.CORPUS}", file=sys.stderr)
        return 1
    rows = [
        row for row in manifest.rows() if options.only in f"{row.file} {row.category} {row.want}"
    ]
    start = time.perf_counter()
    pairs = _judged(judges.sigcheck_judge, rows, options.jobs, options.seconds)
    kept = _print("sigcheck", pairs, table.exceptions(EXCEPTIONS), time.perf_counter() - start)
    if options.list:
        _list(pairs)
    if options.json:
        options.json.write_text(json.dumps(_plain(pairs), indent=1), encoding="utf-8")
    if options.peers:
        for name in ("pdfsig", "pyhanko"):
            _print(name, _cached(name, rows, options), {}, None)
    return 0 if kept else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="conformance against the corpus")
    parser.add_argument("--peers", action="store_true", help="also judge by pdfsig and pyHanko")
    parser.add_argument(
        "--only", default="", help="rows whose file, category or verdict contain this"
    )
    parser.add_argument("--list", action="store_true", help="one line per file")
    parser.add_argument("--json", type=Path, help="write every outcome to this file")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=30.0, help="when a file counts as hung")
    return parser.parse_args(arguments)


def _judged(
    make: Callable[[], Judge], rows: Sequence[manifest.Row], jobs: int, seconds: float
) -> list[table.Pair]:
    order = {row.file: place for place, row in enumerate(rows)}
    pairs = judge_all(make, rows, jobs=jobs, seconds=seconds)
    return sorted(pairs, key=lambda pair: order[pair[0].file])


def _cached(
    name: str, rows: Sequence[manifest.Row], options: argparse.Namespace
) -> list[table.Pair]:
    CACHE.mkdir(exist_ok=True)
    store = CACHE / f"conformance-{name}.json"
    known = json.loads(store.read_text(encoding="utf-8")) if store.exists() else {}
    fresh = [row for row in rows if row.file not in known]
    make = {"pdfsig": judges.pdfsig_judge, "pyhanko": judges.pyhanko_judge}[name]
    known |= _plain(_judged(make, fresh, options.jobs, 60.0))
    store.write_text(json.dumps(known), encoding="utf-8")
    return [(row, Outcome(**known[row.file])) for row in rows]


def _plain(pairs: Sequence[table.Pair]) -> dict[str, dict[str, object]]:
    return {row.file: asdict(outcome) for row, outcome in pairs}


def _print(
    name: str, pairs: Sequence[table.Pair], excepted: dict[str, str], spent: float | None
) -> bool:
    print(f"\n{name}: {len(pairs)} files" + (f" in {spent:.0f} s" if spent else ""))
    print(table.by_category(pairs))
    print()
    all_kept = True
    for kept, sentence, files in table.Bounds(pairs, excepted).lines():
        all_kept &= kept
        print(("kept    " if kept else "BROKEN  ") + sentence)
        for row, outcome in files if name == "sigcheck" else ():
            _print_file(row, outcome, excepted.get(row.file))
    return all_kept


def _print_file(row: manifest.Row, outcome: Outcome, reason: str | None) -> None:
    said = ", ".join(outcome.signatures) or outcome.detail.strip().rpartition("\n")[2]
    counted = f"{len(outcome.signatures)}/{row.signatures} signatures"
    print(f"        {row.file}  {row.category}  {outcome.verdict}  {counted}  {said}")
    if reason:
        print(f"            excepted: {reason}")


def _list(pairs: Sequence[table.Pair]) -> None:
    for row, outcome in pairs:
        print(f"{outcome.seconds:7.3f}  {row.want:15}", end="")
        _print_file(row, outcome, None)


if __name__ == "__main__":
    raise SystemExit(main())
