"""What a filled-in field shows, held against its value (ISO 32000-2, 12.7.4.3 and 12.7.5).

Whatever could show something else than its text says is `UNREAD`, and decides against nobody: the
verdict stays open.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Callable
from enum import Enum

from sigcheck.evidence.appearance.fonts import base_table, read_font
from sigcheck.evidence.changes.annotations import normal_appearance, rect_of
from sigcheck.evidence.changes.cover import is_blank
from sigcheck.evidence.changes.equivalence import equivalent
from sigcheck.evidence.changes.fieldtree import field_type, inherited
from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.changes.plain import Frame, PlainLook, ShownGlyph, read_plain
from sigcheck.evidence.changes.values import text
from sigcheck.evidence.pdf import Dict, Name, Obj, Ref, Stream, View

PUSH_BUTTON, COMBO, PASSWORD, COMB = 1 << 16, 1 << 17, 1 << 13, 1 << 24
"""Flags of a field (tables 229, 231 and 233)."""
_STARS = frozenset("*•●")
"""What a password field shows for each character."""


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
    look = _read(pair, pair.new, old, new)
    if look is None:
        return FilledText.UNREAD
    found = _compared(pair.new, new, kind, look)
    is_formatted = "F" in pair.old.dict(inherited(pair.old, old, "AA"))
    # The form's own script may spell the value in another way (12.6.3, table 199).
    is_doubtful = found is FilledText.OTHER and _seen(look) and is_formatted
    return FilledText.UNREAD if is_doubtful else found


def words(pair: Pair, view: View, old: Dict, field: Dict) -> str | None:
    """Return what a text or choice field's appearance shows, white space left out.

    `old` is the field as it was signed. None where the words cannot be relied on.
    """
    look = _read(pair, view, old, field)
    if look is None or any(line.is_white for line in look.lines):
        return None
    return _seen(look)


def _read(pair: Pair, view: View, old: Dict, field: Dict) -> PlainLook | None:
    appearance, rect = normal_appearance(view, field), rect_of(view, field)
    if not is_inked(view, field):
        return PlainLook([], [])
    if not isinstance(appearance, Stream) or rect is None:
        return None
    frame = pair.old.dict(old.get("MK"))
    flags = flags_of(pair.old, old)
    border = pair.old.get(pair.old.dict(old.get("BS")).get("W"))
    allowed = Frame(
        has_background="BG" in frame,
        has_border="BC" in frame,
        width=float(border) if isinstance(border, int | float) else 1.0,
        is_list=field_type(view, field) == "Ch" and not flags & COMBO,
        is_comb=bool(flags & COMB),
    )
    resources = view.dict(view.dict(appearance.dict.get("Resources")).get("Font"))
    return read_plain(
        view, appearance, rect, allowed, lambda name: _letters(pair, view, name, resources)
    )


def _seen(look: PlainLook) -> str:
    return _bare("".join(line.text for line in look.lines if not line.is_white))


def _compared(view: View, field: Dict, kind: str, look: PlainLook) -> FilledText:
    value = text(view.get(inherited(view, field, "V")))
    flags = flags_of(view, field)
    shown = _seen(look)
    if kind == "Ch":
        fits = _shows_choice(view, field, look, one=bool(flags & COMBO))
    elif flags & PASSWORD:
        fits = set(shown) <= _STARS
    else:
        fits = shown == _bare(value)
    if fits:
        # White words are unseen on paper, but not on every page.
        unseen = all(not line.is_white for line in look.lines)
        return FilledText.VALUE if unseen else FilledText.UNREAD
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
    return unicodedata.normalize("NFC", "".join(value.split()))


def _shows_choice(view: View, field: Dict, look: PlainLook, *, one: bool) -> bool:
    """Say whether a choice shows its value: alone, or marked by a bar in a run of its options."""
    raw = view.get(inherited(view, field, "V"))
    chosen = [text(view.get(item)) for item in (raw if isinstance(raw, list) else [raw])]
    options = list(_options(view, field))
    if one:
        displayed = [name for export, name in options if export == chosen[0]]
        return _seen(look) in [_bare(chosen[0]), *displayed]
    marked = [name for export, name in options if export in chosen or name in map(_bare, chosen)]
    lines = [line for line in look.lines if line.text.strip()]
    in_bars = [
        _bare(line.text)
        for line in lines
        if any(low <= line.baseline <= high for low, high in look.bars)
    ]
    names = [name for _, name in options]
    shown = [_bare(line.text) for line in lines]
    runs = (names[at : at + len(shown)] for at in range(len(names)))
    is_marked = in_bars == marked if look.bars else shown == marked
    return is_marked and any(shown == run for run in runs)


def indexes_fit(view: View, field: Dict) -> bool:
    """Say whether /I of a choice, where it has one, marks the options that are its value."""
    marks = view.get(inherited(view, field, "I"))
    if field_type(view, field) != "Ch" or marks is None:
        return True
    raw = view.get(inherited(view, field, "V"))
    chosen = [text(view.get(item)) for item in (raw if isinstance(raw, list) else [raw])]
    exports = [export for export, _ in _options(view, field)]
    indexes = [view.get(item) for item in marks] if isinstance(marks, list) else [-1]
    known = [i for i in indexes if isinstance(i, int) and 0 <= i < len(exports)]
    return len(known) == len(indexes) and [exports[i] for i in known] == [c for c in chosen if c]


def _options(view: View, field: Dict) -> list[tuple[str, str]]:
    """Return the options of a choice: what each stands for, and what it shows."""
    found: list[tuple[str, str]] = []
    for raw in view.list(inherited(view, field, "Opt"))[:256]:
        option = view.get(raw)
        parts = [text(view.get(part)) for part in option[:2]] if isinstance(option, list) else []
        export, display = (parts[0], parts[-1]) if parts else (text(option), text(option))
        found.append((export, _bare(display)))
    return found


# --- Fonts whose letters are known

_TEXT_FONTS = frozenset(
    {"Courier", "Courier-Bold", "Courier-Oblique", "Courier-BoldOblique", "Helvetica",
     "Helvetica-Bold", "Helvetica-Oblique", "Helvetica-BoldOblique", "Times-Roman", "Times-Bold",
     "Times-Italic", "Times-BoldItalic"}
)  # fmt: skip
"""Standard fonts of letters (9.6.2.2)."""
_STANDARD_KEYS = frozenset({"Type", "Subtype", "BaseFont", "Name", "Encoding"})
_LETTERS = string.ascii_letters + string.digits
_OTHERWISE = frozenset("'`")
"""Characters that the fonts' own encoding shows as others (annex D.2)."""


def plain_font(view: View, value: Obj) -> bool:
    """Say whether a font is a standard one of letters, in no encoding of its own."""
    font = view.dict(value)
    encoding = view.get(font.get("Encoding"))
    return (
        view.get(font.get("Subtype")) == "Type1"
        and text(view.get(font.get("BaseFont"))) in _TEXT_FONTS
        and not font.keys() - _STANDARD_KEYS
        and (encoding is None or encoding == "WinAnsiEncoding")
    )


def has_letters(view: View, value: Obj) -> bool:
    """Say whether a font shows letters and digits as such, not symbols or others of its own."""
    font = view.dict(value)
    if view.get(font.get("Subtype")) == "Type3":
        return False
    if "FontDescriptor" in font or "DescendantFonts" in font:
        return True
    known = text(view.get(font.get("BaseFont"))) in _TEXT_FONTS
    glyphs = read_font(view, value).glyphs(_LETTERS.encode()) if known else []
    return "".join(glyph.text for glyph in glyphs) == _LETTERS


def signed_fonts(pair: Pair) -> Dict:
    """Return the fonts of the form's default resources, by name, when it was signed."""
    defaults = pair.old.dict(pair.old.acroform.get("DR"))
    return pair.old.dict(defaults.get("Font"))


def _letters(
    pair: Pair, view: View, name: str, resources: Dict
) -> Callable[[bytes], list[ShownGlyph]] | None:
    """Return a reader of strings in one of a look's fonts; None where its letters are not known."""
    value = resources.get(name)
    if plain_font(view, value):
        return _standard(view, view.dict(value))
    # Some programs name the form's font anew in what they draw.
    fonts = signed_fonts(pair)
    signed = value if isinstance(value, Ref) and value in fonts.values() else fonts.get(name)
    if signed is None or not equivalent(pair.old, signed, view, value):
        return None
    font = view.dict(value)
    if not has_letters(view, value) or not _is_readable(view, font):
        return None
    read = read_font(view, value)

    def letters(codes: bytes) -> list[ShownGlyph]:
        return [ShownGlyph(g.text, g.width / 1000, g.width / 1000) for g in read.glyphs(codes)]

    return letters


def _is_readable(view: View, font: Dict) -> bool:
    """Say whether what a signed font says of its text agrees with itself.

    What the program of an embedded font draws is not looked at: it was signed with the form.
    """
    encoding = view.get(font.get("Encoding"))
    if view.get(font.get("Subtype")) == "Type0":
        return encoding == "Identity-H"
    if "ToUnicode" not in font:
        return True
    bare = Dict((key, item) for key, item in font.items() if key != "ToUnicode")
    codes = bytes(range(32, 256))
    told, drawn = (read_font(view, source).glyphs(codes) for source in (font, bare))
    pairs = zip(told, drawn, strict=True)
    return all(
        a.text == b.text for a, b in pairs if a.text.strip(" \ufffd") and b.text.strip(" \ufffd")
    )


def _standard(view: View, font: Dict) -> Callable[[bytes], list[ShownGlyph]]:
    is_encoded = view.get(font.get("Encoding")) is not None
    is_wide = text(view.get(font.get("BaseFont"))).startswith("Courier")
    table = base_table("WinAnsiEncoding")

    def letters(codes: bytes) -> list[ShownGlyph]:
        found: list[ShownGlyph] = []
        for code in codes:
            is_known = is_encoded or (32 <= code < 127 and chr(code) not in _OTHERWISE)
            shown = table[code] if is_known else "\ufffd"
            found.append(ShownGlyph(shown, *((0.6, 0.6) if is_wide else _width(shown))))
        return found

    return letters


def _width(letter: str) -> tuple[float, float]:
    """Return bounds of a letter's width in Helvetica and Times, upright, slanted or bold."""
    base = unicodedata.normalize("NFD", letter)[:1]
    if base.isdigit():
        return 0.5, 0.556
    if base in "MW@%&…—":
        return 0.7, 1.015
    if base.isupper():
        return 0.33, 0.833
    if base in "mw":
        return 0.66, 0.889
    return (0.25, 0.61) if base.isalpha() else (0.2, 0.6)


def _button(pair: Pair, old: Dict, new: Dict) -> FilledText:
    """A button's value chooses one of the looks that were signed; one drawn anew is not read."""
    if equivalent(pair.old, old.get("AP"), pair.new, new.get("AP")):
        return FilledText.VALUE
    push = bool(flags_of(pair.new, new) & PUSH_BUTTON)
    return FilledText.OTHER if push else FilledText.UNREAD


def shows_its_state(view: View, field: Dict) -> bool:
    """Say whether a check box or radio button is in the state its value names (12.7.5.2.3)."""
    states = normal_appearance(view, field)
    value = view.get(inherited(view, field, "V"))
    named = isinstance(value, Name) and isinstance(states, Dict) and value in states
    wanted = str(value) if named else "Off"
    return shown_state(view, field) == wanted


def shown_state(view: View, field: Dict) -> str:
    """Return the state whose look is drawn; `Off` where none is.

    Empty for a state that is missing or has no look: programs draw another, or none.
    """
    states, state = normal_appearance(view, field), view.get(field.get("AS"))
    if not isinstance(states, Dict):
        return "Off"
    known = isinstance(state, Name) and (state in states or state == "Off")
    return str(state) if known else ""


def is_inked(view: View, field: Dict) -> bool:
    """Say whether a field's own appearance draws anything."""
    appearance = normal_appearance(view, field)
    return appearance is not None and not (isinstance(appearance, Stream) and is_blank(appearance))
