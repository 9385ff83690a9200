"""What is drawn where on a page: boxes of text, images and other marks.

Whatever cannot be placed is taken for as large as it may be, and whatever cannot be read for a
mark that may be anywhere. See ISO 32000-2, 8.5, 8.7, 8.9 and 9.4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from typing import NamedTuple

from msgspec import Struct, field

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.appearance.content import (
    IDENTITY,
    Matrix,
    matrix,
    name_of,
    shown,
    statements,
    times,
)
from sigcheck.evidence.appearance.fonts import Font, read_font, standard_widths
from sigcheck.evidence.changes.values import rectangle_at, text
from sigcheck.evidence.pdf import Dict, FilterError, Obj, Ref, Stream, View
from sigcheck.evidence.pdf.budget import Budget
from sigcheck.evidence.pdf.strict.containers import decode_content
from sigcheck.evidence.pdf.strict.tokens import StrictSyntaxError
from sigcheck.model.evidence import Rect
from sigcheck.model.policy import Limits

_FAR = 1e7
EVERYWHERE: Rect = (-1e9, -1e9, 1e9, 1e9)


class Box(NamedTuple):
    """Something on a page and the rectangle it fills."""

    kind: str
    """`text`, `image`, `drawing`, `line`, `unreadable`, `field:NAME` or `annotation`."""
    rect: Rect
    """By estimate; of text from descenders to ascenders."""
    tolerance: float
    """Share of its area that may be covered before it counts as covered by a stamp; 1 for a line
    that is still seen where it goes on beside what lies over it."""
    reach: Rect
    """Where it may be at most; of text the bodies of its letters."""


class Boxes(Struct):
    """Boxes already worked out, shared by all pairs of a document."""

    drawn: dict[object, PageDrawing] = field(default_factory=dict)
    """By page and the cross-reference entries of its contents."""
    annotations: dict[object, Box | None] = field(default_factory=dict)
    """By object number and cross-reference entry."""


def area(rect: Rect) -> float:
    """Return the area of a rectangle, in square units."""
    return max(0.0, rect[2] - rect[0]) * max(0.0, rect[3] - rect[1])


def common(a: Rect, b: Rect) -> Rect:
    """Return what two rectangles have in common; of area 0 when nothing."""
    return (max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3]))


def around(points: Iterable[tuple[float, float]]) -> Rect:
    """Return the upright rectangle around points, of which there is at least one."""
    xs, ys = zip(*points, strict=True)
    return (min(xs), min(ys), max(xs), max(ys))


def transformed(rect: Rect, m: Matrix) -> Rect:
    """Return the upright rectangle around a transformed one."""
    return around(_moved(x, y, m) for x in (rect[0], rect[2]) for y in (rect[1], rect[3]))


def _moved(x: float, y: float, m: Matrix) -> tuple[float, float]:
    return (x * m[0] + y * m[2] + m[4], x * m[1] + y * m[3] + m[5])


def meet(a: Rect, b: Rect) -> bool:
    """Say whether two rectangles have more than their edges in common; lines have no area."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def is_covered(box: Box, rect: Rect) -> bool:
    """Say whether more of a box lies below `rect` than the tolerance for stamps allows."""
    if box.kind == "line" or not meet(box.rect, rect):
        return False  # as most are
    both = common(box.rect, rect)
    if box.kind == "text":
        return _text_covered(box.rect, both)
    return area(both) > box.tolerance * area(box.rect)


def is_touched(box: Box, rect: Rect) -> bool:
    """Say whether anything of a box may lie below `rect`; of a long line, all of it."""
    x0, y0, x1, y1 = box.reach
    if box.tolerance >= 1:
        return rect[0] <= x0 and rect[1] <= y0 and x1 <= rect[2] and y1 <= rect[3]
    return meet(box.reach, rect)


def _text_covered(text: Rect, both: Rect) -> bool:
    """A line of text counts from two letters on, not when a corner touches its margin."""
    high = both[3] - both[1] >= 0.4 * (text[3] - text[1])
    letter = 0.5 * (text[3] - text[1])
    return high and both[2] - both[0] >= min(2 * letter, 0.4 * (text[2] - text[0]))


# --- Where a page's content stream puts its marks

_MAX_CONTENT = 4 * 1024 * 1024
"""Bytes of a page's contents with all forms, each as often as it is drawn."""
_MAX_OPERATORS = 100_000
_MAX_PARTS = 1000
_MAX_FORMS = 8
"""Levels of form XObjects within each other."""
_MAX_BOXES = 20_000
_MAX_SAVED = 256
LONG = 20.0
"""Points: a shorter line may be a part of a letter."""
THIN = 1.0
"""Points: a filled rectangle is a line up to here."""
_BACKGROUND = 60.0
"""Points: a larger filled rectangle is a background; a smaller one may be part of a letter."""
_THICK = 1.5  # points of half a line's width: a thicker one may be part of a letter
_CORNERS = 6
"""Points of a rectangle that is closed twice."""
_STRAIGHT = 0.05
"""Points by which a line may be out of the level."""
_WIDTHS = (0.15, 1.05)
"""Of a glyph whose font does not say, in font sizes; the standard fonts keep within."""
_LETTERS = (0.1, 0.6)
"""The bodies of letters over their baseline, in font sizes."""
_GAP = 1.5
"""Font sizes between two glyphs that make them two boxes."""


class PageDrawing(Struct):
    """Collects what is drawn on one page."""

    view: View
    boxes: list[Box] = field(default_factory=list)
    lines: list[_Line] = field(default_factory=list)
    """Text, of which a piece is placed when something comes near its line."""
    left: int = _MAX_OPERATORS
    _bytes_left: int = _MAX_CONTENT
    _faces: dict[Ref | int, tuple[Obj, _Face]] = field(default_factory=dict)
    _unread: bool = False

    def page(self, page: Dict) -> PageDrawing:
        """Follow a page's contents."""
        resources = self.view.inherited(page, "Resources")
        data = b"\n".join(self._parts(page.get("Contents")))
        self.draw(data, resources if isinstance(resources, Dict) else Dict(), _State())
        return self

    def near(self, rect: Rect) -> Iterator[Box]:
        """Yield what may lie below a rectangle."""
        for line in self.lines:
            if meet(line.band, rect):
                yield from line.boxes()
        yield from self.boxes

    def _parts(self, contents: Obj) -> list[bytes]:
        value = self.view.get(contents)
        items = value if isinstance(value, list) else [value]
        if len(items) > _MAX_PARTS:
            self.unreadable()
        found = [self.view.get(item) for item in items[:_MAX_PARTS]]
        return [self.decoded(item) for item in found if isinstance(item, Stream)]

    def decoded(self, stream: Stream) -> bytes:
        """Return a content stream's data; note where they could be others for another program."""
        data = exactly(stream, self._bytes_left)
        if data is None:
            self.unreadable()
            try:
                data = stream.decode(self._bytes_left)
            except (FilterError, LimitExceededError):
                data = b""
        self._bytes_left -= len(data)
        return data

    def unreadable(self) -> None:
        """Note that something is drawn of which nobody can say where."""
        if not self._unread:
            self.boxes.append(Box("unreadable", EVERYWHERE, 0.0, EVERYWHERE))
            self._unread = True

    def draw(self, data: bytes, resources: Dict, state: _State, depth: int = 0) -> None:
        """Follow a content stream's positions."""
        run = _Run(self, resources, state, depth)
        for operator, operands in statements(data):
            self.left -= 1
            if self.left < 0 or len(self.boxes) >= _MAX_BOXES:
                self.unreadable()
                return
            run.take(operator, operands)

    def face(self, value: Obj) -> _Face:
        """Return what is known of a font's widths."""
        key = value if isinstance(value, Ref) else id(value)
        if key not in self._faces:
            self._faces[key] = value, _face(self.view, value)
        return self._faces[key][1]


def exactly(stream: Stream, limit: int) -> bytes | None:
    """Return a stream's data where every program decodes the same; None elsewhere.

    Or of more than `limit` bytes. An end of line may stand before `endstream` (7.3.8.1).
    """
    if stream.length > limit:
        return None
    raw = bytes(stream.raw if stream.decrypt is None else stream.decrypt(stream.raw))
    for data in dict.fromkeys((raw, raw.removesuffix(b"\n").removesuffix(b"\r"))):
        try:
            found = decode_content(stream.dict, data, Budget(Limits(max_stream_expansion=limit)))
        except (StrictSyntaxError, LimitExceededError):
            continue
        return found if len(found) <= limit else None
    return None


class _Face(Struct):
    """A font as far as places need it."""

    font: Font
    view: View
    missing: tuple[float, float] = _WIDTHS
    """Least and greatest width of a glyph without one."""
    placed: bool = True
    """Codes and widths are known; otherwise a string may be as long as its line."""
    level: bool = True
    """Glyphs stay on their line."""
    standard: Mapping[str, int] = field(default_factory=dict)
    """Widths of the characters, where the font is one that programs measure alike."""

    def width(self, code: int) -> tuple[float, float]:
        """Return the least and the greatest width of a glyph, in font sizes."""
        found = self.view.get(self.font.widths.get(code))
        if isinstance(found, int | float):
            return found / 1000, found / 1000
        known = self.standard.get(self.font.table[code]) if self.standard else None
        return self.missing if known is None else (known / 1000, known / 1000)

    def is_blank(self, code: int) -> bool:
        """Say whether a code is a space's, as far as its font tells."""
        if self.font.wide:
            return code in (3, 32)
        return code == 32 and not self.font.table[32].strip()


def _face(view: View, value: Obj) -> _Face:
    source = view.dict(value)
    font = read_font(view, Dict((k, v) for k, v in source.items() if k != "ToUnicode"))
    kind = view.get(source.get("Subtype"))
    if font.wide:
        encoding = view.get(source.get("Encoding"))
        known = encoding == "Identity-H"
        return _Face(font, view, _WIDTHS, known, str(encoding).endswith("-H"))
    if kind not in ("Type1", "MMType1", "TrueType"):
        return _Face(font, view, level=False)
    missing = view.get(view.dict(source.get("FontDescriptor")).get("MissingWidth"))
    each = (*_WIDTHS, missing / 1000 if isinstance(missing, int | float) else 0.5)
    placed = isinstance(view.get(source.get("FirstChar")), int | None)
    measured = "Widths" in source or "FontDescriptor" in source
    standard = {} if measured else standard_widths(text(view.get(source.get("BaseFont"))))
    return _Face(font, view, (min(each), max(each)), placed, standard=standard)


class _State(Struct):
    """The graphics state, as far as places need it."""

    ctm: Matrix = IDENTITY
    face: _Face | None = None
    size: float = 0.0
    char_space: float = 0.0
    word_space: float = 0.0
    scale: float = 1.0
    leading: float = 0.0
    clip: Rect = EVERYWHERE
    is_shaped: bool = False
    """What is painted is cut to a shape that is no rectangle: an area may be letters."""
    is_masked: bool = False
    """The same by a soft mask (11.6.5.3)."""
    fill_pattern: bool = False
    line_pattern: bool = False
    dashed: bool = False
    width: float = 1.0
    """Of lines, in points."""


class _Piece(NamedTuple):
    """A string with the state it is shown in."""

    operands: bytes
    face: _Face
    state: _State
    at: Matrix
    """From text space, at the beginning of the line, to the page."""
    rise: float


class _Line(Struct):
    """Strings of which each begins where the one before ended."""

    band: Rect
    """Wherever they may be."""
    pieces: list[_Piece] = field(default_factory=list)
    _boxes: list[Box] | None = None

    def boxes(self) -> list[Box]:
        """Place the strings; each glyph may stand anywhere between two points."""
        if self._boxes is None:
            self._boxes = []
            low = high = 0.0
            for piece in self.pieces:
                low, high = self._place(piece, low, high)
            if not -_FAR < low <= high < _FAR:
                self._boxes.append(Box("unreadable", EVERYWHERE, 0.0, EVERYWHERE))
        return self._boxes

    def _place(self, piece: _Piece, low: float, high: float) -> tuple[float, float]:
        face, state = piece.face, piece.state
        size, scale = state.size, state.scale
        run: tuple[float, float] | None = None
        for part in shown(piece.operands):
            if isinstance(part, float):
                gap = -part / 1000 * size * scale
                low, high = low + gap, high + gap
                continue
            for code in _codes(part, wide=face.font.wide):
                space = state.char_space + (state.word_space if code == 32 else 0.0)
                steps = [(width * size + space) * scale for width in face.width(code)]
                here, (low, high) = (low, high), (low + min(steps), high + max(steps))
                if not face.is_blank(code):
                    run = self._joined(run, min(here[0], low), max(here[1], high), piece)
        if run is not None:
            self._string(*run, piece)
        return low, high

    def _joined(
        self, run: tuple[float, float] | None, left: float, right: float, piece: _Piece
    ) -> tuple[float, float]:
        """Add a glyph to the run before it, or end that where there is a gap."""
        gap = _GAP * abs(piece.state.size)
        if run is None:
            return left, right
        if left > run[1] + gap or right < run[0] - gap:
            self._string(*run, piece)
            return left, right
        return min(run[0], left), max(run[1], right)

    def _string(self, start: float, end: float, piece: _Piece) -> None:
        if not piece.face.placed:
            start, end = EVERYWHERE[0], EVERYWHERE[2]
        rect = transformed(_outline(start, end, piece.state.size), piece.at)
        low, high = sorted(share * piece.state.size for share in _LETTERS)
        reach = transformed((start, low - piece.rise, end, high + piece.rise), piece.at)
        boxes = self._boxes if self._boxes is not None else []
        boxes.append(Box("text", rect, 0.0, reach if piece.face.level else EVERYWHERE))


def _outline(start: float, end: float, size: float) -> Rect:
    return (start, -0.2 * size, end, 0.8 * size)


_Point = tuple[float, float]


class _Subpath(Struct):
    """A part of a path, on the page."""

    points: list[_Point]
    parts: list[list[_Point]] = field(default_factory=list)
    """Each line or curve, by its ends and whatever bends it."""

    def add(self, points: list[_Point]) -> None:
        """Add a line or, by more than one point, a curve."""
        self.parts.append([self.points[-1], *points])
        self.points += points


def _is_straight(part: list[_Point]) -> bool:
    """Say whether this is a line, and level or upright."""
    (x0, y0), (x1, y1) = part[0], part[-1]
    return len(part) == 2 and (abs(x0 - x1) <= _STRAIGHT or abs(y0 - y1) <= _STRAIGHT)


def _is_rectangle(path: _Subpath) -> bool:
    return len(path.points) <= _CORNERS and all(map(_is_straight, path.parts))


class _Run:
    """One content stream being followed."""

    def __init__(self, drawing: PageDrawing, resources: Dict, state: _State, depth: int) -> None:
        self.drawing = drawing
        self.resources = resources
        self.depth = depth
        self.state = copy(state)
        self.saved: list[_State] = []
        self.line: Matrix = IDENTITY
        self.pieces: _Line | None = None
        """The line of text since it was last moved."""
        self.rise = 0.0
        self.path: list[_Subpath] = []
        self.clips = False

    def take(self, operator: bytes, operands: bytes) -> None:
        """Do as one operator does."""
        if operator in _IGNORED:
            return
        if operator in _NUMBERS:
            count, act = _NUMBERS[operator]
            values = _sane(operands, count)
            if values is None:
                self.drawing.unreadable()
                return
            act(self, values)
        elif operator in _OTHERS:
            _OTHERS[operator](self, operands)
        else:
            self.drawing.unreadable()

    def save(self, _: bytes) -> None:
        if len(self.saved) >= _MAX_SAVED:
            self.drawing.unreadable()
            return
        self.saved.append(copy(self.state))

    def restore(self, _: bytes) -> None:
        if self.saved:
            self.state = self.saved.pop()

    def transform(self, v: list[float]) -> None:
        ctm = times((v[0], v[1], v[2], v[3], v[4], v[5]), self.state.ctm)
        if any(not -_FAR < value < _FAR for value in ctm):
            self.drawing.unreadable()
            return
        self.state.ctm = ctm

    def resource(self, category: str, name: str) -> Obj:
        """Return a named resource; names that are spelt with `#` are not looked for."""
        return self.drawing.view.dict(self.resources.get(category)).get(name)

    def graphics_state(self, operands: bytes) -> None:
        found = self.drawing.view.dict(self.resource("ExtGState", name_of(operands)))
        self.state.dashed = self.state.dashed or "D" in found
        if "SMask" in found:
            self.state.is_masked = self.drawing.view.get(found["SMask"]) != "None"
        if {"Font", "LW"} & found.keys():
            self.drawing.unreadable()

    def dash(self, operands: bytes) -> None:
        self.state.dashed = not operands.split(b"]")[0].strip().endswith(b"[")

    # Text

    def place(self, v: list[float]) -> None:
        self.line, self.pieces = (v[0], v[1], v[2], v[3], v[4], v[5]), None

    def begin(self, _: bytes) -> None:
        self.place([*IDENTITY])

    def move(self, v: list[float]) -> None:
        self.line, self.pieces = times((1.0, 0.0, 0.0, 1.0, v[0], v[1]), self.line), None

    def move_leading(self, v: list[float]) -> None:
        self.state.leading = -v[1]
        self.move(v)

    def next_line(self, _: bytes) -> None:
        self.move([0.0, -self.state.leading])

    def font(self, operands: bytes) -> None:
        words = operands.split()
        size = _sane(words[-1], 1) if len(words) == 2 else None
        name = name_of(operands)
        self.state.face = self.drawing.face(self.resource("Font", name))
        if size is None or "#" in name:
            self.drawing.unreadable()
            return
        self.state.size = size[0]

    def text_rise(self, v: list[float]) -> None:
        self.rise = max(self.rise, abs(v[0]))

    def show_on_next(self, operands: bytes) -> None:
        self.next_line(b"")
        self.show(operands)

    def show_spaced(self, operands: bytes) -> None:
        before = operands.partition(b"(")[0].partition(b"<")[0]
        spaces = _sane(before, 2)
        if spaces is None:
            self.drawing.unreadable()
            return
        self.state.word_space, self.state.char_space = spaces
        self.show_on_next(operands[len(before) :])

    def show(self, operands: bytes) -> None:
        """Add a string to the line: it is placed when something comes near."""
        state, drawing = self.state, self.drawing
        face = state.face or drawing.face(None)
        at = times(self.line, state.ctm)
        x0, low, x1, high = _outline(EVERYWHERE[0], EVERYWHERE[2], state.size)
        low, high = min(low, high) - self.rise, max(low, high) + self.rise
        band = transformed((x0, low, x1, high), at) if face.level else EVERYWHERE
        if self.pieces is None:
            self.pieces = _Line(band)
            drawing.lines.append(self.pieces)
        self.pieces.band = around([band[:2], band[2:], self.pieces.band[:2], self.pieces.band[2:]])
        self.pieces.pieces.append(_Piece(operands, face, copy(state), at, self.rise))

    # Images and forms

    def xobject(self, operands: bytes) -> None:
        view, name = self.drawing.view, name_of(operands)
        found = view.get(self.resource("XObject", name))
        kind = view.get(found.dict.get("Subtype")) if isinstance(found, Stream) else None
        if kind == "Image":
            self.image(b"")
        elif isinstance(found, Stream) and kind == "Form" and self.depth < _MAX_FORMS:
            own = view.get(found.dict.get("Resources"))
            state = copy(self.state)
            state.ctm = times(matrix(view, found.dict.get("Matrix")), state.ctm)
            box = rectangle_at(view, found.dict.get("BBox"))
            state.clip = common(state.clip, transformed(box, state.ctm)) if box else state.clip
            inner = own if isinstance(own, Dict) else self.resources
            self.drawing.draw(self.drawing.decoded(found), inner, state, self.depth + 1)
        else:
            self.drawing.unreadable()

    def image(self, _: bytes) -> None:
        self._mark("image", transformed((0.0, 0.0, 1.0, 1.0), self.state.ctm))

    def image_end(self, data: bytes) -> None:
        """An inline image whose data hold `EI` as well may end earlier for some."""
        if data.count(b"EI") != 1:
            self.drawing.unreadable()

    def shading(self, _: bytes) -> None:
        self._mark("drawing", self.state.clip)

    def _mark(self, kind: str, rect: Rect, tolerance: float = 0.1) -> None:
        self.drawing.boxes.append(Box(kind, rect, tolerance, rect))

    # Paths

    def _point(self, x: float, y: float) -> tuple[float, float]:
        return _moved(x, y, self.state.ctm)

    def start_path(self, v: list[float]) -> None:
        self.path.append(_Subpath([self._point(v[0], v[1])]))

    def to(self, v: list[float]) -> None:
        """Draw a line or, by more than one point, a curve."""
        if not self.path:
            self.start_path(v[-2:])
        else:
            self.path[-1].add([self._point(v[i], v[i + 1]) for i in range(0, len(v), 2)])

    def rectangle(self, v: list[float]) -> None:
        x, y, w, h = v
        sub = _Subpath([self._point(x, y)])
        for corner in ((x + w, y), (x + w, y + h), (x, y + h), (x, y)):
            sub.add([self._point(*corner)])
        self.path.append(sub)

    def close(self, _: bytes) -> None:
        if self.path:
            self.path[-1].add([self.path[-1].points[0]])

    def clip(self, _: bytes) -> None:
        self.clips = True

    def end_path(self, _: bytes) -> None:
        if self.clips and self.path:
            points = [point for sub in self.path for point in sub.points]
            if len(self.path) > 1 or not _is_rectangle(self.path[0]):
                self.state.is_shaped = True
            self.state.clip = common(self.state.clip, around(points))
        self.path, self.clips = [], False

    def stroke(self, _: bytes) -> None:
        """Mark lines one by one: what they go round is not painted."""
        wide = self.state.width / 2
        for sub in self.path:
            for part in sub.parts or [[*sub.points, *sub.points]]:
                x0, y0, x1, y1 = around(part)
                plain = _is_straight(part) and not self.state.line_pattern and wide <= _THICK
                self._line((x0 - wide, y0 - wide, x1 + wide, y1 + wide), plain=plain)
        self.end_path(b"")

    def line_width(self, v: list[float]) -> None:
        self.state.width = abs(v[0]) * max(map(abs, self.state.ctm[:4]))

    def close_and_stroke(self, _: bytes) -> None:
        self.close(b"")
        self.stroke(b"")

    def _line(self, rect: Rect, *, plain: bool) -> None:
        self.drawing.left -= 1
        plain = plain and not self.state.is_shaped and not self.state.is_masked
        is_long = max(rect[2] - rect[0], rect[3] - rect[1]) >= LONG and not self.state.dashed
        self._mark("line" if plain else "drawing", rect, 1.0 if plain and is_long else 0.0)

    def fill(self, _: bytes) -> None:
        """Mark areas; a rectangle that is thin is a line, one that is large a background."""
        for sub in self.path:
            rect = common(around(sub.points), self.state.clip)
            low, high = sorted((rect[2] - rect[0], rect[3] - rect[1]))
            is_large = low <= THIN or high >= _BACKGROUND
            plain = _is_rectangle(sub) and is_large and not self.state.fill_pattern
            self._line(rect, plain=plain)
        self.end_path(b"")

    def fill_and_stroke(self, _: bytes) -> None:
        path, clips = self.path, self.clips
        self.fill(b"")
        self.path, self.clips = path, clips
        self.stroke(b"")

    def close_fill_and_stroke(self, _: bytes) -> None:
        self.close(b"")
        self.fill_and_stroke(b"")

    def fill_colour(self, operands: bytes) -> None:
        self.state.fill_pattern = b"/" in operands

    def line_colour(self, operands: bytes) -> None:
        self.state.line_pattern = b"/" in operands


def _sane(operands: bytes, count: int) -> list[float] | None:
    """Return exactly so many numbers of a usual size, None for anything else."""
    words = operands.split()
    try:
        values = [float(word) for word in words]
    except ValueError:
        return None
    return values if len(values) == count and max(map(abs, values)) < _FAR else None


def _codes(data: bytes, *, wide: bool) -> Iterable[int]:
    if not wide:
        return data
    return [data[i] << 8 | data[i + 1] for i in range(0, len(data) - 1, 2)]


def _assigns(attribute: str, factor: float = 1.0) -> Callable[[_Run, list[float]], None]:
    def assign(run: _Run, values: list[float]) -> None:
        setattr(run.state, attribute, values[0] * factor)

    return assign


_NUMBERS: dict[bytes, tuple[int, Callable[[_Run, list[float]], None]]] = {
    b"cm": (6, _Run.transform), b"Tm": (6, _Run.place), b"Td": (2, _Run.move),
    b"TD": (2, _Run.move_leading), b"TL": (1, _assigns("leading")),
    b"Tc": (1, _assigns("char_space")), b"Tw": (1, _assigns("word_space")),
    b"Tz": (1, _assigns("scale", 0.01)), b"Ts": (1, _Run.text_rise), b"w": (1, _Run.line_width),
    b"m": (2, _Run.start_path), b"l": (2, _Run.to), b"c": (6, _Run.to), b"v": (4, _Run.to),
    b"y": (4, _Run.to), b"re": (4, _Run.rectangle),
}  # fmt: skip
"""Operators with numbers, each with how many."""
_OTHERS: dict[bytes, Callable[[_Run, bytes], None]] = {
    b"q": _Run.save, b"Q": _Run.restore, b"gs": _Run.graphics_state, b"BT": _Run.begin,
    b"T*": _Run.next_line, b"Tf": _Run.font, b"Tj": _Run.show, b"TJ": _Run.show,
    b"'": _Run.show_on_next, b'"': _Run.show_spaced, b"Do": _Run.xobject, b"ID": _Run.image,
    b"EI": _Run.image_end, b"sh": _Run.shading, b"h": _Run.close, b"W": _Run.clip,
    b"W*": _Run.clip, b"n": _Run.end_path, b"S": _Run.stroke, b"f": _Run.fill,
    b"F": _Run.fill, b"f*": _Run.fill, b"B": _Run.fill_and_stroke, b"B*": _Run.fill_and_stroke,
    b"scn": _Run.fill_colour, b"sc": _Run.fill_colour, b"g": _Run.fill_colour,
    b"rg": _Run.fill_colour, b"k": _Run.fill_colour, b"d": _Run.dash,
    b"SCN": _Run.line_colour, b"SC": _Run.line_colour, b"G": _Run.line_colour,
    b"RG": _Run.line_colour, b"K": _Run.line_colour, b"s": _Run.close_and_stroke,
    b"b": _Run.close_fill_and_stroke, b"b*": _Run.close_fill_and_stroke,
}  # fmt: skip
_IGNORED = frozenset(
    {b"ET", b"J", b"j", b"M", b"i", b"ri", b"Tr", b"BMC", b"BDC", b"EMC", b"MP", b"DP",
     b"BX", b"EX", b"BI", b"cs", b"CS"}
)  # fmt: skip


def contents_key(view: View, page: Dict) -> object:
    """Return what tells one state of a page's contents from another."""
    contents = page.get("Contents")
    found = view.get(contents)
    parts = found if isinstance(found, list) else [contents]
    return tuple(view.entry(ref.num) for ref in parts[:_MAX_PARTS] if isinstance(ref, Ref))
