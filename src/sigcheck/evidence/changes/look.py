"""What a filled-in field shows, held against its value (ISO 32000-2, 12.7.4.3 and 12.7.5).

Only plain looks are read: text in one font size, in order, dark, inside the field, with a
background and a border where the form had them. Whatever else could show something that its text
does not say is `UNREAD`, and decides against nobody: the verdict stays open.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from sigcheck.evidence.appearance.content import (
    Allowance,
    Character,
    Fonts,
    GraphicsState,
    Machine,
    Shown,
    Writer,
    decoded,
    floats,
    statements,
)
from sigcheck.evidence.appearance.fonts import read_font
from sigcheck.evidence.changes.annotations import normal_appearance, rect_of
from sigcheck.evidence.changes.cover import is_blank
from sigcheck.evidence.changes.equivalence import equivalent
from sigcheck.evidence.changes.fieldtree import field_type, inherited
from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.changes.values import rectangle_at, text
from sigcheck.evidence.pdf import Dict, Name, Obj, Stream, View
from sigcheck.model.evidence import Rect

PUSH_BUTTON, COMBO, PASSWORD, COMB = 1 << 16, 1 << 17, 1 << 13, 1 << 24
"""Flags of a field (tables 229, 231 and 233)."""
_STARS = frozenset("*•●")
"""What a password field shows for each character."""
_TEXT = frozenset(
    {b"BT", b"ET", b"Tf", b"Td", b"TD", b"Tm", b"T*", b"Tc", b"Tw", b"TL", b"Tz", b"Tr"}
)
_STATE = frozenset(
    {b"q", b"Q", b"BMC", b"BDC", b"EMC", b"MP", b"DP", b"g", b"rg", b"k", b"G", b"RG", b"K",
     b"w", b"J", b"j", b"d", b"M", b"i"}
)  # fmt: skip
_SHOWS = frozenset({b"Tj", b"TJ", b"'", b'"'})
_PATH = frozenset({b"m", b"l", b"h", b"re"})
_PAINTS = frozenset({b"f", b"F", b"f*", b"S", b"s"})
_CLIPS = frozenset({b"W", b"W*"})
_EDGE = 3.0
"""Points within which a border lies along the edge of its field."""
_SLACK = 2.0
"""Points by which glyphs may reach beyond the box they are cut to."""
_SMALLEST = 4.0
_EVEN = 1.5
"""How much larger the largest glyph may be than the smallest."""
DARK = 0.5
"""Lightness below which text is legible on paper, and above which a background is."""


_Segment = tuple[bytes, list[float]]
"""An operator that builds a path, and its operands."""


class FilledText(Enum):
    """What a filled-in field shows."""

    VALUE = "value"
    """Its value and nothing else, dark enough to be read."""
    OTHER = "other"
    """Other words, or nothing where there is a value."""
    UNREAD = "unread"
    """Nobody can say by its text."""


def filled_look(pair: Pair, old: Dict, new: Dict) -> FilledText:
    """Compare a field's new appearance with its value."""
    appearance = normal_appearance(pair.new, new)
    kind = field_type(pair.new, new)
    if kind == "Btn":
        return _button(pair, old, new)
    if appearance is None:
        return FilledText.VALUE  # Viewers draw the value themselves, or nothing.
    if kind not in ("Tx", "Ch") or not isinstance(appearance, Stream):
        return FilledText.OTHER
    shown = words(pair.new, new, pair.old.dict(old.get("MK")))
    if shown is None:
        return FilledText.UNREAD
    look = _compared(pair.new, new, kind, shown)
    is_formatted = "F" in pair.old.dict(inherited(pair.old, old, "AA"))
    # The form's own script may spell the value in another way (12.6.3, table 199).
    return FilledText.UNREAD if look is FilledText.OTHER and shown and is_formatted else look


def words(view: View, field: Dict, frame: Dict) -> str | None:
    """Return what a text or choice field's appearance shows, white space left out.

    `frame` is the /MK by whose background and border the field was signed. None where the words
    cannot be relied on.
    """
    appearance = normal_appearance(view, field)
    if not is_inked(view, field):
        return ""
    if not isinstance(appearance, Stream):
        return None
    rect, box = rect_of(view, field), rectangle_at(view, appearance.dict.get("BBox"))
    if rect is None or box is None or not _is_to_scale(rect, box):
        return None
    matrix = [view.get(number) for number in view.list(appearance.dict.get("Matrix"))]
    if matrix and matrix[:4] != [1, 0, 0, 1]:
        return None
    return _Look(view, field, frame, appearance, box).text()


def _is_to_scale(rect: Rect, box: Rect) -> bool:
    width, height = rect[2] - rect[0], rect[3] - rect[1]
    wide, high = box[2] - box[0], box[3] - box[1]
    return abs(width - wide) < 1 + 0.1 * width and abs(height - high) < 1 + 0.1 * height


def _compared(view: View, field: Dict, kind: str, shown: str) -> FilledText:
    value = text(view.get(inherited(view, field, "V")))
    flags = flags_of(view, field)
    if kind == "Ch":
        fits = shown in _choices(view, field, value, one=bool(flags & COMBO))
    elif flags & PASSWORD:
        fits = set(shown) <= _STARS
    else:
        fits = shown == _bare(value)
    if fits:
        return FilledText.VALUE
    is_near = bool(shown) and _plainest(shown) == _plainest(value)
    return FilledText.UNREAD if is_near or "\ufffd" in shown else FilledText.OTHER


def _plainest(value: str) -> str:
    """Return the letters and digits of a text about which no font's encoding is in doubt."""
    return "".join(c for c in value if c.isascii() and c.isalnum())


def flags_of(view: View, field: Dict) -> int:
    """Return /Ff, inherited where it is."""
    flags = view.get(inherited(view, field, "Ff"))
    return flags if isinstance(flags, int) else 0


def _bare(value: str) -> str:
    return "".join(value.split())


def _choices(view: View, field: Dict, value: str, *, one: bool) -> set[str]:
    """Return what a choice may show: its value, or a run of a list's options in their order."""
    options: list[tuple[str, str]] = []
    for raw in view.list(inherited(view, field, "Opt"))[:256]:
        found = view.get(raw)
        parts = [text(view.get(part)) for part in found[:2]] if isinstance(found, list) else []
        export, display = (parts[0], parts[-1]) if parts else (text(found), text(found))
        options.append((export, _bare(display)))
    if one:
        return {_bare(value), *(display for export, display in options if export == value)}
    displays = [display for _, display in options]
    starts = range(len(displays))
    return {
        "".join(displays[i:j]) for i in starts for j in range(i, min(i + 64, len(displays)) + 1)
    }


def _button(pair: Pair, old: Dict, new: Dict) -> FilledText:
    """A button's value chooses one of the looks that were signed; it brings none along."""
    if equivalent(pair.old, old.get("AP"), pair.new, new.get("AP")):
        return FilledText.VALUE
    drawn = normal_appearance(pair.old, old) is not None
    push = bool(flags_of(pair.new, new) & PUSH_BUTTON)
    return FilledText.OTHER if drawn or push else FilledText.UNREAD


def shows_its_state(view: View, field: Dict) -> bool:
    """Say whether a check box or radio button is in the state its value names (12.7.5.2.3)."""
    states = normal_appearance(view, field)
    value = view.get(inherited(view, field, "V"))
    named = isinstance(value, Name) and isinstance(states, Dict) and value in states
    wanted = str(value) if named else "Off"
    return shown_state(view, field) == wanted


def shown_state(view: View, field: Dict) -> str:
    """Return the state whose look is drawn; `Off` where none is."""
    states, state = normal_appearance(view, field), view.get(field.get("AS"))
    known = isinstance(states, Dict) and isinstance(state, Name) and state in states
    return str(state) if known else "Off"


def is_inked(view: View, field: Dict) -> bool:
    """Say whether a field's own appearance draws anything."""
    appearance = normal_appearance(view, field)
    return appearance is not None and not (isinstance(appearance, Stream) and is_blank(appearance))


class _Look:
    """One appearance stream, read as far as everything in it is plain."""

    def __init__(self, view: View, field: Dict, frame: Dict, form: Stream, box: Rect) -> None:
        flags = flags_of(view, field)
        self.view = view
        self.form = form
        self.box = box
        self.is_list = field_type(view, field) == "Ch" and not flags & COMBO
        self.is_comb = bool(flags & COMB)
        self.is_framed = bool({"BG", "BC"} & frame.keys())

    def text(self) -> str | None:
        """Return the words it shows, without white space; None where they cannot be relied on."""
        allowance = Allowance()
        data = decoded(self.form, allowance)
        clip = self._plain(data)
        characters = list(self._characters(data, allowance)) if clip else []
        if clip is None or allowance.exhausted or not _in_order(characters, clip):
            return None
        return _bare("".join(c.text for c in characters))

    def _plain(self, data: bytes) -> Rect | None:
        """Return the box that the text is cut to; None where anything is not plain."""
        clip: Rect | None = self.box
        path: list[_Segment] = []
        clips = has_text = False
        for operator, operands in statements(data):
            if operator in _PATH:
                path.append((operator, floats(operands, 4 if operator == b"re" else 2) or []))
                continue
            if operator in _CLIPS:
                clips = True
            elif operator == b"n" or operator in _PAINTS:
                if clips and clip is not None:
                    clip = _cut(clip, path)
                if operator != b"n" and not self._is_frame(operator, path, has_text=has_text):
                    return None
                path, clips = [], False
            elif not self._writes(operator, operands):
                return None
            has_text = has_text or operator in _SHOWS
        return clip

    @staticmethod
    def _writes(operator: bytes, operands: bytes) -> bool:
        """Say whether an operator shows text, or sets how text and lines are drawn."""
        if operator == b"Tr":
            return floats(operands, 1) == [0.0]
        return operator in _SHOWS | _TEXT | _STATE

    def _is_frame(self, operator: bytes, path: list[_Segment], *, has_text: bool) -> bool:
        """Say whether a painted path is the background or border that the form had, or a choice."""
        strokes = operator in (b"S", b"s")
        if has_text and not strokes:
            return False
        if self.is_list and not strokes:
            return all(op == b"re" and self._is_bar(numbers) for op, numbers in path)
        return self.is_framed and self._goes_round(path)

    def _goes_round(self, path: list[_Segment]) -> bool:
        """Say whether a path is the whole box, or lines along its edge."""
        at: list[float] = []
        for op, numbers in path:
            if op == b"re" and not (len(numbers) == 4 and self._is_whole(numbers)):
                return False
            if op in (b"m", b"l"):
                if len(numbers) != 2 or (op == b"l" and not self._is_along(at, numbers)):
                    return False
                at = numbers
        return True

    def _is_whole(self, numbers: list[float]) -> bool:
        x, y, w, h = numbers
        corners = (x, y, x + w, y + h)
        return all(abs(a - b) <= _EDGE for a, b in zip(corners, self.box, strict=True))

    def _is_bar(self, numbers: list[float]) -> bool:
        """Say whether a rectangle goes from side to side: a list marks its choice so."""
        return (
            len(numbers) == 4
            and abs(numbers[0] - self.box[0]) <= _EDGE
            and abs(numbers[0] + numbers[2] - self.box[2]) <= _EDGE
        )

    def _is_along(self, at: list[float], to: list[float]) -> bool:
        if not at:
            return False
        box = self.box
        sides = ((0, box[0]), (1, box[1]), (0, box[2]), (1, box[3]))
        if any(abs(at[i] - side) <= _EDGE and abs(to[i] - side) <= _EDGE for i, side in sides):
            return True
        tall = abs(at[1] - to[1]) >= box[3] - box[1] - 2 * _EDGE
        return self.is_comb and tall and at[0] == to[0]

    def _characters(self, data: bytes, allowance: Allowance) -> Iterator[Character]:
        """Yield what is shown; exhaust the allowance where its colour or font is unreliable."""
        resources = self.view.dict(self.form.dict.get("Resources"))
        machine = Machine(self.view, resources, allowance, GraphicsState())
        writer = Writer(Fonts(self.view))
        for event in machine.run(data):
            if not isinstance(event, Shown):
                continue
            fill = event.state.fill
            is_light = fill is not None and sum(fill) / len(fill) >= DARK
            if is_light and not self.is_framed:
                continue  # nothing is seen on paper
            if fill is None or is_light or not self._is_true(event.state.font):
                allowance.exhausted = True
                return
            yield from writer.characters(event)

    def _is_true(self, value: Obj) -> bool:
        """Say whether a font's text is what its glyphs show, as far as that can be known.

        What the program of an embedded font draws is not looked at.
        """
        font = self.view.dict(value)
        if self.view.get(font.get("Subtype")) == "Type3":
            return False
        if "ToUnicode" not in font or self.view.get(font.get("Subtype")) == "Type0":
            return True
        bare = Dict((key, item) for key, item in font.items() if key != "ToUnicode")
        codes = bytes(range(32, 127))
        told, drawn = (
            [glyph.text for glyph in read_font(self.view, source).glyphs(codes)]
            for source in (font, bare)
        )
        pairs = zip(told, drawn, strict=True)
        return all(a == b for a, b in pairs if a.strip() and b.strip(" \ufffd"))


def _cut(clip: Rect, path: list[_Segment]) -> Rect | None:
    """Return what is left of a box after one rectangle cuts it; None for any other path."""
    if len(path) != 1 or path[0][0] != b"re" or len(path[0][1]) != 4:
        return None
    x, y, w, h = path[0][1]
    left, right, low, high = min(x, x + w), max(x, x + w), min(y, y + h), max(y, y + h)
    return (max(clip[0], left), max(clip[1], low), min(clip[2], right), min(clip[3], high))


def _in_order(characters: list[Character], clip: Rect) -> bool:
    """Say whether glyphs stand one after another, of one size, inside the box they are cut to."""
    sizes = [c.size for c in characters if c.text.strip()]
    if sizes and (min(sizes) < _SMALLEST or max(sizes) > _EVEN * min(sizes)):
        return False
    last: Character | None = None
    for c in characters:
        if not c.text.strip():
            continue
        if c.right - c.left < 0.1 * c.size or not _inside(c, clip):
            return False
        if last is not None:
            same_line = abs(c.baseline - last.baseline) < 0.3 * c.size
            follows = c.left >= last.left + 0.5 * (last.right - last.left)
            if not (follows if same_line else c.baseline < last.baseline):
                return False
        last = c
    return True


def _inside(c: Character, clip: Rect) -> bool:
    across = clip[0] - _SLACK <= c.left and c.right <= clip[2] + _SLACK
    return across and clip[1] - _SLACK <= c.baseline <= clip[3] - 0.3 * c.size
