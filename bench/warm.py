"""Verify documents again and again in one process; one JSON line per document and round.

python -m bench.warm ROUNDS TRUST DOCUMENT...
python -m bench.warm --profile TRUST DOCUMENT
python -m bench.warm --folder ROUNDS TRUST DOCUMENT...   # one number per line of standard input
"""

from __future__ import annotations

import cProfile
import json
import pstats
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any


def verifier(trust: str) -> Any:
    import sigcheck

    return sigcheck.Verifier(trust=sigcheck.TrustStore.load([Path(trust)]))


def samples(rounds: int, trust: str, documents: Sequence[str]) -> Iterator[dict[str, object]]:
    """Yield one timing per document and round, shuffled per round, after a round nobody counts."""
    ready, chance = verifier(trust), random.Random(0)
    for number in range(rounds + 1):
        for document in chance.sample(documents, len(documents)):
            start = time.perf_counter()
            report = ready.verify(Path(document))
            seconds = time.perf_counter() - start
            if number:
                yield {
                    "document": document,
                    "seconds": seconds,
                    "indication": str(report.indication),
                    "signatures": len(report.documents[0].signatures),
                }


def folder(rounds: int, trust: str, paths: Sequence[str], jobs: int = 2) -> Iterator[float]:
    """Yield the seconds all documents take in two processes, each time a line is read."""
    ready = verifier(trust)
    ready.verify(Path(paths[0]))
    for _ in range(rounds):
        sys.stdin.readline()
        start = time.perf_counter()
        judged = sum(1 for _ in ready.verify_many(paths, jobs=jobs))
        if judged != len(paths):
            raise SystemExit(f"{judged} of {len(paths)} documents")
        yield time.perf_counter() - start


def profile(trust: str, document: str, rounds: int = 20) -> dict[str, float]:
    """Return seconds per run by part of the program: its own time, not that of what it calls."""
    ready = verifier(trust)
    ready.verify(Path(document))
    profiler = cProfile.Profile()
    profiler.enable()
    for _ in range(rounds):
        ready.verify(Path(document))
    profiler.disable()
    spent: Counter[str] = Counter()
    for (file, _, name), (_, _, own, _, _) in pstats.Stats(profiler).stats.items():
        spent[_part(file, name)] += own / rounds
    return dict(spent.most_common())


def _part(file: str, name: str) -> str:
    if "/sigcheck/" in file:
        inside = file.rpartition("/sigcheck/")[2].removesuffix(".py").split("/")
        return ".".join(inside[:2]) if inside[0] == "evidence" else inside[0]
    if "hash" in name.lower():
        return "hashing (in C)"
    if "verify" in name or "cryptography" in file or "x509" in name.lower():
        return "signatures and certificates (in Rust)"
    return "the rest of Python"


if __name__ == "__main__":
    if sys.argv[1] == "--profile":
        print(json.dumps(profile(*sys.argv[2:4])))
    elif sys.argv[1] == "--folder":
        for seconds in folder(int(sys.argv[2]), sys.argv[3], sys.argv[4:]):
            print(seconds, flush=True)
    else:
        for sample in samples(int(sys.argv[1]), sys.argv[2], sys.argv[3:]):
            print(json.dumps(sample), flush=True)
