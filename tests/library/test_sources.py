"""Paths, bytes and open files; and what must never be read as one."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

import sigcheck
from sigcheck.model.policy import Limits
from tests.conftest import ROOT

DOCUMENT = ROOT / "fixtures/vectors/long-an/2691-ct-ubnd-production/document.pdf"


@pytest.fixture(scope="module")
def verifier() -> sigcheck.Verifier:
    """Return a verifier that knows the test PKI."""
    return sigcheck.Verifier(trust=sigcheck.TrustStore.load([ROOT / "fixtures" / "pki"]))


def _code(report: sigcheck.Report) -> str:
    reason = report.document.reason
    return reason.code if reason else ""


@pytest.mark.parametrize("jobs", [1, 2])
def test_many_sources_of_every_kind(verifier: sigcheck.Verifier, jobs: int) -> None:
    """Paths, bytes and open files, in the order given, each under its name."""
    data = DOCUMENT.read_bytes()
    with DOCUMENT.open("rb") as file:
        sources: list[sigcheck.Source] = [
            str(DOCUMENT),
            DOCUMENT,
            data,
            bytearray(data),
            file,
            b"no pdf",
            "/missing.pdf",
        ]
        found = list(verifier.verify_many(iter(sources), jobs=jobs))

    paths = [str(DOCUMENT), str(DOCUMENT), "-", "-", str(DOCUMENT), "-", "/missing.pdf"]
    assert [r.document.path for r in found] == paths
    assert [r.indication for r in found] == ["TOTAL-PASSED"] * 5 + ["UNREADABLE"] * 2


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_open_file_beyond_the_limit(jobs: int) -> None:
    """It costs its own place in the row, and says how large a file may be."""
    verifier = sigcheck.Verifier(limits=Limits(max_file_size=1_000))
    files: list[sigcheck.Source] = [io.BytesIO(b"%PDF-" + bytes(2_000)), b"no pdf"]

    first, second = verifier.verify_many(files, jobs=jobs)

    assert [_code(first), _code(second)] == ["LIMIT-FILE-SIZE", "DOC-NOT-A-PDF"]
    assert first.document.reason is not None
    assert dict(first.document.reason.facts)["limit"] == "1000"


def test_no_short_read(verifier: sigcheck.Verifier) -> None:
    """A pipe gives a piece at a time; the document is all of them."""
    reading, writing = os.pipe()
    data = DOCUMENT.read_bytes()

    def send() -> None:
        with os.fdopen(writing, "wb") as pipe:
            for start in range(0, len(data), 20_000):
                pipe.write(data[start : start + 20_000])
                pipe.flush()

    thread = threading.Thread(target=send)
    thread.start()
    with os.fdopen(reading, "rb", buffering=0) as file:
        report = verifier.verify(file)
    thread.join()

    assert report.document.size == len(data)
    assert report.indication == "TOTAL-PASSED"


class _Broken(io.RawIOBase):
    def read(self, _size: int = -1, /) -> bytes:
        raise ConnectionResetError


def test_what_a_callers_file_raises_goes_to_the_caller(verifier: sigcheck.Verifier) -> None:
    """A connection that broke is no verdict on a document."""
    broken: BinaryIO = _Broken()  # type: ignore[assignment]
    with pytest.raises(ConnectionResetError):
        verifier.verify(broken)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))


def _zero(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _terminal(path: Path) -> None:
    path.symlink_to("/dev/ptmx")


@pytest.mark.parametrize("make", [_pipe, _socket, _zero, _terminal])
def test_what_is_no_regular_file_is_refused(make: Callable[[Path], None], tmp_path: Path) -> None:
    """At once, by the real program: neither waited for nor read without end."""
    path = tmp_path / "odd.pdf"
    make(path)
    program = "import sys, sigcheck; print(sigcheck.verify(sys.argv[1]).document.reason.code)"

    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert done.stdout.strip() == "FILE-NOT-REGULAR"


def test_verify_refuses_a_pipe(tmp_path: Path) -> None:
    """The command says what the path is, and exits with 1."""
    path = tmp_path / "pipe.pdf"
    os.mkfifo(path)

    done = subprocess.run(
        [sys.executable, "-m", "sigcheck", "verify", str(path), "--lang", "en"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.returncode == 1
    assert "a pipe, a device or a socket" in done.stdout


def test_a_file_that_grows_is_not_judged(tmp_path: Path, verifier: sigcheck.Verifier) -> None:
    """Half of a document would be called damaged, or another document."""
    path = tmp_path / "growing.pdf"
    path.write_bytes(DOCUMENT.read_bytes())
    ended = threading.Event()

    def grow() -> None:
        with path.open("ab", buffering=0) as file:
            while not ended.is_set():
                file.write(b" " * 4096)
                time.sleep(0)

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        codes = {_code(verifier.verify(path)) for _ in range(50)}
    finally:
        ended.set()
        thread.join()

    assert "FILE-CHANGING" in codes


_STRUCK = """
import signal, sys
import sigcheck

class SoftLimitError(Exception):
    'What a task queue raises in the task when its time is nearly over.'

def strike(number, frame):
    raise SoftLimitError

verifier = sigcheck.Verifier(trust=sigcheck.TrustStore.load([sys.argv[1]]))
data = open(sys.argv[2], "rb").read()
assert verifier.verify(data).indication == "TOTAL-PASSED"
signal.signal(signal.SIGALRM, strike)
for number in range(20):
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0005 + number * 0.0005)
        while True:
            assert verifier.verify(data).indication == "TOTAL-PASSED"
    except SoftLimitError:
        print("struck")
"""


def test_a_callers_time_limit_comes_out_of_verify() -> None:
    """At whatever line it strikes: it is neither a verdict nor caught (Celery's soft limits).

    In a process of its own: what measures coverage takes locks, and would be struck while it does.
    """
    done = subprocess.run(
        [sys.executable, "-c", _STRUCK, str(ROOT / "fixtures" / "pki"), str(DOCUMENT)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.stderr == ""
    assert done.stdout.split() == ["struck"] * 20
