"""Measure and write docs/performance.md.

make bench                     # everything, some eight minutes on a quiet machine
make bench OPTIONS="--quick"   # a look, two minutes, into bench/work/quick.md
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import bounds, eu_dss, page
from bench.documents import AT, DIRECTIVE, ROOT, SERIES, WORK, Case, folder, grown, real
from bench.measure import Launcher, Rounds, Sample, ratio, seconds, spread
from bench.programs import (
    DSS,
    INSTALLED,
    PDFSIG,
    PYHANKO_PROGRAM,
    SIGCHECK,
    WITH_PAGES,
    Program,
    prepare,
    trust_folder,
)

SLOW = (PYHANKO_PROGRAM, DSS)


def main() -> None:
    """Install, measure, write the page."""
    parser = argparse.ArgumentParser(description="measure sigcheck beside other verifiers")
    parser.add_argument("--quick", action="store_true", help="few rounds, docs/ untouched")
    quick = parser.parse_args().quick
    WORK.mkdir(exist_ok=True)
    programs = prepare()
    rounds, files = (3, 40) if quick else (15, 200)
    with Launcher() as launcher:
        results = {
            "cold": _cold(launcher, programs, rounds),
            "folder": _folders(launcher, programs, files, max(2, rounds // 3)),
            "warm": _warm(launcher, rounds),
            "growth": _growth(launcher, rounds),
            "load": os.getloadavg()[1],
        }
    (WORK / "results.json").write_text(json.dumps(results, indent=1), "utf-8")
    place = WORK / "quick.md" if quick else ROOT / "docs/performance.md"
    # By way of JSON, so that a page can be written again from the file.
    place.write_text(page.text(json.loads(json.dumps(results)), programs, quick=quick), "utf-8")
    print(place.read_text("utf-8"))


def _cold(launcher: Launcher, programs: Sequence[Program], rounds: int) -> dict[str, Any]:
    """Measure one file per process, every program in turn."""
    cases = [
        (bounds.DIRECTIVE, DIRECTIVE, programs),
        *((case.label, case, programs) for case in real()),
        (bounds.LARGE, grown("megabytes", 30), programs),
        # pyHanko takes the better part of a minute for this one, EU DSS more than 4 GB.
        (bounds.MANY, grown("objects", 100_000), [p for p in programs if p not in SLOW]),
    ]
    found = {}
    for label, case, taking_part in cases:
        print(f"cold: {label}", flush=True)
        share = 1 if case is DIRECTIVE else 0.4  # the directive is what the bounds speak of
        commands = {
            p.name: (p.command(case), max(1, round(rounds * share * p.rounds))) for p in taking_part
        }
        samples = launcher.interleave(commands, rounds)
        for program in taking_part:
            _require_right(program, samples[program.name], label)
        found[label] = {"bytes": case.document.stat().st_size} | {
            name: {
                "seconds": seconds(taken),
                "peak_mib": max(sample.peak_kib for sample in taken.values()) / 1024,
                "by": {other: ratio(taken, theirs).median for other, theirs in samples.items()},
                "runs": len(taken),
            }
            for name, taken in samples.items()
        }
    return found


def _require_right(program: Program, samples: Rounds, label: str) -> None:
    if wrong := {sample.code for sample in samples.values()} - program.right:
        raise SystemExit(f"{program.name} exited with {sorted(wrong)} on {label}")


def _folders(
    launcher: Launcher, programs: Sequence[Program], files: int, rounds: int
) -> dict[str, Any]:
    """Measure documents per second over a folder, two processes each, start included."""
    found = {}
    for label, cases in ((bounds.DIRECTIVE, [DIRECTIVE]), ("real", real())):
        if not cases:
            continue
        print(f"folder: {label}", flush=True)
        commands: dict[str, tuple[list[str], int]] = {}
        counts = {}
        for program in programs:
            few = files // 10 if program in SLOW else files
            place = folder(cases, few, f"folder-{label}-{program.name}".replace(" ", "-"))
            counts[program.name] = few
            commands[program.name] = (_over(program, place), 1 if program in SLOW else rounds)
        samples = launcher.interleave(commands, rounds)
        found[label] = {
            name: spread([counts[name] / sample.seconds for sample in taken.values()])
            for name, taken in samples.items()
        }
    return found


def _over(program: Program, place: Case) -> list[str]:
    """Return the command that judges a folder by two processes, or two threads of one JVM."""
    if program in (SIGCHECK, WITH_PAGES):
        return [*program.command(place), "--jobs", "2", "--format", "jsonl", "-o", os.devnull]
    documents = sorted(place.document.glob("*.pdf"))
    if program == DSS:
        jobs = [eu_dss.Job(path, trust_folder(place.trust), AT) for path in documents]
        return eu_dss.command(jobs, place.document.with_suffix(".tsv"), threads=2)
    *command, _ = program.command(place)
    script = 'printf "%s\\0" "$0"/*.pdf | xargs -0 -P 2 -n 1 "$@"; true'
    return ["sh", "-c", script, str(place.document), *command]


def _warm(launcher: Launcher, rounds: int) -> dict[str, Any]:
    """Measure one document in a process that has verified before, pdfsig's process in turn."""
    found = {}
    for label, case in ((bounds.DIRECTIVE, DIRECTIVE), *((case.label, case) for case in real())):
        with _process(case.trust) as verify:
            for _ in range(3):
                verify(case)
            ours: Rounds = {}
            theirs: Rounds = {}
            for number in range(2 * rounds):
                ours[number] = verify(case)
                theirs[number] = launcher.run(PDFSIG.command(case))
        found[label] = {
            "warm": seconds(ours),
            "pdfsig": seconds(theirs),
            "by_pdfsig": ratio(ours, theirs),
        }
    return found


def _growth(launcher: Launcher, rounds: int) -> dict[str, Any]:
    """Measure how time grows with one property, warm; pdfsig's processes beside it."""
    found: dict[str, Any] = {}
    for kind, values in SERIES.items():
        print(f"growth: {kind}", flush=True)
        cases = {value: grown(kind, value) for value in values}
        warm: dict[int, list[float]] = {value: [] for value in values}
        cold: dict[int, list[float]] = {value: [] for value in values}
        with _process(DIRECTIVE.trust) as verify:
            for number in range(rounds + 1):
                for value, case in cases.items():
                    sample = verify(case)
                    if number:
                        warm[value].append(sample.seconds)
                        cold[value].append(launcher.run(PDFSIG.command(case)).seconds)
        found[kind] = {
            value: {"warm": spread(warm[value]), "pdfsig": spread(cold[value])} for value in values
        }
    return found


@contextmanager
def _process(trust: Path) -> Iterator[Any]:
    """Start a process of the installed sigcheck; yield what has it verify a document."""
    script = Path(__file__).with_name("warm.py")
    with subprocess.Popen(
        [INSTALLED / "bin/python", script, trust, AT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def verify(case: Case) -> Sample:
            process.stdin.write(f"{case.document}\n")
            process.stdin.flush()
            return Sample(float(process.stdout.readline()), 0, 0)

        yield verify
        process.stdin.close()


if __name__ == "__main__":
    main()
