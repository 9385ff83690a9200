"""Reading one object's bytes into a value.

See ISO 32000-2, 7.2, 7.3 and 7.9.2.2.
Every leniency is noted as an anomaly of the document.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TypeAlias, cast

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.pdf.filters import hex_bytes
from sigcheck.evidence.pdf.objects import Buffer, Dict, HexString, Name, Obj, PdfString, Ref

WHITE_SPACE = b"\x00\t\n\f\r "
WS = rb"[" + WHITE_SPACE + rb"]"
REGULAR = rb"[^\x00\t\n\f\r ()<>\[\]{}/%]"
SKIP = rb"(?:[\x00\t\n\f\r ]++|%[^\r\n]*+)*+"
"""White space and comments."""

TOKEN = re.compile(
    SKIP + rb"(?:"
    rb"(\d{1,10})" + WS + rb"++(\d{1,5})" + WS + rb"++R(?!" + REGULAR + rb")"  # 2
    rb"|/(" + REGULAR + rb"*+)"  # 3
    rb"|([+-]?\d{1,18}+)(?!" + REGULAR + rb")"  # 4
    rb"|(<<)|(>>)|(\[)|(\])"  # 5 6 7 8
    rb"|\(([^()\\\r]*+)\)"  # 9
    rb"|<([0-9A-Fa-f\s]*+)>"  # 10
    rb"|([+-]?(?:\d++\.?\d*+|\.\d++))(?!" + REGULAR + rb")"  # 11
    rb"|(" + REGULAR + rb"++)"  # 12
    rb"|(\()"  # 13
    rb"|(<[^<>]*+>?)"  # 14
    rb"|(.))",  # 15
    re.DOTALL,
)
_REF, _NAME, _INT, _DICT, _DICT_END, _ARRAY, _ARRAY_END = 2, 3, 4, 5, 6, 7, 8
_OPENING, _CLOSING = (_DICT, _ARRAY), (_DICT_END, _ARRAY_END)
_PLAIN, _HEX, _REAL, _WORD, _OPEN, _BAD_HEX = 9, 10, 11, 12, 13, 14

Note: TypeAlias = Callable[[str, int, str], None]
"""Takes an anomaly's code, offset and detail."""


_MAX_TOKENS = 2_000_000
"""Tokens of one object; the largest real arrays have a hundred thousand."""


class ParseError(ValueError):
    """No value can be read here."""

    def __init__(self, detail: str, at: int = 0) -> None:
        """Keep where reading stopped, for the budget."""
        super().__init__(detail)
        self.at = at


_MAX_DIGITS = 300
"""Characters of a real number that count: more would make it infinite."""
_names: dict[bytes, Name] = {}
_MAX_NAMES = 8192
"""Names kept for re-use in one process: a hostile file must not fill the memory with them."""
_BYTES = 0xF700
"""Added to a byte that is no text: U+F780 to U+F7FF, private characters."""
_FOR_BYTES = re.compile("[\uf780-\uf7ff]")
_HASH_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")


def name(raw: bytes) -> Name:
    """Decode a name's bytes: `#xx`, then UTF-8 (7.3.5); names of other bytes are never equal.

    Where the bytes are no UTF-8, each above 0x7F becomes a private character of its own.
    """
    known = _names.get(raw)
    if known is not None:
        return known
    plain = _HASH_ESCAPE.sub(lambda m: bytes((int(m[1], 16),)), raw) if b"#" in raw else raw
    try:
        text = plain.decode()
    except UnicodeDecodeError:
        text = ""
    if (plain and not text) or (not text.isascii() and _FOR_BYTES.search(text)):
        text = "".join(chr(byte if byte < 0x80 else _BYTES + byte) for byte in plain)
    made = Name(text)
    if len(_names) < _MAX_NAMES:
        _names[raw] = made
    return made


def parse_value(
    data: Buffer, at: int, note: Note, depth: int = 128, *, placed: bool = True
) -> tuple[Obj, int]:
    """Read the value at `at` and return it with the offset after it.

    `placed` says that offsets are the file's own. Raises ParseError, and LimitExceededError with
    LIMIT-NESTING.
    """
    match = TOKEN.match
    stack: list[tuple[list[Obj], int]] = []
    items: list[Obj] = []
    opened = -1
    left = _MAX_TOKENS
    while (token := match(data, at)) and left:
        left -= 1
        kind = token.lastindex
        at = token.end()
        if kind == _NAME:
            items.append(_names.get(token[3]) or name(token[3]))
        elif kind == _REF:
            items.append(Ref(int(token[1]), int(token[2])))
        elif kind == _INT:
            items.append(int(token[4]))
        elif kind in _OPENING:
            if len(stack) >= depth:
                raise LimitExceededError(f"deeper than {depth} at {at}", code="LIMIT-NESTING")
            stack.append((items, opened))
            opened = at - 2 if kind == _DICT else ~at
            items = []
            continue
        elif kind in _CLOSING:
            value = _close(items, opened, at, kind, note, placed=placed)
            items, opened = stack.pop()
            items.append(value)
        else:
            at = _other(data, token, items, note)
        if not stack:
            return items[0], at
    raise ParseError(f"end of data at {at}" if left else "object too large", at)


def _close(items: list[Obj], opened: int, at: int, kind: int, note: Note, *, placed: bool) -> Obj:
    if opened >= 0 and kind == _DICT_END:
        made = _dictionary(items, at, note)
        if placed:
            made.start, made.end = opened, at
        return made
    if opened < -1 and kind == _ARRAY_END:
        return items
    raise ParseError(f"closing bracket out of place at {at}", at)


def _dictionary(items: list[Obj], at: int, note: Note) -> Dict:
    keys = items[::2]
    if len(items) % 2 or any(type(key) is not Name for key in keys):
        note("dict-malformed", at, "")
        return _ragged(items)
    made = Dict(zip(cast("list[Name]", keys), items[1::2], strict=True))
    if len(made) != len(keys):
        counted = cast("list[Name]", keys)
        made.duplicates = repeated(counted)
        last = {key: place for place, key in enumerate(counted)}
        values = zip(counted, items[1::2], strict=True)
        made.dropped = tuple(v for place, (key, v) in enumerate(values) if last[key] != place)
        note("dict-duplicate-key", at, ",".join(made.duplicates[:5]))
        if differing := _differing(made, keys, items[1::2]):
            note("dict-key-conflict", at, ",".join(differing[:5]))
    return made


def repeated(keys: list[Name]) -> tuple[Name, ...]:
    """Return the keys that are there more than once, in the order of their first place."""
    return tuple(key for key, times in Counter(keys).items() if times > 1)


def _differing(made: Dict, keys: list[Obj], values: list[Obj]) -> list[str]:
    """Return the keys whose values differ: readers disagree about which one counts.

    /Type is left out: a time-stamp server in wide use writes it twice, and no reader depends on it.
    """
    pairs = zip(cast("list[Name]", keys), values, strict=True)
    found = (key for key, value in pairs if key != "Type" and value != made[key])
    return list(dict.fromkeys(found))


def _ragged(items: list[Obj]) -> Dict:
    """Pair names with values where a value is missing or a key is no name."""
    made = Dict()
    at = 0
    while at < len(items):
        key = items[at]
        if type(key) is not Name:
            at += 1
        elif at + 1 < len(items):
            made[key] = items[at + 1]
            at += 2
        else:
            made[key] = None
            break
    return made


_CONSTANTS: dict[bytes, Obj] = {b"true": True, b"false": False, b"null": None}
_NUMBER_LIKE = re.compile(rb"[+-]*(\d{1,18})(\.\d{1,18})?")


def _other(data: Buffer, token: re.Match[bytes], items: list[Obj], note: Note) -> int:
    """Take the rarer tokens; returns the offset after the value."""
    kind = token.lastindex
    at = token.end()
    if kind == _PLAIN:
        items.append(PdfString(token[_PLAIN]))
    elif kind == _HEX:
        items.append(HexString(hex_bytes(token[_HEX])))
    elif kind == _REAL:
        items.append(float(token[_REAL][:_MAX_DIGITS]))
    elif kind == _WORD:
        _word(token[_WORD], at, items, note)
    elif kind == _OPEN:
        value, at = literal_string(data, at)
        items.append(value)
    elif kind == _BAD_HEX:
        note("hex-string-malformed", token.start(_BAD_HEX), "")
        items.append(HexString(hex_bytes(token[_BAD_HEX])))
    else:
        raise ParseError(f"stray {token[15]!r} at {at}", at)
    return at


def _word(word: bytes, at: int, items: list[Obj], note: Note) -> None:
    if word in _CONSTANTS:
        items.append(_CONSTANTS[word])
    elif word == b"R" and len(items) > 1 and _are_ints(items[-2:]):
        # A reference with a comment between its parts.
        gen, num = cast("int", items.pop()), cast("int", items.pop())
        items.append(Ref(num, gen))
    elif found := _NUMBER_LIKE.match(word):
        # Written by several tools: 0.0.5, --12, 1e5, 00000000000000000001
        note("number-malformed", at, "")
        whole, fraction = found[1], found[2]
        sign = -1 if word.startswith(b"-") else 1
        items.append(sign * (float(whole + fraction) if fraction else int(whole)))
    elif word in (b"endobj", b"stream", b"endstream", b"obj", b"xref", b"trailer"):
        raise ParseError(f"{word.decode()} inside a value at {at}", at)
    else:
        note("keyword-unknown", at, word[:20].decode("latin-1"))
        items.append(None)


def _are_ints(values: list[Obj]) -> bool:
    return all(type(value) is int for value in values)


_STRING_PART = re.compile(rb"[^()\\\r]++|\\([0-7]{1,3}|\r\n|[^0-7])|[()]|\r\n?", re.DOTALL)
_ESCAPES = {
    b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f",
    b"\n": b"", b"\r": b"", b"\r\n": b"",
}  # fmt: skip


def literal_string(data: Buffer, at: int) -> tuple[PdfString, int]:
    """Read a string's inside, from after its `(`, with escapes and nested brackets (7.3.4.2)."""
    parts: list[bytes] = []
    depth = 1
    while part := _STRING_PART.match(data, at):
        at = part.end()
        text, escape = part[0], part[1]
        if escape is not None:
            text = _escaped(escape)
        elif text == b"(":
            depth += 1
        elif text == b")":
            depth -= 1
            if not depth:
                return PdfString(b"".join(parts)), at
        elif text[:1] == b"\r":
            text = b"\n"
        parts.append(text)
    raise ParseError(f"string without end at {at}", at)


def _escaped(escape: bytes) -> bytes:
    if escape[:1].isdigit() and escape[:1] < b"8":
        return bytes((int(escape, 8) & 0xFF,))
    return _ESCAPES.get(escape, escape)


_NAME_AT = re.compile(SKIP + rb"/(" + REGULAR + rb"*+)")
_SKIP_AT = re.compile(SKIP)


def value_spans(data: Buffer, at: int, note: Note, depth: int = 128) -> dict[str, tuple[int, int]]:
    """Return where the value of each key of the dictionary at `at` starts and ends in the file.

    For a key written twice the last place, as `parse_value` has it. Raises as that does.
    """
    if data[at : at + 2] != b"<<":
        raise ParseError(f"no dictionary at {at}")
    at += 2
    spans: dict[str, tuple[int, int]] = {}
    while key := _NAME_AT.match(data, at):
        start = cast("re.Match[bytes]", _SKIP_AT.match(data, key.end())).end()
        _, at = parse_value(data, start, note, depth)
        spans[name(key[1])] = (start, at)
    return spans


# --- Text strings: PDFDocEncoding, UTF-16 and UTF-8 by their marks

_HIGH = (
    "\u2022\u2020\u2021\u2026\u2014\u2013\u0192\u2044\u2039\u203a\u2212\u2030\u201e\u201c\u201d"
    "\u2018\u2019\u201a\u2122\ufb01\ufb02\u0141\u0152\u0160\u0178\u017d\u0131\u0142\u0153\u0161"
    "\u017e\ufffd\u20ac"
)
"""0x80 to 0xA0 (annex D.2)."""
_LOW = "\u02d8\u02c7\u02c6\u02d9\u02dd\u02db\u02da\u02dc"
"""0x18 to 0x1F."""
_TABLE = {0x80 + i: c for i, c in enumerate(_HIGH)} | {0x18 + i: c for i, c in enumerate(_LOW)}


def text(value: bytes) -> str:
    """Decode a text string; bytes that mean nothing become U+FFFD, never an error."""
    if value.startswith(b"\xfe\xff"):
        # With its mark: Python has this codec built in, and imports a module for `utf-16-be`.
        return value.decode("utf-16", "replace")
    if value.startswith(b"\xff\xfe"):
        # Not in the standard, but written and read widely.
        return value.decode("utf-16", "replace")
    if value.startswith(b"\xef\xbb\xbf"):
        return value[3:].decode("utf-8", "replace")
    return value.decode("latin-1").translate(_TABLE)


# --- Looking for words in the raw bytes of a file

_TRACE = re.compile(
    rb"/(?:ByteRange|Type[\x00\t\n\f\r ]*/(?:Sig|DocTimeStamp))(?![^\x00\t\n\f\r ()<>\[\]{}/%])"
)
"""What every signature dictionary written in the open contains."""

Segments = Iterable[tuple[int, int]]


def is_white_space(data: Buffer, start: int, end: int) -> bool:
    """Say whether nothing but white space stands between two offsets."""
    return not data[start:end].strip(WHITE_SPACE)


def places(
    data: Buffer, segments: Segments, word: bytes, after: bytes = b"", known: Collection[int] = ()
) -> Iterator[int]:
    """Yield each offset of a word, but not right after another one, nor any offset in `known`.

    Of occurrences that overlap the first counts.
    """
    passed_over = frozenset(known)
    for start, end in segments:
        place = data.find(word, start, end)
        while place >= 0:
            if place not in passed_over and not _follows(data, place, after):
                yield place
            place = data.find(word, place + len(word), end)


def _follows(data: Buffer, at: int, word: bytes) -> bool:
    return bool(word) and data[max(0, at - len(word)) : at] == word


def signature_traces(data: Buffer, segments: Segments) -> Iterator[int]:
    """Yield where something starts that only signature dictionaries hold."""
    for start, end in segments:
        yield from (trace.start() for trace in _TRACE.finditer(data, start, end))
