"""Ways to put objects into an update: new numbers, dictionaries written again, fields and pages."""

from __future__ import annotations

from collections.abc import Mapping

from fixtures.make.pdf import Ref, Value
from fuzz.grammar.bases import Base, Role
from fuzz.grammar.choices import Choices
from fuzz.grammar.writing import Update


class Room:
    """Numbers for new objects."""

    def __init__(self, base: Base, update: Update) -> None:
        self.next = max(max(update.objects, default=0) + 1, base.document.free, Role.LAST + 1)

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
    if isinstance(annotations, list):
        place = 0 if choices.chance(0.2) else len(annotations)
        rewrite(
            base, update, page, Annots=[*annotations[:place], Ref(number), *annotations[place:]]
        )


def in_form(base: Base, update: Update, number: int, **more: Value) -> None:
    """Put a field into the form."""
    catalog = now(base, update, Role.CATALOG)
    if isinstance(catalog, Mapping):
        form = catalog.get("AcroForm") or {"Fields": []}
        rewrite(
            base,
            update,
            Role.CATALOG,
            AcroForm={**form, "Fields": [*form.get("Fields", []), Ref(number)], **more},
        )


def acroform(base: Base, update: Update, **entries: Value) -> None:
    catalog = now(base, update, Role.CATALOG)
    if isinstance(catalog, Mapping):
        form = {**(catalog.get("AcroForm") or {"Fields": []}), **entries}
        rewrite(
            base,
            update,
            Role.CATALOG,
            AcroForm={key: value for key, value in form.items() if value is not None},
        )
