"""The interactive form: fields signed, filled in, added or tampered with (ISO 32000-2, 12.7)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sigcheck.evidence.changes.annotations import (
    appearance_touched,
    can_paint,
    covered_unseen,
    leaves_rectangle,
    new_appearance,
    normal_appearance,
    page_share,
    pages_of,
    place_of,
    rect_of,
    widget_cover,
    widget_covers,
)
from sigcheck.evidence.changes.cover import fills_areas
from sigcheck.evidence.changes.equivalence import equivalent
from sigcheck.evidence.changes.fieldtree import (
    ancestors,
    field_type,
    in_form,
    inherited,
    qualified_name,
    terminal,
)
from sigcheck.evidence.changes.look import (
    FilledText,
    filled_look,
    has_letters,
    indexes_fit,
    is_inked,
    shown_state,
    shows_its_state,
    signed_fonts,
    words,
)
from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.changes.plain import DARK
from sigcheck.evidence.changes.values import same, text
from sigcheck.evidence.pdf import Dict, Name, Obj, PdfString, Ref, Stream, View
from sigcheck.evidence.pdf.signatures import is_signature
from sigcheck.model.evidence import ChangeClass

_MAX_DEPTH = 32
_ACTIONS = ("A", "AA")


def judge_new_field(pair: Pair, node: Obj, path: str, above: str, depth: int = 0) -> None:
    """Judge a field that was not in the form before."""
    value = pair.new.get(node)
    num = node.num if isinstance(node, Ref) else None
    if not isinstance(value, Dict) or depth > _MAX_DEPTH:
        pair.undefined("new-field-malformed", path, num=num, after=node)
        return
    problem = _problem(pair, node, value)
    name = qualified_name(pair.new, value) if isinstance(node, Ref) else _joined(above, value)
    pair.settle(node)
    if problem:
        pair.explained_widgets.add(num or 0)
        pair.undefined(problem, path, num=num, name=name, after=node)
        return
    named_kids = [kid for kid in pair.new.list(value.get("Kids")) if _named(pair, kid)]
    if named_kids:
        for index, kid in enumerate(named_kids):
            judge_new_field(pair, kid, f"{path}/Kids[{index}]", name, depth + 1)
    else:
        _terminal(pair, value, num, path, name)


def _joined(above: str, value: Dict) -> str:
    own = text(value.get("T"))
    return f"{above}.{own}" if above else own


def _named(pair: Pair, kid: Obj) -> bool:
    value = pair.new.get(kid)
    return isinstance(value, Dict) and ("T" in value or "Kids" in value)


def _problem(pair: Pair, node: Obj, value: Dict) -> str:
    """Say what is wrong with a new field by itself; empty when nothing is."""
    own = pair.new.get(value.get("T"))
    if isinstance(node, Ref) and node.num not in pair.fresh:
        return "old-object-as-field"
    if not isinstance(own, PdfString) or not own:
        return "field-name-missing"
    if "." in text(own):
        return "field-name-malformed"
    if any(key in value for key in _ACTIONS):
        return "field-action"
    kind = field_type(pair.new, value)
    if kind and kind != "Sig":
        return "new-form-field"
    return ""


def _terminal(pair: Pair, value: Dict, num: int | None, path: str, name: str) -> None:
    names = pair.shared.field_names(pair.old)
    if name in names:
        pair.undefined("field-name-duplicate", path, num=num, name=name, after=name)
        return
    names.add(name)
    problem = signature_problem(pair, value.get("V")) or _widget_problem(pair, value, num)
    if field_type(pair.new, value) != "Sig":
        problem = "field-type-missing"
    if problem:
        pair.undefined(problem, path, num=num, name=name, after=value.get("V"))
        return
    pair.adopt(value)
    report_signature(pair, value, num, path, name, "new-signature-field")


def signature_problem(pair: Pair, raw: Obj) -> str:
    """Say why a new /V is no new signature; empty when it is one, or when there is none."""
    if raw is None:
        return ""
    value = pair.new.get(raw)
    if value is None:
        return ""
    if not isinstance(value, Dict) or not is_signature(value):
        return "signature-malformed"
    if isinstance(raw, Ref) and raw.num not in pair.fresh:
        return "signature-recycled"
    return ""


def report_signature(
    pair: Pair, value: Dict, num: int | None, path: str, name: str, rule: str
) -> None:
    """Name a field that is signed now, or a new one left unsigned, with each of its widgets."""
    signed = pair.new.get(value.get("V"))
    kind = _class_of(signed)
    if kind is ChangeClass.EXTENSION:
        rule = "document-timestamp"
    elif kind is ChangeClass.NEW_FIELD:
        rule = "unsigned-signature-field"
    for widget, number in _widgets(pair, value, num):
        pair.explained_widgets.add(number or 0)
        page, rect = place_of(pair, widget, number)
        paints = can_paint(pair, widget, number)
        # What is drawn elsewhere than in its rectangle, or not on one page, may lie anywhere.
        anywhere = paints and (leaves_rectangle(pair, widget) or len(pages_of(pair, number)) != 1)
        over = widget_cover(pair, widget, number)
        pair.report(
            kind, rule, path, num=num, page=page, rect=rect, name=name,
            after=_summary(signed),
            covers=over.covers,
            touches=over.touches,
            paints=paints,
            page_share=1.0 if anywhere else page_share(pair.new, page, rect),
        )  # fmt: skip


def _class_of(signed: Obj) -> ChangeClass:
    if not isinstance(signed, Dict):
        return ChangeClass.NEW_FIELD
    if signed.get("Type") == "DocTimeStamp" or signed.get("SubFilter") == "ETSI.RFC3161":
        return ChangeClass.EXTENSION
    return ChangeClass.SIGNATURE


_OF_FIELDS = frozenset({"V", "DV", "Opt", "MaxLen", "T"})
"""Entries of fields that a signature's widget has no use for, and programs may draw."""


def _widget_problem(pair: Pair, value: Dict, num: int | None) -> str:
    """Say what is wrong with a new field's widgets: they are new themselves, and do not act."""
    for widget, number in _widgets(pair, value, num):
        if number is not None and number not in pair.fresh:
            return "old-object-as-field"
        if any(key in widget for key in _ACTIONS):
            return "field-action"
        if widget is not value and (widget.keys() & _OF_FIELDS or widget.get("FT", "Sig") != "Sig"):
            return "field-type"
    return ""


def _summary(signed: Obj) -> str:
    if not isinstance(signed, Dict):
        return ""
    return f"/{text(signed.get('Type')) or 'Sig'} {text(signed.get('SubFilter'))}".strip()


def _widgets(
    pair: Pair, value: Dict, num: int | None, depth: int = 0
) -> Iterator[tuple[Dict, int | None]]:
    """Yield the field's widgets: itself, or what its kids come to at whatever depth."""
    kids = [kid for kid in pair.new.list(value.get("Kids")) if isinstance(pair.new.get(kid), Dict)]
    if not kids or depth > _MAX_DEPTH:
        yield value, num
        return
    for kid in kids:
        number = kid.num if isinstance(kid, Ref) else None
        yield from _widgets(pair, pair.new.dict(kid), number, depth + 1)


def judge_field_list(pair: Pair, was: list[Obj], now: list[Obj], path: str, above: str) -> None:
    """Compare the fields of one level, the form's own or a field's /Kids."""
    known = {ref.num for ref in was if isinstance(ref, Ref)}
    left = {ref.num for ref in now if isinstance(ref, Ref)}
    for item in was:
        if isinstance(item, Ref) and item.num not in left:
            pair.undefined("field-removed", path, num=item.num, before=pair.old.get(item))
            pair.settle(item)
    direct = [item for item in was if not isinstance(item, Ref)]
    listed: set[int] = set()
    for index, item in enumerate(now):
        if isinstance(item, Ref) and item.num not in known and item.num not in listed:
            listed.add(item.num)
            judge_new_field(pair, item, f"{path}[{index}]", above)
        elif not isinstance(item, Ref) and not any(same(item, other) for other in direct[:64]):
            judge_new_field(pair, item, f"{path}[{index}]", above)
    if any(pair.dirty(item) and item.num in pair.gone for item in now if isinstance(item, Ref)):
        pair.undefined("field-removed", path)


# --- Fields that were there before: signed now, filled in, or tampered with

_TYPES = frozenset({"Tx", "Btn", "Ch", "Sig"})
_SIGNING = frozenset({"V", "AP", "F", "M", "MK", "Lock", "SV", "DA", "DR", "P", "AS", "Ff"})
"""What signing an empty field may touch in it."""
_FILLING = frozenset({"V", "AP", "AS", "RV", "I", "M", "TI"})
"""What filling in a field may touch in it."""
_STYLE = frozenset({"DA", "Q", "F", "MK", "TU", "NM", "BS", "Border", "Rect"})
"""What writers set beside it, as far as `_style_problem` lets them."""
_WITH_VALUE = frozenset({"DA", "Q", "MK", "I", "TI", "RV"})
"""Entries that programs draw a field by: they change with its value or not at all."""
_LOCKING = 64 | 128 | 512
"""Flags ReadOnly, Locked and LockedContents of an annotation (12.5.3)."""


def is_field(pair: Pair, value: Obj) -> bool:
    """Say whether a dictionary is a field or one of a field's widgets."""
    if not isinstance(value, Dict):
        return False
    if value.get("Subtype") == "Widget":
        return True
    return (
        any("FT" in node or "T" in node for node in ancestors(pair.new, value))
        and ("Kids" in value or "FT" in value or "T" in value)
        and value.get("Type") in (None, "Annot")
    )


_INHERITED = ("FT", "V", "DV", "Ff", "DA", "Q", "MaxLen", "Opt")


def judge_field(pair: Pair, num: int, old: Dict, new: Dict) -> None:
    """Judge an altered field or widget."""
    name = qualified_name(pair.new, new)
    path = f"/Root/AcroForm//{name}"
    pair.settle_object(num)
    members = pair.shared.members
    if not in_form(pair.new, num, new, members) or not in_form(pair.old, num, old, members):
        _bad(pair, num, new, "widget-without-field", path, old, new)
        return
    if not pair.form_tree.has_one_place(pair.new, num, new):
        _bad(pair, num, new, "field-kids", path, old, new)
        return
    changed = pair.differing(old, new)
    if "AP" not in changed and appearance_touched(pair, new):
        changed.append("AP")
    changed += [key for key in ("V", "Kids") if pair.dirty(new.get(key)) and key not in changed]
    # Null hides what is above, for some programs.
    changed += [
        key
        for key in _INHERITED
        if (key in old) is not (key in new) and old.get(key) is new.get(key) is None
    ]
    if "Type" in changed and old.get("Type") is None and new.get("Type") == "Annot":
        changed.remove("Type")
    if "Kids" in changed:
        changed.remove("Kids")
        _kids(pair, num, old, new, path)
    if "Ff" in changed and _locks(pair, old, new):
        changed.remove("Ff")
        pair.report(
            ChangeClass.EXTENSION, "field-locked", f"{path}/Ff", num=num, name=name,
            before=old.get("Ff"), after=new.get("Ff"),
        )  # fmt: skip
    if not changed:
        return
    kind = field_type(pair.new, new)
    unknown = kind not in _TYPES or old.get("Subtype") not in (None, "Widget")
    if unknown or kind != field_type(pair.old, old):
        _bad(pair, num, new, "field-type", path, old.get("FT"), new.get("FT"))
    elif kind == "Sig":
        _signature_field(pair, num, old, new, changed)
    else:
        _filled(pair, num, old, new, changed)


def _locks(pair: Pair, old: Dict, new: Dict) -> bool:
    """Say whether only the ReadOnly flag was set, as signing with a lock does (table 227)."""
    before, after = pair.old.get(old.get("Ff", 0)), pair.new.get(new.get("Ff"))
    return isinstance(before, int) and isinstance(after, int) and after == before | 1


def _kids(pair: Pair, num: int, old: Dict, new: Dict, path: str) -> None:
    before, after = old.get("Kids"), new.get("Kids")
    now = pair.new.get(after)
    if not isinstance(now, list) or "Kids" not in old:
        pair.undefined("field-kids", path, num=num, before=before, after=after)
        return
    pair.own(after, num)
    name = qualified_name(pair.new, new)
    judge_field_list(pair, pair.old.list(before), now, f"{path}/Kids", name)


def _bad(pair: Pair, num: int, new: Dict, rule: str, path: str, before: Obj, after: Obj) -> None:
    page, _ = place_of(pair, new, num)
    name = qualified_name(pair.new, new)
    pair.undefined(rule, path, num=num, page=page, name=name, before=before, after=after)


def _signature_field(pair: Pair, num: int, old: Dict, new: Dict, changed: list[str]) -> None:
    path = f"/Root/AcroForm//{qualified_name(pair.new, new)}"
    was = pair.old.get(inherited(pair.old, old, "V"))
    raw = inherited(pair.new, new, "V")
    now = pair.new.get(raw)
    if was is not None and changed == ["F"] and _only_locks(pair, old, new):
        pair.report(
            ChangeClass.EXTENSION, "field-locked", f"{path}/F", num=num,
            name=qualified_name(pair.new, new), before=old.get("F"), after=new.get("F"),
        )  # fmt: skip
        return
    if was is not None:
        key = "V" if "V" in changed or pair.dirty(raw) else changed[0]
        rule = "signature-replaced" if key == "V" else "signature-widget"
        if now is None:
            rule = "signature-removed"
        _bad(pair, num, new, rule, f"{path}/{key}", old.get(key), new.get(key))
        return
    problem = signature_problem(pair, raw)
    bad = (
        next((key for key in changed if key not in _SIGNING), "") if now is not None else changed[0]
    )
    if not problem and "AP" in changed and new.get("AP") is not None:
        problem = new_appearance(pair, old.get("AP"), new.get("AP"), num) and "field-appearance"
    if problem or bad:
        key = bad or ("AP" if problem == "field-appearance" else "V")
        _bad(
            pair,
            num,
            new,
            problem or "signature-field",
            f"{path}/{key}",
            old.get(key),
            new.get(key),
        )
        return
    for key in changed:
        pair.adopt(new.get(key))
    if "V" in changed:
        owner = terminal(pair.new, new)
        report_signature(pair, owner, num, path, qualified_name(pair.new, new), "field-signed")


def _filled(pair: Pair, num: int, old: Dict, new: Dict, changed: list[str]) -> None:
    path = f"/Root/AcroForm//{qualified_name(pair.new, new)}"
    before, after = _value(pair.old, old), _value(pair.new, new)
    kept = equivalent(pair.old, before, pair.new, after)
    for key in changed:
        problem = "field-entry" if kept and key in _WITH_VALUE else ""
        problem = problem or _entry_problem(pair, num, key, old, new)
        if problem:
            _bad(pair, num, new, problem, f"{path}/{key}", old.get(key), new.get(key))
            return
    looks = bool({"AP", "AS"} & set(changed))
    over = widget_covers(pair, new, num) if looks else ()
    look = filled_look(pair, old, new) if looks else FilledText.VALUE
    if (
        look is FilledText.OTHER
        or (kept and _is_redrawn(pair, old, new, changed))
        or ("AS" in changed and not kept and not shows_its_state(pair.new, new))
        or _paints_over(pair, old, new, over)
        or not indexes_fit(pair.new, new)
        or (looks and len(pages_of(pair, num)) > 1)
    ):
        _bad(pair, num, new, "field-appearance", f"{path}/AP", old.get("AP"), new.get("AP"))
        return
    page, rect = place_of(pair, new, num)
    kind, rule = ChangeClass.FORM_FILLING, "field-filled"
    replaced = not _is_empty(before) and not kept
    had = _words_of(pair, old) if "AP" in changed else ""
    if replaced or (_is_empty(before) and had):
        kind, rule = ChangeClass.VALUE_REPLACED, "value-replaced"
    elsewhere = looks and is_inked(pair.new, new) and leaves_rectangle(pair, new)
    redrawn = had is None or (kept and had != "")
    in_the_way = set(over)
    if "AP" not in changed and (not _fills(pair.new, new) or _fills(pair.old, old)):
        in_the_way.discard("drawing")  # a state that was signed may lie in the ring around it
    # Programs draw the value themselves then, each in its own way, or not at all.
    gone = "AP" in changed and new.get("AP") is None
    if not kept or _WITH_VALUE & set(changed):
        unseen = (covered_unseen(pair, one, number) for one, number in _widgets(pair, new, num))
        in_the_way |= {kind for kinds in unseen for kind in kinds}
    if look is FilledText.UNREAD or elsewhere or redrawn or in_the_way or gone:
        _unclear(pair, num, new, path, over)
    pair.report(
        kind, rule, f"{path}/{','.join(changed)}", num=num, page=page, rect=rect,
        name=qualified_name(pair.new, new), before=before, after=after, covers=over,
    )  # fmt: skip


def _is_redrawn(pair: Pair, old: Dict, new: Dict, changed: list[str]) -> bool:
    """Say whether a field whose value stayed shows other words than it did, or another state."""
    if "AS" in changed and shown_state(pair.old, old) != shown_state(pair.new, new):
        return True
    if "AP" not in changed or _words_of(pair, old) == "":
        return False
    had, has = words(pair, pair.old, old, old), words(pair, pair.new, old, new)
    return had is None or had != has


def _words_of(pair: Pair, old: Dict) -> str | None:
    """Return what a field's own look showed when it was signed, a frame left out; None unread."""
    return "" if field_type(pair.old, old) == "Btn" else words(pair, pair.old, old, old)


def _value(view: View, field: Dict) -> Obj:
    """Return a field's value; where its widget has an empty one, some viewers take its parent's."""
    values = [view.get(node.get("V")) for node in ancestors(view, field)]
    return next((value for value in values if not _is_empty(value)), values[0])


def _is_empty(value: Obj) -> bool:
    return value is None or value == "Off" or (isinstance(value, PdfString) and not value.strip())


def _unclear(pair: Pair, num: int, new: Dict, path: str, over: tuple[str, ...]) -> None:
    page, rect = place_of(pair, new, num)
    pair.report(
        ChangeClass.FILLING_UNCLEAR, "field-appearance-unclear", f"{path}/AP", num=num, page=page,
        rect=rect, name=qualified_name(pair.new, new), after=new.get("AP"), covers=over,
    )  # fmt: skip


def _paints_over(pair: Pair, old: Dict, new: Dict, over: tuple[str, ...]) -> bool:
    """Say whether a field that let the page's own words be seen now paints over them.

    A background of the field's own (/MK /BG) was there to be seen when it was signed.
    """
    if not {"text", "image"} & set(over) or pair.old.dict(old.get("MK")).get("BG") is not None:
        return False
    return _fills(pair.new, new) and not _fills(pair.old, old)


def _fills(view: View, widget: Dict) -> bool:
    """Say whether what a widget shows, in the state it is in, fills areas."""
    appearance = normal_appearance(view, widget)
    if isinstance(appearance, Dict):
        state = view.get(widget.get("AS"))
        shown = view.get(appearance.get(state)) if isinstance(state, Name) else None
        appearance = shown if isinstance(shown, Stream) else None
    return appearance is not None and fills_areas(view, appearance)


def _entry_problem(pair: Pair, num: int, key: str, old: Dict, new: Dict) -> str:
    """Say why one entry of a field is not form filling; empty when it is."""
    raw = new.get(key)
    if key in _STYLE:
        pair.own(raw, num)
        pair.adopt(raw)
        return "" if _is_style(pair, num, key, old, new) else "field-entry"
    if key not in _FILLING:
        return "field-entry"
    if key == "AP" and raw is None and field_type(pair.old, old) != "Btn":
        return ""
    if key == "AP":
        return new_appearance(pair, old.get("AP"), raw, num) and "field-appearance"
    pair.own(raw, num)
    value = pair.new.get(raw)
    if key == "AS":
        return "" if isinstance(value, Name | None) else "field-entry"
    values = value if isinstance(value, list) else [value]
    plain = all(isinstance(pair.new.get(v), PdfString | Name | int | float | None) for v in values)
    pair.adopt(raw)
    return "" if plain else "field-value"


def _only_locks(pair: Pair, old: Dict, new: Dict) -> bool:
    """Say whether an annotation's flags gained nothing but locks against changes."""
    before, after = pair.old.get(old.get("F", 0)), pair.new.get(new.get("F", 0))
    if not isinstance(before, int) or not isinstance(after, int):
        return False
    return before & ~after == 0 and (after & ~before) & ~_LOCKING == 0


def _is_style(pair: Pair, num: int, key: str, old: Dict, new: Dict) -> bool:
    """Say whether an entry beside the value leaves a field in its place, and legible."""
    value = pair.new.get(new.get(key))
    match key:
        case "F":
            fits = _only_locks(pair, old, new)
        case "Q":
            fits = type(value) is int and 0 <= value <= 2
        case "TU" | "NM":
            fits = isinstance(value, PdfString)
        case "DA":
            fits = isinstance(value, PdfString) and _is_legible(pair, bytes(value))
        case "MK":
            fits = value is None or (
                isinstance(value, Dict) and _frames_alike(pair, num, old, value)
            )
        case "BS" | "Border":
            fits = _border(pair.old, old) == _border(pair.new, new)
        case _:
            fits = pair.is_rounded(num, key, rect_of(pair.old, old), rect_of(pair.new, new))
    return fits


_DEFAULT = re.compile(
    rb"\s*(?:/([^\s/()<>\[\]{}%#]{1,127})\s+(\d{1,3}(?:\.\d{1,6})?)\s+Tf"
    rb"|(\d?\.?\d{1,6}(?:\s+\d?\.?\d{1,6}){0,3})\s+(g|rg|k))"
)


_SIZES = (4.0, 24.0)
"""Points of text that a program may be told to draw; 0 lets it choose (12.7.4.3)."""


def _is_legible(pair: Pair, default: bytes) -> bool:
    """Say whether a default appearance is of the signed form's letters, and usual."""
    named = (match[1].decode() for match in _DEFAULT.finditer(default) if match[1] is not None)
    fonts = signed_fonts(pair)
    return is_usual_default(default) and all(
        has_letters(pair.old, fonts.get(font)) for font in named
    )


def is_usual_default(default: bytes) -> bool:
    """Say whether a default appearance is a font in a usual size and a dark colour, no more."""
    at = 0
    while match := _DEFAULT.match(default, at):
        at = match.end()
        if match[2] is not None and not _SIZES[0] <= (float(match[2]) or _SIZES[0]) <= _SIZES[1]:
            return False
        if match[3] is not None and not _is_dark([*map(float, match[3].split())], match[4]):
            return False
    return not default[at:].strip()


def _is_dark(parts: list[float], operator: bytes) -> bool:
    if len(parts) != {b"g": 1, b"rg": 3, b"k": 4}[operator]:
        return False
    if operator == b"k":
        return 1 - min(1.0, max(parts[:3]) + parts[3]) < DARK
    return sum(parts) / len(parts) < DARK


def _border(view: View, field: Dict) -> tuple[Obj, Obj]:
    """Return the width and style of a field's border; solid and one point wide by default.

    Another border than those two entries can say is compared as it stands (12.5.4).
    """
    style, border = view.dict(field.get("BS")), view.list(field.get("Border"))
    width = view.get(style.get("W", border[2] if len(border) == 3 else 1))
    if (
        style.keys() - {"Type", "W", "S"}
        or len(border) not in (0, 3)
        or border[:2] not in ([], [0, 0])
    ):
        return Dict(style), border
    return width, view.get(style.get("S", Name("S")))


def _frames_alike(pair: Pair, num: int, old: Dict, frame: Dict) -> bool:
    """Say whether /MK draws the background and border that were signed.

    Their colours may be rounded. A caption may go: a button that is not drawn anew is seen by its
    looks, and one that is remains in doubt.
    """
    before = pair.old.dict(old.get("MK"))
    is_button = field_type(pair.old, old) == "Btn"
    for key in {*before, *frame} - ({"CA"} if is_button and "CA" not in frame else set()):
        was, now = _colour(pair.old, before.get(key)), _colour(pair.new, frame.get(key))
        rounded = key in ("BC", "BG") and pair.is_rounded(num, f"MK/{key}", was, now)
        if not rounded and not equivalent(pair.old, before.get(key), pair.new, frame.get(key)):
            return False
    return True


def _colour(view: View, value: Obj) -> tuple[float, ...] | None:
    """Return the parts of a colour; None where it is none."""
    parts = [view.get(part) for part in view.list(value)]
    return tuple(float(part) for part in parts if isinstance(part, int | float)) or None
