"""What is drawn where on a page: boxes of text, images and annotations.

See ISO 32000-2, 9.4 and 8.9.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from msgspec import Struct, field

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.appearance.content import IDENTITY, Matrix, times
from sigcheck.evidence.pdf import Dict, FilterError, Obj, Ref, Stream, View
from sigcheck.model.evidence import Rect


class Box(NamedTuple):
    """Something on a page and the rectangle it fills."""

    kind: str
    """`text`, `image`, `field:NAME` or `annotation`."""
    rect: Rect
    tolerance: float
    """Share of its area that may be covered before it counts as covered."""


class Boxes(Struct):
    """Boxes already worked out, shared by all pairs of a document."""

    drawn: dict[object, list[Box]] = field(default_factory=dict)
    """By page and the cross-reference entries of its contents."""
    annotations: dict[object, Box | None] = field(default_factory=dict)
    """By object number and cross-reference entry."""


def area(rect: Rect) -> float:
    """Return the area of a rectangle, in square units."""
    return max(0.0, rect[2] - rect[0]) * max(0.0, rect[3] - rect[1])


def common(a: Rect, b: Rect) -> Rect:
    """Return what two rectangles have in common; of area 0 when nothing."""
    return (max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3]))


def is_covered(box: Box, rect: Rect) -> bool:
    """Say whether more of a box lies below `rect` than its tolerance allows."""
    x0, y0, x1, y1 = box.rect
    if rect[0] >= x1 or rect[2] <= x0 or rect[1] >= y1 or rect[3] <= y0:
        return False  # as most are
    both = common(box.rect, rect)
    if both[0] >= both[2] or both[1] >= both[3]:
        return False
    if box.kind == "text":
        return _text_covered(box.rect, both)
    return area(both) > box.tolerance * area(box.rect)


def _text_covered(text: Rect, both: Rect) -> bool:
    """A line of text counts from two letters on, not when a corner touches its margin."""
    high = both[3] - both[1] >= 0.4 * (text[3] - text[1])
    letter = 0.5 * (text[3] - text[1])
    return high and both[2] - both[0] >= min(2 * letter, 0.4 * (text[2] - text[0]))


# --- Where a page's content stream puts text and images

_MAX_CONTENT = 4 * 1024 * 1024
_MAX_OPERATORS = 100_000
_MAX_FORMS = 8
"""Levels of form XObjects within each other."""
_MAX_BOXES = 20_000
_MAX_SAVED = 256
_FAR = 1e9
_WIDTH = 0.5
"""Of a glyph, in font sizes."""
_TEXT = (Box, "text", 0.0)
_OPENED = b"("
_OPERATOR = re.compile(rb"(?:T[jJmdDfL*]|cm|Do|BT|[qQ'\"])(?![A-Za-z0-9*'\"_.#-])")
_REGULAR = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.#-/*")
_STRING = re.compile(
    rb"\(((?:[^()\\]++|\\.|\((?:[^()\\]++|\\.)*+\))*+)\)|<([\dA-Fa-f\s]*+)>", re.DOTALL
)
_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_NAME = re.compile(rb"/([^\s/<>\[\]()]{1,127})\s")
_MAX_FONTS = 256
"""Choices of a font and size that are remembered, and bytes of one."""
_MAX_OPERAND = 65_536
"""Bytes before an operator in which its operands are looked for."""


class PageDrawing(Struct):
    """Collects the boxes of one page."""

    view: View
    boxes: list[Box] = field(default_factory=list)
    left: int = _MAX_OPERATORS

    def page(self, page: Dict) -> list[Box]:
        """Return the boxes of a page's contents."""
        resources = self.view.inherited(page, "Resources")
        data = b"\n".join(self._parts(page.get("Contents")))
        self.draw(data, resources if isinstance(resources, Dict) else Dict(), IDENTITY, 0)
        return self.boxes

    def _parts(self, contents: Obj) -> list[bytes]:
        value = self.view.get(contents)
        items = value if isinstance(value, list) else [value]
        found = [self.view.get(item) for item in items[:1000]]
        return [_decoded(item) for item in found if isinstance(item, Stream)]

    def draw(self, data: bytes, resources: Dict, base: Matrix, depth: int) -> None:
        """Follow a content stream's positions."""
        run = _Run(self, resources, base, depth)
        boxes = self.boxes
        last = 0
        for match in _OPERATOR.finditer(data):
            self.left -= 1
            if self.left < 0 or len(boxes) >= _MAX_BOXES:
                return
            start, end = match.span()
            before = data[max(last, start - _MAX_OPERAND) : start]
            if before and (before[-1] in _REGULAR or (_OPENED in before and _in_string(before))):
                continue  # part of a longer word or of a string
            _TAKEN[match[0]](run, before)
            last = end


def _in_string(before: bytes) -> bool:
    """Say whether a string has begun that has not ended."""
    if b"\\" in before:
        before = _ESCAPE.sub(b"", before)
    return before.count(_OPENED) > before.count(b")")


def _decoded(stream: Stream) -> bytes:
    try:
        return stream.decode(_MAX_CONTENT)
    except (FilterError, LimitExceededError):
        return b""


class _Run:
    """One content stream being followed: the graphics state, as far as positions need it."""

    __slots__ = (
        "ctm", "depth", "drawing", "fonts", "leading", "line", "resources", "saved", "size",
        "text", "wide",
    )  # fmt: skip

    def __init__(self, drawing: PageDrawing, resources: Dict, base: Matrix, depth: int) -> None:
        self.drawing = drawing
        self.resources = resources
        self.depth = depth
        self.ctm = base
        self.size = 1.0
        self.wide = False  # two bytes a glyph
        self.leading = 0.0
        self.saved: list[tuple[Matrix, float, bool, float]] = []
        self.fonts: dict[bytes, tuple[float, bool]] = {}
        self.text: Matrix = IDENTITY
        self.line: Matrix = IDENTITY

    def save(self, _: bytes) -> None:
        if len(self.saved) < _MAX_SAVED:
            self.saved.append((self.ctm, self.size, self.wide, self.leading))

    def restore(self, _: bytes) -> None:
        if self.saved:
            self.ctm, self.size, self.wide, self.leading = self.saved.pop()

    def transform(self, operands: bytes) -> None:
        self.ctm = times(_matrix(operands), self.ctm)

    def begin(self, _: bytes) -> None:
        self.text = self.line = IDENTITY

    def place(self, operands: bytes) -> None:
        self.text = self.line = _matrix(operands)

    def move(self, operands: bytes) -> None:
        x, y = _numbers(operands, 2)
        self._newline(x, y)

    def move_leading(self, operands: bytes) -> None:
        x, y = _numbers(operands, 2)
        self.leading = -y
        self._newline(x, y)

    def lead(self, operands: bytes) -> None:
        (self.leading,) = _numbers(operands, 1)

    def next_line(self, _: bytes) -> None:
        self._newline(0.0, -self.leading)

    def show_on_next(self, operands: bytes) -> None:
        self._newline(0.0, -self.leading)
        self.show(operands)

    def _newline(self, x: float, y: float) -> None:
        self.line = self.text = times((1.0, 0.0, 0.0, 1.0, x, y), self.line)

    def font(self, operands: bytes) -> None:
        known = self.fonts.get(operands)
        if known is None:
            wide = self.is_wide(_name(operands))
            (size,) = _numbers(operands, 1)
            known = size, wide
            if len(self.fonts) < _MAX_FONTS and len(operands) < _MAX_FONTS:
                self.fonts[operands] = known
        self.size, self.wide = known

    def is_wide(self, name: bytes) -> bool:
        """Say whether a font's glyphs have two bytes; without a name there is no font."""
        fonts = self.drawing.view.dict(self.resources.get("Font"))
        font = self.drawing.view.dict(fonts.get(name.decode("latin-1")) if name else None)
        return font.get("Subtype") == "Type0"

    def show(self, operands: bytes) -> None:
        wide = self.wide
        glyphs = seen = 0
        for literal, digits in _STRING.findall(operands):
            count, blank = _hex(digits, wide=wide) if digits else _literal(literal, wide=wide)
            glyphs += count
            seen += 0 if blank else count
        size = self.size
        width = glyphs * size * _WIDTH
        if seen:
            matrix = times(self.text, self.ctm)
            self._add("text", transformed((0.0, -0.2 * size, width, 0.8 * size), matrix), 0.0)
        self.text = times((1.0, 0.0, 0.0, 1.0, width, 0.0), self.text)

    def xobject(self, operands: bytes) -> None:
        self.draw_xobject(_name(operands).decode("latin-1"))

    def draw_xobject(self, name: str) -> None:
        view = self.drawing.view
        found = view.get(view.dict(self.resources.get("XObject")).get(name))
        if not isinstance(found, Stream):
            return
        if found.dict.get("Subtype") == "Image":
            self._add("image", transformed((0.0, 0.0, 1.0, 1.0), self.ctm), 0.1)
        elif found.dict.get("Subtype") == "Form" and self.depth < _MAX_FORMS:
            inner = view.dict(found.dict.get("Resources")) or self.resources
            base = times(form_matrix(view, found.dict), self.ctm)
            self.drawing.draw(_decoded(found), inner, base, self.depth + 1)

    def _add(self, kind: str, rect: Rect, tolerance: float) -> None:
        self.drawing.boxes.append(Box(kind, rect, tolerance))


_TAKEN: dict[bytes, Callable[[_Run, bytes], None]] = {
    b"q": _Run.save, b"Q": _Run.restore, b"cm": _Run.transform, b"BT": _Run.begin,
    b"Tm": _Run.place, b"Td": _Run.move, b"TD": _Run.move_leading, b"TL": _Run.lead,
    b"T*": _Run.next_line, b"Tf": _Run.font, b"Tj": _Run.show, b"TJ": _Run.show,
    b"'": _Run.show_on_next, b'"': _Run.show_on_next, b"Do": _Run.xobject,
}  # fmt: skip


def _name(operands: bytes) -> bytes:
    """Return the first name among the operands, empty where there is none."""
    found = _NAME.search(operands + b" ")
    return found[1] if found else b""


def form_matrix(view: View, form: Dict) -> Matrix:
    """Return a form XObject's /Matrix."""
    values = [view.get(v) for v in view.list(form.get("Matrix"))[:6]]
    numbers = [float(v) for v in values if isinstance(v, int | float)]
    if len(numbers) != 6:
        return IDENTITY
    return (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5])


def _hex(digits: bytes, *, wide: bool) -> tuple[int, bool]:
    """Count a hexadecimal string's glyphs, and say whether all are spaces."""
    digits = digits.translate(None, b" \t\r\n\f\x00")
    count = len(digits) // (4 if wide else 2)
    return count, not digits.replace(b"0003", b"").replace(b"20", b"")


def _literal(inner: bytes, *, wide: bool) -> tuple[int, bool]:
    return (len(inner) // 2 if wide else len(inner)), not inner.strip()


def _number(digits: bytes) -> float:
    try:
        value = float(digits)
    except ValueError:
        return 0.0
    return value if -_FAR < value < _FAR else max(-_FAR, min(_FAR, value))


def _numbers(operands: bytes, count: int) -> list[float]:
    """Return the last `count` operands as numbers, 0 where there are none."""
    numbers = [_number(part) for part in operands.rsplit(None, count)[-count:]]
    return numbers if len(numbers) == count else [0.0] * (count - len(numbers)) + numbers


def _matrix(operands: bytes) -> Matrix:
    a, b, c, d, e, f = _numbers(operands, 6)
    return (a, b, c, d, e, f)


def transformed(rect: Rect, m: Matrix) -> Rect:
    """Return the upright rectangle around a transformed one."""
    x0, y0, x1, y1 = rect
    a, b, c, d, e, f = m
    xs = x0 * a + y0 * c + e, x0 * a + y1 * c + e, x1 * a + y0 * c + e, x1 * a + y1 * c + e
    ys = x0 * b + y0 * d + f, x0 * b + y1 * d + f, x1 * b + y0 * d + f, x1 * b + y1 * d + f
    return (min(xs), min(ys), max(xs), max(ys))


def contents_key(view: View, page: Dict) -> object:
    """Return what tells one state of a page's contents from another."""
    contents = page.get("Contents")
    found = view.get(contents)
    parts = found if isinstance(found, list) else [contents]
    return tuple(view.entry(ref.num) for ref in parts[:1000] if isinstance(ref, Ref))
