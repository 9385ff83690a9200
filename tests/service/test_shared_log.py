"""Several copies of the service behind a balancer write one audit log, in PostgreSQL."""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import httpx

from sigcheck.archive.audit_log import AuditLog, audit
from tests.postgres import MakeLog
from tests.service.conftest import MakeClient, serving

PDF = {"Content-Type": "application/pdf"}


def test_two_services_write_one_log_and_one_is_killed(
    postgres: MakeLog, root: Path, client_of: MakeClient
) -> None:
    """Every report that was answered is in the log, once, and its chain holds."""
    address = postgres()
    enough, stays = Event(), client_of(audit_log=address)

    def answered(ask: httpx.Client, whose: str, more: Callable[[int], bool]) -> list[str]:
        digests: list[str] = []
        while more(len(digests)):
            data = f"no PDF, {whose} {len(digests)}".encode()
            try:
                answer = ask.post("/v1/verify?detail=summary", content=data, headers=PDF)
            except httpx.TransportError:
                assert whose == "killed", "the other service must not notice"
                break
            assert answer.status_code == 200
            digests.append(hashlib.sha256(data).hexdigest())
            if whose == "killed" and len(digests) == 10:
                enough.set()
        return digests

    with (
        serving(root, "--audit-log", address, "--workers", "1") as (url, process),
        httpx.Client(base_url=url, timeout=60, trust_env=False) as other,
        ThreadPoolExecutor(2) as clients,
    ):
        first = clients.submit(answered, other, "killed", lambda _: True)
        second = clients.submit(
            answered, stays, "stays", lambda count: count < 10 or not enough.is_set()
        )
        assert enough.wait(20)
        process.send_signal(signal.SIGKILL)
        told = [*first.result(), *second.result()]
    found = stays.get(f"/v1/reports/{told[0]}")

    assert found.json()["documents"][0]["sha256"] == told[0]
    with AuditLog.open(address, create=False) as log:
        assert audit(log).fault is None
        entered = [entry.check.document for entry in log.entries()]
    assert len(entered) == len(set(entered))
    assert set(told) <= set(entered)
    # The one that was killed may have entered a check whose answer it could not send any more.
    assert len(entered) - len(told) <= 1
