"""What happens when something is killed, crowded or kept waiting; writes docs/reliability.md.

    python -m bench.reliability [-n 2000] [-o docs/reliability.md]

Real processes, real connections on loopback, the model document of the fixtures.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PKI = str(ROOT / "fixtures" / "pki")
VECTORS = ROOT / "fixtures" / "vectors"
PASSING = VECTORS / "long-an" / "2691-ct-ubnd-production" / "document.pdf"
FORGED = VECTORS / "bytes" / "changed-in-first-range" / "document.pdf"
PDF = {"Content-Type": "application/pdf"}
KILLS = 10


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=2_000, help="files of the batch, and requests")
    parser.add_argument("-o", "--output", default=str(ROOT / "docs" / "reliability.md"))
    asked = parser.parse_args()
    rows = [*batch(asked.n), *service(asked.n)]
    lines = "\n".join(f"| {what} | {came} |" for what, came in rows)
    cores, load = os.cpu_count(), os.getloadavg()[0]
    Path(asked.output).write_text(PAGE.format(rows=lines, cores=cores, load=f"{load:.0f}"), "utf-8")


PAGE = """\
# Reliability, measured

Made by `python -m bench.reliability` ({cores} cores, load average {load} while it ran). Real
processes, real connections on loopback, documents of the fixtures. The tests hold the same promises
with smaller numbers on every run: `tests/batch/test_command.py`, `tests/service/test_doors.py`,
`tests/service/test_pool.py`.

| what is done | what came of it |
|---|---|
{rows}

503 is `BUSY`: one client has at most 32 places, and comes back as Retry-After says.
"""

# --- batch ----------------------------------------------------------------------------------------


def batch(count: int) -> Iterator[tuple[str, str]]:
    """Kill a batch again and again, and compare its table with that of one left alone."""
    with tempfile.TemporaryDirectory() as folder:
        documents = Path(folder, "documents")
        documents.mkdir()
        for number in range(count):
            # Links to one file would be one inode; the bytes differ so that each has its digest.
            data = (PASSING if number % 5 else FORGED).read_bytes()
            (documents / f"{number:05}.pdf").write_bytes(data + b"\n" * (number % 9))
        started = time.monotonic()
        killed = Path(folder, "killed.csv")
        parents, workers = _killed(documents, killed, count)
        seconds = time.monotonic() - started
        alone = Path(folder, "alone.csv")
        _start(documents, alone).wait()
        with closing(sqlite3.connect(f"{killed}.sqlite")) as database:
            paths = [path for (path,) in database.execute("SELECT path FROM documents")]
        equal = _table(killed) == _table(alone)
    lost, doubled = count - len(set(paths)), len(paths) - len(set(paths))
    what = f"`batch --jobs 2` over {count} files, kill -9 × {parents} of the parent and × {workers}"
    came = f"{lost} lost, {doubled} doubled, tables {'equal' if equal else 'DIFFERENT'}"
    yield f"{what} of workers, started again", f"{came}; {seconds:.0f} s in all"


def _killed(documents: Path, output: Path, count: int) -> tuple[int, int]:
    parents = workers = 0
    for number in range(KILLS):
        process = _start(documents, output)
        goal = count * (number + 1) // (KILLS + 2)
        while process.poll() is None and _rows(output) < goal:
            time.sleep(0.05)
        if process.poll() is not None:
            break
        if number % 2:
            process.kill()
            parents += 1
        else:
            # The pool replaces it; the parent is stopped later, in order.
            for pid in _descendants(process.pid)[-1:]:
                os.kill(pid, signal.SIGKILL)
                workers += 1
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
        process.wait()
    _start(documents, output).wait()
    return parents, workers


def _start(documents: Path, output: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "sigcheck", "batch", str(documents), "--trust", PKI]
    command += ["--at", "2026-11-23", "--jobs", "2", "--output", str(output)]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdout=quiet, stderr=quiet)


def _rows(output: Path) -> int:
    path = f"{output}.sqlite"
    if not os.path.exists(path):
        return 0
    with closing(sqlite3.connect(path, timeout=10)) as database:
        try:
            return int(database.execute("SELECT count(*) FROM documents").fetchone()[0])
        except sqlite3.OperationalError:
            return 0


def _table(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def _descendants(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for children in listed for child in children.read_text().split()]
    return [*children, *(pid for child in children for pid in _descendants(child))]


# --- service --------------------------------------------------------------------------------------


@contextmanager
def serving() -> Iterator[tuple[str, int, int]]:
    """Run a service; yield host, port and process."""
    command = [sys.executable, "-m", "sigcheck", "serve", "--port", "0", "--workers", "2"]
    with subprocess.Popen([*command, "--trust", PKI], stderr=subprocess.PIPE, text=True) as process:
        try:
            line = process.stderr.readline() if process.stderr else ""
            found = re.search(r"http://([^:]+):(\d+)/", line)
            if not found:
                raise SystemExit(line)
            yield found[1], int(found[2]), process.pid
        finally:
            process.terminate()
            process.wait(60)


def service(count: int) -> Iterator[tuple[str, str]]:
    """Crowd it, keep it waiting, wear it out."""
    with serving() as (host, port, pid):
        small = FORGED.read_bytes()
        _ask(host, port, small)
        yield "200 uploads at once (5 signatures each)", _crowd(host, port, small, 200)
        large = b"%PDF-1.7\n" + bytes(30 << 20)
        yield "20 uploads of 30 MB at once", _crowd(host, port, large, 20)
        with ExitStack() as stack:
            for number in range(1_000):
                half = stack.enter_context(_connected(host, port, number % 4 + 2))
                half.sendall(b"POST /v1/verify HTTP/1.1\r\nHost: loc")
            for number in range(64):
                slow = stack.enter_context(_connected(host, port, number % 2 + 10))
                slow.sendall(
                    b"POST /v1/verify HTTP/1.1\r\nHost: localhost\r\n"
                    b"Content-Type: application/pdf\r\nContent-Length: 100000\r\n\r\n%PDF"
                )
            time.sleep(1.0)
            took = []
            for _ in range(5):
                started = time.monotonic()
                status = _ask(host, port, small)
                took.append((time.monotonic() - started, status))
        slowest = max(seconds for seconds, _ in took)
        answers = ", ".join(f"{n} × {status}" for status, n in Counter(s for _, s in took).items())
        yield (
            "1 000 half headers from 4 addresses, 64 slow bodies from 2, then an honest client",
            f"{answers}, the slowest after {slowest:.2f} s",
        )
        for _ in range(100):
            _ask(host, port, small)
        before = _resident(pid)
        statuses = Counter(_ask(host, port, small) for _ in range(count))
        after = _resident(pid)
        yield (
            f"{count} requests one after the other",
            f"{dict(statuses)}; memory of the service {before:.0f} MB before, {after:.0f} MB after",
        )


def _crowd(host: str, port: int, data: bytes, count: int) -> str:
    started = time.monotonic()
    with ThreadPoolExecutor(count) as threads:
        found = Counter(threads.map(lambda _: _ask(host, port, data), range(count)))
    seconds = time.monotonic() - started
    told = ", ".join(f"{n} × {status}" for status, n in sorted(found.items()))
    return f"{told} in {seconds:.1f} s"


def _ask(host: str, port: int, data: bytes) -> int:
    with closing(HTTPConnection(host, port, timeout=120)) as connection:
        connection.request("POST", "/v1/verify?detail=summary", data, PDF)
        answer = connection.getresponse()
        answer.read()
        return answer.status


def _connected(host: str, port: int, number: int) -> socket.socket:
    source = (f"127.0.0.{number}", 0)
    return socket.create_connection((host, port), timeout=20, source_address=source)


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    main()
