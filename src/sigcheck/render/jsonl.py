"""JSON Lines: one document object a line, each naming its schema."""

from __future__ import annotations

from sigcheck.render.json import render_line as render

__all__ = ["render"]
