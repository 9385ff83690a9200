"""Verifies documents in one process: TRUST and AT as arguments, a path per line of standard input.

Run by the Python that sigcheck is installed for; answers each line with the seconds it took.
"""

import sys
import time
from datetime import datetime
from pathlib import Path

import sigcheck


def main(trust: str, at: str) -> None:
    verifier = sigcheck.Verifier(trust=sigcheck.TrustStore.load([Path(trust)]))
    time_of_validation = datetime.fromisoformat(at)
    for line in sys.stdin:
        path = Path(line.rstrip("\n"))
        start = time.perf_counter()
        report = verifier.verify(path, at=time_of_validation)
        seconds = time.perf_counter() - start
        if not report.documents[0].signatures:
            raise SystemExit(f"{path}: {report.documents[0].indication}")
        print(seconds, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
