"""What a code of a report means, without a document at hand."""

from __future__ import annotations

from collections.abc import Iterator

from sigcheck.render.layout import table
from sigcheck.render.options import RenderOptions
from sigcheck.render.rows import Row
from sigcheck.render.template import fill
from sigcheck.render.words import Words


def explanation(code: str, words: Words) -> str:
    """Return what a finding, an error or a sub-indication means; empty for no known code."""
    rows = _finding(code, words) or _error(code, words) or _named(code, words)
    return "\n".join([code, *table(rows, RenderOptions())]) if rows else ""


def sketched(template: str) -> str:
    """Return a sentence without its facts: optional pieces gone, … for what must be said."""
    return fill(template, lambda _, __: "", "…")


def known_codes(words: Words) -> Iterator[tuple[str, str]]:
    """Yield every code that can be explained, with its question or meaning."""
    for code in sorted(words.codes("findings")):
        yield code, words.question(code)
    for code in sorted(words.codes("errors")):
        yield code, words.error(code)
    for table_name in ("sub_indication", "anomaly"):
        yield from words.table(table_name).items()


def _finding(code: str, words: Words) -> list[Row]:
    texts = words.table(f"findings.{code}")
    if not texts:
        return []
    return [
        Row(words.label("question"), sketched(texts["question"])),
        Row(words.label("if_not"), sketched(texts["failed"])),
        Row(words.label("advice"), sketched(texts["advice"])),
    ]


def _error(code: str, words: Words) -> list[Row]:
    if code not in words.codes("errors"):
        return []
    return [
        Row(words.label("meaning"), words.error(code)),
        Row(words.label("advice"), words.remedy(code)),
    ]


def _named(code: str, words: Words) -> list[Row]:
    """Return what a sub-indication, an indication or an anomaly is called."""
    for table_name in ("sub_indication", "indication", "anomaly"):
        if code in words.table(table_name):
            return [Row(words.label("meaning"), words.name(table_name, code))]
    return []
