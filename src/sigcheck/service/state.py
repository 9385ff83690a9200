"""What all requests share: the worker pool, the limits, the counters, the audit log."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from math import nan
from typing import Any, TypeVar

from msgspec import json
from msgspec.structs import replace
from starlette.requests import Request

from sigcheck._version import __version__
from sigcheck.api import DEFAULT_POLICY, Verifier
from sigcheck.archive.audit_log import AuditLog, CheckRecord
from sigcheck.config import TrustStore, load_policy
from sigcheck.config.policy import available_policies
from sigcheck.errors import SigcheckError, UnreadableError
from sigcheck.evidence.trust.crl import Crl
from sigcheck.log import INFO, WARNING, log
from sigcheck.pages.paper import printed
from sigcheck.render.sanitize import plain
from sigcheck.render.values import iso
from sigcheck.service.access import RETRY_SECONDS, RateLimiter, RequestLimiter
from sigcheck.service.judging import (
    HTML,
    JSON,
    PDF,
    CountedFetch,
    Job,
    Judge,
    ServiceAnswer,
    ServiceJudging,
    judge,
)
from sigcheck.service.metrics import Metrics
from sigcheck.service.problems import ProblemError
from sigcheck.service.requests import Parameters, Part
from sigcheck.service.settings import Settings
from sigcheck.service.trust import load, state_of_files
from sigcheck.workers import WorkerPool, WorkerStartError

T = TypeVar("T")


class State:
    """The service without HTTP: documents in, answers out."""

    pool: WorkerPool[Job, ServiceAnswer]

    def __init__(self, settings: Settings, judge: Judge = judge) -> None:
        """Load trust and policies; raises TrustError, PolicyError or UsageError."""
        self.settings = settings
        self._files = state_of_files(settings)
        self._loaded = load(settings)
        self.verifiers, self.default_policy = _verifiers(settings, self.trust)
        self.waiting = 0
        """Documents that wait for a worker."""
        self.limiter = RequestLimiter(settings.max_requests, settings.max_client, settings.max_held)
        self.rate = RateLimiter(settings.max_rate)
        self.metrics = Metrics()
        self._judge = judge
        self._judging = ServiceJudging(self.verifiers, settings.limits, judge)
        self._under_way: Counter[WorkerPool[Job, ServiceAnswer]] = Counter()
        """Documents at work, by the pool: an old one ends when it has none."""
        self._reloading = asyncio.Lock()
        self._background: set[asyncio.Task[Any]] = set()
        self._free = asyncio.Semaphore(settings.workers)
        self._printing = asyncio.Semaphore(settings.workers)
        self.reports: AuditedReports | None = (
            AuditedReports(settings.audit_log) if settings.audit_log else None
        )
        self.busy = 0
        """Documents at work."""
        self.metrics.watch(
            online=lambda: settings.fetch is not None,
            workers=lambda: settings.workers,
            workers_busy=lambda: self.busy,
            documents_waiting=lambda: self.waiting,
            requests_running=lambda: self.limiter.requests,
            held_bytes=lambda: self.limiter.held,
            trust_anchors_at_hand=lambda: self.trust.summary().at_hand or 0,
            newest_list_age_seconds=lambda: nan if (age := self.list_age) is None else age,
        )

    @property
    def trust(self) -> TrustStore:
        """The trust store that documents are judged under now."""
        return self._loaded.store

    @property
    def lists(self) -> tuple[Crl, ...]:
        """The revocation lists at hand, the newest of each CA and address."""
        return self._loaded.lists

    @property
    def list_age(self) -> float | None:
        """Seconds since the newest revocation list at hand was issued; None without any."""
        newest = max((crl.this_update for crl in self.lists), default=None)
        return None if newest is None else (datetime.now(UTC) - newest).total_seconds()

    async def start(self) -> None:
        """Start the workers; raises WorkerStartError if they can't be started."""
        self.pool = self._new_pool(self._judging)
        await asyncio.to_thread(self.pool.wait_started)
        self.later(self._watch())

    def _new_pool(self, judging: ServiceJudging) -> WorkerPool[Job, ServiceAnswer]:
        return WorkerPool(
            judging.work(),
            self.settings.workers,
            lambda _job, code: self.metrics.workers_lost.labels(code).inc(),
        )

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that no request waits for; it is dropped when the service stops."""
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    # --- trust that changes while the service runs

    async def _watch(self) -> None:
        """Load the trust again whenever its files have changed, and then stayed as they are."""
        before = self._files
        while True:
            await asyncio.sleep(self.settings.watch_seconds)
            now = await asyncio.to_thread(state_of_files, self.settings)
            if now == before != self._files:
                self._files = now
                await self.reload()
            before = now

    async def reload(self) -> None:
        """Load the trust again; where it can't be used, the old one stays, and the log says so.

        Documents under way are judged under the trust they began with.
        """
        async with self._reloading:
            try:
                loaded = await asyncio.to_thread(load, self.settings)
                changed = loaded.store.digest != self.trust.digest
                if changed:
                    await self._judge_under(loaded.store)
            except SigcheckError as problem:
                self.metrics.trust_errors.inc()
                log(WARNING, "the trust was not loaded again: %s", problem.diagnostics())
            else:
                self._loaded = loaded
                self.metrics.trust_loads.inc()
                log(INFO, "trust loaded again: %s", "changed" if changed else "the same")

    async def _judge_under(self, trust: TrustStore) -> None:
        verifiers, _ = _verifiers(self.settings, trust)
        judging = ServiceJudging(verifiers, self.settings.limits, self._judge)
        pool = self._new_pool(judging)
        try:
            await asyncio.to_thread(pool.wait_started)
        except WorkerStartError:
            await asyncio.to_thread(pool.close)
            raise
        old, self.pool, self._judging = self.pool, pool, judging
        self.verifiers = verifiers
        self.later(self._retire(old))

    async def _retire(self, pool: WorkerPool[Job, ServiceAnswer]) -> None:
        """End a pool that another has replaced, once nothing is at work in it."""
        if pool is not self.pool and not self._under_way[pool]:
            await asyncio.to_thread(pool.close)

    async def close(self) -> None:
        """End the workers and close the audit log; jobs still running then are lost."""
        for task in tuple(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await asyncio.to_thread(self.pool.close)
        if self.reports is not None:
            await asyncio.to_thread(self.reports.close)

    async def verify(
        self,
        part: Part,
        wanted: Parameters,
        form: str,
        patience: float | None = None,
        *,
        package: bool = False,
    ) -> bytes:
        """Return the report on a document in a form; an audit log gets it as JSON.

        With `package` the part is an evidence package; for one that is none, nothing is returned.

        Raises:
            ProblemError: BUSY, if no worker is free within so many seconds (default: wait).
        """
        drawn = HTML if form == PDF else form
        forms = (drawn,) if self.reports is None or form == JSON else (drawn, JSON)
        answer = await self.answer(
            Job(
                part.data,
                part.name,
                wanted.policy,
                wanted.lang,
                forms,
                wanted.at,
                wanted.password,
                package,
            ),
            patience,
        )
        if not answer.indication:
            return b""
        self.metrics.document(answer.indication, len(part.data), answer.seconds)
        self.metrics.fetched(answer.fetched)
        if self.reports is not None:
            await asyncio.to_thread(self._keep, self.reports, part, answer.bodies[-1])
        if form == PDF:
            return await self._printed(answer.bodies[0], part.name)
        return answer.bodies[0]

    async def _printed(self, page: bytes, name: str) -> bytes:
        """Return the HTML report on paper; the browser reads our page, never the document."""
        info = {"Title": plain(name), "Creator": f"sigcheck {__version__}"}
        async with self._printing:
            return await asyncio.to_thread(printed, page.decode("utf-8"), info)

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
        pool, judging = self.pool, self._judging
        self._under_way[pool] += 1
        try:
            return await asyncio.wrap_future(pool.submit(job))
        except UnreadableError as problem:
            return await asyncio.to_thread(judging.lost, job, problem)
        except WorkerStartError as problem:
            raise ProblemError("BUSY", retry_after=RETRY_SECONDS) from problem
        finally:
            self.busy -= 1
            self._under_way[pool] -= 1
            if pool is not self.pool:
                self.later(self._retire(pool))
            self._free.release()

    def _keep(self, reports: AuditedReports, part: Part, report: bytes) -> None:
        try:
            reports.keep(hashlib.sha256(part.data).hexdigest(), len(part.data), report)
        except SigcheckError:
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
    limits = replace(limits, max_compare_seconds=most, max_network_seconds=settings.network_seconds)
    fetch = CountedFetch(settings.fetch) if settings.fetch else None
    policies = [chosen, *(load_policy(name) for name in available_policies())]
    verifiers: dict[str, Verifier] = {}
    for policy in policies:
        # The first one stays: a file of the operator's may take the place of a shipped policy.
        verifier = Verifier(trust, policy, fetch=fetch, limits=limits, compare_pages=True)
        verifiers.setdefault(policy.id, verifier)
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
