"""What all requests share: the worker pool, the limits, the counters, the audit log."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from msgspec import json
from msgspec.structs import replace
from starlette.requests import Request

from sigcheck.api import DEFAULT_POLICY, Verifier
from sigcheck.archive.audit_log import AuditLog, CheckRecord
from sigcheck.config import TrustStore, load_policy
from sigcheck.config.policy import available_policies
from sigcheck.config.store import UserStore
from sigcheck.errors import UnreadableError, UsageError
from sigcheck.log import WARNING, log
from sigcheck.render.values import iso
from sigcheck.service.access import RETRY_SECONDS, RateLimiter, RequestLimiter
from sigcheck.service.judging import JSON, Job, Judge, ServiceAnswer, ServiceJudging, judge
from sigcheck.service.metrics import Metrics
from sigcheck.service.problems import ProblemError
from sigcheck.service.requests import Parameters, Part
from sigcheck.service.settings import Settings
from sigcheck.workers import WorkerPool, WorkerStartError

T = TypeVar("T")


class State:
    """The service without HTTP: documents in, answers out."""

    pool: WorkerPool[Job, ServiceAnswer]

    def __init__(self, settings: Settings, judge: Judge = judge) -> None:
        """Load trust and policies; raises TrustError, PolicyError or UsageError."""
        self.settings = settings
        store = UserStore(Path(settings.store)) if settings.store else None
        self.trust = TrustStore.load(settings.trust, crls=settings.crls, store=store)
        self.verifiers, self.default_policy = _verifiers(settings, self.trust)
        self.waiting = 0
        """Documents that wait for a worker."""
        self.limiter = RequestLimiter(settings.max_requests, settings.max_held)
        self.rate = RateLimiter(settings.max_rate)
        self.metrics = Metrics()
        self._judging = ServiceJudging(self.verifiers, settings.limits, judge)
        self._free = asyncio.Semaphore(settings.workers)
        self.reports: AuditedReports | None = (
            AuditedReports(settings.audit_log) if settings.audit_log else None
        )
        self.busy = 0
        """Documents at work."""
        self.metrics.watch(
            workers=lambda: settings.workers,
            workers_busy=lambda: self.busy,
            documents_waiting=lambda: self.waiting,
            requests_running=lambda: self.limiter.requests,
            held_bytes=lambda: self.limiter.held,
        )

    async def start(self) -> None:
        """Start the workers; raises WorkerStartError if they can't be started."""
        self.pool = WorkerPool(
            self._judging.work(),
            self.settings.workers,
            lambda _job, code: self.metrics.workers_lost.labels(code).inc(),
        )
        await asyncio.to_thread(self.pool.wait_started)

    async def close(self) -> None:
        """End the workers and close the audit log; jobs still running then are lost."""
        await asyncio.to_thread(self.pool.close)
        if self.reports is not None:
            await asyncio.to_thread(self.reports.close)

    async def verify(
        self, part: Part, wanted: Parameters, form: str, patience: float | None = None
    ) -> bytes:
        """Return the report on a document in a form; an audit log gets it as JSON.

        Raises:
            ProblemError: BUSY, if no worker is free within so many seconds (default: wait).
        """
        forms = (form,) if self.reports is None or form == JSON else (form, JSON)
        answer = await self.answer(
            Job(
                part.data, part.name, wanted.policy, wanted.lang, forms, wanted.at, wanted.password
            ),
            patience,
        )
        self.metrics.document(answer.indication, len(part.data), answer.seconds)
        if self.reports is not None:
            await asyncio.to_thread(self._keep, self.reports, part, answer.bodies[-1])
        return answer.bodies[0]

    async def answer(self, job: Job, patience: float | None = None) -> ServiceAnswer:
        """Return the answer to a job: by a worker, or ours where workers were lost over it.

        Raises:
            ProblemError: BUSY, if no worker is free within so many seconds or can be started.
        """
        self.waiting += 1
        try:
            await asyncio.wait_for(self._free.acquire(), patience)
        except TimeoutError:
            raise ProblemError("BUSY", retry_after=RETRY_SECONDS) from None
        finally:
            self.waiting -= 1
        self.busy += 1
        try:
            return await asyncio.wrap_future(self.pool.submit(job))
        except UnreadableError as problem:
            return await asyncio.to_thread(self._judging.lost, job, problem)
        except WorkerStartError as problem:
            raise ProblemError("BUSY", retry_after=RETRY_SECONDS) from problem
        finally:
            self.busy -= 1
            self._free.release()

    def _keep(self, reports: AuditedReports, part: Part, report: bytes) -> None:
        try:
            reports.keep(hashlib.sha256(part.data).hexdigest(), len(part.data), report)
        except UsageError:
            # The clerk gets the answer all the same; the operator sees the counter and the log.
            self.metrics.audit_log_errors.inc()
            log(WARNING, "a report could not be kept in the audit log")


def state_of(request: Request) -> State:
    """Return the state of the application a request came to."""
    state: State = request.app.state.service
    return state


def _verifiers(settings: Settings, trust: TrustStore) -> tuple[dict[str, Verifier], str]:
    """Return a verifier for each policy by its name, and the name of the default one."""
    chosen = load_policy(settings.policy or DEFAULT_POLICY)
    limits = settings.limits
    # Somebody waits: comparing pages takes half again as long as judging at most.
    most = min(limits.max_compare_seconds, limits.max_seconds / 2)
    limits = replace(limits, max_compare_seconds=most)
    policies = [chosen, *(load_policy(name) for name in available_policies())]
    verifiers: dict[str, Verifier] = {}
    for policy in policies:
        # The first one stays: a file of the operator's may take the place of a shipped policy.
        verifiers.setdefault(policy.id, Verifier(trust, policy, limits=limits, compare_pages=True))
    return verifiers, chosen.id


# --- reports on disk, where the operator wants them -----------------------------------------------


class AuditedReports:
    """The audit log: an entry for each check, chained by hashes, and the report beside it."""

    def __init__(self, path: str) -> None:
        """Open the audit log, or start one; raises SigcheckError when that can't be done."""
        # An audit log is one thread's: this one's, whichever thread of the service asks.
        self._thread = ThreadPoolExecutor(1, "audit-log")
        try:
            self._log = self._do(lambda: AuditLog.open(path))
        except BaseException:
            self._thread.shutdown()
            raise

    def keep(self, sha256: str, size: int, report: bytes) -> None:
        """Append an entry and the report; both are on disk when this returns, else UsageError."""
        check = _check(sha256, size, report)
        self._do(lambda: self._log.append(check, report.decode("utf-8"), keep=True))

    def find(self, sha256: str) -> str | None:
        """Return the newest report on a document as JSON, None where there is none."""
        return self._do(lambda: self._log.report(sha256))

    def close(self) -> None:
        """Close the file."""
        self._do(self._log.close)
        self._thread.shutdown()

    def _do(self, action: Callable[[], T]) -> T:
        return self._thread.submit(action).result()


def _check(sha256: str, size: int, text: bytes) -> CheckRecord:
    """Return the entry for a report; digest and size are ours, not what a worker says they are."""
    report: dict[str, Any] = json.decode(text)
    document = report["documents"][0]
    return CheckRecord(
        checked_at=iso(datetime.now(UTC)) or "",
        document=sha256,
        size=size,
        indication=document["indication"],
        sub_indication=document["sub_indication"] or "",
        policy=report["policy"]["id"],
        policy_version=report["policy"]["version"],
        trust=report["trust"]["digest"],
        validation_time=report["validation_time"],
        report=hashlib.sha256(text).hexdigest(),
        tool=report["tool"]["version"],
    )
