"""Where a page's content stream puts text and images (ISO 32000-2, 9.4 and 8.9).

An estimate: widths are taken as half the font size a glyph, which is enough to tell a blank zone
from a line of text. Bounded: what lies beyond the limits is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.changes.boxes import Box
from sigcheck.evidence.pdf import Dict, FilterError, Obj, Ref, Stream, View
from sigcheck.model.evidence import Rect

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

_MAX_CONTENT = 4 * 1024 * 1024
_MAX_OPERATORS = 100_000
_MAX_FORMS = 8
"""Levels of form XObjects within each other."""
_MAX_BOXES = 20_000
_N = rb"[-+]?[\d.]+"
_S = rb"[\x00\t\n\f\r ]+"
_OPERATOR = re.compile(
    rb"(?P<six>(?:" + _N + _S + rb"){6})(?P<matrix>cm|Tm)\b"
    rb"|(?P<two>" + _N + _S + _N + _S + rb")(?P<move>T[dD])\b"
    rb"|/(?P<font>[^\s/<>\[\]()]{1,127})" + _S + rb"(?P<size>" + _N + rb")" + _S + rb"Tf\b"
    rb"|(?P<string>\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\)|<[\dA-Fa-f\s]*>)\s*(?:Tj\b|['\"])"
    rb"|\[(?P<array>(?:[^\[\]()]|\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\))*)\]\s*TJ\b"
    rb"|/(?P<name>[^\s/<>\[\]()]{1,127})" + _S + rb"Do\b"
    rb"|(?P<leading>" + _N + rb")" + _S + rb"TL\b"
    rb"|(?<![^\s\]>)])(?P<plain>q|Q|BT|T\*)(?=[\s/\[(<]|$)",
    re.DOTALL,
)
_PIECE = re.compile(rb"\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\)|<[\dA-Fa-f\s]*>", re.DOTALL)


@dataclass(slots=True)
class _State:
    """The graphics state, as far as positions need it."""

    ctm: Matrix = IDENTITY
    size: float = 1.0
    wide: bool = False
    """Two bytes a glyph."""
    leading: float = 0.0

    def copy(self) -> _State:
        return _State(self.ctm, self.size, self.wide, self.leading)


@dataclass(slots=True)
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
        for match in _OPERATOR.finditer(data):
            self.left -= 1
            if self.left < 0 or len(self.boxes) >= _MAX_BOXES:
                return
            run.take(match)


def _decoded(stream: Stream) -> bytes:
    try:
        return stream.decode(_MAX_CONTENT)
    except (FilterError, LimitExceededError):
        return b""


class _Run:
    """One content stream being followed."""

    __slots__ = ("depth", "drawing", "line", "resources", "saved", "state", "text")

    def __init__(self, drawing: Drawing, resources: Dict, base: Matrix, depth: int) -> None:
        self.drawing = drawing
        self.resources = resources
        self.depth = depth
        self.state = _State(base)
        self.saved: list[_State] = []
        self.text: Matrix = IDENTITY
        self.line: Matrix = IDENTITY

    def take(self, match: re.Match[bytes]) -> None:
        """Take one operator."""
        kind = match.lastgroup
        if kind == "matrix":
            self._matrix(match)
        elif kind == "move":
            x, y = _numbers(match["two"])
            if match["move"] == b"TD":
                self.state.leading = -y
            self._newline(x, y)
        elif kind in ("string", "array"):
            self._show(match[kind])
        elif kind == "size":
            self._font(match["font"], _number(match["size"]))
        elif kind == "name":
            self._xobject(match["name"].decode("latin-1"))
        elif kind == "leading":
            self.state.leading = _number(match["leading"])
        else:
            self._plain(match["plain"])

    def _plain(self, operator: bytes) -> None:
        if operator == b"q" and len(self.saved) < 256:
            self.saved.append(self.state.copy())
        elif operator == b"Q" and self.saved:
            self.state = self.saved.pop()
        elif operator == b"BT":
            self.text = self.line = IDENTITY
        elif operator == b"T*":
            self._newline(0.0, -self.state.leading)

    def _matrix(self, match: re.Match[bytes]) -> None:
        values = _numbers(match["six"])
        matrix = (values[0], values[1], values[2], values[3], values[4], values[5])
        if match["matrix"] == b"cm":
            self.state.ctm = times(matrix, self.state.ctm)
        else:
            self.text = self.line = matrix

    def _newline(self, x: float, y: float) -> None:
        self.line = self.text = times((1.0, 0.0, 0.0, 1.0, x, y), self.line)

    def _font(self, name: bytes, size: float) -> None:
        fonts = self.drawing.view.dict(self.resources.get("Font"))
        font = self.drawing.view.dict(fonts.get(name.decode("latin-1")))
        self.state.size = size
        self.state.wide = font.get("Subtype") == "Type0"

    def _show(self, operand: bytes) -> None:
        glyphs = sum(_glyphs(piece, wide=self.state.wide) for piece in _PIECE.findall(operand))
        size = self.state.size
        width = abs(glyphs) * size * 0.5
        if glyphs > 0:
            matrix = times(self.text, self.state.ctm)
            self._add("text", transformed((0.0, -0.2 * size, width, 0.8 * size), matrix), 0.0)
        self.text = times((1.0, 0.0, 0.0, 1.0, width, 0.0), self.text)

    def _xobject(self, name: str) -> None:
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


def _glyphs(piece: bytes, *, wide: bool) -> int:
    """Count a string's glyphs; negative when it only moves on, by spaces."""
    if piece[:1] == b"<":
        digits = b"".join(piece[1:-1].split())
        count = len(digits) // (4 if wide else 2)
        blank = not digits.replace(b"0003", b"").replace(b"20", b"")
        return -count if blank else count
    inner = piece[1:-1]
    count = len(inner) // 2 if wide else len(inner)
    return count if inner.strip() else -count


def _number(digits: bytes) -> float:
    try:
        return max(-1e9, min(1e9, float(digits)))
    except ValueError:
        return 0.0


def _numbers(operands: bytes) -> list[float]:
    return [_number(part) for part in operands.replace(b"\x00", b" ").split()]


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
