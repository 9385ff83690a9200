"""Lines of text: labels in a column, hanging indents, colours by tone."""

from __future__ import annotations

from collections.abc import Iterable

from sigcheck.render.options import RenderOptions
from sigcheck.render.rows import Row, Tone

_CODES = {Tone.GOOD: "32", Tone.DOUBT: "33", Tone.BAD: "31"}


def paint(text: str, tone: Tone, options: RenderOptions, *, bold: bool = False) -> str:
    """Return the text with ANSI colour where colour is wanted."""
    codes = [code for code in (_CODES.get(tone), "1" if bold else None) if code]
    if not options.color or not codes:
        return text
    return f"\x1b[{';'.join(codes)}m{text}\x1b[0m"


def wrapped(text: str, options: RenderOptions, first: str = "", rest: str = "") -> list[str]:
    """Return the text in lines of the width, words kept whole where they fit."""
    if not text:
        return [first.rstrip()]
    words = text.split(" ")
    if words != text.split():
        return _wrapped(text, options, first, rest)
    if len(first) + len(text) <= options.width:
        return [first + text]
    if max(map(len, words)) > options.width - max(len(first), len(rest)):
        return _wrapped(text, options, first, rest)
    lines, line = [], first + words[0]
    for word in words[1:]:
        if len(line) + 1 + len(word) <= options.width:
            line += f" {word}"
        else:
            lines.append(line)
            line = rest + word
    return [*lines, line]


def _wrapped(text: str, options: RenderOptions, first: str, rest: str) -> list[str]:
    """Do the same of any text: with odd blanks, with words longer than a line."""
    import textwrap

    lines = textwrap.wrap(
        text,
        options.width,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
    )
    return lines or [first.rstrip()]


def table(rows: Iterable[Row], options: RenderOptions, indent: str = "  ") -> list[str]:
    """Return rows with their labels in one column; a label is not repeated line by line."""
    listed = list(rows)
    column = max((len(row.label) for row in listed), default=0) + 2
    lines: list[str] = []
    previous = ""
    for row in listed:
        label = "" if row.label == previous else row.label
        previous = row.label
        lines += _row(label.ljust(column), row, options, indent)
    return lines


def _row(label: str, row: Row, options: RenderOptions, indent: str) -> list[str]:
    first, *others = wrapped(row.text, options, indent + label, indent + " " * len(label))
    head = len(indent) + len(label)
    painted = first[:head] + paint(first[head:], row.tone, options)
    return [painted, *(" " * head + paint(line[head:], row.tone, options) for line in others)]


def bullets(texts: Iterable[str], options: RenderOptions, indent: str = "  ") -> list[str]:
    """Return a dashed list."""
    dash, blank = f"{indent}- ", f"{indent}  "
    return [line for text in texts for line in wrapped(text, options, dash, blank)]
