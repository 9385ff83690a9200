"""`sigcheck serve`: starts, says where, finishes what runs, and complains in one sentence."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

import httpx
import pytest

from sigcheck.cli import main
from tests.service.conftest import MODEL, serving


def test_a_running_request_is_finished_before_the_service_stops(root: Path, fixtures: Path) -> None:
    """SIGTERM closes the door to new requests; those inside get their whole answer; exit code 0."""
    data = (fixtures / MODEL).read_bytes()
    files = [("file", (f"{n}.pdf", data)) for n in range(16)]
    with serving(root) as (address, process), ThreadPoolExecutor() as threads:
        running = threads.submit(
            httpx.post, f"{address}/v1/verify-many", files=files, timeout=60, trust_env=False
        )
        while (
            "sigcheck_workers_busy 0.0\n" in httpx.get(f"{address}/metrics", trust_env=False).text
        ):
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        answer = running.result()
        code = process.wait(30)

    assert (answer.status_code, len(answer.text.splitlines()), code) == (200, 16, 0)


def test_no_worker_outlives_the_service(root: Path) -> None:
    """When the service is killed without a word its workers end by themselves."""
    with serving(root) as (_, process):
        if not Path("/proc/self/task").is_dir():
            pytest.skip("this system does not list children")
        workers = _descendants(process.pid)
        process.kill()
        process.wait()
        deadline = time.monotonic() + 10
        while any(_lives(pid) for pid in workers) and time.monotonic() < deadline:
            time.sleep(0.05)

    assert len(workers) >= 2
    assert not any(_lives(pid) for pid in workers)


def _descendants(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for children in listed for child in children.read_text().split()]
    return [*children, *(pid for child in children for pid in _descendants(child))]


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_port_that_is_taken_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence names the address and what to do; exit code 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code = main(["serve", "--port", str(port), "--workers", "1", "--lang", "en"])

    said = capsys.readouterr().err
    assert code == 2
    assert f"sigcheck: The service cannot listen on 127.0.0.1:{port}; choose" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--port", "x"), "--port does not take “x”; write a number from 0 to 65535"),
        (("--port", "70000"), "--port does not take “70000”"),
        (("--workers", "0"), "--workers does not take “0”"),
        (("--rate", "-1"), "--rate does not take “-1”"),
        (("--lang", "fr"), "--lang không nhận “fr”"),
        (("--policy", "nope"), "There is no policy “nope”; use archive, etsi, intake or"),
        (("--trust", "/none"), "There is no file or folder “/none”"),
        (("--api-keys", "/none"), "The file of API keys cannot be used: /none"),
        (("--audit-log", "/none/x"), "This audit log cannot be read or written: /none/x"),
        (("--bogus",), "There is no option “--bogus”"),
    ],
)
def test_a_wrong_option_is_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    """Nothing is started with an option that does not hold; exit code 2."""
    spoken = () if "--lang" in arguments else ("--lang", "en")
    code = main(["serve", *arguments, *spoken])

    assert code == 2
    assert capsys.readouterr().err.startswith(f"sigcheck: {said}")


def test_a_missing_extra_is_said_in_one_sentence(tmp_path: Path) -> None:
    """Without fastapi the sentence names the extra to install."""
    code = (
        "import sys; sys.modules['fastapi'] = None\n"
        "from sigcheck.cli import main\n"
        "sys.exit(main(['serve', '--lang', 'en']))"
    )
    environment: Mapping[str, str] = {"PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=dict(environment),
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr == (
        "sigcheck: The HTTP service is not installed (fastapi is missing); "
        "run “pip install 'sigcheck[service]'”, then start it again.\n"
    )


@pytest.mark.parametrize(
    ("address", "opened"),
    [
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/"),
        ("http://0.0.0.0:80/", "http://127.0.0.1:80/"),
        ("http://[::]:80/", "http://127.0.0.1:80/"),
    ],
)
def test_open_shows_the_page(monkeypatch: pytest.MonkeyPatch, address: str, opened: str) -> None:
    """`--open` opens the browser at this machine's address, once the service listens."""
    shown: Queue[str] = Queue()
    monkeypatch.setattr("webbrowser.open", shown.put)
    monkeypatch.setattr("sigcheck.service.server.serve", lambda _, listening: listening(address))

    assert main(["serve", "--open"]) == 0
    assert shown.get(timeout=10) == opened
    assert main(["serve"]) == 0
    assert shown.empty()
