"""Doors that hold: no client takes the service from all, and trust follows its files."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from sigcheck.model.policy import MIB
from tests.budget import BUDGET
from tests.service import odd_worker
from tests.service.conftest import FORGED, PRODUCTION, MakeClient, serving
from tests.service.test_problems import told

PDF = {"Content-Type": "application/pdf"}
HEAD = "POST /v1/verify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/pdf\r\n"


def _connected(client: httpx.Client | str, source: str = "127.0.0.1") -> socket.socket:
    url = httpx.URL(client) if isinstance(client, str) else client.base_url
    place = (url.host, url.port or 80)
    return socket.create_connection(place, timeout=20, source_address=(source, 0))


# --- who takes places ---


def test_half_requests_keep_nobody_out(service: str, fixtures: Path) -> None:
    """An honest client is served within a second while a thousand others say half a word."""
    data = (fixtures / FORGED).read_bytes()
    with ExitStack() as stack:
        honest = stack.enter_context(httpx.Client(base_url=service, trust_env=False))
        for _ in range(1_000):
            half = stack.enter_context(_connected(service, "127.0.0.2"))
            half.sendall(b"POST /v1/verify HTTP/1.1\r\nHost: loc")
        started = time.monotonic()
        answer = honest.post("/v1/verify", content=data, headers=PDF)
        seconds = time.monotonic() - started

    assert answer.status_code == 200
    assert seconds < BUDGET


def test_headers_have_a_deadline(service: str) -> None:
    """A request that trickles in for ever is cut off, though every second brings a byte."""
    with _connected(service) as connection:
        started = time.monotonic()
        connection.sendall(b"GET /healthz HTTP/1.1\r\nX: ")
        with pytest.raises(OSError, match=r"reset|[Bb]roken pipe"):
            _trickle(connection, 25)

    assert 10 < time.monotonic() - started < 10 + BUDGET


def _trickle(connection: socket.socket, seconds: float) -> None:
    for _ in range(round(2 * seconds)):
        connection.sendall(b"x")
        time.sleep(0.5)


def test_slow_bodies_of_one_client_leave_places(client_of: MakeClient) -> None:
    """One address may hold so many places; the rest is for others."""
    client = client_of(max_requests=6, max_client=4)
    with ExitStack() as stack:
        for _ in range(8):
            slow = stack.enter_context(_connected(client, "127.0.0.2"))
            slow.sendall(f"{HEAD}Content-Length: 1000\r\n\r\n%PDF".encode())
        time.sleep(0.5)
        running = client.get("/metrics").text
        answer = client.post("/v1/verify", content=b"PK", headers=PDF)

    assert "sigcheck_requests_running 4.0\n" in running
    assert answer.status_code == 200


def test_slow_bodies_from_everywhere_give_way(client_of: MakeClient) -> None:
    """Where all places wait for bodies, the slowest loses its own to a client that sends."""
    client = client_of(max_requests=4)
    with ExitStack() as stack:
        slow = [stack.enter_context(_connected(client, f"127.0.0.{n}")) for n in range(2, 6)]
        for connection in slow:
            connection.sendall(f"{HEAD}Content-Length: 100000\r\n\r\n%PDF".encode())
        slow[0].sendall(bytes(50_000))
        time.sleep(1.5)
        answers = [client.post("/v1/verify", content=b"PK", headers=PDF) for _ in range(3)]
        slow[0].sendall(bytes(49_996))
        kept = slow[0].recv(1 << 16)

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert kept.startswith(b"HTTP/1.1 200 ")


def test_a_service_without_a_free_place_is_not_ready(client_of: MakeClient) -> None:
    """A balancer sends the next document elsewhere."""
    client = client_of(max_requests=1)
    with _connected(client) as slow:
        slow.sendall(f"{HEAD}Content-Length: 1000\r\n\r\n%PDF".encode())
        time.sleep(0.3)
        answer = client.get("/readyz")

    assert told(answer) == (503, "NOT-READY")


@pytest.mark.parametrize("path", ["/v1/verify", "/v1/verify-many"])
def test_a_refusal_arrives_before_a_large_body_has(client_of: MakeClient, path: str) -> None:
    """A client that first sends everything, and then reads, still learns why."""
    client = client_of(max_upload=MIB, max_batch=MIB)
    body = 30 * MIB
    head = HEAD.replace("/v1/verify", path).replace(
        "application/pdf", "multipart/form-data;boundary=x"
    )
    with _connected(client) as connection:
        connection.sendall(f"{head}Content-Length: {body}\r\n\r\n".encode())
        connection.sendall(bytes(body))
        answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"UPLOAD-TOO-LARGE"' in answer


def test_a_document_has_the_same_bound_among_many(client_of: MakeClient) -> None:
    """`--max-upload` holds for each file of verify-many."""
    client = client_of(max_upload=MIB, max_batch=8 * MIB)
    files = [("file", ("a.pdf", b"PK")), ("file", ("b.pdf", bytes(MIB + 1)))]

    assert told(client.post("/v1/verify-many", files=files)) == (413, "UPLOAD-TOO-LARGE")


def test_pages_of_this_service_may_send(client: httpx.Client) -> None:
    """The clerk's page is no foreign site, where a browser names only its origin."""
    own = f"http://{client.base_url.netloc.decode()}"
    answer = client.post("/v1/verify", content=b"PK", headers={**PDF, "Origin": own})

    assert answer.status_code == 200


def test_an_aborted_batch_lets_workers_finish(client_of: MakeClient) -> None:
    """Who goes away kills no worker; what had not begun is dropped, and the memory is free."""
    client = client_of(judge=odd_worker.judge, workers=1)
    part = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%NAP\r\n'
    body = f"{part * 5}--x--\r\n".encode()
    head = "POST /v1/verify-many HTTP/1.1\r\nHost: localhost\r\n"
    kind = "Content-Type: multipart/form-data; boundary=x\r\n"
    with _connected(client) as connection:
        connection.sendall(f"{head}{kind}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        deadline = time.monotonic() + 10
        while "sigcheck_workers_busy 1.0\n" not in client.get("/metrics").text:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    while "sigcheck_requests_running 0.0\n" not in client.get("/metrics").text:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    metrics = client.get("/metrics").text

    assert "sigcheck_workers_lost_total{" not in metrics
    assert "sigcheck_held_bytes 0.0\n" in metrics
    assert 'sigcheck_documents_total{indication="UNREADABLE"} 1.0\n' in metrics


# --- trust ---


def _verdict(address: str, data: bytes) -> str:
    url = f"{address}/v1/verify"
    answer = httpx.post(url, content=data, headers=PDF, trust_env=False, timeout=60)
    found: str = answer.json()["documents"][0]["indication"]
    return found


def _until(address: str, data: bytes, wanted: str, seconds: float) -> str:
    deadline = time.monotonic() + seconds
    while (found := _verdict(address, data)) != wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def test_trust_follows_its_files(root: Path, fixtures: Path, tmp_path: Path) -> None:
    """Roots and lists that an administrator puts in count without a restart, and are told."""
    data, trust = (fixtures / PRODUCTION).read_bytes(), tmp_path / "roots"
    trust.mkdir()
    with serving(root, trust=trust) as (address, _):
        before = _verdict(address, data)
        bare = httpx.get(f"{address}/readyz", trust_env=False).json()
        shutil.copytree(fixtures / "pki", trust, dirs_exist_ok=True)
        after = _until(address, data, "TOTAL-PASSED", 30)
        ready = httpx.get(f"{address}/readyz", trust_env=False).json()
        metrics = httpx.get(f"{address}/metrics", trust_env=False).text

    assert (before, after) == ("INDETERMINATE", "TOTAL-PASSED")
    assert (bare["anchors_at_hand"], bare["newest_list_age"]) == (0, None)
    assert ready["anchors_at_hand"] > 0
    assert ready["newest_list_age"] is not None
    assert ready["trust_digest"] != bare["trust_digest"]
    assert f"sigcheck_trust_anchors_at_hand {float(ready['anchors_at_hand'])}\n" in metrics
    assert "sigcheck_trust_loads_total 1.0\n" in metrics


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no such signal on this system")
def test_trust_is_loaded_again_when_told(root: Path, fixtures: Path, tmp_path: Path) -> None:
    """On SIGHUP; a store that can't be read leaves the one there is, and is counted."""
    data, trust = (fixtures / PRODUCTION).read_bytes(), tmp_path / "roots"
    trust.mkdir()
    with serving(root, trust=trust) as (address, process):
        shutil.copytree(fixtures / "pki", trust, dirs_exist_ok=True)
        process.send_signal(signal.SIGHUP)
        after = _until(address, data, "TOTAL-PASSED", 4)
        shutil.rmtree(trust)
        process.send_signal(signal.SIGHUP)
        deadline, metrics = time.monotonic() + 4, ""
        while "sigcheck_trust_errors_total 1.0\n" not in metrics and time.monotonic() < deadline:
            metrics = httpx.get(f"{address}/metrics", trust_env=False).text
        kept = _verdict(address, data)

    assert (after, kept) == ("TOTAL-PASSED", "TOTAL-PASSED")
    assert "sigcheck_trust_errors_total 1.0\n" in metrics


def test_no_document_is_lost_while_trust_changes(
    root: Path, fixtures: Path, tmp_path: Path
) -> None:
    """Those under way are finished by the workers that have them."""
    data, trust = (fixtures / PRODUCTION).read_bytes(), tmp_path / "roots"
    shutil.copytree(fixtures / "pki", trust)
    found: list[str] = []
    ended = threading.Event()
    with serving(root, trust=trust) as (address, process):

        def send() -> None:
            while not ended.is_set():
                found.append(_verdict(address, data))

        threads = [threading.Thread(target=send) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in range(3):
            listed = trust / "anchors.toml"
            listed.write_text(listed.read_text("utf-8") + _list(number), "utf-8")
            process.send_signal(signal.SIGHUP)
            time.sleep(1.5)
        ended.set()
        for thread in threads:
            thread.join()
        metrics = httpx.get(f"{address}/metrics", trust_env=False).text

    assert set(found) == {"TOTAL-PASSED"}
    assert "sigcheck_workers_lost_total{" not in metrics
    assert "sigcheck_trust_loads_total 3.0\n" in metrics


def _list(number: int) -> str:
    row = f'role = "anchor"\nsha256 = "{number:064x}"\ntier = "test"\nsource = "thử"\n'
    return f"\n[[anchor]]\n{row}"


@pytest.mark.parametrize(
    ("options", "warned"),
    [
        (("--host", "127.0.0.1"), False),
        (("--host", "0.0.0.0"), True),
        (("--host", "0.0.0.0", "--allow-host", "office"), True),
    ],
)
def test_a_service_open_to_anybody_says_so(
    root: Path, options: tuple[str, ...], warned: bool
) -> None:
    """On a network a name and keys are asked for."""
    command = [sys.executable, "-m", "sigcheck", "serve", "--port", "0", "--workers", "1"]
    environment = {**os.environ, "SIGCHECK_LANG": "en"}
    trust = ["--trust", str(root / "fixtures" / "pki")]
    with subprocess.Popen(
        [*command, *trust, *options], stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        process.wait(30)

    assert ("anybody on the network" in said) is warned
