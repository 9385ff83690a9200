"""Looks of fields that show words in one way only, read by a grammar without leniency.

What programs draw alike is little: text in an upright font of known letters, in order, dark or
white, whole inside its box, behind it the background and border that the form had (ISO 32000-2,
8.4 to 9.4, 12.7.4.3). For anything else there is no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.changes.values import rectangle_at
from sigcheck.evidence.pdf import Name, Obj, PdfString, Stream, View
from sigcheck.evidence.pdf.strict.containers import decode_exactly
from sigcheck.evidence.pdf.strict.tokens import SPACE, StrictLexer, StrictSyntaxError
from sigcheck.model.evidence import Rect

DARK, LIGHT, WHITE = 0.5, 0.5, 0.95
"""Lightness below which ink is dark and from which a background is light; parts of white ink."""
_FORM_KEYS = frozenset(
    {"Type", "Subtype", "FormType", "BBox", "Matrix", "Resources", "Length", "Filter",
     "DecodeParms", "Name", "LastModified", "PieceInfo"}
)  # fmt: skip
_LARGEST, _MOST_OPERATORS, _MOST_OPERANDS = 64 * 1024, 5_000, 8
_EDGE = 3.0
"""Points within which a border lies along the edge of its field."""
_SLACK = 0.5
"""Points by which a glyph's box may reach beyond what it is cut to."""
_SMALLEST, _EVEN = 4.0, 1.5
"""Points of the smallest text, and how much larger the largest may be."""
_ASCENT, _LINE_GAP, _OVERLAP = 0.7, 0.9, 0.15
"""Parts of the font size: height of a digit, the least gap of lines, how far glyphs may overlap."""
_MOST_KERNING = 300


class ShownGlyph(NamedTuple):
    """What one code of a font shows, and bounds of its width in parts of the font size."""

    text: str
    least: float
    most: float


class ShownText(NamedTuple):
    """A piece of text that one operator shows."""

    text: str
    size: float
    left: float
    right: float
    """At most."""
    ends: float
    """At least."""
    baseline: float
    is_white: bool


class PlainLook(NamedTuple):
    """What a plain look shows."""

    lines: list[ShownText]
    bars: list[tuple[float, float]]
    """Lower and upper edge of areas that mark lines of a list."""


class Frame(NamedTuple):
    """What the field around a look allows beside words."""

    has_background: bool = False
    has_border: bool = False
    width: float = 1.0
    """Of the border, in points."""
    is_list: bool = False
    is_comb: bool = False


Fonts = Callable[[str], Callable[[bytes], list[ShownGlyph]] | None]
"""From the name of a font in the look's resources to a reader of its strings, if it is plain."""


def read_plain(
    view: View, form: Stream, rect: Rect, frame: Frame, fonts: Fonts
) -> PlainLook | None:
    """Read the look of a field with this rectangle; None where it is not plain."""
    box = rectangle_at(view, form.dict.get("BBox"))
    if box is None or form.dict.keys() - _FORM_KEYS or not _is_to_scale(rect, box):
        return None
    matrix = [view.get(number) for number in view.list(form.dict.get("Matrix"))]
    if matrix and matrix[:4] != [1, 0, 0, 1]:
        return None
    try:
        data = decode_exactly(form, _LARGEST)
        reader = _Reader(box, frame, fonts)
        for operator, operands in _operations(data):
            reader.take(operator, operands)
        return reader.result()
    except (StrictSyntaxError, LimitExceededError, _NotPlainError):
        return None


class _NotPlainError(Exception):
    """Something that programs draw in more than one way, or that shows other things than words."""


def _is_to_scale(rect: Rect, box: Rect) -> bool:
    width, height = rect[2] - rect[0], rect[3] - rect[1]
    wide, high = box[2] - box[0], box[3] - box[1]
    return abs(width - wide) < 1 + 0.1 * width and abs(height - high) < 1 + 0.1 * height


def _operations(data: bytes) -> Iterator[tuple[bytes, list[Obj]]]:
    """Yield operators with their operands.

    Raises StrictSyntaxError or _NotPlainError for what is not exact.
    """
    lexer = StrictLexer(data, _refuse)
    operands: list[Obj] = []
    at, left = 0, _MOST_OPERATORS
    while (at := _behind_space(data, at)) < len(data):
        word = _word(data, at)
        if word in _OPERANDS or word in _COLOURS:
            left -= 1
            yield word, operands
            operands = []
            at += len(word)
        else:
            value, at = lexer.value(at)
            operands.append(value)
        if not left or len(operands) > _MOST_OPERANDS:
            raise _NotPlainError
    if operands:
        raise _NotPlainError


def _refuse(code: str, at: int, detail: str) -> None:
    raise StrictSyntaxError(code, at, detail)


def _behind_space(data: bytes, at: int) -> int:
    found = SPACE.match(data, at)
    return found.end() if found else at


def _word(data: bytes, at: int) -> bytes:
    end = at
    while end < len(data) and (data[end : end + 1].isalpha() or data[end] == 0x2A):
        end += 1
    return data[at:end]


_OPERANDS: dict[bytes, str] = {
    b"q": "", b"Q": "", b"BT": "", b"ET": "", b"EMC": "", b"W": "", b"n": "", b"f": "", b"S": "",
    b"s": "", b"h": "", b"T*": "", b"BMC": "/", b"w": "0", b"J": "0", b"j": "0", b"M": "0",
    b"d": "[0", b"g": "0", b"G": "0", b"rg": "000", b"RG": "000", b"k": "0000", b"K": "0000",
    b"re": "0000", b"m": "00", b"l": "00", b"Tf": "/0", b"Td": "00", b"TD": "00", b"Tm": "000000",
    b"cs": "/", b"CS": "/", b"Tc": "0", b"Tw": "0", b"TL": "0", b"Tz": "0", b"Tr": "0", b"Tj": "(",
    b"TJ": "[",
}  # fmt: skip
"""The operators of a plain look, each with the kinds of its operands, as `_kind` spells them."""
_SPACES = {"DeviceGray": b"g", "DeviceRGB": b"rg", "DeviceCMYK": b"k"}
_COLOURS = (b"sc", b"scn", b"SC", b"SCN")
"""They set a colour in the space that `cs` or `CS` chose before (8.6.8)."""


def _kind(value: Obj) -> str:
    if isinstance(value, Name):
        return "/"
    if isinstance(value, PdfString):
        return "("
    if isinstance(value, list):
        return "["
    return "0" if type(value) in (int, float) else "?"


class _State(Struct, frozen=True):
    """The part of the graphics state that plain looks set (8.4.1, 9.3.1)."""

    clip: Rect
    fill: tuple[float, ...] = (0.0,)
    space: bytes = b"g"
    """The operator that sets a colour in the space in force; that of lines beside it."""
    line_space: bytes = b"G"
    width: float = 1.0
    font: str = ""
    size: float = 0.0
    leading: float = 0.0
    char_space: float = 0.0
    word_space: float = 0.0


class _Reader:
    """Takes operators one by one; raises _NotPlainError at the first that is not plain."""

    def __init__(self, box: Rect, frame: Frame, fonts: Fonts) -> None:
        self._box = box
        self._frame = frame
        self._fonts = fonts
        self._state = _State(box)
        self._saved: list[_State] = []
        self._path: list[tuple[bytes, list[float]]] = []
        self._clips = self._in_text = self._marked = False
        self._scale, self._start, self._at = 1.0, (0.0, 0.0), 0.0
        self._lines: list[ShownText] = []
        self._bars: list[tuple[float, float]] = []

    def result(self) -> PlainLook:
        """Return what was shown, once all operators were taken."""
        if self._saved or self._in_text or self._marked or self._path:
            raise _NotPlainError
        return PlainLook(self._lines, self._bars)

    def take(self, operator: bytes, operands: list[Obj]) -> None:
        """Take one operator with its operands."""
        if operator in _COLOURS:
            operator = self._state.space if operator.islower() else self._state.line_space
        if "".join(map(_kind, operands)) != _OPERANDS[operator]:
            raise _NotPlainError
        numbers = [float(v) for v in operands if isinstance(v, int | float)]
        if self._clips and operator != b"n":
            raise _NotPlainError
        if operator in (b"re", b"m", b"l", b"h"):
            self._add(operator, numbers)
        elif operator in (b"W", b"n", b"f", b"S", b"s"):
            self._paint(operator)
        elif self._path:
            raise _NotPlainError
        elif operator[:1] == b"T" or operator in (b"BT", b"ET"):
            self._text(operator, operands, numbers)
        else:
            self._set(operator, operands, numbers)

    def _set(self, operator: bytes, operands: list[Obj], numbers: list[float]) -> None:
        match operator:
            case b"q" | b"Q" if self._in_text:
                raise _NotPlainError
            case b"q":
                self._saved.append(self._state)
            case b"Q":
                if not self._saved:
                    raise _NotPlainError
                self._state = self._saved.pop()
            case b"BMC" | b"EMC":
                opens = operator == b"BMC"
                if opens is self._marked or (opens and operands != [Name("Tx")]):
                    raise _NotPlainError
                self._marked = opens
            case b"w":
                self._state = replace(self._state, width=numbers[0])
            case b"cs" | b"CS":
                self._choose(operator, str(operands[0]))
            case _:
                self._colour(operator, numbers)

    def _choose(self, operator: bytes, name: str) -> None:
        """Choose a colour space; its colour is black to begin with (8.6.5.2 to 8.6.5.4)."""
        if name not in _SPACES:
            raise _NotPlainError
        if operator == b"cs":
            self._state = replace(self._state, space=_SPACES[name], fill=(0.0,))
        else:
            self._state = replace(self._state, line_space=_SPACES[name].upper())

    def _colour(self, operator: bytes, numbers: list[float]) -> None:
        if operator in _SPACES.values():
            self._state = replace(self._state, fill=_light(operator, numbers), space=operator)
        elif operator.lower() in _SPACES.values():
            self._state = replace(self._state, line_space=operator)

    def _add(self, operator: bytes, numbers: list[float]) -> None:
        if self._in_text:
            raise _NotPlainError
        self._path.append((operator, numbers))

    def _paint(self, operator: bytes) -> None:
        if self._in_text:
            raise _NotPlainError
        if operator == b"W":
            self._clips = True
            return
        if self._clips:
            self._cut()
        elif operator == b"f":
            self._fill()
        elif operator != b"n":
            self._stroke()
        self._path, self._clips = [], False

    def _cut(self) -> None:
        if len(self._path) != 1 or self._path[0][0] != b"re":
            raise _NotPlainError
        left, low, right, high = _sides(self._path[0][1])
        clip = self._state.clip
        cut = (max(clip[0], left), max(clip[1], low), min(clip[2], right), min(clip[3], high))
        self._state = replace(self._state, clip=cut)

    def _fill(self) -> None:
        """A light background of the box or along its edge, a border, or the bars of a list."""
        if self._lines:
            raise _NotPlainError
        if _lightness(self._state.fill) < LIGHT:
            if not self._frame.has_border or not self._is_strip():
                raise _NotPlainError
            return
        for operator, numbers in self._path:
            if self._frame.has_background and self._is_at_edge(operator, numbers):
                continue
            if operator != b"re" or not self._frame.is_list:
                raise _NotPlainError
            left, low, right, high = _sides(numbers)
            if abs(left - self._box[0]) > _EDGE or abs(right - self._box[2]) > _EDGE:
                raise _NotPlainError
            self._bars.append((low, high))

    def _is_strip(self) -> bool:
        """Say whether all corners of what is filled lie along one side of the box."""
        corners = [numbers for operator, numbers in self._path if operator in (b"m", b"l")]
        sides = [self._edge(corner) or set() for corner in corners]
        only = all(operator != b"re" for operator, _ in self._path)
        return only and bool(sides) and bool(set.intersection(*sides))

    def _is_at_edge(self, operator: bytes, numbers: list[float]) -> bool:
        if operator == b"re":
            sides = zip(_sides(numbers), self._box, strict=True)
            return all(abs(a - b) <= _EDGE for a, b in sides)
        return not numbers or self._edge(numbers) is not None

    def _edge(self, point: list[float]) -> set[int] | None:
        """Return the sides of the box that a point lies at; None where it lies at none."""
        x, y = point
        found = {i for i in (0, 2) if abs(x - self._box[i]) <= _EDGE}
        found |= {i for i in (1, 3) if abs(y - self._box[i]) <= _EDGE}
        return found or None

    def _stroke(self) -> None:
        """A border no thicker than the form's, along the edge; lines between places of a comb."""
        thick = self._state.width > max(self._frame.width, 1.0)
        if self._lines or thick or not self._frame.has_border:
            raise _NotPlainError
        at: list[float] = []
        for operator, numbers in self._path:
            if operator == b"re" and not self._is_at_edge(operator, numbers):
                raise _NotPlainError
            if operator == b"l" and not (at and self._is_along(at, numbers)):
                raise _NotPlainError
            at = numbers if operator in (b"m", b"l") else at

    def _is_along(self, at: list[float], to: list[float]) -> bool:
        if (self._edge(at) or set()) & (self._edge(to) or set()):
            return True
        low, high = sorted((at[1], to[1]))
        tall = low <= self._box[1] + _EDGE and high >= self._box[3] - _EDGE
        return self._frame.is_comb and tall and at[0] == to[0]

    def _text(self, operator: bytes, operands: list[Obj], numbers: list[float]) -> None:
        if operator in (b"BT", b"ET"):
            self._in_text = operator == b"BT"
            self._scale, self._start, self._at = 1.0, (0.0, 0.0), 0.0
        elif operator in _SETTING:
            self._state = replace(self._state, **{_SETTING[operator]: numbers[0]})
            if min(self._state.char_space, self._state.word_space) < 0:
                raise _NotPlainError
        elif operator == b"Tf":
            self._state = replace(self._state, font=str(operands[0]), size=numbers[0])
        elif operator in (b"Tz", b"Tr"):
            if numbers != [100.0 if operator == b"Tz" else 0.0]:
                raise _NotPlainError
        elif not self._in_text:
            raise _NotPlainError
        elif operator in (b"Tj", b"TJ"):
            items = operands[0]
            for item in items if isinstance(items, list) else [items]:
                self._show(item)
        else:
            self._move(operator, numbers)

    def _move(self, operator: bytes, numbers: list[float]) -> None:
        if operator == b"Tm":
            across, up, slant, rise, x, y = numbers
            if (up, slant) != (0.0, 0.0) or across != rise or across <= 0:
                raise _NotPlainError
            self._scale, self._start = across, (x, y)
        else:
            x, y = numbers or (0.0, -self._state.leading)
            if operator == b"TD":
                self._state = replace(self._state, leading=-y)
            self._start = (self._start[0] + x * self._scale, self._start[1] + y * self._scale)
        self._at = self._start[0]

    def _show(self, item: Obj) -> None:
        state, scale = self._state, self._scale
        if isinstance(item, int | float):
            if abs(item) > _MOST_KERNING:
                raise _NotPlainError
            self._at -= item / 1000 * state.size * scale
            return
        read = self._fonts(state.font)
        if read is None or not isinstance(item, PdfString):
            raise _NotPlainError
        least = most = self._at
        text = ""
        for letter in read(bytes(item)):
            text += letter.text
            space = state.char_space + (state.word_space if letter.text == " " else 0.0)
            least += (letter.least * state.size + space) * scale
            most += (letter.most * state.size + space) * scale
        is_white = min(state.fill) >= WHITE
        if not is_white and _lightness(state.fill) >= DARK:
            raise _NotPlainError
        line = ShownText(text, state.size * scale, self._at, most, least, self._start[1], is_white)
        self._check(line)
        self._lines.append(line)
        self._at = most

    def _check(self, line: ShownText) -> None:
        """Refuse a line that is cut, too small, or not behind or below the one before."""
        if not line.text.strip():
            return
        left, low, right, high = self._state.clip
        inside = left - _SLACK <= line.left and line.right <= right + _SLACK
        inside = inside and low - _SLACK <= line.baseline
        inside = inside and line.baseline + _ASCENT * line.size <= high + _SLACK
        sizes = [line.size, *(other.size for other in self._lines if other.text.strip())]
        if not inside or min(sizes) < _SMALLEST or max(sizes) > _EVEN * min(sizes):
            raise _NotPlainError
        last = next((other for other in reversed(self._lines) if other.text.strip()), None)
        if last is None:
            return
        if line.baseline == last.baseline:
            follows = line.left >= last.ends - _OVERLAP * line.size
        else:
            follows = last.baseline - line.baseline >= _LINE_GAP * max(line.size, last.size)
        if not follows:
            raise _NotPlainError


_SETTING = {b"Tc": "char_space", b"Tw": "word_space", b"TL": "leading"}


def _light(operator: bytes, numbers: list[float]) -> tuple[float, ...]:
    """Return a colour as parts of light, one or three (8.6.4)."""
    if not all(0 <= number <= 1 for number in numbers):
        raise _NotPlainError
    if operator != b"k":
        return tuple(numbers)
    *inks, black = numbers
    return tuple(1 - min(1.0, ink + black) for ink in inks)


def _lightness(colour: tuple[float, ...]) -> float:
    """Return how light a colour is on a printed page, as 10.4.2 turns colours into grey."""
    if len(colour) == 1:
        return colour[0]
    red, green, blue = colour
    return 0.3 * red + 0.59 * green + 0.11 * blue


def _sides(numbers: list[float]) -> Rect:
    x, y, w, h = numbers
    return (min(x, x + w), min(y, y + h), max(x, x + w), max(y, y + h))
