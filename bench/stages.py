"""What is measured; each stage returns plain data that `page` and `plots` tell."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from bench.contenders import ALL, ANCHORED, PDFSIG, PYHANKO, SIGCHECK, WITHOUT_NATIVE, Contender
from bench.gen import documents
from bench.gen.documents import PKI, Recipe
from bench.measure import BIN, Launcher, Sample, ratio, spread

ROOT = Path(__file__).resolve().parent.parent
MODEL = ROOT / "fixtures/vectors/long-an/2691-ct-ubnd-production/document.pdf"
MODEL_TRUST = ROOT / "fixtures/pki"
COLD = {
    "0.3 MB, 5 signatures": Recipe(),
    "the same, time-stamps and DSS": Recipe(timestamps=True, dss=True),
    "3 MB, 5 signatures": Recipe(size_mb=3),
    "30 MB, 5 signatures": Recipe(size_mb=30),
}
GROWTH = {
    "objects": {n: Recipe(objects=n, object_streams=True) for n in (1_000, 10_000, 100_000)},
    "tagged objects": {
        n: Recipe(objects=n, object_streams=True, tagged=True) for n in (1_000, 10_000)
    },
    "signatures": {n: Recipe(sigs=n) for n in (1, 2, 5, 10, 20)},
    "revisions": {n: Recipe(extra_revisions=n - 5) for n in (5, 10, 20, 50)},
    "size in MB": {n: Recipe(size_mb=n) for n in (0.3, 1, 3, 10, 30)},
}


def cold(launcher: Launcher, contenders: Sequence[Contender], rounds: int) -> dict[str, Any]:
    """Measure one file per process, every contender in turn."""
    found = {}
    for label, document, trust in _cold_documents():
        # Who needs a store made beforehand has one for our own PKI alone.
        runners = [c for c in contenders if c is not ANCHORED or trust == PKI]
        # pyHanko takes a second a run: fewer rounds would do, but interleaving wants them equal.
        samples = launcher.interleave(
            {c.name: c.command(document, trust) for c in runners},
            rounds=rounds,
            environments={c.name: c.environment for c in runners},
        )
        _require_right(runners, samples, label)
        found[label] = {"bytes": document.stat().st_size, **_compared(samples)}
    return found


def _cold_documents() -> list[tuple[str, Path, Path]]:
    made = [(label, documents.make(recipe), PKI) for label, recipe in COLD.items()]
    model = [("2691/CT-UBND (production fixture)", MODEL, MODEL_TRUST)] if MODEL.exists() else []
    return [*model, *made]


def _require_right(
    contenders: Sequence[Contender], samples: Mapping[str, Sequence[Sample]], label: str
) -> None:
    for contender in contenders:
        wrong = {s.code for s in samples[contender.name]} - contender.right_codes
        if wrong:
            raise SystemExit(f"{contender.name} exited with {sorted(wrong)} on {label}")


def _compared(samples: Mapping[str, Sequence[Sample]]) -> dict[str, Any]:
    base = samples.get(PDFSIG.name)
    return {
        "contenders": {
            name: {
                "seconds": asdict(spread([s.seconds for s in taken])),
                "cpu": median(s.cpu for s in taken),
                "peak_mib": max(s.peak_kib for s in taken) / 1024,
                "ratio": asdict(ratio(taken, base)) if base else None,
            }
            for name, taken in samples.items()
        }
    }


def folder(launcher: Launcher, contenders: Sequence[Contender], files: int, rounds: int) -> Any:
    """Measure a folder, two processes each; pyHanko judges a tenth of it."""
    place = documents.make_folder(files)
    paths = sorted(place.glob("*.pdf"))
    command = ["sigcheck", "verify", str(place), "--trust", str(PKI), "--jobs", "2"]
    whole = {
        SIGCHECK.name: [*command, "--format", "jsonl", "--output", os.devnull],
        **{c.name: _two_at_a_time(c, paths) for c in (PDFSIG, ANCHORED) if c in contenders},
    }
    names = {c.name for c in contenders}
    samples = launcher.interleave({n: c for n, c in whole.items() if n in names}, rounds=rounds)
    rates = {
        name: asdict(spread([files / s.seconds for s in taken])) for name, taken in samples.items()
    }
    if PYHANKO.name in names:
        tenth = paths[:: max(1, files // 20)]
        taken = [launcher.run(_two_at_a_time(PYHANKO, tenth)) for _ in range(2)]
        rates[PYHANKO.name] = asdict(spread([len(tenth) / s.seconds for s in taken]))
    factor = None
    for ours in (c for c in (WITHOUT_NATIVE, SIGCHECK) if c.name in names):
        if PDFSIG.name not in names:
            break
        warm, theirs = _warm_folder(launcher, ours, whole[PDFSIG.name], paths, rounds)
        rates[f"{ours.name}, warm"] = asdict(spread([files / s.seconds for s in warm]))
        factor = asdict(ratio(theirs, warm))
    return {
        "files": files,
        "bytes": sum(path.stat().st_size for path in paths),
        "rates": rates,
        "factor": factor,
    }


def _warm_folder(
    launcher: Launcher,
    ours: Contender,
    theirs: Sequence[str],
    paths: Sequence[Path],
    rounds: int,
) -> tuple[list[Sample], list[Sample]]:
    """Measure `Verifier.verify_many` in a process that has verified before, and pdfsig in turn."""
    mine, other = [], []
    command = [sys.executable, "-m", "bench.warm", "--folder", str(rounds), str(PKI)]
    with subprocess.Popen(
        [*command, *map(str, paths)],
        cwd=ROOT,
        env={**os.environ, **ours.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        for _ in range(rounds):
            process.stdin.write(b"\n")
            process.stdin.flush()
            seconds = float(process.stdout.readline())
            mine.append(Sample(seconds=seconds, cpu=0, peak_kib=0, code=0))
            other.append(launcher.run(theirs))
    return mine, other


def _two_at_a_time(contender: Contender, paths: Sequence[Path]) -> list[str]:
    """Return one process per file, two at a time."""
    *command, _ = contender.command(Path("FILE"), PKI)
    command = [str(BIN / part) if part == PYHANKO.program else part for part in command]
    script = 'list=$1; shift; tr "\\n" "\\0" < "$list" | xargs -0 -P 2 -n 1 "$@"; true'
    listing = documents.WORK / f"{contender.program}-{len(paths)}.txt"
    listing.write_text("\n".join(map(str, paths)), encoding="utf-8")
    return ["sh", "-c", script, "sh", str(listing), *command]


def growth(launcher: Launcher, contenders: Sequence[Contender], rounds: int) -> dict[str, Any]:
    """Measure how time grows with one property, warm; pdfsig's cold runs beside it."""
    paths = {kind: {n: documents.make(r) for n, r in row.items()} for kind, row in GROWTH.items()}
    every = sorted({str(path) for row in paths.values() for path in row.values()})
    warm = _warm(rounds, every) if SIGCHECK in contenders else {}
    found: dict[str, Any] = {}
    for kind, row in paths.items():
        found[kind] = [
            {
                "value": value,
                "warm": asdict(spread(warm[str(path)])) if warm else None,
                "pdfsig": asdict(_cold_alone(launcher, PDFSIG, path)),
            }
            for value, path in row.items()
        ]
    return found


def _cold_alone(launcher: Launcher, contender: Contender, path: Path) -> Any:
    command = contender.command(path, PKI)
    return spread([launcher.run(command).seconds for _ in range(5)])


def _warm(rounds: int, paths: Sequence[str]) -> dict[str, list[float]]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.warm", str(rounds), str(PKI), *paths],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    times: dict[str, list[float]] = {}
    for line in done.stdout.splitlines():
        sample = json.loads(line)
        times.setdefault(sample["document"], []).append(sample["seconds"])
    return times


def extremes(launcher: Launcher, contenders: Sequence[Contender]) -> dict[str, Any]:
    """Measure the largest cold: 100 000 objects."""
    path = documents.make(Recipe(objects=100_000, object_streams=True))
    quick = [c for c in contenders if c is not PYHANKO]
    samples = launcher.interleave(
        {c.name: c.command(path, PKI) for c in quick},
        rounds=3,
        environments={c.name: c.environment for c in quick},
    )
    if PYHANKO in contenders:  # most of a minute: once will do
        samples[PYHANKO.name] = [launcher.run(PYHANKO.command(path, PKI))] * 3
    return {"bytes": path.stat().st_size, **_compared(samples)}


def breakdown() -> dict[str, Any]:
    """Say where a cold and a warm run of the small document spend their time."""
    document = documents.make(Recipe())
    command = [*SIGCHECK.command(document, PKI)]
    script = "from sigcheck.cli import main; main()"
    timed = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", script, *command[1:]],
        capture_output=True,
        text=True,
        check=False,
    )
    profiled = subprocess.run(
        [sys.executable, "-m", "bench.warm", "--profile", str(PKI), str(document)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {
        "start": _bare_start(),
        "imports": _imports(timed.stderr),
        "warm": json.loads(profiled.stdout),
    }


def _bare_start(runs: int = 15) -> float:
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        taken.append(time.perf_counter() - start)
    return median(taken)


_IMPORT = re.compile(r"^import time:\s+(\d+) \|\s+\d+ \| +(\S+)$", re.MULTILINE)


def _imports(text: str) -> dict[str, float]:
    """Return seconds by top-level package, each module's own time only."""
    spent: dict[str, float] = {}
    for own, module in _IMPORT.findall(text):
        top = module.partition(".")[0]
        known = top if top in {"sigcheck", "cryptography"} else "standard library"
        spent[known] = spent.get(known, 0.0) + int(own) / 1e6
    return spent


def available() -> list[Contender]:
    """Return the contenders that this machine can run."""
    return [c for c in ALL if c.available(BIN)]
