"""Values by the letter of ISO 32000-2, 7.2 and 7.3: one spelling, one meaning.

The lenient reader (`lexer`) takes what viewers take; this one is for what a later revision writes.
It reads values of the same types, and passes each spelling that programs read differently to
`note` with a code (a row of `data/ambiguity.toml`). Where no value can be read it raises
StrictSyntaxError with the code of the reason. Quantifiers are possessive: no input makes them
backtrack.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias, cast

from sigcheck.evidence.pdf.lexer import REGULAR, WS, literal_string, name, repeated
from sigcheck.evidence.pdf.lexer import ParseError as LenientParseError
from sigcheck.evidence.pdf.objects import Buffer, Dict, HexString, Name, Obj, PdfString, Ref

Note: TypeAlias = Callable[[str, int, str], None]
"""Takes a code, an offset and a detail."""

MAX_OBJECT_NUMBER = 4_194_303
"""PDFium reads no higher one; MuPDF stops at 8 388 607, the limit of ISO 32000-1, annex C."""
MAX_INTEGER = (1 << 31) - 1
MIN_INTEGER = -(1 << 31)
MAX_NESTING = 32
"""Levels of arrays and dictionaries in one object; PDFium stops at 64, honest updates use 8."""
_LONGEST_NUMBER = 24
"""Characters of a number: beyond it, readers round or overflow in ways of their own."""
_LONGEST_NAME = 127
"""Bytes of a name (ISO 32000-1, annex C): PDFium cuts names at 255."""
_LONGEST_STRING = 32_767
"""Bytes of a literal string: PDFium cuts those beyond."""
_MAX_TOKENS = 1_000_000

_plain_names: dict[bytes, Name] = {}
"""Names of which there is nothing to be said, by their bytes."""
_MAX_NAMES = 4_096

INTEGER_KEYS = frozenset(
    {
        "BitsPerComponent", "BitsPerCoordinate", "BitsPerFlag", "BitsPerSample", "ByteRange",
        "Colors", "Columns", "Count", "EarlyChange", "F", "Ff", "First", "FirstChar", "Flags",
        "FormType", "FunctionType", "Height", "Index", "LastChar", "Length", "Length1", "Length2",
        "Length3", "MCID", "MaxLen", "N", "PaintType", "PatternType", "Predictor", "Prev", "Q",
        "Rotate", "Rows", "ShadingType", "SigFlags", "Size", "StructParent", "StructParents",
        "Supplement", "TilingType", "VerticesPerRow", "Width", "XRefStm",
    }
)  # fmt: skip
"""Keys whose numbers, alone or in an array, are integers wherever the standard uses them; but for
the /N of an exponential function (7.10.3)."""

SPACE = re.compile(WS + rb"*+")
COMMENT = re.compile(rb"%[^\r\n]*+")
_TOKEN = re.compile(
    WS + rb"*+(?:"
    rb"(\d{1,10}) (\d{1,5}) R(?!" + REGULAR + rb")"  # 1 2
    rb"|/(" + REGULAR + rb"*+)"  # 3
    rb"|([+-]?\d++)(?!" + REGULAR + rb")"  # 4
    rb"|(<<)|(>>)|(\[)|(\])"  # 5 6 7 8
    rb"|\(([^()\\\r]*+)\)"  # 9
    rb"|<([0-9A-Fa-f]*+)>"  # 10
    rb"|([+-]?(?:\d++\.\d*+|\.\d++))(?!" + REGULAR + rb")"  # 11
    rb"|(" + REGULAR + rb"++)"  # 12
    rb"|(\()"  # 13
    rb"|<([0-9A-Fa-f\x00\t\n\f\r ]*+)>"  # 14
    rb")"
)
_REF, _NAME, _INT, _DICT, _DICT_END, _ARRAY, _ARRAY_END = 2, 3, 4, 5, 6, 7, 8
_OPENING, _CLOSING = (_DICT, _ARRAY), (_DICT_END, _ARRAY_END)
_PLAIN, _HEX, _REAL, _WORD, _OPEN, _SPACED_HEX = 9, 10, 11, 12, 13, 14

LOOK_ALIKE = re.compile(
    rb"\d[\x00\t\n\f\r ]++\d++[\x00\t\n\f\r ]++obj"
    rb"|(?<![a-zA-Z])(?:endobj|endstream|startxref)"
    rb"|(?<![a-zA-Z])(?:trailer[\x00\t\n\f\r ]*+<<|xref[\x00\t\n\f\r ]++\d)"
    rb"|%%EOF|%PDF-"
)
"""What a viewer that searches a damaged file takes for a part of its structure."""


_TRACES = (b"obj", b"endstream", b"xref", b"trailer", b"%%EOF", b"%PDF-")


def looks_like_structure(data: bytes, start: int, end: int) -> bool:
    """Say whether a part of `data` holds what a search takes for structure (see LOOK_ALIKE)."""
    if all(data.find(trace, start, end) < 0 for trace in _TRACES):
        return False
    return LOOK_ALIKE.search(data, start, end) is not None


class StrictSyntaxError(ValueError):
    """No value of the grammar stands here."""

    def __init__(self, code: str, at: int, detail: str = "") -> None:
        """Keep the code of what is wrong, where, and a short detail."""
        super().__init__(f"{code} at {at}")
        self.code = code
        self.at = at
        self.detail = detail


class StrictLexer:
    """Reads values and what stands between them in one buffer."""

    __slots__ = ("_note", "data", "end")

    def __init__(self, data: Buffer, note: Note, end: int | None = None) -> None:
        """Read `data` up to `end`; what is ambiguous goes to `note`."""
        self.data = data
        self.end = len(data) if end is None else end
        self._note = note

    def skip(self, at: int) -> int:
        """Return the offset after white space and comments; each comment is noted."""
        while True:
            space = cast("re.Match[bytes]", SPACE.match(self.data, at, self.end))
            at = space.end()
            comment = COMMENT.match(self.data, at, self.end)
            if comment is None:
                return at
            text = comment[0]
            odd = looks_like_structure(text, 0, len(text)) or not text.isascii()
            code = "comment-look-alike" if odd else "comment-in-object"
            self._note(code, at, text[:32].decode("latin-1"))
            at = comment.end()

    def value(self, at: int) -> tuple[Obj, int]:
        """Return the value at `at`, white space before it allowed, and the offset after it.

        Raises StrictSyntaxError.
        """
        match = _TOKEN.match
        data, end = self.data, self.end
        stack: list[tuple[list[Obj], int]] = []
        items: list[Obj] = []
        opened = 0
        for _ in range(_MAX_TOKENS):
            token = match(data, at, end) or self._behind_comments(at)
            kind = token.lastindex
            at = token.end()
            if kind in _OPENING:
                if len(stack) >= MAX_NESTING:
                    raise StrictSyntaxError("nesting-deep", at)
                stack.append((items, opened))
                # The place of the bracket, negative for an array.
                opened = at - 2 if kind == _DICT else ~(at - 1)
                items = []
                continue
            if kind in _CLOSING:
                if not stack or (opened >= 0) is not (kind == _DICT_END):
                    raise StrictSyntaxError("bracket-stray", token.start(kind))
                value = self._dictionary(items, opened, at) if kind == _DICT_END else items
                items, opened = stack.pop()
                items.append(value)
            elif kind == _NAME:
                raw = token[_NAME]
                items.append(_plain_names.get(raw) or self._name(raw, at - len(raw) - 1))
            elif kind == _REF:
                items.append(self._reference(token))
            elif kind == _INT:
                items.append(self._integer(token[_INT], at))
            else:
                at = self._other(token, items)
            if not stack:
                return items[0], at
        raise StrictSyntaxError("object-large", at)

    def _behind_comments(self, at: int) -> re.Match[bytes]:
        """Return the token behind white space and comments; raises StrictSyntaxError."""
        at = self.skip(at)
        token = _TOKEN.match(self.data, at, self.end)
        if token is None:
            raise StrictSyntaxError("token-unknown", at, repr(bytes(self.data[at : at + 8])))
        return token

    def _name(self, raw: bytes, at: int) -> Name:
        if b"#" in raw or not raw.isascii() or not raw or len(raw) > _LONGEST_NAME:
            self._odd_name(raw, at)
        elif not raw.decode("ascii").isprintable():
            self._note("name-raw-byte", at, repr(raw[:32]))
        elif len(_plain_names) < _MAX_NAMES:
            _plain_names[raw] = name(raw)
        return name(raw)

    def _odd_name(self, raw: bytes, at: int) -> None:
        if not raw:
            self._note("name-empty", at, "")
        if len(raw) > _LONGEST_NAME:
            self._note("name-long", at, str(len(raw)))
        if _RAW_BYTE.search(raw):
            self._note("name-raw-byte", at, repr(raw[:32]))
        for escape in _ESCAPE.finditer(raw):
            digits = escape[1]
            if digits is None:
                self._note("name-escape-malformed", at, repr(raw[:32]))
            elif digits == b"00":
                self._note("name-escape-null", at, repr(raw[:32]))
            elif _NEEDS_NO_ESCAPE.match(bytes.fromhex(digits.decode())):
                self._note("name-escape-needless", at, repr(raw[:32]))

    def _reference(self, token: re.Match[bytes]) -> Ref:
        number, generation = token[1], token[2]
        if number[:1] == b"0" or (generation[:1] == b"0" and len(generation) > 1):
            self._note("reference-form", token.start(1), token[0].decode())
        return self._checked(Ref(int(number), int(generation)), token.start(1))

    def _checked(self, reference: Ref, at: int) -> Ref:
        if not 0 < reference.num <= MAX_OBJECT_NUMBER:
            self._note("object-number-range", at, str(reference.num))
        return reference

    def _integer(self, raw: bytes, at: int) -> int:
        if len(raw) > _LONGEST_NUMBER:
            raise StrictSyntaxError("number-long", at)
        value = int(raw)
        if not MIN_INTEGER <= value <= MAX_INTEGER:
            self._note("integer-range", at, raw.decode())
        return value

    def _dictionary(self, items: list[Obj], opened: int, at: int) -> Dict:
        keys = items[::2]
        if len(items) % 2 or any(type(key) is not Name for key in keys):
            raise StrictSyntaxError("dictionary-form", opened)
        names = cast("list[Name]", keys)
        made = Dict(zip(names, items[1::2], strict=True))
        made.start, made.end = opened, at
        if len(made) != len(names):
            twice = repeated(names)
            # A time-stamp server in wide use does it, and no program draws a signature dictionary.
            harmless = twice == ("Type",) and "ByteRange" in made
            code = "signature-type-twice" if harmless else "key-twice"
            self._note(code, opened, ",".join(twice[:5]))
        for key in INTEGER_KEYS & made.keys():
            if _has_real(made[key]) and not (key == "N" and "FunctionType" in made):
                self._note("real-for-integer", opened, key)
        return made

    def _other(self, token: re.Match[bytes], items: list[Obj]) -> int:
        """Take the rarer tokens; returns the offset after the value."""
        kind = token.lastindex
        at = token.start(kind or 0)
        if kind == _PLAIN:
            items.append(self._string(PdfString(token[_PLAIN]), at))
        elif kind == _HEX:
            digits = token[_HEX]
            if len(digits) % 2:
                self._note("hex-string-odd", at, str(len(digits)))
                digits += b"0"
            items.append(HexString(bytes.fromhex(digits.decode())))
        elif kind == _SPACED_HEX:
            self._note("hex-string-space", at, "")
            digits = b"".join(token[_SPACED_HEX].replace(b"\0", b" ").split())
            items.append(HexString(bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())))
        elif kind == _REAL:
            items.append(self._real(token[_REAL], at))
        elif kind == _WORD:
            self._word(token[_WORD], at, items)
        else:
            return self._bracketed(token.end(), items)
        return token.end()

    def _real(self, raw: bytes, at: int) -> float:
        if len(raw) > _LONGEST_NUMBER:
            raise StrictSyntaxError("number-long", at)
        value = float(raw)
        if abs(value) > MAX_INTEGER:
            self._note("number-range", at, raw.decode())
        return value

    def _word(self, word: bytes, at: int, items: list[Obj]) -> None:
        if word in _CONSTANTS:
            items.append(_CONSTANTS[word])
        elif word == b"R" and len(items) > 1 and all(type(item) is int for item in items[-2:]):
            generation, number = cast("int", items.pop()), cast("int", items.pop())
            self._note("reference-form", at, f"{number} {generation}")
            items.append(self._checked(Ref(number, generation), at))
        elif _NUMBER_START.match(word):
            raise StrictSyntaxError("number-form", at, word[:32].decode("latin-1"))
        else:
            raise StrictSyntaxError("keyword-unknown", at, word[:32].decode("latin-1"))

    def _bracketed(self, start: int, items: list[Obj]) -> int:
        try:
            value, at = literal_string(self.data, start)
        except LenientParseError as error:
            raise StrictSyntaxError("string-endless", start) from error
        if at > self.end:
            raise StrictSyntaxError("string-endless", start)
        if _ODD_ESCAPE.search(self.data, start, at):
            self._note("string-escape", start, "")
        if _RAW_CR.search(self.data, start, at):
            self._note("string-raw-line-end", start, "")
        items.append(self._string(value, start))
        return at

    def _string(self, value: PdfString, at: int) -> PdfString:
        if len(value) > _LONGEST_STRING:
            self._note("string-long", at, str(len(value)))
        if looks_like_structure(value, 0, len(value)):
            self._note("string-look-alike", at, "")
        return value


def _has_real(value: Obj) -> bool:
    values = value if isinstance(value, list) else (value,)
    return any(type(item) is float for item in values)


_RAW_BYTE = re.compile(rb"[^\x21-\x7e]")
_ESCAPE = re.compile(rb"#(?:([0-9A-Fa-f]{2})|)")
_NEEDS_NO_ESCAPE = re.compile(rb"[!-~](?<![#()<>\[\]{}/%])")
_ODD_ESCAPE = re.compile(
    rb"(?<!\\)(?:\\\\)*+\\(?:[4-7][0-7]{2}|[0-7]{1,2}(?![0-7])|[^nrtbf()\\0-7\r\n])"
)
"""A high octal number, one of fewer than three digits, or an escape of nothing."""
_RAW_CR = re.compile(rb"(?<!\\)(?:\\\\)*+\r")
_NUMBER_START = re.compile(rb"[+\-.0-9]")
_CONSTANTS: dict[bytes, Obj] = {b"true": True, b"false": False, b"null": None}
