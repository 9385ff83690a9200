"""What all requests share: the pool, the limits, the counters, the ledger."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime

from starlette.requests import Request

from sigcheck._verify import DEFAULT_POLICY, Verifier
from sigcheck.config import TrustStore, load_policy
from sigcheck.config.policy import available_policies
from sigcheck.service.admission import Admission, Rate
from sigcheck.service.job import JSON, Answer, Job, Setup
from sigcheck.service.ledger import Entry, ReportStore, SqliteReports
from sigcheck.service.metrics import Metrics
from sigcheck.service.multipart import Part
from sigcheck.service.parameters import Parameters
from sigcheck.service.pool import Pool
from sigcheck.service.process import COMMAND
from sigcheck.service.settings import Settings

_log = logging.getLogger(__name__)


class State:
    """The service without HTTP: documents in, answers out."""

    def __init__(self, settings: Settings, command: Sequence[str] = COMMAND) -> None:
        """Load trust and policies; raises TrustError, PolicyError or UsageError."""
        self.settings = settings
        self.trust = TrustStore.load(settings.trust, crls=settings.crls)
        self.verifiers, self.default_policy = _verifiers(settings, self.trust)
        setup = Setup(self.verifiers, settings.limits.max_memory, settings.limits.max_seconds)
        self.pool = Pool(setup, settings.workers, command)
        self.admission = Admission(settings.max_requests, settings.max_held)
        self.rate = Rate(settings.max_rate)
        self.metrics = Metrics()
        self.ledger: ReportStore | None = (
            SqliteReports(settings.ledger) if settings.ledger else None
        )

    async def verify(self, part: Part, asked: Parameters, form: str) -> str:
        """Return the report on a document in a form; kept as JSON where a ledger is."""
        forms = (form,) if self.ledger is None or form == JSON else (form, JSON)
        answer = await self.pool.run(
            Job(part.data, part.name, asked.policy, asked.lang, forms, asked.at)
        )
        self.metrics.document(answer.indication, len(part.data), answer.seconds)
        if self.ledger is not None:
            await asyncio.to_thread(self._keep, self.ledger, part, asked, answer)
        return answer.texts[0]

    def gauges(self) -> dict[str, float]:
        """Return what is true right now."""
        return {
            "workers": self.pool.size,
            "workers_busy": self.pool.busy,
            "documents_waiting": self.pool.waiting,
            "requests_running": self.admission.requests,
            "held_bytes": self.admission.held,
        }

    def _keep(self, ledger: ReportStore, part: Part, asked: Parameters, answer: Answer) -> None:
        entry = Entry(
            # Not the digest the worker tells: what read a hostile file isn't believed.
            sha256=hashlib.sha256(part.data).hexdigest(),
            policy=asked.policy,
            lang=asked.lang,
            kept_at=datetime.now(UTC).isoformat(timespec="microseconds"),
            indication=answer.indication,
            report=answer.texts[-1],
        )
        try:
            ledger.keep(entry)
        except sqlite3.Error:
            # The clerk gets the answer all the same; the operator sees the counter and the log.
            self.metrics.ledger_errors += 1
            _log.exception("a report could not be kept")


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
