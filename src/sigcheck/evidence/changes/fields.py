"""Fields that were there before: signed now, filled in, or tampered with (ISO 32000-2, 12.7.4)."""

from __future__ import annotations

from sigcheck.evidence.changes.acroform import judge_field_list
from sigcheck.evidence.changes.equivalence import equivalent
from sigcheck.evidence.changes.fieldtree import (
    ancestors,
    field_type,
    in_form,
    inherited,
    qualified_name,
    terminal,
)
from sigcheck.evidence.changes.newfields import report_signature, signature_problem
from sigcheck.evidence.changes.painting import fills_areas
from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.changes.widgets import (
    appearance_touched,
    new_appearance,
    normal_appearance,
    place_of,
    widget_covers,
)
from sigcheck.evidence.pdf import Dict, Name, Obj, PdfString, Stream, View
from sigcheck.model.evidence import ChangeClass

_SIGNING = frozenset({"V", "AP", "F", "M", "MK", "Lock", "SV", "DA", "DR", "P", "AS", "Ff"})
"""What signing an empty field may touch in it."""
_FILLING = frozenset({"V", "AP", "AS", "RV", "I", "M", "TI"})
"""What filling in a field may touch in it."""


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
    if _shows_other_words(pair, old, new, changed) or _paints_over(pair, old, new, over):
        _bad(pair, num, new, "field-appearance", f"{path}/AP", old.get("AP"), new.get("AP"))
        return
    page, rect = place_of(pair, new, num)
    before, after = inherited(pair.old, old, "V"), inherited(pair.new, new, "V")
    pair.report(
        ChangeClass.FORM_FILLING, "field-filled", f"{path}/{','.join(changed)}", num=num, page=page,
        rect=rect, name=qualified_name(pair.new, new),
        before=pair.old.get(before), after=pair.new.get(after),
        covers=over,
    )  # fmt: skip


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
