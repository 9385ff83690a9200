"""`sigcheck.report/1` as one JSON object; its schema is `data/schema/sigcheck.report-1.json`."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from json import JSONEncoder
from typing import Any

from sigcheck.model.finding import Block, Finding, Level, Outcome, Status
from sigcheck.model.report import Report
from sigcheck.render.objects import SCHEMA, Tree, document_object
from sigcheck.render.options import RenderOptions
from sigcheck.render.sanitize import ascii_escapes, mask
from sigcheck.render.signature_objects import finding_object
from sigcheck.render.times import iso
from sigcheck.render.words import Words

_LEVELS = 6
"""Report, documents, document, signatures, signature, findings: one finding a line."""
_LINE_LEVELS = 4
"""The same without the first two: down to the single finding."""
_encode = JSONEncoder(ensure_ascii=False, allow_nan=False).encode


class _Written(dict[str, Any]):
    """An object with its JSON text on one line, clean already."""

    __slots__ = ("text",)
    text: str


def render(report: Report, words: Words, options: RenderOptions) -> str:
    """Return the whole report, indented for people, ending with a line end."""
    clean = _cleaner(options)
    return _laid_out(report_object(report, words), _LEVELS, "\n", clean) + "\n"


def render_line(report: Report, words: Words, options: RenderOptions) -> str:
    """Return each document of a report on a line of its own, naming its schema."""
    clean = _cleaner(options)
    lines = []
    for document in report.documents:
        tree = {"schema": SCHEMA, **document_object(document, words, _told)}
        lines.append(_laid_out(tree, _LINE_LEVELS, "", clean) + "\n")
    return "".join(lines)


def report_object(report: Report, words: Words) -> Tree:
    """Return the report as plain values in the order of the schema."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "sigcheck", "version": report.tool_version},
        "validation_time": iso(report.validation_time),
        "policy": {"id": report.policy_id, "version": report.policy_version},
        "trust": {"digest": report.trust.digest, "anchors": report.trust.anchors},
        "documents": [document_object(document, words, _told) for document in report.documents],
    }


def dumps(tree: Tree, options: RenderOptions, levels: int = 0) -> str:
    """Return JSON text, identity numbers masked unless asked for, safe to show in a terminal.

    Members down to `levels` stand on lines of their own, deeper ones on the line of their parent.
    """
    return _laid_out(tree, levels, "\n", _cleaner(options)) + "\n"


def _cleaner(options: RenderOptions) -> Callable[[str], str]:
    return ascii_escapes if options.full else _masked


def _masked(text: str) -> str:
    if text.isascii() and ":" not in text and "=" not in text and text.isprintable():
        return text  # no number to mask, nothing unseen: most names and digests
    return ascii_escapes(mask(text))


def _told(finding: Finding, words: Words) -> Tree:
    """Return a finding's object, made once for all that say no more than their answer.

    Those are most of a report, and the same in every report.
    """
    outcome = finding.outcome
    if outcome.facts or finding.softened_by:
        return finding_object(finding, words)
    return _plain(words.lang, finding.code, finding.block, finding.level, outcome.status)


@lru_cache(maxsize=4096)
def _plain(lang: str, code: str, block: Block, level: Level, status: Status) -> Tree:
    finding = Finding(code, block, level, Outcome(status), None)
    tree = _Written(finding_object(finding, Words(lang)))
    tree.text = _encode(tree)
    return tree if _masked(tree.text) == tree.text else dict(tree)


def _laid_out(value: Any, levels: int, line_end: str, clean: Callable[[str], str]) -> str:
    """Return JSON text; without a line end all on one line."""
    # `json.dumps(indent=…)` runs in Python and takes most of a report's time.
    if type(value) is _Written and (levels == 0 or not line_end):
        return value.text
    if value is None:
        return "null"
    if levels == 0 or not value or not isinstance(value, (dict, list)):
        # Nothing that is to be masked goes beyond a string, and so beyond what is encoded here.
        return clean(_encode(value))
    inner = f"{line_end}  " if line_end else ""
    comma = f",{inner or ' '}"
    if isinstance(value, list):
        items = [_laid_out(item, levels - 1, inner, clean) for item in value]
        return f"[{inner}{comma.join(items)}{line_end}]"
    members = [f'"{key}": {_laid_out(v, levels - 1, inner, clean)}' for key, v in value.items()]
    return f"{{{inner}{comma.join(members)}{line_end}}}"
