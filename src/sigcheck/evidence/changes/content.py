"""Where a page's content stream puts text and images (ISO 32000-2, 9.4 and 8.9).

An estimate: widths are taken as half the font size a glyph, which is enough to tell a blank zone
from a line of text. Bounded: what lies beyond the limits is left out.
"""

from __future__ import annotations

import re

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.changes.boxes import Box
from sigcheck.evidence.pdf import Dict, FilterError, Obj, Ref, Stream, View
from sigcheck.model.evidence import Rect
from sigcheck.model.record import field, record

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

_MAX_CONTENT = 4 * 1024 * 1024
_MAX_OPERATORS = 100_000
_MAX_FORMS = 8
"""Levels of form XObjects within each other."""
_MAX_BOXES = 20_000
_MAX_SAVED = 256
_WIDTH = 0.5
"""Of a glyph, in font sizes."""
_SHOWING = frozenset((b"Tj", b"TJ", b"'", b'"'))
_OPERATOR = re.compile(rb"(?:T[jJmdDfL*]|cm|Do|BT|[qQ'\"])(?![A-Za-z0-9*'\"_.#-])")
_REGULAR = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.#-/*")
_STRING = re.compile(rb"\(((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*)\)|<([\dA-Fa-f\s]*)>", re.DOTALL)
_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_NAME = re.compile(rb"/([^\s/<>\[\]()]{1,127})\s")
_MAX_FONTS = 256
"""Choices of a font and size that are remembered, and bytes of one."""
_MAX_OPERAND = 65_536
"""Bytes before an operator in which its operands are looked for."""


@record(frozen=False)
class _State:
    """The graphics state, as far as positions need it."""

    ctm: Matrix = IDENTITY
    size: float = 1.0
    wide: bool = False
    """Two bytes a glyph."""
    leading: float = 0.0

    def copy(self) -> _State:
        return _State(self.ctm, self.size, self.wide, self.leading)


@record(frozen=False)
class Drawing:
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
        last = 0
        for match in _OPERATOR.finditer(data):
            self.left -= 1
            if self.left < 0 or len(self.boxes) >= _MAX_BOXES:
                return
            start = match.start()
            if start > last and _inside(data, last, start):
                continue
            run.take(match[0], data[max(last, start - _MAX_OPERAND) : start])
            last = match.end()


def _inside(data: bytes, last: int, start: int) -> bool:
    """Say whether what looks like an operator is part of a longer word or of a string."""
    if data[start - 1] in _REGULAR:
        return True
    between = data[max(last, start - _MAX_OPERAND) : start]
    if b"\\" in between:
        between = _ESCAPE.sub(b"", between)
    return between.count(b"(") > between.count(b")")


def _decoded(stream: Stream) -> bytes:
    try:
        return stream.decode(_MAX_CONTENT)
    except (FilterError, LimitExceededError):
        return b""


class _Run:
    """One content stream being followed."""

    __slots__ = ("depth", "drawing", "fonts", "line", "resources", "saved", "state", "text")

    def __init__(self, drawing: Drawing, resources: Dict, base: Matrix, depth: int) -> None:
        self.drawing = drawing
        self.resources = resources
        self.depth = depth
        self.state = _State(base)
        self.saved: list[_State] = []
        self.fonts: dict[bytes, tuple[float, bool]] = {}
        self.text: Matrix = IDENTITY
        self.line: Matrix = IDENTITY

    def take(self, operator: bytes, operands: bytes) -> None:
        """Take one operator with what stands before it."""
        if operator in _SHOWING:
            if operator in (b"'", b'"'):
                self._newline(0.0, -self.state.leading)
            self._show(operands)
        elif operator in (b"Td", b"TD"):
            x, y = _numbers(operands, 2)
            if operator == b"TD":
                self.state.leading = -y
            self._newline(x, y)
        elif operator == b"Tm":
            self.text = self.line = _matrix(operands)
        elif operator == b"Tf":
            self._font(operands)
        elif operator == b"Do":
            self._xobject(operands)
        else:
            self._plain(operator, operands)

    def _plain(self, operator: bytes, operands: bytes) -> None:
        if operator == b"q":
            if len(self.saved) < _MAX_SAVED:
                self.saved.append(self.state.copy())
        elif operator == b"Q":
            self.state = self.saved.pop() if self.saved else self.state
        elif operator == b"cm":
            self.state.ctm = times(_matrix(operands), self.state.ctm)
        elif operator == b"BT":
            self.text = self.line = IDENTITY
        elif operator == b"T*":
            self._newline(0.0, -self.state.leading)
        else:
            (self.state.leading,) = _numbers(operands, 1)

    def _newline(self, x: float, y: float) -> None:
        self.line = self.text = times((1.0, 0.0, 0.0, 1.0, x, y), self.line)

    def _font(self, operands: bytes) -> None:
        known = self.fonts.get(operands)
        if known is None:
            name = _NAME.search(operands + b" ")
            fonts = self.drawing.view.dict(self.resources.get("Font"))
            font = self.drawing.view.dict(fonts.get(name[1].decode("latin-1")) if name else None)
            (size,) = _numbers(operands, 1)
            known = size, font.get("Subtype") == "Type0"
            if len(self.fonts) < _MAX_FONTS and len(operands) < _MAX_FONTS:
                self.fonts[operands] = known
        self.state.size, self.state.wide = known

    def _show(self, operands: bytes) -> None:
        wide = self.state.wide
        glyphs = seen = 0
        for literal, digits in _STRING.findall(operands):
            count, blank = _hex(digits, wide=wide) if digits else _literal(literal, wide=wide)
            glyphs += count
            seen += 0 if blank else count
        size = self.state.size
        width = glyphs * size * _WIDTH
        if seen:
            matrix = times(self.text, self.state.ctm)
            self._add("text", transformed((0.0, -0.2 * size, width, 0.8 * size), matrix), 0.0)
        self.text = times((1.0, 0.0, 0.0, 1.0, width, 0.0), self.text)

    def _xobject(self, operands: bytes) -> None:
        named = _NAME.search(operands + b" ")
        name = named[1].decode("latin-1") if named else ""
        view = self.drawing.view
        found = view.get(view.dict(self.resources.get("XObject")).get(name))
        if not isinstance(found, Stream):
            return
        if found.dict.get("Subtype") == "Image":
            self._add("image", transformed((0.0, 0.0, 1.0, 1.0), self.state.ctm), 0.1)
        elif found.dict.get("Subtype") == "Form" and self.depth < _MAX_FORMS:
            inner = view.dict(found.dict.get("Resources")) or self.resources
            base = times(form_matrix(view, found.dict), self.state.ctm)
            self.drawing.draw(_decoded(found), inner, base, self.depth + 1)

    def _add(self, kind: str, rect: Rect, tolerance: float) -> None:
        self.drawing.boxes.append(Box(kind, rect, tolerance))


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
        return max(-1e9, min(1e9, float(digits)))
    except ValueError:
        return 0.0


def _numbers(operands: bytes, count: int) -> list[float]:
    """Return the last `count` operands as numbers, 0 where there are none."""
    numbers = [_number(part) for part in operands.split()[-count:]]
    return [0.0] * (count - len(numbers)) + numbers


def _matrix(operands: bytes) -> Matrix:
    a, b, c, d, e, f = _numbers(operands, 6)
    return (a, b, c, d, e, f)


def times(a: Matrix, b: Matrix) -> Matrix:
    """Return the product of two transformation matrices (8.3.4)."""
    return (
        a[0] * b[0] + a[1] * b[2], a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2], a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4], a[4] * b[1] + a[5] * b[3] + b[5],
    )  # fmt: skip


def transformed(rect: Rect, m: Matrix) -> Rect:
    """Return the upright rectangle around a transformed one."""
    corners = [
        (x * m[0] + y * m[2] + m[4], x * m[1] + y * m[3] + m[5])
        for x in (rect[0], rect[2])
        for y in (rect[1], rect[3])
    ]
    xs, ys = [c[0] for c in corners], [c[1] for c in corners]
    return (min(xs), min(ys), max(xs), max(ys))


def contents_key(view: View, page: Dict) -> object:
    """Return what tells one state of a page's contents from another."""
    contents = page.get("Contents")
    found = view.get(contents)
    parts = found if isinstance(found, list) else [contents]
    return tuple(view.entry(ref.num) for ref in parts[:1000] if isinstance(ref, Ref))
