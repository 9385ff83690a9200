"""Walks a content stream and the forms it draws, telling of text, images and painted paths."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct, field

from sigcheck.evidence.appearance.content import floats, name_of, statements
from sigcheck.evidence.appearance.matrix import IDENTITY, Matrix, matrix, times
from sigcheck.evidence.appearance.state import Colour, State, colour
from sigcheck.evidence.pdf import FilterError
from sigcheck.evidence.pdf.objects import Dict, Stream
from sigcheck.evidence.pdf.view import View

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
    state: State
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
    state: State = field(default_factory=State)
    depth: int = 0
    _saved: list[State] = field(default_factory=list)

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
