"""Measure, tell and draw.

make bench                      # everything, some ten minutes
make bench OPTIONS="--quick"    # a look, two minutes, docs/ untouched
make bench OPTIONS="--stages cold growth --rounds 30"
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from bench import page, plots, stages
from bench.contenders import SIGCHECK
from bench.gen import documents
from bench.gen.documents import PKI, WORK, Recipe
from bench.measure import BIN, Launcher

RESULTS = WORK / "results.json"
DOCS = stages.ROOT / "docs"


def main() -> None:
    """Run the stages asked for; what was measured before stays in the page."""
    options = _options()
    WORK.mkdir(exist_ok=True)
    _prepare()
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    with Launcher() as launcher:
        todo = _stages(launcher, options)
        for name in options.stages or todo:
            print(f"measuring {name} …", flush=True)
            results[name] = todo[name]()
            results["load"] = os.getloadavg()[1]
    if options.quick:
        place = WORK / "quick.md"
        page.write(place, results, [], "--quick")
    else:
        RESULTS.write_text(json.dumps(results, indent=1), encoding="utf-8")
        pictures = (
            plots.draw(results["growth"], DOCS / "performance") if "growth" in results else []
        )
        place = DOCS / "performance.md"
        page.write(place, results, pictures, "")
    print(place.read_text(encoding="utf-8"))


def _prepare() -> None:
    """Leave the tree as a second run finds an installed wheel: with all bytecode it may keep."""
    compileall.compile_dir(stages.ROOT / "src", quiet=1)
    subprocess.run(
        [sys.executable, "-c", "from sigcheck.cli.pack import prepare; prepare()"], check=True
    )
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    first = [str(BIN / "sigcheck"), *SIGCHECK.command(documents.make(Recipe()), PKI)[1:]]
    subprocess.run(first, env=environment, check=True, stdout=subprocess.DEVNULL)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="measure against pdfsig and pyHanko")
    names = ("cold", "folder", "growth", "extremes", "breakdown")
    parser.add_argument("--stages", nargs="+", choices=names)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--files", type=int, default=200, help="documents in the folder")
    parser.add_argument("--without", nargs="+", default=(), help="contenders to leave out")
    parser.add_argument("--quick", action="store_true", help="few rounds, docs/ untouched")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.files = 5, 40
    return options


def _stages(launcher: Launcher, options: argparse.Namespace) -> dict[str, Callable[[], Any]]:
    contenders = [c for c in stages.available() if c.name not in options.without]
    few = max(2, options.rounds // 5)
    todo: dict[str, Callable[[], Any]] = {
        "cold": lambda: stages.cold(launcher, contenders, options.rounds),
        "folder": lambda: stages.folder(launcher, contenders, options.files, few),
        "growth": lambda: stages.growth(launcher, contenders, options.rounds),
        "extremes": lambda: stages.extremes(launcher, contenders),
        "breakdown": stages.breakdown,
    }
    if "sigcheck" in options.without:
        del todo["breakdown"]
    return todo


if __name__ == "__main__":
    main()
