"""How readable output is laid out: options, tones and rows, and lines of text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct

from sigcheck.model.indication import DocumentIndication
from sigcheck.model.pictures import Pictures


class RenderOptions(Struct, frozen=True):
    """How to write a report; never what it says."""

    color: bool = False
    """Colour the verdicts with ANSI sequences (text only)."""
    verbose: int = 0
    """0: a screen for the document; 1: a card for each signature; 2: every check (text only)."""
    brief: bool = False
    """One line for the document, as for one of many (text only)."""
    full: bool = False
    """Show citizen identity numbers and long lists as they are."""
    width: int = 80
    """Columns of a text line."""
    pictures: Mapping[str, Pictures] = MappingProxyType({})
    """Pictures by the SHA-256 of the document (HTML only); `sigcheck.pages` draws them."""


class Tone(StrEnum):
    """How a line should strike the eye, the gravest last."""

    PLAIN = "plain"
    GOOD = "good"
    DOUBT = "doubt"
    BAD = "bad"


TONES = {
    DocumentIndication.TOTAL_PASSED.value: Tone.GOOD,
    DocumentIndication.INDETERMINATE.value: Tone.DOUBT,
    DocumentIndication.TOTAL_FAILED.value: Tone.BAD,
    DocumentIndication.NO_SIGNATURE.value: Tone.DOUBT,
    DocumentIndication.UNREADABLE.value: Tone.BAD,
}
"""By the value of an indication, of a signature or a document."""


def gravest(tones: Iterable[Tone]) -> Tone:
    """Return the gravest of some tones, PLAIN for none."""
    return max(tones, key=list(Tone).index, default=Tone.PLAIN)


class Row(Struct, frozen=True):
    """A label and what stands beside it."""

    label: str
    text: str
    tone: Tone = Tone.PLAIN


# --- lines of text ------------------------------------------------------------------------------

_CODES = {Tone.GOOD: "32", Tone.DOUBT: "33", Tone.BAD: "31"}


def paint(text: str, tone: Tone, options: RenderOptions, *, bold: bool = False) -> str:
    """Return the text with ANSI colour where colour is wanted."""
    codes = [code for code in (_CODES.get(tone), "1" if bold else None) if code]
    if not options.color or not codes:
        return text
    return f"\x1b[{';'.join(codes)}m{text}\x1b[0m"


def wrapped(text: str, options: RenderOptions, first: str = "", rest: str = "") -> list[str]:
    """Return the text in lines of the width; only a word longer than a line is broken."""
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
