"""(Report, Words, options) -> str: says a report in words; decides nothing.

Each format is a module with `render(report, words, options)`, loaded when it is asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

from sigcheck.model.report import Report
from sigcheck.render.options import RenderOptions
from sigcheck.render.words import Words

Renderer = Callable[[Report, Words, RenderOptions], str]

FORMATS = ("text", "json", "jsonl", "html", "csv", "xml")
"""Names of the formats, as `--format` takes them."""

STREAMED = frozenset({"text", "jsonl"})
"""Formats whose documents may be rendered one by one as they are judged."""

__all__ = ["FORMATS", "STREAMED", "RenderOptions", "Renderer", "Words", "renderer"]


def renderer(name: str) -> Renderer:
    """Return the renderer of a format.

    Raises:
        KeyError: for a format that is not in `FORMATS`.
    """
    if name not in FORMATS:
        raise KeyError(name)
    render: Renderer = importlib.import_module(f"sigcheck.render.{name}").render
    return render
