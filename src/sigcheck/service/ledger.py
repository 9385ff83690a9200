"""Reports kept on disk, for those who asked for it: an interface, and the ledger behind it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from sigcheck.archive.audit_log import Check, Ledger
from sigcheck.render.values import iso

T = TypeVar("T")


class ReportStore(Protocol):
    """Keeps a report for each check, found by the SHA-256 of the document's bytes."""

    def keep(self, sha256: str, size: int, report: bytes) -> None:
        """Keep a report, JSON, on a document; raises UsageError when it can't be kept."""
        ...

    def find(self, sha256: str) -> str | None:
        """Return the newest report on a document as JSON text, None where there is none."""
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...


class LedgerReports:
    """A ReportStore in the ledger that `sigcheck ledger` reads: entries chained by their hashes."""

    def __init__(self, path: str) -> None:
        """Open the ledger, or start one; raises SigcheckError when that can't be done."""
        # A ledger is one thread's: this one's, whichever thread of the service asks.
        self._thread = ThreadPoolExecutor(1, "ledger")
        try:
            self._ledger = self._do(lambda: Ledger.open(path))
        except BaseException:
            self._thread.shutdown()
            raise

    def keep(self, sha256: str, size: int, report: bytes) -> None:
        """Append an entry and keep the report beside it; both are on disk when this returns."""
        check = _check(sha256, size, report)
        self._do(lambda: self._ledger.append(check, report.decode("utf-8"), keep=True))

    def find(self, sha256: str) -> str | None:
        """Return the newest report on a document."""
        return self._do(lambda: self._ledger.report(sha256))

    def close(self) -> None:
        """Close the file."""
        self._do(self._ledger.close)
        self._thread.shutdown()

    def _do(self, action: Callable[[], T]) -> T:
        return self._thread.submit(action).result()


def _check(sha256: str, size: int, told: bytes) -> Check:
    """Return the entry for a report; digest and size are ours, not what a worker says they are."""
    report: dict[str, Any] = json.loads(told)
    document = report["documents"][0]
    return Check(
        checked_at=iso(datetime.now(UTC)) or "",
        document=sha256,
        size=size,
        indication=document["indication"],
        sub_indication=document["sub_indication"] or "",
        policy=report["policy"]["id"],
        policy_version=report["policy"]["version"],
        trust=report["trust"]["digest"],
        validation_time=report["validation_time"],
        report=hashlib.sha256(told).hexdigest(),
        tool=report["tool"]["version"],
    )
