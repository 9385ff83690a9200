"""The interactive form dictionary: fields join, with the flags and resources they need (12.7.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sigcheck.evidence.changes.annotations import normal_appearance, rect_of, visible
from sigcheck.evidence.changes.equivalence import equivalent
from sigcheck.evidence.changes.fields import is_usual_default, judge_field_list
from sigcheck.evidence.changes.fieldtree import ancestors, field_type, inherited
from sigcheck.evidence.changes.look import has_letters
from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.changes.values import text
from sigcheck.evidence.pdf import Dict, Obj, PdfString, Ref, Stream, View
from sigcheck.evidence.pdf.fields import Field, form_fields
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
_FONT = re.compile(rb"/([^\s/()<>\[\]{}%]+)")
_EMBEDDED = frozenset({"FontDescriptor", "CharProcs", "FontFile", "DescendantFonts", "ToUnicode"})
_SYMBOLS = frozenset({"Symbol", "ZapfDingbats"})


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
        elif pair.keeps_writer_mark(key, _PATH, was, now, holder):
            continue
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
        if (value is True) is not (pair.old.get(was.get(key)) is True):
            _note_redrawn(pair)
        return isinstance(value, bool | None)
    if key == "DA":
        usual = isinstance(value, PdfString) and is_usual_default(bytes(value))
        return usual and not _is_drawn_by_defaults(pair)
    if key == "DR" and raw is None:
        return not _is_drawn_by_defaults(pair)
    if key == "DR":
        return _resources(pair, was.get(key), raw, holder)
    return False


def _is_drawn_by_defaults(pair: Pair) -> bool:
    """Say whether programs draw anything that was signed by the form's defaults."""
    view = pair.old
    fields = form_fields(view, pair.shared.document.context)
    if any(f.type != "Sig" and _shows(view, f.dict) for f in fields):
        return True
    return any(_lacks_look(view, annotation) for annotation in _annotations(view))


def _shows(view: View, field: Dict) -> bool:
    """Say whether a field or widget has a value, choices or a caption, its own or its parents'."""
    chain = ancestors(view, field)
    return any(
        view.get(node.get(key)) is not None for node in chain for key in ("V", "Opt")
    ) or any("CA" in view.dict(node.get("MK")) for node in chain)


def _lacks_look(view: View, annotation: Dict) -> bool:
    """Say whether programs make up a look of an annotation by the form's defaults."""
    subtype = view.get(annotation.get("Subtype"))
    if subtype not in ("FreeText", "Widget") or normal_appearance(view, annotation) is not None:
        return False
    return subtype == "FreeText" or (
        field_type(view, annotation) != "Sig" and _shows(view, annotation)
    )


def _note_redrawn(pair: Pair) -> None:
    """Note that viewers will draw what was signed anew, or no longer.

    They then show the value that was signed, but not always the look; of signatures they show
    none, Poppler for one.
    """
    fields = form_fields(pair.old, pair.shared.document.context)
    names = (found.name for found in fields if _is_drawn(pair, found))
    redrawn = next(names, None)
    if redrawn is None and any(_is_drawn_alone(pair, one) for one in _annotations(pair.old)):
        redrawn = ""  # one that no list of the form has; programs draw it all the same
    if redrawn is not None:
        path = f"{_PATH}/NeedAppearances"
        pair.report(ChangeClass.FILLING_UNCLEAR, "fields-redrawn", path, name=redrawn)


def _annotations(view: View) -> Iterator[Dict]:
    for _, page in view.pages():
        yield from (view.dict(annotation) for annotation in view.list(page.get("Annots")))


def _is_drawn_alone(pair: Pair, annotation: Dict) -> bool:
    """Say whether an annotation is a widget with a value or a look to show."""
    view = pair.old
    if view.get(annotation.get("Subtype")) != "Widget":
        return False
    if field_type(view, annotation) == "Sig":
        return "AP" in annotation and visible(pair, annotation, rect_of(view, annotation))
    return "AP" in annotation or _shows(view, annotation)


def _is_drawn(pair: Pair, field: Field) -> bool:
    """Say whether a field has a value or a look to show; a signature has only its look."""
    looks = [widget.dict for widget in field.widgets if "AP" in widget.dict]
    if field.type == "Sig":
        return any(visible(pair, look, rect_of(pair.old, look)) for look in looks)
    return field.value is not None or bool(looks)


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
    return all(_stays(pair, key, name, was, now) for name in pair.differing(was, now, now))


def _stays(pair: Pair, key: str, name: str, was: Dict, now: Dict) -> bool:
    """Say whether what programs draw by the form's defaults keeps the resource it had."""
    if name not in now:
        return not _is_drawn_by_defaults(pair)
    if name not in was and (key != "Font" or not _is_waited_for(pair, name)):
        return True
    if name not in was:
        return not _is_drawn_by_defaults(pair) and _is_standard(pair.new, now[name])
    return _renewed(pair, key, was[name], now[name])


def _is_waited_for(pair: Pair, font: str) -> bool:
    """Say whether something signed is drawn, or will be once filled in, in a font not yet there."""
    view = pair.old
    fields = [f.dict for f in form_fields(view, pair.shared.document.context)]
    every = (*fields, *_annotations(view))
    defaults = [view.get(inherited(view, field, "DA")) for field in every]
    defaults.append(view.get(view.acroform.get("DA")))
    named = (_FONT.findall(bytes(d)) for d in defaults if isinstance(d, PdfString))
    return any(name.decode("latin-1") == font for names in named for name in names)


def _renewed(pair: Pair, key: str, before: Obj, after: Obj) -> bool:
    """A name that means a new object: tools write their seal's form and a standard font anew."""
    is_fresh = isinstance(after, Ref) and after.num in pair.fresh
    if key == "XObject" and is_fresh and not _is_drawn_without_resources(pair):
        return True
    if not is_fresh or _is_drawn_by_defaults(pair):
        return equivalent(pair.old, before, pair.new, after)
    if key == "Font":
        return _is_standard(pair.new, after)
    return key == "XObject" or equivalent(pair.old, before, pair.new, after)


def _is_drawn_without_resources(pair: Pair) -> bool:
    """Say whether a signed look lacks resources; some programs take the form's (7.8.3)."""
    view = pair.old
    for _, page in view.pages():
        for annotation in view.list(page.get("Annots")):
            look = normal_appearance(view, view.dict(annotation))
            looks = look.values() if isinstance(look, Dict) else [look]
            found = [view.get(one) for one in looks]
            if any(isinstance(one, Stream) and "Resources" not in one.dict for one in found):
                return True
    return False


def _is_standard(view: View, value: Obj) -> bool:
    """Say whether a font is one every viewer has, with its letters and digits in their places."""
    font = view.dict(value)
    name = text(font.get("BaseFont"))
    if name not in STANDARD_FONTS or _EMBEDDED & font.keys():
        return False
    return "Encoding" not in font if name in _SYMBOLS else has_letters(view, value)


def judge_fields(pair: Pair, before: Obj, after: Obj, holder: int) -> None:
    """/Fields: fields may join; one that leaves is reported."""
    was, now = pair.old.list(before), pair.new.get(after)
    path = f"{_PATH}/Fields"
    if not isinstance(now, list):
        pair.undefined("form-fields", path, num=holder, before=before, after=after)
        return
    pair.own(after, holder)
    judge_field_list(pair, was, now, path, "")
