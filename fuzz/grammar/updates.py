"""Ways to put objects into an update: new numbers, dictionaries written again, fields and pages."""

from __future__ import annotations

from collections.abc import Mapping

from fixtures.make.pdf import Ref, Value
from fuzz.grammar.bases import Base
from fuzz.grammar.choices import Choices
from fuzz.grammar.letter import Role
from fuzz.grammar.writing import Update


class Room:
    """Numbers for new objects."""

    def __init__(self, base: Base, update: Update) -> None:
        highest = max(update.objects, default=0)
        self.next = max(highest + 1, base.document.free, Role.LAST + 1, update.first)

    def take(self) -> int:
        self.next += 1
        return self.next - 1


def now(base: Base, update: Update, number: int) -> Value:
    """Return an object as it is with what the update has done so far."""
    return update.objects.get(number, base.document.objects.get(number))


def rewrite(base: Base, update: Update, number: int, **entries: Value) -> bool:
    """Write a dictionary again with other entries; None removes one."""
    old = now(base, update, number)
    if not isinstance(old, Mapping):
        return False
    new = {**old, **entries}
    update.objects[number] = {key: value for key, value in new.items() if value is not None}
    return True


def on_page(
    base: Base, update: Update, number: int, choices: Choices, page: int = Role.PAGE
) -> None:
    """Put an annotation on the page."""
    leaf = now(base, update, page)
    if not isinstance(leaf, Mapping):
        return
    annotations = leaf.get("Annots") or []
    apart = annotations == Ref(Role.ANNOTS)
    if apart:
        annotations = now(base, update, Role.ANNOTS)
    if isinstance(annotations, list):
        place = 0 if choices.chance(0.2) else len(annotations)
        new = [*annotations[:place], Ref(number), *annotations[place:]]
        if apart and choices.chance(0.8):
            update.objects[Role.ANNOTS] = new
        else:
            rewrite(base, update, page, Annots=new)


def form(base: Base, update: Update) -> dict[str, Value]:
    """Return /AcroForm as it is now, or a new one."""
    catalog = now(base, update, Role.CATALOG)
    found = catalog.get("AcroForm") if isinstance(catalog, Mapping) else None
    if isinstance(found, Ref):
        found = now(base, update, found.number)
    return dict(found) if isinstance(found, Mapping) else {"Fields": []}


def in_form(base: Base, update: Update, number: int, **more: Value) -> None:
    """Put a field into the form."""
    fields = form(base, update).get("Fields", [])
    acroform(
        base, update, Fields=[*(fields if isinstance(fields, list) else []), Ref(number)], **more
    )


def acroform(base: Base, update: Update, **entries: Value) -> None:
    """Write /AcroForm again with other entries, where it stands; None removes one."""
    catalog = now(base, update, Role.CATALOG)
    new = {k: v for k, v in {**form(base, update), **entries}.items() if v is not None}
    if isinstance(catalog, Mapping) and isinstance(catalog.get("AcroForm"), Ref):
        update.objects[Role.ACROFORM] = new
    else:
        rewrite(base, update, Role.CATALOG, AcroForm=new)
