"""The bounds on speed that the project set itself, held against what a run measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

Results = Mapping[str, Any]
DIRECTIVE, LARGE, MANY = "directive", "30 megabytes", "100 000 objects"


class Bound(NamedTuple):
    what: str
    bound: float
    measure: Callable[[Results], float]
    unit: str = "×"
    at_least: bool = False


def _cold(label: str, program: str) -> Callable[[Results], float]:
    return lambda r: r["cold"][label]["sigcheck"]["by"][program]


def _folder(program: str) -> Callable[[Results], float]:
    return lambda r: r["folder"][DIRECTIVE]["sigcheck"][0] / r["folder"][DIRECTIVE][program][0]


def _memory_over_file(results: Results) -> float:
    large = results["cold"][LARGE]
    return large["sigcheck"]["peak_mib"] - 1.5 * large["bytes"] / 2**20


def _grows(kind: str, low: int, high: int) -> Callable[[Results], float]:
    return lambda r: (
        r["growth"][kind][str(high)]["warm"][0] / r["growth"][kind][str(low)]["warm"][0]
    )


def _many(results: Results) -> Any:
    return results["cold"][MANY]["sigcheck"]


BOUNDS = (
    Bound("directive, cold, by pdfsig's time", 12, _cold(DIRECTIVE, "pdfsig")),
    Bound("directive, cold, by the time of pyHanko", 0.3, _cold(DIRECTIVE, "pyHanko")),
    Bound("directive, cold, by the time of EU DSS", 0.03, _cold(DIRECTIVE, "EU DSS")),
    Bound("folder of 200 directives, by pdfsig's rate", 0.55, _folder("pdfsig"), at_least=True),
    Bound("folder of 200 directives, by pyHanko's rate", 15, _folder("pyHanko"), at_least=True),
    Bound("directive, warm, by pdfsig's time", 1.6, lambda r: r["warm"][DIRECTIVE]["by_pdfsig"][0]),
    Bound("30 MB, cold, by pdfsig's time", 0.8, _cold(LARGE, "pdfsig")),
    Bound("30 MB, peak memory beyond 1.5 × the file", 60, _memory_over_file, "MiB"),
    Bound("10 000 objects by 1 000", 1.6, _grows("objects", 1_000, 10_000)),
    Bound("20 signatures by 5", 4.5, _grows("signatures", 5, 20)),
    Bound("50 revisions by 5", 2.3, _grows("revisions", 5, 50)),
    Bound("100 000 objects, cold", 1, lambda r: _many(r)["seconds"][0], "s"),
    Bound("100 000 objects, peak memory", 150, lambda r: _many(r)["peak_mib"], "MiB"),
)


def rows(results: Results) -> Iterator[tuple[str, str, str, str]]:
    """Yield (what, bound, measured, kept?) for each bound that the run can speak of."""
    for bound in BOUNDS:
        try:
            value = bound.measure(results)
        except KeyError:  # a program that this machine does not have
            yield bound.what, _shown(bound), "not measured here", "–"
            continue
        kept = value >= bound.bound if bound.at_least else value <= bound.bound
        yield bound.what, _shown(bound), f"{value:.3g} {bound.unit}", "yes" if kept else "**no**"


def _shown(bound: Bound) -> str:
    return f"{'≥' if bound.at_least else '≤'} {bound.bound:g} {bound.unit}"
