"""The interactive form: fields signed, filled in, added or tampered with (ISO 32000-2, 12.7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum

from sigcheck.evidence.appearance.content import Fonts
from sigcheck.evidence.appearance.widget import draw
from sigcheck.evidence.changes.annotations import (
    appearance_touched,
    area_of,
    can_paint,
    leaves_rectangle,
    new_appearance,
    normal_appearance,
    page_share,
    place_of,
    rect_of,
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
from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.changes.values import is_rounded, same, text
from sigcheck.evidence.pdf import Dict, Name, Obj, PdfString, Ref, Stream, View
from sigcheck.evidence.pdf.fields import Field, form_fields
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
        # What is drawn elsewhere than in its rectangle may lie anywhere on the page.
        anywhere = paints and leaves_rectangle(pair, widget)
        pair.report(
            kind, rule, path, num=num, page=page, rect=rect, name=name,
            after=_summary(signed),
            covers=widget_covers(pair, widget, number),
            paints=paints,
            page_share=1.0 if anywhere else page_share(pair.new, page, rect),
        )  # fmt: skip


def _class_of(signed: Obj) -> ChangeClass:
    if not isinstance(signed, Dict):
        return ChangeClass.NEW_FIELD
    if signed.get("Type") == "DocTimeStamp" or signed.get("SubFilter") == "ETSI.RFC3161":
        return ChangeClass.EXTENSION
    return ChangeClass.SIGNATURE


def _widget_problem(pair: Pair, value: Dict, num: int | None) -> str:
    """Say what is wrong with a new field's widgets: they are new themselves, and do not act."""
    for widget, number in _widgets(pair, value, num):
        if number is not None and number not in pair.fresh:
            return "old-object-as-field"
        if any(key in widget for key in _ACTIONS):
            return "field-action"
    return ""


def _summary(signed: Obj) -> str:
    if not isinstance(signed, Dict):
        return ""
    return f"/{text(signed.get('Type')) or 'Sig'} {text(signed.get('SubFilter'))}".strip()


def _widgets(pair: Pair, value: Dict, num: int | None) -> Iterator[tuple[Dict, int | None]]:
    """Yield the field's widgets: itself, its nameless kids, or itself when there are none."""
    kids = [kid for kid in pair.new.list(value.get("Kids")) if isinstance(pair.new.get(kid), Dict)]
    if not kids:
        yield value, num
    for kid in kids[:64]:
        found = pair.new.get(kid)
        if isinstance(found, Dict):
            yield found, kid.num if isinstance(kid, Ref) else None


# --- The interactive form dictionary

_PATH = "/Root/AcroForm"
_RESOURCES = frozenset(
    {"Font", "XObject", "Encoding", "ProcSet", "ExtGState", "ColorSpace", "Pattern", "Properties"}
)


STANDARD_FONTS = frozenset(
    {"Courier", "Courier-Bold", "Courier-Oblique", "Courier-BoldOblique", "Helvetica",
     "Helvetica-Bold", "Helvetica-Oblique", "Helvetica-BoldOblique", "Times-Roman", "Times-Bold",
     "Times-Italic", "Times-BoldItalic", "Symbol", "ZapfDingbats"}
)  # fmt: skip
"""Fonts every viewer has (9.6.2.2): their glyphs can't be redrawn by the file."""
_EMBEDDED = frozenset({"FontDescriptor", "CharProcs", "FontFile", "DescendantFonts"})


def judge_form(pair: Pair, before: Obj, after: Obj, number: int) -> None:
    """/AcroForm: fields may be added, with the flags and fonts they need."""
    was, now = pair.old.dict(before), pair.new.get(after)
    if not isinstance(now, Dict):
        pair.undefined("form", _PATH, num=number, before=before, after=after)
        return
    pair.own(after, number)
    holder = after.num if isinstance(after, Ref) else number
    noted: list[str] = []
    keys = pair.differing(was, now, ("Fields", "DR"))
    if "DR" not in keys and pair.touched(pair.new.dict(now.get("DR"))):
        keys.append("DR")
    for key in keys:
        if key == "Fields":
            judge_fields(pair, was.get(key), now.get(key), holder)
        elif _entry(pair, key, was, now, holder):
            noted.append(key)
        else:
            pair.undefined(
                "form-entry", f"{_PATH}/{key}", num=holder, before=was.get(key), after=now.get(key)
            )
    if noted:
        pair.report(
            ChangeClass.EXTENSION, "form-entry", f"{_PATH}/{','.join(noted)}", num=holder,
            before=Dict((key, was[key]) for key in noted if key in was),
            after=Dict((key, now[key]) for key in noted if key in now),
        )  # fmt: skip


def _entry(pair: Pair, key: str, was: Dict, now: Dict, holder: int) -> bool:
    raw = now.get(key)
    value = pair.new.get(raw)
    pair.adopt(raw)
    if key == "SigFlags":
        return isinstance(value, int)
    if key == "NeedAppearances":
        if value is True:
            _note_redrawn(pair)
        return isinstance(value, bool | None)
    if key == "DA":
        return isinstance(value, PdfString) and _first_value(pair) is None
    if key == "DR" and raw is None:
        return True  # What is drawn has resources of its own; these serve new appearances.
    if key == "DR":
        return _resources(pair, was.get(key), raw, holder)
    return False


def _first_value(pair: Pair) -> Field | None:
    """Return a field that had a value when it was signed: default looks then decide its own."""
    fields = form_fields(pair.old, pair.shared.document.context)
    return next((f for f in fields if f.type != "Sig" and f.value is not None), None)


def _note_redrawn(pair: Pair) -> None:
    """Note that viewers will draw signed values anew.

    What they then show is the value that was signed, but not always the look that was signed.
    """
    fields = form_fields(pair.old, pair.shared.document.context)
    shown = (f for f in fields if f.value is not None or "AP" in f.dict)
    redrawn = next(shown, None)
    if redrawn is not None:
        path = f"{_PATH}/NeedAppearances"
        pair.report(ChangeClass.FILLING_UNCLEAR, "fields-redrawn", path, name=redrawn.name)


def _resources(pair: Pair, before: Obj, after: Obj, holder: int) -> bool:
    """Default resources: names may be added, what a name meant stays (7.8.3)."""
    was, now = pair.old.dict(before), pair.new.get(after)
    if not isinstance(now, Dict):
        return False
    pair.own(after, holder)
    owner = after.num if isinstance(after, Ref) else holder
    for key in pair.differing(was, now, _RESOURCES):
        if key == "ProcSet":
            continue
        if key not in _RESOURCES or not _category(pair, key, was.get(key), now.get(key), owner):
            return False
    return True


def _category(pair: Pair, key: str, before: Obj, after: Obj, holder: int) -> bool:
    was, now = pair.old.dict(before), pair.new.get(after)
    if not isinstance(now, Dict):
        return False
    pair.own(after, holder)
    pair.adopt(now)
    return all(
        name not in was or name not in now or _renewed(pair, key, was[name], now[name])
        for name in pair.differing(was, now, now)
    )


def _renewed(pair: Pair, key: str, before: Obj, after: Obj) -> bool:
    """A name that means a new object: tools write their seal's form and a standard font anew."""
    if not isinstance(after, Ref) or after.num not in pair.fresh or _first_value(pair) is not None:
        return equivalent(pair.old, before, pair.new, after)
    if key == "Font":
        font = pair.new.dict(after)
        return text(font.get("BaseFont")) in STANDARD_FONTS and not _EMBEDDED & font.keys()
    return key == "XObject" or equivalent(pair.old, before, pair.new, after)


def judge_fields(pair: Pair, before: Obj, after: Obj, holder: int) -> None:
    """/Fields: fields may join; one that leaves is reported."""
    was, now = pair.old.list(before), pair.new.get(after)
    path = f"{_PATH}/Fields"
    if not isinstance(now, list):
        pair.undefined("form-fields", path, num=holder, before=before, after=after)
        return
    pair.own(after, holder)
    judge_field_list(pair, was, now, path, "")


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

_SIGNING = frozenset({"V", "AP", "F", "M", "MK", "Lock", "SV", "DA", "DR", "P", "AS", "Ff"})
"""What signing an empty field may touch in it."""
_FILLING = frozenset({"V", "AP", "AS", "RV", "I", "M", "TI"})
"""What filling in a field may touch in it."""
_STYLE = frozenset({"DA", "Q", "F", "MK", "TU", "Rect"})
"""What writers set beside it, as far as `_style_problem` lets them."""
_LOCKING = 64 | 128 | 512
"""Flags ReadOnly, Locked and LockedContents of an annotation (12.5.3)."""
_PASSWORD = 1 << 13
_DARK = 0.5
"""Lightness below which text is legible on paper."""


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


def judge_field(pair: Pair, num: int, old: Dict, new: Dict) -> None:
    """Judge an altered field or widget."""
    name = qualified_name(pair.new, new)
    path = f"/Root/AcroForm//{name}"
    pair.settled.add(num)
    members = pair.shared.members
    if not in_form(pair.new, num, new, members) or not in_form(pair.old, num, old, members):
        _bad(pair, num, new, "widget-without-field", path, old, new)
        return
    changed = pair.differing(old, new)
    if "AP" not in changed and appearance_touched(pair, new):
        changed.append("AP")
    changed += [key for key in ("V", "Kids") if pair.dirty(new.get(key)) and key not in changed]
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
    if field_type(pair.new, new) != field_type(pair.old, old):
        _bad(pair, num, new, "field-type", path, old.get("FT"), new.get("FT"))
    elif field_type(pair.new, new) == "Sig":
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
    for key in changed:
        problem = _entry_problem(pair, num, key, old, new)
        if problem:
            _bad(pair, num, new, problem, f"{path}/{key}", old.get(key), new.get(key))
            return
    over = widget_covers(pair, new, num) if {"AP", "AS"} & set(changed) else ()
    drawn = _drawn_text(pair, old, new) if "AP" in changed else FilledText.VALUE
    if (
        drawn is FilledText.OTHER
        or _shows_other_words(pair, old, new, changed)
        or _paints_over(pair, old, new, over)
    ):
        _bad(pair, num, new, "field-appearance", f"{path}/AP", old.get("AP"), new.get("AP"))
        return
    page, rect = place_of(pair, new, num)
    before = pair.old.get(inherited(pair.old, old, "V"))
    after = pair.new.get(inherited(pair.new, new, "V"))
    kind, rule = ChangeClass.FORM_FILLING, "field-filled"
    if not _is_empty(before) and not equivalent(pair.old, before, pair.new, after):
        kind, rule = ChangeClass.VALUE_REPLACED, "value-replaced"
    if drawn is FilledText.UNREAD or {"text", "image"} & set(over):
        _unclear(pair, num, new, path, over)
    pair.report(
        kind, rule, f"{path}/{','.join(changed)}", num=num, page=page, rect=rect,
        name=qualified_name(pair.new, new), before=before, after=after, covers=over,
    )  # fmt: skip


def _is_empty(value: Obj) -> bool:
    return value is None or value == "Off" or (isinstance(value, PdfString) and not value.strip())


def _unclear(pair: Pair, num: int, new: Dict, path: str, over: tuple[str, ...]) -> None:
    page, rect = place_of(pair, new, num)
    pair.report(
        ChangeClass.FILLING_UNCLEAR, "field-appearance-unclear", f"{path}/AP", num=num, page=page,
        rect=rect, name=qualified_name(pair.new, new), after=new.get("AP"), covers=over,
    )  # fmt: skip


class FilledText(Enum):
    """What a filled-in text field shows."""

    VALUE = "value"
    """Its value and nothing else, dark enough to be read; or no text field at all."""
    OTHER = "other"
    """Other words, or pictures and lines of its own."""
    UNREAD = "unread"
    """Nobody can say: its font does not tell its characters."""


def _drawn_text(pair: Pair, old: Dict, new: Dict) -> FilledText:
    """Compare what a text field's appearance shows with its value (12.7.4.3)."""
    flags = pair.new.get(inherited(pair.new, new, "Ff"))
    appearance = normal_appearance(pair.new, new)
    rect = area_of(pair, new)
    secret = isinstance(flags, int) and bool(flags & _PASSWORD)
    if field_type(pair.new, new) != "Tx" or secret or not isinstance(appearance, Stream):
        return FilledText.VALUE
    if rect is None:
        return FilledText.UNREAD
    drawing = draw(pair.new, appearance, rect, Fonts(pair.new))
    value = text(pair.new.get(inherited(pair.new, new, "V")))
    framed = {"BG", "BC"} & pair.old.dict(old.get("MK")).keys()
    if drawing.images or (drawing.painted and not framed) or not drawing.complete:
        return FilledText.OTHER
    shown = "".join(drawing.text.split())
    wanted = "".join(value.split())
    if shown == wanted:
        return FilledText.VALUE if not shown or drawing.colours else FilledText.OTHER
    return FilledText.UNREAD if not shown or "\ufffd" in shown else FilledText.OTHER


def _shows_other_words(pair: Pair, old: Dict, new: Dict, changed: list[str]) -> bool:
    """Say whether a field looks different and yet has the value it had.

    A button's value chooses one of the looks that were signed: it never comes with another one.
    """
    if "AP" not in changed or normal_appearance(pair.old, old) is None:
        return False
    if field_type(pair.new, new) == "Btn":
        return not equivalent(pair.old, old.get("AP"), pair.new, new.get("AP"))
    before, after = inherited(pair.old, old, "V"), inherited(pair.new, new, "V")
    return equivalent(pair.old, before, pair.new, after)


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
        return "" if _is_style(pair, key, old, new) else "field-entry"
    if key not in _FILLING:
        return "field-entry"
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


def _is_style(pair: Pair, key: str, old: Dict, new: Dict) -> bool:
    """Say whether an entry beside the value leaves a field in its place, and legible."""
    value = pair.new.get(new.get(key))
    match key:
        case "F":
            fits = _only_locks(pair, old, new)
        case "Q":
            fits = type(value) is int and 0 <= value <= 2
        case "TU":
            fits = isinstance(value, PdfString)
        case "DA":
            fits = isinstance(value, PdfString) and _is_legible(bytes(value))
        case "MK":
            fits = value is None or (isinstance(value, Dict) and _frames_alike(pair, old, value))
        case _:
            fits = is_rounded(rect_of(pair.old, old), rect_of(pair.new, new))
    return fits


_DEFAULT = re.compile(
    rb"\s*(?:/[^\s/()<>\[\]]+\s+(\d{1,3}(?:\.\d{1,6})?)\s+Tf"
    rb"|(\d?\.?\d{1,6}(?:\s+\d?\.?\d{1,6}){0,3})\s+(g|rg|k))"
)


def _is_legible(default: bytes) -> bool:
    """Say whether a default appearance is a font of a usual size and a dark colour, no more."""
    at = 0
    while match := _DEFAULT.match(default, at):
        at = match.end()
        if match[1] is not None and 0 < float(match[1]) < 4:
            return False
        if match[2] is not None and not _is_dark([*map(float, match[2].split())], match[3]):
            return False
    return not default[at:].strip()


def _is_dark(parts: list[float], operator: bytes) -> bool:
    if len(parts) != {b"g": 1, b"rg": 3, b"k": 4}[operator]:
        return False
    if operator == b"k":
        return 1 - min(1.0, max(parts[:3]) + parts[3]) < _DARK
    return sum(parts) / len(parts) < _DARK


def _frames_alike(pair: Pair, old: Dict, frame: Dict) -> bool:
    """Say whether /MK draws the background and border that were signed."""
    before = pair.old.dict(old.get("MK"))
    return all(
        equivalent(pair.old, before.get(key), pair.new, frame.get(key))
        for key in {*before, *frame} - {"TP", "IF"}
    )
