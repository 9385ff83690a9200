"""(Report, Words, options) -> str: writes a report in words; decides nothing.

Each format is a function `(report, words, options) -> str`, loaded when it is needed.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

from sigcheck.model.report import Report
from sigcheck.render.layout import RenderOptions
from sigcheck.render.words import Words

Renderer = Callable[[Report, Words, RenderOptions], str]

_RENDERERS = {
    "text": ("text", "render"),
    "json": ("json", "render"),
    "jsonl": ("json", "render_lines"),
    "html": ("html", "render"),
    "csv": ("spreadsheet", "render_csv"),
    "xml": ("xml", "render"),
}
"""Module and function of each format."""
FORMATS = tuple(_RENDERERS)
"""Names of the formats, as `--format` takes them."""

STREAMED = frozenset({"text", "jsonl"})
"""Formats whose documents may be rendered one by one as they are judged."""

__all__ = ["FORMATS", "STREAMED", "RenderOptions", "Renderer", "Words", "renderer"]


def renderer(name: str) -> Renderer:
    """Return the renderer of a format.

    Raises:
        KeyError: for a format that is not in `FORMATS`.
    """
    if name not in _RENDERERS:
        raise KeyError(f"{name}: none of {', '.join(FORMATS)}")
    module, function = _RENDERERS[name]
    found: Renderer = getattr(importlib.import_module(f"sigcheck.render.{module}"), function)
    return found
