"""Growth curves as PNG pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib import ticker


def draw(growth: Mapping[str, Sequence[Mapping[str, Any]]], folder: Path) -> list[Path]:
    """Draw one picture per property; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_draw(kind, points, folder) for kind, points in growth.items()]


def _draw(kind: str, points: Sequence[Mapping[str, Any]], folder: Path) -> Path:
    figure, axes = plt.subplots(figsize=(6, 3.6), layout="constrained")
    for key, label in (("warm", "sigcheck, warm"), ("pdfsig", "pdfsig, a process each")):
        taken = [point for point in points if point[key]]
        if not taken:
            continue
        middle = [point[key]["median"] * 1000 for point in taken]
        low = [1000 * (p[key]["median"] - p[key]["low"]) for p in taken]
        high = [1000 * (p[key]["high"] - p[key]["median"]) for p in taken]
        values = [point["value"] for point in taken]
        axes.errorbar(values, middle, yerr=[low, high], marker="o", capsize=3, label=label)
    axes.set(xscale="log", yscale="log", xlabel=kind, ylabel="milliseconds per document")
    axes.set_xticks([point["value"] for point in points])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:,g}")
        axis.set_minor_formatter(lambda value, _: f"{value:,g}")
    axes.xaxis.set_minor_locator(ticker.NullLocator())
    axes.grid(visible=True, which="major", alpha=0.4)
    axes.legend()
    path = folder / f"growth-{kind.replace(' ', '-')}.png"
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)
    return path
