"""The interactive form dictionary (ISO 32000-2, 12.7.3)."""

from __future__ import annotations

from sigcheck.evidence.changes.equivalence import equivalent
from sigcheck.evidence.changes.newfields import judge_new_field
from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.changes.values import same, text
from sigcheck.evidence.pdf import Dict, Obj, PdfString, Ref
from sigcheck.evidence.pdf.fields import form_fields
from sigcheck.model.evidence import ChangeClass

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
        return value is not True or _nothing_to_redraw(pair)
    if key == "DA":
        return isinstance(value, PdfString)
    if key == "DR" and raw is None:
        return True  # What is drawn has resources of its own; these serve new appearances.
    if key == "DR":
        return _resources(pair, was.get(key), raw, holder)
    return False


def _nothing_to_redraw(pair: Pair) -> bool:
    """Note that viewers will draw the fields' values anew, where there are any.

    What they then show is the value that was signed, but not always the look that was signed.
    """
    fields = form_fields(pair.new, pair.shared.document.context)
    redrawn = next((f for f in fields if f.type != "Sig" and f.value is not None), None)
    if redrawn is not None:
        pair.report(
            ChangeClass.FORM_FILLING,
            "fields-redrawn",
            f"{_PATH}/NeedAppearances",
            name=redrawn.name,
        )
    return True


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
    if not isinstance(after, Ref) or after.num not in pair.fresh:
        return False
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
