"""What all requests share: the pool, the limits, the counters, the ledger."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path

from starlette.requests import Request

from sigcheck.api import DEFAULT_POLICY, Verifier
from sigcheck.config import TrustStore, load_policy
from sigcheck.config.policy import available_policies
from sigcheck.config.store import UserStore
from sigcheck.errors import UsageError
from sigcheck.log import WARNING, log
from sigcheck.service.admission import Admission, Rate
from sigcheck.service.job import JSON, Job, Setup
from sigcheck.service.ledger import LedgerReports, ReportStore
from sigcheck.service.metrics import Metrics
from sigcheck.service.multipart import Part
from sigcheck.service.parameters import Parameters
from sigcheck.service.pool import Pool
from sigcheck.service.process import COMMAND
from sigcheck.service.settings import Settings


class State:
    """The service without HTTP: documents in, answers out."""

    def __init__(self, settings: Settings, command: Sequence[str] = COMMAND) -> None:
        """Load trust and policies; raises TrustError, PolicyError or UsageError."""
        self.settings = settings
        store = UserStore(Path(settings.store)) if settings.store else None
        self.trust = TrustStore.load(settings.trust, crls=settings.crls, store=store)
        self.verifiers, self.default_policy = _verifiers(settings, self.trust)
        setup = Setup(self.verifiers, settings.limits.max_memory, settings.limits.max_seconds)
        self.pool = Pool(setup, settings.workers, command)
        self.admission = Admission(settings.max_requests, settings.max_held)
        self.rate = Rate(settings.max_rate)
        self.metrics = Metrics()
        self.ledger: ReportStore | None = (
            LedgerReports(settings.ledger) if settings.ledger else None
        )

    async def verify(
        self, part: Part, asked: Parameters, form: str, patience: float | None = None
    ) -> bytes:
        """Return the report on a document in a form; kept as JSON where a ledger is.

        Raises:
            PoolBusyError: if no worker is free within so many seconds.
        """
        forms = (form,) if self.ledger is None or form == JSON else (form, JSON)
        answer = await self.pool.run(
            Job(part.data, part.name, asked.policy, asked.lang, forms, asked.at, asked.password),
            patience,
        )
        self.metrics.document(answer.indication, len(part.data), answer.seconds)
        if self.ledger is not None:
            await asyncio.to_thread(self._keep, self.ledger, part, answer.bodies[-1])
        return answer.bodies[0]

    def gauges(self) -> dict[str, float]:
        """Return what is true right now."""
        return {
            "workers": self.pool.size,
            "workers_busy": self.pool.busy,
            "documents_waiting": self.pool.waiting,
            "requests_running": self.admission.requests,
            "held_bytes": self.admission.held,
        }

    def _keep(self, ledger: ReportStore, part: Part, report: bytes) -> None:
        try:
            ledger.keep(hashlib.sha256(part.data).hexdigest(), len(part.data), report)
        except UsageError:
            # The clerk gets the answer all the same; the operator sees the counter and the log.
            self.metrics.ledger_errors += 1
            log(WARNING, "a report could not be kept in the ledger")


def state_of(request: Request) -> State:
    """Return the state of the application a request came to."""
    state: State = request.app.state.service
    return state


def _verifiers(settings: Settings, trust: TrustStore) -> tuple[dict[str, Verifier], str]:
    """Return a verifier for each policy by its name, and the name of the default one."""
    chosen = load_policy(settings.policy or DEFAULT_POLICY)
    policies = [chosen, *(load_policy(name) for name in available_policies())]
    verifiers: dict[str, Verifier] = {}
    for policy in policies:
        # First come, first kept: a file of the operator's may take the place of a shipped policy.
        verifiers.setdefault(policy.id, Verifier(trust, policy, limits=settings.limits))
    return verifiers, chosen.id
