"""Content streams followed: operators, graphics state, characters with their places.

See ISO 32000-2, 7.8.2, 8.3, 8.4, 9.3, 9.4.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

from msgspec import Struct, field

from sigcheck.evidence.appearance.fonts import Font, read_font
from sigcheck.evidence.pdf import FilterError
from sigcheck.evidence.pdf.filters import hex_bytes
from sigcheck.evidence.pdf.lexer import REGULAR, SKIP, ParseError, literal_string
from sigcheck.evidence.pdf.objects import Dict, Obj, Ref, Stream
from sigcheck.evidence.pdf.view import View
from sigcheck.model.evidence import Rect

Matrix: TypeAlias = "tuple[float, float, float, float, float, float]"

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_NUMBER = (int, float)
_FAR = 1e7
"""Points; a coordinate beyond this is nonsense (the largest page has 14 400)."""


def times(first: Matrix, then: Matrix) -> Matrix:
    """Return the matrix that applies `first`, then `then` (8.3.4)."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (
        a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s,
        e * p + f * r + t, e * q + f * s + u,
    )  # fmt: skip


def numbers(view: View, value: Obj, count: int) -> tuple[float, ...] | None:
    """Return an array of exactly `count` sane numbers, None for anything else."""
    listed = view.list(value)[:count]
    items = [view.get(item) if isinstance(item, Ref) else item for item in listed]
    found = [float(i) for i in items if isinstance(i, _NUMBER) and -_FAR < i < _FAR]
    return tuple(found) if len(found) == count else None


def rectangle(view: View, value: Obj) -> Rect | None:
    """Return a rectangle with its corners in order (7.9.5), None when it is malformed."""
    found = numbers(view, value, 4)
    if found is None:
        return None
    x, y, u, v = found
    return (min(x, u), min(y, v), max(x, u), max(y, v))


def matrix(view: View, value: Obj) -> Matrix:
    """Return a /Matrix; the identity when it is missing or malformed."""
    found = numbers(view, value, 6)
    return (found[0], found[1], found[2], found[3], found[4], found[5]) if found else IDENTITY


def placed(box: Rect, own: Matrix, rect: Rect) -> Matrix:
    """Return the matrix from an appearance's form space to the page (12.5.5, algorithm 8.1)."""
    a, b, c, d, e, f = own
    xs = [a * x + c * y + e for x in (box[0], box[2]) for y in (box[1], box[3])]
    ys = [b * x + d * y + f for x in (box[0], box[2]) for y in (box[1], box[3])]
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    across = (rect[2] - rect[0]) / width if width else 1.0
    up = (rect[3] - rect[1]) / height if height else 1.0
    fit = (across, 0.0, 0.0, up, rect[0] - min(xs) * across, rect[1] - min(ys) * up)
    return times(own, fit)


# --- Content streams cut into operators and their operands

_STRING = rb"\((?:[^()\\]++|\\.|\((?:[^()\\]++|\\.)*+(?:\)|\\?\Z))*+(?:\)|\\?\Z)"
"""Brackets nested one deep; deeper ones, which nobody writes, are skipped as garbage."""
_HEX = rb"<[0-9A-Fa-f\x00\t\n\f\r ]*+>"
# NOTE: before 3.11.5 Python continues at a wrong place after a possessive group whose last try
# failed in its middle (Python issue 106052; Debian 12 has 3.11.2). Hence `(?>...)` where a try can
# fail so; it takes memory for each repetition, so what it repeats is bounded.
_OPERAND = (
    rb"(?:[-+.\d]++|/" + REGULAR + rb"*+|" + _STRING + rb"|" + _HEX
    + rb"|\[(?:[^\[\]()]++|" + _STRING + rb")*+(?:\]|\Z)"
    + rb"|<<(?>(?:[^<>()]++|" + _STRING + rb"|" + _HEX + rb"){0,1000})(?:>>|\Z))"
)  # fmt: skip
_STATEMENT = re.compile(
    rb"((?>(?:"
    + SKIP
    + _OPERAND
    + rb"){0,33}))"
    + SKIP
    + rb"(?>(?:([A-Za-z'\"][A-Za-z*]{0,2}+)(?!"
    + REGULAR
    + rb"))?)",
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
    """Yield (operator, operands as written).

    The operator is empty for what is no statement; the data of an inline image, white space and
    `EI` included, are the operands of `EI`, which is missing where the image has no end.
    """
    match = _STATEMENT.match
    at, size = 0, len(data)
    while at < size and (found := match(data, at)):
        operator = found[2]
        if operator is None:
            at = max(found.end(), at + 1)
            if at < size or found[1]:
                yield b"", found[1]
            continue
        at = found.end()
        yield operator, found[1]
        if operator == b"ID":
            end = _IMAGE_END.search(data, at)
            start, at = at, end.end() if end else size
            if end:
                yield b"EI", data[start:at]


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


# --- The graphics state, as far as text and colour need it

Colour = tuple[float, float, float]
"""Red, green, blue from 0 to 1."""

BLACK: Colour = (0.0, 0.0, 0.0)
_INVISIBLE = (3, 7)
"""Text rendering modes that paint nothing (9.3.6)."""


class GraphicsState(Struct):
    """What q saves and Q restores, and the text matrices."""

    ctm: Matrix = IDENTITY
    font: Obj = None
    """The font dictionary, or a reference to it."""
    size: float = 0.0
    char_space: float = 0.0
    word_space: float = 0.0
    scale: float = 1.0
    leading: float = 0.0
    mode: int = 0
    fill: Colour | None = BLACK
    stroke: Colour | None = BLACK
    text: Matrix = IDENTITY
    """Where the current line of text begins."""
    moved: bool = True
    """The text position was set since the last text was shown."""

    def copy(self) -> GraphicsState:
        """Return a state of the same values; `dataclasses.replace` takes five times as long."""
        return GraphicsState(
            self.ctm, self.font, self.size, self.char_space, self.word_space, self.scale,
            self.leading, self.mode, self.fill, self.stroke, self.text, self.moved,
        )  # fmt: skip

    @property
    def invisible(self) -> bool:
        """Say whether text is shown without painting it, as scanners' text layers are."""
        return self.mode in _INVISIBLE


def colour(components: list[float]) -> Colour | None:
    """Return a gray, RGB or CMYK colour as RGB; None for any other number of components."""
    match components:
        case [gray]:
            return gray, gray, gray
        case [red, green, blue]:
            return red, green, blue
        case [cyan, magenta, yellow, key]:
            light = 1.0 - key
            return (1.0 - cyan) * light, (1.0 - magenta) * light, (1.0 - yellow) * light
        case _:
            return None


# --- Walks a content stream and the forms it draws: yields text, images and painted paths

_MAX_FORM_DEPTH = 12
"""Forms within forms; iText nests three."""
_MAX_SAVED = 256


class Allowance(Struct):
    """What one walk may still cost: statements, forms, and decoded bytes of one stream."""

    statements: int = 20_000
    forms: int = 100
    bytes: int = 512 * 1024
    exhausted: bool = False
    """Something was left unread."""


class Shown(Struct, frozen=True):
    """Text shown by one operator, not decoded yet."""

    operands: bytes
    at: Matrix
    """From text space to the page, at the beginning of the string."""
    state: GraphicsState
    follows: bool
    """It begins where the text shown before it ends."""


class Image(Struct, frozen=True):
    """An image XObject, or None for one written into the content."""

    stream: Stream | None


class Painted(Struct, frozen=True):
    """A path that was stroked or filled."""

    colour: Colour | None


Event = Shown | Image | Painted
_Handler = Callable[["Machine", bytes], None]


class Machine(Struct):
    """One content stream's interpreter; a form runs in a machine of its own."""

    view: View
    resources: Dict
    allowance: Allowance
    state: GraphicsState = field(default_factory=GraphicsState)
    depth: int = 0
    _saved: list[GraphicsState] = field(default_factory=list)

    def run(self, data: bytes) -> Iterator[Event]:
        """Yield what the stream draws, in order."""
        for operator, operands in statements(data):
            if self.allowance.statements <= 0:
                self.allowance.exhausted = True
                return
            self.allowance.statements -= 1
            handler = _HANDLERS.get(operator)
            if handler is not None:
                handler(self, operands)
            elif operator in _SHOWING:
                yield self._show(operator, operands)
            elif operator in _PAINTING:
                yield Painted(self.state.fill if operator in _FILLING else self.state.stroke)
            elif operator == b"Do":
                yield from self._draw(name_of(operands))
            elif operator == b"ID":
                yield Image(None)

    def _show(self, operator: bytes, operands: bytes) -> Shown:
        if operator in (b"'", b'"'):
            self.move(0.0, -self.state.leading)
        state = self.state
        follows, state.moved = not state.moved, False
        return Shown(operands, times(state.text, state.ctm), state.copy(), follows)

    def _draw(self, name: str) -> Iterator[Event]:
        entry = self.view.dict(self.resources.get("XObject")).get(name)
        target = self.view.get(entry)
        if not isinstance(target, Stream):
            return
        subtype = self.view.get(target.dict.get("Subtype"))
        if subtype == "Image":
            yield Image(target)
        elif subtype == "Form":
            yield from self._form(target)

    def _form(self, form: Stream) -> Iterator[Event]:
        self.allowance.forms -= 1
        if self.depth >= _MAX_FORM_DEPTH or self.allowance.forms < 0:
            self.allowance.exhausted = True
            return
        own = self.view.get(form.dict.get("Resources"))
        state = self.state.copy()
        state.ctm = times(matrix(self.view, form.dict.get("Matrix")), state.ctm)
        inner = Machine(
            self.view, own if isinstance(own, Dict) else self.resources, self.allowance, state,
            self.depth + 1,
        )  # fmt: skip
        yield from inner.run(decoded(form, self.allowance))

    def save(self, _operands: bytes = b"") -> None:
        """Do as q does."""
        if len(self._saved) < _MAX_SAVED:
            self._saved.append(self.state.copy())

    def restore(self, _operands: bytes = b"") -> None:
        """Do as Q does."""
        if self._saved:
            self.state = self._saved.pop()

    def concatenate(self, operands: bytes) -> None:
        """Do as cm does."""
        if found := floats(operands, 6):
            self.state.ctm = times(_six(found), self.state.ctm)

    def begin_text(self, _operands: bytes = b"") -> None:
        """Do as BT does."""
        self.state.text = IDENTITY
        self.state.moved = True

    def set_matrix(self, operands: bytes) -> None:
        """Do as Tm does."""
        if found := floats(operands, 6):
            self.state.text = _six(found)
            self.state.moved = True

    def move(self, x: float, y: float) -> None:
        """Start a line of text so far from where the last one began."""
        self.state.text = times((1.0, 0.0, 0.0, 1.0, x, y), self.state.text)
        self.state.moved = True

    def next_line(self, operands: bytes) -> None:
        """Do as Td does."""
        if found := floats(operands, 2):
            self.move(found[0], found[1])

    def next_line_leading(self, operands: bytes) -> None:
        """Do as TD does."""
        if found := floats(operands, 2):
            self.state.leading = -found[1]
            self.move(found[0], found[1])

    def star(self, _operands: bytes) -> None:
        """Do as T* does."""
        self.move(0.0, -self.state.leading)

    def set_font(self, operands: bytes) -> None:
        """Do as Tf does."""
        found = floats(operands, 1)
        fonts = self.view.dict(self.resources.get("Font"))
        self.state.font = fonts.get(name_of(operands))
        self.state.size = found[0] if found else self.state.size


def decoded(stream: Stream, allowance: Allowance) -> bytes:
    """Return a content stream's data, cut at the allowance; nothing when it cannot be decoded."""
    try:
        data = stream.decode(allowance.bytes + 1)
    except FilterError:
        allowance.exhausted = True
        return b""
    allowance.exhausted |= len(data) > allowance.bytes
    return data[: allowance.bytes]


def _six(values: list[float]) -> Matrix:
    a, b, c, d, e, f = values
    return a, b, c, d, e, f


def _number(attribute: str, factor: float = 1.0) -> _Handler:
    def assign(machine: Machine, operands: bytes) -> None:
        if found := floats(operands, 1):
            setattr(machine.state, attribute, found[0] * factor)

    return assign


def _mode(machine: Machine, operands: bytes) -> None:
    if found := floats(operands, 1):
        machine.state.mode = int(found[0])


def _colour(attribute: str) -> _Handler:
    def assign(machine: Machine, operands: bytes) -> None:
        count = len(operands.split())
        found = floats(operands, count) if count else None
        setattr(machine.state, attribute, colour(found) if found else None)

    return assign


_SHOWING = frozenset({b"Tj", b"TJ", b"'", b'"'})
_FILLING = frozenset({b"f", b"F", b"f*"})
_PAINTING = _FILLING | {b"S", b"s", b"B", b"B*", b"b", b"b*"}
_HANDLERS: dict[bytes, _Handler] = {
    b"q": Machine.save,
    b"Q": Machine.restore,
    b"cm": Machine.concatenate,
    b"BT": Machine.begin_text,
    b"Tm": Machine.set_matrix,
    b"Td": Machine.next_line,
    b"TD": Machine.next_line_leading,
    b"T*": Machine.star,
    b"Tf": Machine.set_font,
    b"Tc": _number("char_space"),
    b"Tw": _number("word_space"),
    b"TL": _number("leading"),
    b"Tz": _number("scale", 0.01),
    b"Tr": _mode,
    **dict.fromkeys((b"g", b"rg", b"k", b"sc", b"scn"), _colour("fill")),
    **dict.fromkeys((b"G", b"RG", b"K", b"SC", b"SCN"), _colour("stroke")),
}


# --- Shown text becomes characters with places

_WORD_GAP = 0.2
"""Of the font size: a wider gap between two characters is a space nobody wrote."""
_LINE_STEP = 2.0
"""Points between two baselines that count as different lines."""


class Character(NamedTuple):
    """One character on the page; along and across its line where that is not level."""

    text: str
    left: float
    right: float
    baseline: float
    size: float


class Fonts(Struct):
    """The fonts read so far; a font is shared by all pages and appearances that refer to it."""

    view: View
    _read: dict[Ref, Font] = field(default_factory=dict)

    def font(self, value: Obj) -> Font:
        """Return the font at a reference, or read it where it stands."""
        if not isinstance(value, Ref):
            return read_font(self.view, value)
        if value not in self._read:
            self._read[value] = read_font(self.view, value)
        return self._read[value]


class Writer:
    """Remembers where the last string ended, because the next one may begin there."""

    def __init__(self, fonts: Fonts) -> None:
        """Take the fonts to read with."""
        self.fonts = fonts
        self._advance = 0.0

    def characters(self, piece: Shown) -> Iterator[Character]:
        """Yield a string's characters; ask for the strings in the order of drawing."""
        state = piece.state
        font = self.fonts.font(state.font)
        across, up, slant, rise, e, f = piece.at
        stretch = math.hypot(across, up) or 1.0
        along, off = across / stretch, up / stretch
        start, baseline = along * e + off * f, along * f - off * e
        size = state.size * (math.hypot(slant, rise) or 1.0)
        x = self._advance if piece.follows else 0.0
        for part in shown(piece.operands):
            if isinstance(part, float):
                x -= part / 1000 * state.size * state.scale
                continue
            for glyph in font.glyphs(part):
                wide = glyph.width / 1000 * state.size + state.char_space
                end = x + (wide + (state.word_space if glyph.space else 0.0)) * state.scale
                left, right = start + x * stretch, start + end * stretch
                yield Character(glyph.text, left, right, baseline, size)
                x = end
        self._advance = x


def plain(text: str) -> str:
    """Return text in NFC, without control characters, lone surrogates and doubled spaces."""
    words = " ".join(text.split())
    if not words.isprintable():
        words = "".join(c for c in words if unicodedata.category(c) not in ("Cs", "Cc"))
    return unicodedata.normalize("NFC", words)


def joined(characters: Iterable[Character]) -> str:
    """Return characters of one line in order, with spaces where there are gaps."""
    parts: list[str] = []
    last: Character | None = None
    for c in characters:
        if last is not None and c.left - last.right > _WORD_GAP * max(c.size, 1.0):
            parts.append(" ")
        parts.append(c.text)
        last = c
    return "".join(parts)


def lines(characters: Iterable[Character]) -> str:
    """Return characters in the order of drawing, one line of text per baseline."""
    rows: list[list[Character]] = []
    for c in characters:
        if not rows or abs(rows[-1][-1].baseline - c.baseline) > _LINE_STEP:
            rows.append([])
        rows[-1].append(c)
    texts = (plain(joined(row)) for row in rows)
    return "\n".join(text for text in texts if text)
