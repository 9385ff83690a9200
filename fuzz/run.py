"""Coverage-guided fuzzing of one target.

    python fuzz/run.py document|cms|certificate|revocation [--seconds 60]

Seeds come from the vectors; what the fuzzer learns stays in .cache/fuzz/TARGET, so that the next
run goes on from there. A crash is written beside it and ends the run with a non-zero code.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

with atheris.instrument_imports(include=["sigcheck"]):
    from fuzz.targets import TARGETS
from fuzz.seeds import write  # noqa: E402 - after the instrumented imports


def main() -> None:
    parser = argparse.ArgumentParser(description="coverage-guided fuzzing")
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    folder = ROOT / ".cache" / "fuzz" / options.target
    write(options.target, folder)
    arguments = [
        sys.argv[0],
        f"-max_total_time={options.seconds}",
        "-max_len=120000",
        "-timeout=20",
        "-rss_limit_mb=3000",
        "-print_final_stats=1",
        f"-artifact_prefix={folder.parent}/",
        str(folder),
    ]
    atheris.Setup(arguments, TARGETS[options.target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
