"""The bounds on speed that the project set itself, held against what a run measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bench.contenders import ANCHORED

SMALL, LARGE = "0.3 MB, 5 signatures", "30 MB, 5 signatures"
Results = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Promise:
    what: str
    bound: float
    measure: Callable[[Results], float]
    unit: str = "×"
    at_least: bool = False

    def kept(self, value: float) -> bool:
        return value >= self.bound if self.at_least else value <= self.bound


def _ratio(document: str) -> Callable[[Results], float]:
    return lambda r: r["cold"][document]["contenders"]["sigcheck"]["ratio"]["median"]


def _like_for_like(document: str) -> Callable[[Results], float]:
    def value(results: Results) -> float:
        taken = results["cold"][document]["contenders"]
        return taken["sigcheck"]["ratio"]["median"] / taken[ANCHORED.name]["ratio"]["median"]

    return value


def _rate_like_for_like(results: Results) -> float:
    rates = results["folder"]["rates"]
    return rates["sigcheck, warm"]["median"] / rates[ANCHORED.name]["median"]


def _memory_over_file(results: Results) -> float:
    large = results["cold"][LARGE]
    return large["contenders"]["sigcheck"]["peak_mib"] - 1.5 * large["bytes"] / 2**20


def _grows(kind: str, low: float, high: float) -> Callable[[Results], float]:
    def factor(results: Results) -> float:
        points = {point["value"]: point["warm"]["median"] for point in results["growth"][kind]}
        return points[high] / points[low]

    return factor


def _extreme(key: str) -> Callable[[Results], float]:
    def value(results: Results) -> float:
        one = results["extremes"]["contenders"]["sigcheck"]
        return one["seconds"]["median"] if key == "seconds" else one[key]

    return value


PROMISES = (
    Promise("one file of 0.3 MB, cold, by pdfsig's time", 6, _ratio(SMALL)),
    Promise("one file of 30 MB, cold, by pdfsig's time", 0.6, _ratio(LARGE)),
    Promise("peak memory at 30 MB, beyond 1.5 × the file", 60, _memory_over_file, "MiB"),
    Promise(
        "a folder, warm, by pdfsig's throughput",
        1.5,
        lambda r: r["folder"]["factor"]["median"],
        at_least=True,
    ),
    Promise("0.3 MB, cold, by pdfsig's given the same root", 6, _like_for_like(SMALL)),
    Promise("30 MB, cold, by pdfsig's given the same root", 0.6, _like_for_like(LARGE)),
    Promise(
        "a folder, warm, by pdfsig's given the same root", 1.5, _rate_like_for_like, at_least=True
    ),
    Promise("10 000 objects by 1 000", 1.6, _grows("objects", 1_000, 10_000)),
    Promise("20 signatures by 5", 4.5, _grows("signatures", 5, 20)),
    Promise("50 revisions by 5", 2, _grows("revisions", 5, 50)),
    Promise("100 000 objects, cold", 3, _extreme("seconds"), "s"),
    Promise("100 000 objects, peak memory", 400, _extreme("peak_mib"), "MiB"),
)


def rows(results: Results) -> list[tuple[str, str, str, str]]:
    """Return (what, bound, measured, kept?) for each promise that the run can speak of."""
    told = []
    for promise in PROMISES:
        try:
            value = promise.measure(results)
        except (KeyError, TypeError):  # that stage, or that contender, wasn't measured
            continue
        bound = f"{'≥' if promise.at_least else '≤'} {promise.bound:g} {promise.unit}"
        measured = f"{value:.2f} {promise.unit}"
        told.append(
            (promise.what, bound, measured, "yes" if promise.kept(value) else "**not yet**")
        )
    return told
