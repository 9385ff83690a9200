"""`sigcheck.report/1` as one JSON object; its schema is `data/schema/sigcheck.report-1.json`."""

from __future__ import annotations

import json

from sigcheck.model.report import Report
from sigcheck.render.objects import SCHEMA, Tree, document_object
from sigcheck.render.options import RenderOptions
from sigcheck.render.sanitize import ascii_escapes, mask
from sigcheck.render.times import iso
from sigcheck.render.words import Words


def render(report: Report, words: Words, options: RenderOptions) -> str:
    """Return the whole report, indented for people, ending with a line end."""
    return dumps(report_object(report, words), options, indent=2)


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


def dumps(tree: Tree, options: RenderOptions, indent: int | None = None) -> str:
    """Return JSON text, identity numbers masked unless asked for, safe to show in a terminal."""
    text = json.dumps(tree, ensure_ascii=False, indent=indent, allow_nan=False)
    return ascii_escapes(text if options.full else mask(text)) + "\n"
