"""Content streams cut into operators and their operands (ISO 32000-2, 7.8.2).

One regular expression takes a whole statement, so that paths and clipping cost next to nothing.
Quantifiers are possessive, operands counted, and what isn't closed ends with the data: no input
makes it scan the same bytes again and again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from sigcheck.evidence.pdf.filters import hex_bytes
from sigcheck.evidence.pdf.lexer import REGULAR, SKIP, ParseError, literal_string

_STRING = rb"\((?:[^()\\]++|\\.|\((?:[^()\\]++|\\.)*+(?:\)|\\?\Z))*+(?:\)|\\?\Z)"
"""Brackets nested one deep; deeper ones, which nobody writes, are skipped as garbage."""
_HEX = rb"<[0-9A-Fa-f\x00\t\n\f\r ]*+>"
_OPERAND = (
    rb"(?:[-+.\d]++|/" + REGULAR + rb"*+|" + _STRING + rb"|" + _HEX
    + rb"|\[(?:[^\[\]()<]++|" + _STRING + rb"|" + _HEX + rb")*+(?:\]|\Z)"
    + rb"|<<(?:[^<>()]++|" + _STRING + rb"|" + _HEX + rb")*+(?:>>|\Z))"
)  # fmt: skip
_STATEMENT = re.compile(
    rb"((?:"
    + SKIP
    + _OPERAND
    + rb"){0,33}+)"
    + SKIP
    + rb"(?:([A-Za-z'\"][A-Za-z*]{0,2}+)(?!"
    + REGULAR
    + rb"))?+",
    re.DOTALL,
)
_IMAGE_END = re.compile(rb"[\x00\t\n\f\r ]EI(?=[\x00\t\n\f\r ]|\Z)")
_NAME = re.compile(rb"/(" + REGULAR + rb"*+)")
_PART = re.compile(
    rb"(" + _STRING + rb")|(" + _HEX + rb")|([-+]?\d{0,9}+\.?\d{0,9}+)[^-+.\d(<]*+", re.DOTALL
)

Part: TypeAlias = "bytes | float"
"""What a text-showing operator shows: character codes, or an adjustment in thousandths."""


def statements(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (operator, operands as written); what is no statement is skipped."""
    match = _STATEMENT.match
    at, size = 0, len(data)
    while at < size and (found := match(data, at)):
        operator = found[2]
        if operator is None:
            at = max(found.end(), at + 1)
            continue
        at = found.end()
        if operator == b"ID":
            end = _IMAGE_END.search(data, at)
            at = end.end() if end else size
        yield operator, found[1]


def floats(operands: bytes, count: int) -> list[float] | None:
    """Return the last `count` operands as numbers, None when they are not."""
    try:
        found = [float(word) for word in operands.split()[-count:]]
    except ValueError:
        return None
    return found if len(found) == count else None


def name_of(operands: bytes) -> str:
    """Return the first name among the operands, without its slash."""
    found = _NAME.search(operands)
    return found[1].decode("latin-1") if found else ""


def shown(operands: bytes) -> Iterator[Part]:
    """Yield the strings, and the adjustments between them, of a text-showing operator (9.4.3)."""
    for part in _PART.finditer(operands):
        if part[1]:
            yield _literal(part[1])
        elif part[2]:
            yield hex_bytes(part[2][1:-1])
        elif part[3] and part[3] not in (b"+", b"-", b".", b"+.", b"-."):
            yield float(part[3])


def _literal(token: bytes) -> bytes:
    if b"\\" not in token and b"\r" not in token:
        return token[1:-1]
    try:
        return literal_string(token, 1)[0]
    except ParseError:
        return b""
