"""What the service counts, for Prometheus; no sample names a document or a person."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as MEDIA_TYPE

from sigcheck._version import __version__

_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
"""Upper bounds in seconds; a document takes 0.02 as a rule, and 20 is the limit."""

__all__ = ["MEDIA_TYPE", "Metrics"]


class Metrics:
    """Counters in a registry of their own: two services in one process do not mix."""

    def __init__(self) -> None:
        """Count nothing yet."""
        self._registry = own = CollectorRegistry()
        self._requests = Counter(
            "sigcheck_requests",
            "Answered requests.",
            ("route", "method", "status"),
            registry=own,
        )
        self._documents = Counter(
            "sigcheck_documents", "Judged documents.", ("indication",), registry=own
        )
        self._bytes = Counter("sigcheck_document_bytes", "Bytes of judged documents.", registry=own)
        self._seconds = Histogram(
            "sigcheck_verify_seconds", "Judging a document.", buckets=_BUCKETS, registry=own
        )
        self.workers_lost = Counter(
            "sigcheck_workers_lost", "Worker processes replaced.", ("cause",), registry=own
        )
        self._fetches = Counter(
            "sigcheck_fetches", "Questions to the network.", ("outcome",), registry=own
        )
        self.audit_log_errors = Counter(
            "sigcheck_audit_log_errors", "Reports the audit log could not keep.", registry=own
        )
        self.trust_loads = Counter(
            "sigcheck_trust_loads", "Times the trust was loaded again.", registry=own
        )
        self.trust_errors = Counter(
            "sigcheck_trust_errors", "Times it could not be, and the old one stayed.", registry=own
        )
        Gauge("sigcheck_build_info", "The version that runs.", ("version",), registry=own).labels(
            __version__
        ).set(1)

    def watch(self, **gauges: Callable[[], float]) -> None:
        """Add gauges by name; each is called when the metrics are read."""
        for name, value in gauges.items():
            Gauge(f"sigcheck_{name}", "Right now.", registry=self._registry).set_function(value)

    def request(self, route: str, method: str, status: int) -> None:
        """Count an answered request; the route is its pattern, so that clients make no labels."""
        self._requests.labels(route, method, str(status)).inc()

    def document(self, indication: str, size: int, seconds: float) -> None:
        """Count a judged document."""
        self._documents.labels(indication).inc()
        self._bytes.inc(size)
        self._seconds.observe(seconds)

    def fetched(self, counted: tuple[int, int]) -> None:
        """Count the questions that a document led to: answered, and refused or failed."""
        for outcome, count in zip(("answered", "failed"), counted, strict=True):
            self._fetches.labels(outcome).inc(count)

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)
