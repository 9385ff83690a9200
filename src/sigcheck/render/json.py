"""`sigcheck.report/1` as one JSON object; its schema is `data/schema/sigcheck.report-1.json`."""

from __future__ import annotations

import json
from typing import Any

from sigcheck.model.report import Report
from sigcheck.render.objects import SCHEMA, Tree, document_object
from sigcheck.render.options import RenderOptions
from sigcheck.render.sanitize import ascii_escapes, mask
from sigcheck.render.times import iso
from sigcheck.render.words import Words

_LEVELS = 6
"""Report, documents, document, signatures, signature, findings: one finding a line."""


def render(report: Report, words: Words, options: RenderOptions) -> str:
    """Return the whole report, indented for people, ending with a line end."""
    return dumps(report_object(report, words), options, _LEVELS)


def report_object(report: Report, words: Words) -> Tree:
    """Return the report as plain values in the order of the schema."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "sigcheck", "version": report.tool_version},
        "validation_time": iso(report.validation_time),
        "policy": {"id": report.policy_id, "version": report.policy_version},
        "trust": {"digest": report.trust.digest, "anchors": report.trust.anchors},
        "documents": [document_object(document, words) for document in report.documents],
    }


def dumps(tree: Tree, options: RenderOptions, levels: int = 0) -> str:
    """Return JSON text, identity numbers masked unless asked for, safe to show in a terminal.

    Members down to `levels` stand on lines of their own, deeper ones on the line of their parent.
    """
    text = _laid_out(tree, levels, "\n")
    return ascii_escapes(text if options.full else mask(text)) + "\n"


def _laid_out(value: Any, levels: int, line_end: str) -> str:
    # `json.dumps(indent=…)` runs in Python and takes most of a report's time.
    if levels == 0 or not value or not isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    inner = f"{line_end}  "
    if isinstance(value, list):
        items = [_laid_out(item, levels - 1, inner) for item in value]
        return f"[{inner}{f',{inner}'.join(items)}{line_end}]"
    members = [f'"{key}": {_laid_out(item, levels - 1, inner)}' for key, item in value.items()]
    return f"{{{inner}{f',{inner}'.join(members)}{line_end}}}"
