"""What happens when something is killed, crowded, filled or made to wait: docs/reliability.md.

    python -m bench.reliability [-n 2000] [-o docs/reliability.md] [PART]...

Real processes, real connections on loopback, documents of the fixtures. Parts that are not run keep
the figures they have on the page. `disk` mounts a small tmpfs, which root alone may.
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
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PKI = str(ROOT / "fixtures" / "pki")
VECTORS = ROOT / "fixtures" / "vectors"
PASSING = VECTORS / "long-an" / "2691-ct-ubnd-production" / "document.pdf"
FORGED = VECTORS / "bytes" / "changed-in-first-range" / "document.pdf"
PDF = {"Content-Type": "application/pdf"}
KILLS = 10
Row = tuple[str, str]
HEAD = "| what is done | what came of it |\n|---|---|"


def main() -> None:
    """Measure and write the page."""
    parts: dict[str, Callable[[int], Iterator[Row]]]
    parts = {"batch": batch, "cluster": cluster, "disk": disk, "service": service}
    parts |= {"addresses": addresses, "schema": schema}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*parts, []], metavar="PART")
    parser.add_argument("-n", type=int, default=2_000, help="files of the batch, and requests")
    parser.add_argument("-o", "--output", default=str(ROOT / "docs" / "reliability.md"))
    asked = parser.parse_args()
    page = Path(asked.output)
    tables = _tables(page.read_text("utf-8") if page.exists() else "")
    for name in asked.parts or parts:
        rows = "\n".join(f"| {what} | {came} |" for what, came in parts[name](asked.n))
        measured = f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.0f} at the end"
        command = f"`python -m bench.reliability {name} -n {asked.n}`, {measured}:"
        tables[name] = f"{command}\n\n{HEAD}\n{rows}\n"
        sections = (f"## {TITLES[one]}\n\n{tables[one]}" for one in parts if one in tables)
        page.write_text(PAGE.format(sections="\n".join(sections)), "utf-8")


def _tables(page: str) -> dict[str, str]:
    """Return what a page has of each part: the lines below its heading."""
    found = {}
    for name, title in TITLES.items():
        _, _, rest = page.partition(f"## {title}\n\n")
        if rest:
            found[name] = re.split(r"\n(?=## |503 is)", rest)[0].rstrip("\n") + "\n"
    return found


TITLES = {
    "batch": "Killed over many files",
    "cluster": "A cluster whose parts die",
    "disk": "A disk that is full",
    "service": "A crowd, slow clients, many requests",
    "addresses": "Addresses that a certificate may not name",
    "schema": "The service against its own description",
}
PAGE = """\
# Reliability, measured

Made by `python -m bench.reliability`: real processes, real connections on loopback, documents of
the fixtures. The tests hold the same promises with smaller numbers on every run:
`tests/batch/test_command.py`, `tests/batch/test_cluster.py`,
`tests/archive/test_audit_postgres.py`, `tests/fetch/test_addresses.py`,
`tests/service/test_doors.py`, `test_pool.py`, `test_schema.py` and `test_shared_log.py`.

{sections}
503 is `BUSY`: one client has at most 32 places, and comes back as Retry-After says.
"""

# --- batch ----------------------------------------------------------------------------------------


def batch(count: int) -> Iterator[Row]:
    """Kill a batch again and again, and compare its table with that of one left alone."""
    with tempfile.TemporaryDirectory() as folder:
        documents = _documents(folder, count)
        started = time.monotonic()
        killed = Path(folder, "killed.csv")
        parents, workers = _killed(documents, killed, count)
        seconds = time.monotonic() - started
        alone = Path(folder, "alone.csv")
        _ended(_start(documents, alone))
        came = _compared(killed, alone, count)
    what = f"`batch --jobs 2` over {count} files, kill -9 × {parents} of the parent and × {workers}"
    yield f"{what} of workers, started again", f"{came}; {seconds:.0f} s in all"


def _documents(folder: str, count: int) -> Path:
    documents = Path(folder, "documents")
    documents.mkdir()
    for number in range(count):
        # Links to one file would be one inode; the bytes differ so that each has its digest.
        data = (PASSING if number % 5 else FORGED).read_bytes()
        (documents / f"{number:05}.pdf").write_bytes(data + b"\n" * (number % 9))
    return documents


def _compared(output: Path, alone: Path, count: int) -> str:
    """Return what a table lost or doubled beside that of a batch left alone."""
    with closing(sqlite3.connect(f"{output}.sqlite")) as database:
        paths = [path for (path,) in database.execute("SELECT path FROM documents")]
    lost, doubled = count - len(set(paths)), len(paths) - len(set(paths))
    equal = "equal" if _table(output) == _table(alone) else "DIFFERENT"
    return f"{lost} lost, {doubled} doubled, tables {equal}"


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
        process.communicate()
    _ended(_start(documents, output))
    return parents, workers


def _start(documents: Path, output: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "sigcheck", "batch", str(documents), "--trust", PKI]
    command += ["--at", "2026-11-23", "--jobs", "2", "--output", str(output), *options]
    return subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "SIGCHECK_LANG": "en"},
    )


def _ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Return the exit code and the last sentence."""
    told = process.communicate()[1]
    if "Traceback" in told:
        return process.returncode, "A TRACEBACK"
    return process.returncode, _said((told.strip().splitlines() or [""])[-1])


def _said(line: str) -> str:
    """Return a sentence without the folders of this run."""
    return re.sub(r"(?<=\s)/tmp/\S+/", "…/", line.removeprefix("sigcheck: "))


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


# --- cluster --------------------------------------------------------------------------------------

DASK = "from distributed.cli.dask_{0} import main; __name__ == '__main__' and main()"


def cluster(count: int) -> Iterator[Row]:
    """Kill workers and the scheduler of a Dask cluster under a batch."""
    count //= 4
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        documents = _documents(folder, count)
        alone, output = Path(folder, "alone.csv"), Path(folder, "killed.csv")
        _ended(_start(documents, alone))
        machines = _Machines(folder, stack)
        machines.worker()
        machines.worker()
        process = _start(documents, output, "--cluster", machines.address)
        killed = 0
        while killed < 6 and _reached(process, output, count * (killed + 1) // 8):
            machines.workers.pop(0).kill()
            machines.worker()
            killed += 1
        code, _ = _ended(process)
        came = _compared(output, alone, count)
        yield (
            (
                f"`batch --cluster` over {count} files, two workers, kill -9 × {killed} of a "
                "worker, another one comes each time"
            ),
            f"exit code {code}; {came}",
        )
        output = Path(folder, "scheduler.csv")
        process = _start(documents, output, "--cluster", machines.address)
        _reached(process, output, count // 3)
        machines.scheduler.kill()
        started = time.monotonic()
        code, told = _ended(process)
        seconds, rows = time.monotonic() - started, _rows(output)
        machines = _Machines(folder, stack)
        machines.worker()
        again, _ = _ended(_start(documents, output, "--cluster", machines.address))
        yield (
            "the same, kill -9 of the scheduler, started again with another one",
            (
                f"exit code {code} after {seconds:.0f} s with {rows} rows kept (“{told}”), then "
                f"{again}; {_compared(output, alone, count)}"
            ),
        )


class _Machines:
    """A scheduler, and workers that come and go."""

    def __init__(self, folder: str, stack: ExitStack) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{port}"
        self._folder, self._stack = folder, stack
        self.workers: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._started("scheduler", "--host", "127.0.0.1", "--port", str(port))

    def worker(self) -> None:
        options = ("--no-nanny", "--nthreads", "1", "--local-directory", self._folder)
        self.workers.append(self._started("worker", self.address, *options))

    def _started(self, what: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", DASK.format(what), *options, "--no-dashboard"]
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command, stdout=quiet, stderr=quiet)
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return process


def _reached(process: subprocess.Popen[str], output: Path, goal: int) -> bool:
    """Wait until a batch has so many rows; say whether it still runs."""
    while process.poll() is None and _rows(output) < goal:
        time.sleep(0.05)
    return process.poll() is None


# --- a full disk ----------------------------------------------------------------------------------


def disk(count: int) -> Iterator[Row]:
    """Fill the disk under a batch, an audit log and files to be written; then make room."""
    count //= 10
    with tempfile.TemporaryDirectory() as folder:
        documents = _documents(folder, count)
        alone = Path(folder, "alone.csv")
        _ended(_start(documents, alone))
        with _small(folder) as small:
            output = small / "full.csv"
            process = _start(documents, output)
            _reached(process, output, count // 3)
            filler = _filled(small)
            code, told = _ended(process)
            rows = _rows(output)
            filler.unlink()
            again, _ = _ended(_start(documents, output))
            yield (
                f"`batch` over {count} files, the disk of its table full after a third, then room",
                (
                    f"exit code {code} with {rows} rows kept (“{told}”), started again {again}; "
                    f"{_compared(output, alone, count)}"
                ),
            )
        with _small(folder) as small:
            log, target = small / "checks.db", small / "kept"
            verify = ("verify", str(FORGED), "--audit-log", str(log))
            _command(*verify)
            target.write_bytes(b"")
            filler = _filled(small)
            code, told = _command(*verify)
            yield "`verify --audit-log` on a full disk", f"exit code {code} (“{told}”)"
            for name in ("evidence", "preserve"):
                code, told = _command(name, str(PASSING), "-o", str(target), "--force")
                left = sorted(path.name for path in small.iterdir())
                yield (
                    f"`{name} -o` on a full disk, over an empty file",
                    (
                        f"exit code {code} (“{told}”); left there: {', '.join(left)}, "
                        f"the file {target.stat().st_size} bytes as before"
                    ),
                )
            filler.unlink()
            with serving("--audit-log", str(log)) as (host, port, _):
                filler = _filled(small)
                full = [_ask(host, port, FORGED.read_bytes()) for _ in range(5)]
                filler.unlink()
                room = _ask(host, port, FORGED.read_bytes())
                with closing(HTTPConnection(host, port, timeout=20)) as connection:
                    connection.request("GET", "/metrics")
                    metrics = connection.getresponse().read().decode()
            found = re.search(r"\nsigcheck_audit_log_errors_total (\S+)", metrics)
            errors = float(found[1]) if found else 0.0
            _, told = _command("audit-log", "verify", str(log), stream="stdout")
            yield (
                "`serve --audit-log`, 5 requests with the disk full and one with room again",
                f"{dict(Counter([*full, room]))}, {errors:.0f} counted as not kept; {told}",
            )


@contextmanager
def _small(folder: str) -> Iterator[Path]:
    """Mount sixteen megabytes; yield the place."""
    place = Path(tempfile.mkdtemp(dir=folder))
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(place)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the part `disk` needs root, to mount a tmpfs: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def _filled(small: Path) -> Path:
    """Take all the room that is left."""
    filler = small / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return filler


def _command(*arguments: str, stream: str = "stderr") -> tuple[int, str]:
    command = [sys.executable, "-m", "sigcheck", *arguments]
    if arguments[0] != "audit-log":
        command += ["--trust", PKI, "--at", "2026-11-23"]
    environment = {**os.environ, "SIGCHECK_LANG": "en"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if "Traceback" in done.stderr:
        return done.returncode, "A TRACEBACK"
    return done.returncode, _said((getattr(done, stream).strip().splitlines() or [""])[0])


# --- addresses ------------------------------------------------------------------------------------

LOOPBACK = """
127.0.0.1 127.0.0.2 127.1 127.0.1 127.255.255.254 2130706433 0x7f000001 0x7f.0.0.1 0x7f.1 0177.0.0.1
0177.1 017700000001 127.0.0.1. 127.000.000.001 0x7F000001 0x7f.0x0.0x0.0x1 2130706434 0.0.0.0 0 0.0
0x0 00.0.0.0 localhost LOCALHOST localhost. ip6-localhost ip6-loopback [::1] [0:0:0:0:0:0:0:1] [::]
[0000::0001] [::ffff:127.0.0.1] [::ffff:7f00:1] [::FFFF:127.0.0.1] [0:0:0:0:0:ffff:127.0.0.1]
[::127.0.0.1] [::7f00:1] [64:ff9b::127.0.0.1] [64:ff9b::7f00:1] [2002:7f00:1::] [2002:7f00:1::1]
[::ffff:0.0.0.0] [::ffff:0:127.0.0.1] [::1%25lo] [::%25lo] user@127.0.0.1 user:pw@127.0.0.1
ca.gov.vn@127.0.0.1 ca.gov.vn%40127.0.0.1 127.0.0.1%2f 127%2e0%2e0%2e1 %31%32%37.0.0.1 127.0.0.1%00
127.0.0.1%20 127.0.0.1\\@ca.gov.vn ca.gov.vn\\@127.0.0.1
127\u30020\u30020\u30021 127\uff0e0\uff0e0\uff0e1
\uff11\uff12\uff17.0.0.1
\u2460\u2461\u2466.0.0.1 \u24dbocalhost localho\u017ft 127.0.0.1,ca.gov.vn 127.0.0.1;ca.gov.vn
"""
ELSEWHERE = """
10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.254 192.168.0.1 192.168.255.255 169.254.169.254
169.254.170.2 169.254.0.1 100.64.0.1 100.100.100.200 100.127.255.254 192.0.0.1 192.0.0.192 192.0.2.1
198.18.0.1 198.19.255.254 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1
255.255.255.255 2852039166 0xa9fea9fe 0251.0376.0251.0376 0xa9.0xfe.0xa9.0xfe 167772161 0x0a000001
012.0.0.1 10.1 192.168.1 3232235777 [::ffff:10.0.0.1] [::ffff:169.254.169.254] [::ffff:a9fe:a9fe]
[::10.0.0.1] [::169.254.169.254] [64:ff9b::10.0.0.1] [64:ff9b::169.254.169.254] [64:ff9b:1::1]
[2002:a00:1::] [2002:a9fe:a9fe::] [2001:0:a00:1::] [fe80::1] [fe80::1%25lo] [febf::1] [fc00::1]
[fd00::1] [fd00:ec2::254] [fdff::1] [fec0::1] [ff02::1] [ff0e::1] [2001:db8::1] [100::1] [3fff::1]
[5f00::1]
"""
SCHEMES = """
file:///etc/passwd file://127.0.0.1/etc/passwd ftp://127.0.0.1:{0}/ gopher://127.0.0.1:{0}/_GET
dict://127.0.0.1:{0}/stat ldap://127.0.0.1:{0}/ ldaps://127.0.0.1:{0}/ tftp://127.0.0.1:{0}/x
jar:http://127.0.0.1:{0}/!/ data:text/plain,x javascript:1 unix:/run/x.sock sftp://127.0.0.1:{0}/
//127.0.0.1:{0}/ 127.0.0.1:{0} http:127.0.0.1:{0} http:/127.0.0.1:{0}/ http:///127.0.0.1:{0}/
HTTP://127.0.0.1:{0}/ hTTps://127.0.0.1:{0}/ http://127.0.0.1:22/ http://127.0.0.1:25/
http://[127.0.0.1]:{0}/ http://127.0.0.1:{0}:80/ http://127.0.0.1:-1/ http://127.0.0.1:65536/
http://[::1/ http://:{0}/ http://\t127.0.0.1:{0}/ http://127.0.0.1\n:{0}/
"""


def addresses(_: int) -> Iterator[Row]:
    """Ask for addresses that lead into this machine and its neighbours; count who connects."""
    from sigcheck.errors import FetchError
    from sigcheck.fetch import FetchSettings
    from sigcheck.fetch.http import HttpFetch

    fetch, codes, reached = HttpFetch(FetchSettings(timeout=2.0)), Counter[str](), []
    with _listeners(reached) as port:
        hosts, places = LOOPBACK.split(), ELSEWHERE.split()
        urls = [f"http://{host}:{port}/secret" for host in (*hosts, *places)]
        urls += [scheme.replace("{0}", str(port)) for scheme in SCHEMES.split()]
        for url in urls:
            try:
                fetch.get(url)
                codes["ANSWERED"] += 1
            except FetchError as problem:
                codes[problem.code] += 1
        time.sleep(0.5)
        count = len(reached)
        with closing(socket.create_connection(("127.0.0.1", port))):
            time.sleep(0.2)
        heard = len(reached) - count
    told = ", ".join(f"{n} × {code}" for code, n in codes.most_common())
    yield (
        (
            f"{len(urls)} addresses ({len(hosts)} spellings of this machine, {len(places)} of "
            f"neighbours and metadata services, {len(SCHEMES.split())} other schemes and shapes), "
            "listeners on all of IPv4 and IPv6 at their port"
        ),
        f"{count} connections (a plain one then: {heard}); {told}",
    )


@contextmanager
def _listeners(reached: list[str]) -> Iterator[int]:
    """Listen at one port of every address of this machine; note who connects."""
    with ExitStack() as stack:
        four = stack.enter_context(socket.create_server(("0.0.0.0", 0)))  # noqa: S104 - every address of this machine
        port = four.getsockname()[1]
        listening = [four]
        if socket.has_ipv6:
            with suppress(OSError):
                six = socket.create_server(("::", port), family=socket.AF_INET6)
                listening.append(stack.enter_context(six))

        def listen(server: socket.socket) -> None:
            with suppress(OSError):
                while True:
                    connection, peer = server.accept()
                    reached.append(str(peer[0]))
                    connection.close()

        for server in listening:
            threading.Thread(target=listen, args=(server,), daemon=True).start()
        yield port
        for server in listening:
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)


# --- schemathesis ---------------------------------------------------------------------------------

EXAMPLES = 200


def schema(_: int) -> Iterator[Row]:
    """Hold the service to its OpenAPI document, with more examples than the test has."""
    with tempfile.TemporaryDirectory() as folder:
        configuration = Path(folder, "schemathesis.toml")
        accepted = 'positive_data_acceptance.expected-statuses = ["2xx", 404, 422]\n'
        configuration.write_text(f"[checks]\n{accepted}", "utf-8")
        with serving("--audit-log", str(Path(folder, "log.db"))) as (host, port, _):
            command = [str(Path(sys.executable).with_name("schemathesis"))]
            command += ["--config-file", str(configuration), "run"]
            command += [f"http://{host}:{port}/openapi.json", "--max-examples", str(EXAMPLES)]
            command += ["--seed", "2", "--workers", "2", "--request-timeout", "20", "--no-color"]
            command += ["--generation-database", "none"]
            hooks = {"SCHEMATHESIS_HOOKS": "tests.service.schemathesis_hooks"}
            done = subprocess.run(
                command,
                cwd=ROOT,
                env={**os.environ, **hooks},
                capture_output=True,
                text=True,
                check=False,
            )
    lines = [line.strip() for line in done.stdout.splitlines()]
    told = [" ".join(line.split()) for line in lines if re.match(r"(Operations|\d+ gen)", line)]
    shown = "; ".join(line.strip("= ") for line in (*told, lines[-1] if lines else ""))
    yield (
        f"`schemathesis run`, {EXAMPLES} examples an operation, all phases, all checks",
        f"exit code {done.returncode}: {shown}",
    )


# --- service --------------------------------------------------------------------------------------


@contextmanager
def serving(*options: str) -> Iterator[tuple[str, int, int]]:
    """Run a service; yield host, port and process."""
    command = [sys.executable, "-m", "sigcheck", "serve", "--port", "0", "--workers", "2"]
    command += ["--trust", PKI, *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            line = process.stderr.readline() if process.stderr else ""
            found = re.search(r"http://([^:]+):(\d+)/", line)
            if not found:
                raise SystemExit(line)
            yield found[1], int(found[2]), process.pid
        finally:
            process.terminate()
            process.wait(60)


def service(count: int) -> Iterator[Row]:
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
