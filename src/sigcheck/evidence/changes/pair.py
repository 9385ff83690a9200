"""One pair of adjacent revisions: what differs, what has been explained, what is to be reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, field

from sigcheck.evidence.changes.shared import Shared
from sigcheck.evidence.changes.values import brief, references, same
from sigcheck.evidence.pdf import Dict, EntryKind, Obj, Ref, View
from sigcheck.model.evidence import ChangeClass, ChangeItem, Rect


@dataclass(slots=True, eq=False)
class Pair:
    """The document before and after one update, and the objects that differ between the two."""

    shared: Shared
    old: View
    new: View
    altered: set[int] = field(default_factory=set)
    """Objects that exist in both and differ."""
    fresh: set[int] = field(default_factory=set)
    """Objects that exist only after the update."""
    gone: set[int] = field(default_factory=set)
    """Objects that exist only before it."""
    settled: set[int] = field(default_factory=set)
    """Of these, the ones that a rule explained or reported."""
    owners: dict[int, Counter[int]] = field(default_factory=dict)
    """For an object that may be shared: the objects a rule found referring to it, 0 the trailer."""
    items: list[ChangeItem] = field(default_factory=list)
    placed: dict[int, list[int]] = field(default_factory=dict)
    """Pages, from 1, onto which this update put an annotation, by its object number."""
    explained_widgets: set[int] = field(default_factory=set)
    """Widgets that a field's rule has named."""

    @property
    def number(self) -> int:
        """Return the number of the later revision."""
        return self.new.number

    def partition(self) -> None:
        """Sort the objects whose entries changed; an identical rewrite is no change."""
        for num, entry in self.new.revision.changed.items():
            before = self.old.entry(num)
            was = before is not None and before.kind is not EntryKind.FREE
            is_ = entry.kind is not EntryKind.FREE
            if was and is_:
                if not self._rewritten(num):
                    self.altered.add(num)
            elif is_:
                self.fresh.add(num)
            elif was:
                self.gone.add(num)

    def _rewritten(self, num: int) -> bool:
        """Say whether an object was written again with the same value."""
        if not self.new.readable(num):
            return False
        return same(self.old.object(num), self.new.object(num))

    def dirty(self, value: Obj) -> bool:
        """Say whether a value is a reference to an object that differs."""
        return isinstance(value, Ref) and (value.num in self.altered or value.num in self.gone)

    def touched(self, value: Obj) -> bool:
        """Say whether a value, or anything written directly in it, refers to such an object."""
        return any(self.dirty(ref) for ref in references(value))

    def differing(self, old: Dict, new: Dict, follow: Container[str] = ()) -> list[str]:
        """Return the keys whose values differ as written.

        Below the keys in `follow`, a reference to an object that differs counts too. Below the
        others, that object is judged by itself.
        """
        keys = list(new) + [key for key in old if key not in new]
        return [
            key
            for key in keys
            if not same(old.get(key), new.get(key))
            or (key in follow and self.touched(new.get(key)))
        ]

    def settle(self, value: Obj) -> None:
        """Take a referenced object off the list of what remains to be explained."""
        if isinstance(value, Ref):
            self.settled.add(value.num)

    def own(self, value: Obj, owner: int) -> None:
        """Settle a referenced object, provided that nothing but `owner` turns out to use it."""
        if isinstance(value, Ref):
            self.settled.add(value.num)
            if value.num in self.altered:
                self.owners.setdefault(value.num, Counter())[owner] += 1

    def adopt(self, value: Obj) -> list[Ref]:
        """Settle every new object reachable from an explained value.

        Returns the references that lead out of what is new.
        """
        outside: list[Ref] = []
        stack = [value]
        while stack:
            for ref in references(stack.pop()):
                if ref.num not in self.fresh:
                    outside.append(ref)
                elif ref.num not in self.settled:
                    self.settled.add(ref.num)
                    stack.append(self.new.object(ref.num))
        return outside

    def report(
        self,
        change: ChangeClass,
        rule: str,
        path: str,
        *,
        num: int | None = None,
        page: int | None = None,
        rect: Rect | None = None,
        name: str = "",
        before: Obj | str = "",
        after: Obj | str = "",
        covers: tuple[str, ...] = (),
    ) -> None:
        """Name one change."""
        self.items.append(
            ChangeItem(
                change, self.number, rule, path, num, page, rect, name,
                quoted(before), quoted(after), covers,
            )  # fmt: skip
        )

    def undefined(
        self, rule: str, path: str, *, num: int | None = None, page: int | None = None,
        name: str = "", before: Obj | str = "", after: Obj | str = "",
    ) -> None:  # fmt: skip
        """Name a change that nothing explains, and what it brought along."""
        if not isinstance(after, str) or isinstance(after, Ref):
            self.adopt(after)
            for ref in references(after):
                self.settle(ref)
        self.report(
            ChangeClass.UNDEFINED, rule, path,
            num=num, page=page, name=name, before=before, after=after,
        )  # fmt: skip


def quoted(value: Obj | str) -> str:
    """Quote a value; a sentence of ours stays as it is."""
    if type(value) is str:
        return value
    return brief(value)
