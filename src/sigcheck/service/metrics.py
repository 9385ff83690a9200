"""Prometheus' text format (version 0.0.4), written by hand: a few numbers need no library."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
"""Upper bounds in seconds; a document takes 0.02 as a rule, and 20 is the limit."""

Labels = tuple[tuple[str, str], ...]


class Histogram:
    """How many took at most so long."""

    def __init__(self) -> None:
        """Count nothing yet."""
        self.counts = [0] * (len(BUCKETS) + 1)
        self.sum = 0.0

    def observe(self, seconds: float) -> None:
        """Count one."""
        place = next((i for i, bound in enumerate(BUCKETS) if seconds <= bound), len(BUCKETS))
        self.counts[place] += 1
        self.sum += seconds

    def lines(self, name: str) -> Iterator[str]:
        """Yield the samples: cumulative buckets, sum and count."""
        total = 0
        for bound, count in zip((*map(str, BUCKETS), "+Inf"), self.counts, strict=True):
            total += count
            yield f'{name}_bucket{{le="{bound}"}} {total}'
        yield f"{name}_sum {self.sum:.6f}"
        yield f"{name}_count {total}"


class Metrics:
    """What the service counts as it goes."""

    def __init__(self) -> None:
        """Count nothing yet."""
        self.requests: Counter[Labels] = Counter()
        self.documents: Counter[str] = Counter()
        self.uploaded = 0
        self.ledger_errors = 0
        self.verifying = Histogram()

    def request(self, route: str, method: str, status: int) -> None:
        """Count an answered request; the route is its pattern, so that clients make no labels."""
        self.requests[("route", route), ("method", method), ("status", str(status))] += 1

    def document(self, indication: str, size: int, seconds: float) -> None:
        """Count a judged document."""
        self.documents[indication] += 1
        self.uploaded += size
        self.verifying.observe(seconds)

    def text(self, gauges: Mapping[str, float], losses: Mapping[str, int], version: str) -> str:
        """Return everything; the gauges are what is true of the service right now."""
        lines = [
            *_family("sigcheck_build_info", "gauge", {(("version", version),): 1}),
            *_family("sigcheck_requests_total", "counter", self.requests),
            *_family("sigcheck_documents_total", "counter", _by("indication", self.documents)),
            *_family("sigcheck_document_bytes_total", "counter", {(): self.uploaded}),
            *_family("sigcheck_ledger_errors_total", "counter", {(): self.ledger_errors}),
            *_family("sigcheck_workers_lost_total", "counter", _by("cause", losses)),
            "# TYPE sigcheck_verify_seconds histogram",
            *self.verifying.lines("sigcheck_verify_seconds"),
        ]
        for name, value in gauges.items():
            lines += _family(f"sigcheck_{name}", "gauge", {(): value})
        return "\n".join(lines) + "\n"


def _by(label: str, counts: Mapping[str, int]) -> dict[Labels, float]:
    return {((label, key),): count for key, count in counts.items()}


def _family(name: str, kind: str, samples: Mapping[Labels, float]) -> Iterator[str]:
    yield f"# TYPE {name} {kind}"
    for labels, value in sorted(samples.items()):
        listed = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
        yield f"{name}{{{listed}}} {value:g}" if listed else f"{name} {value:g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
