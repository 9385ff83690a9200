"""JSON Lines: one document object a line, each naming its schema."""

from __future__ import annotations

from sigcheck.model.report import Report
from sigcheck.render.json import dumps
from sigcheck.render.objects import SCHEMA, document_object
from sigcheck.render.options import RenderOptions
from sigcheck.render.words import Words


def render(report: Report, words: Words, options: RenderOptions) -> str:
    """Return a line for each document of the report."""
    return "".join(
        dumps({"schema": SCHEMA, **document_object(document, words)}, options)
        for document in report.documents
    )
