"""Write the JSON report of every vector and corpus file, to compare two states of the code.

    python tools/report_snapshot.py before.jsonl           # in the first checkout
    python tools/report_snapshot.py after.jsonl            # in the second
    python tools/report_snapshot.py --compare before.jsonl after.jsonl

One line a document and policy: its name and the whole `sigcheck.report/1`, keys sorted. Exit code 1
when two snapshots differ in any value.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import sigcheck  # noqa: E402
from fixtures.make.vector import trust_folders  # noqa: E402
from sigcheck.errors import SigcheckError  # noqa: E402
from sigcheck.render import RenderOptions, Words, renderer  # noqa: E402
from tools.corpus import manifest  # noqa: E402

VECTORS = ROOT / "fixtures" / "vectors"


@cache
def verifier(
    folders: tuple[Path, ...], policy: str, compare: bool | None = None
) -> sigcheck.Verifier:
    trust = sigcheck.TrustStore.load(folders)
    return sigcheck.Verifier(trust, sigcheck.load_policy(policy), compare_pages=compare)


def vectors() -> Iterator[tuple[str, Any]]:
    """Judge every vector under intake, and under each further policy its expectation names."""
    for file in sorted(VECTORS.glob("*/*/expected.json")):
        case = file.parent
        expected = json.loads(file.read_text("utf-8"))
        options = expected["options"]
        folders, compare = trust_folders(case, options), options.get("compare_pages")
        at = datetime.fromisoformat(options["at"])
        document = next(case.glob("document.*"))
        for policy in ("intake", *expected.get("policies", ())):
            judge = verifier(folders, policy, compare)
            report = judge.verify(
                document, at=at, password=options.get("password"), name=document.name
            )
            yield f"{case.relative_to(VECTORS)} {policy}", report


def corpus() -> Iterator[tuple[str, Any]]:
    """Judge every file of the corpus beside the project; nothing where there is none."""
    for row in manifest.rows() if manifest.CORPUS.is_dir() else ():
        judge = verifier((row.trust,), "intake")
        for password in (None, *row.passwords):
            try:
                report: Any = judge.verify(
                    row.path, at=row.at, password=password, name=row.path.name
                )
            except SigcheckError as error:
                report = error.code
            yield f"corpus {row.file} {password}", report


def plain(report: Any) -> Any:
    if isinstance(report, str):
        return report
    text = renderer("json")(report, Words.load("vi"), RenderOptions(full=True))
    return json.loads(text)


def compare(before: Path, after: Path) -> int:
    old, new = (dict(map(json.loads, path.open(encoding="utf-8"))) for path in (before, after))
    different = sorted(name for name in old.keys() & new.keys() if old[name] != new[name])
    missing, added = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
    for title, names in (("differs", different), ("missing", missing), ("new", added)):
        for name in names:
            print(f"{title}: {name}")
    for name in different[:20]:
        for path, one, other in differences(old[name], new[name]):
            print(f"  {name} {path}: {one!r} -> {other!r}"[:300])
    print(f"{len(old)} and {len(new)} reports, {len(different)} differ, {len(missing)} missing")
    return 1 if different or missing else 0


def differences(old: Any, new: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    if type(old) is type(new) is dict:
        for key in sorted(old.keys() | new.keys()):
            yield from differences(old.get(key), new.get(key), f"{path}.{key}")
    elif type(old) is type(new) is list and len(old) == len(new):
        for index, pair in enumerate(zip(old, new, strict=True)):
            yield from differences(*pair, f"{path}[{index}]")
    elif old != new:
        yield path, old, new


def main() -> int:
    parser = argparse.ArgumentParser(description="the reports of all vectors and corpus files")
    parser.add_argument("--compare", action="store_true", help="compare two snapshots")
    parser.add_argument("files", nargs="+", type=Path)
    options = parser.parse_args()
    if options.compare:
        return compare(*options.files)
    with options.files[0].open("w", encoding="utf-8") as out:
        for source in (vectors, corpus):
            for name, report in source():
                out.write(json.dumps([name, plain(report)], sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
