"""One pair of adjacent revisions: what differs, what has been explained, what is to be reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container

from msgspec import Struct, field

from sigcheck.evidence.changes.content import Boxes
from sigcheck.evidence.changes.fieldtree import FormTree, Members
from sigcheck.evidence.changes.referrers import Referrers
from sigcheck.evidence.changes.values import (
    Numbers,
    brief,
    differing,
    is_rounded,
    keys_of,
    numbers,
    references,
    same,
)
from sigcheck.evidence.pdf import (
    Dict,
    Entry,
    EntryKind,
    Name,
    Obj,
    PdfDocument,
    PdfString,
    Ref,
    View,
)
from sigcheck.evidence.pdf.fields import form_fields
from sigcheck.model.evidence import ChangeClass, ChangeItem, Rect


class Shared(Struct, eq=False):
    """State of one document's analysis, carried from pair to pair."""

    document: PdfDocument
    names: set[str] | None = None
    """Fully qualified names of all fields so far."""
    pages: dict[int, int] | None = None
    """Page numbers, from 1, by the page's object number."""
    referrers: Referrers | None = None
    _behind: set[int] = field(default_factory=set)
    """What differs since the revision up to which the referrers are known."""
    foreshadowed: dict[int, set[int]] = field(default_factory=dict)
    """For each revision, its new objects that older bytes may already refer to."""
    members: Members = field(default_factory=Members)
    boxes: Boxes = field(default_factory=Boxes)
    """What is drawn where, by page."""
    rounded: dict[tuple[int, str], Numbers] = field(default_factory=dict)
    """Rectangles and colours that an update rounded, as they first were, by number and key."""

    def page_number(self, view: View, value: object) -> int | None:
        """Return the number of the page a reference leads to; None when it is no page."""
        if self.pages is None:
            listed = enumerate(view.pages(), 1)
            self.pages = {ref.num: index for index, (ref, _) in listed if ref is not None}
        return self.pages.get(value.num) if isinstance(value, Ref) else None

    def field_names(self, view: View) -> set[str]:
        """Return the names of the form's fields before the first pair that asks."""
        if self.names is None:
            self.names = {f.name for f in form_fields(view, self.document.context)}
        return self.names

    def referrers_in(self, view: View) -> Referrers:
        """Return who refers to what, brought up to date when it is needed: in most updates not."""
        if self.referrers is None:
            self.referrers = Referrers(view)
        elif self.referrers.view is not view:
            self.referrers.advance(view, self._behind)
        self._behind = set()
        return self.referrers

    def advance(self, nums: set[int]) -> None:
        """Note that the next revision is looked at, in which the objects `nums` differ."""
        if self.referrers is not None:
            self._behind |= nums


# --- One pair of adjacent revisions

_WRITERS_KEYS = frozenset({"ITXT"})
"""Keys under which libraries write their name and version: iText's. No program draws by them."""

_NEAR = 20
"""Bytes by which a careless writer's offsets may be out."""


class Pair(Struct, eq=False):
    """The document before and after one update, and the objects that differ between the two."""

    shared: Shared
    old: View
    new: View
    altered: set[int] = field(default_factory=set)
    """Objects that exist in both and differ."""
    rewritten: set[int] = field(default_factory=set)
    """Objects written again with the value they had."""
    fresh: set[int] = field(default_factory=set)
    """Objects that exist only after the update."""
    gone: set[int] = field(default_factory=set)
    """Objects that exist only before it."""
    packed: set[int] = field(default_factory=set)
    """Objects of the update that stand in object streams."""
    displaced: set[int] = field(default_factory=set)
    """Objects of the update that do not stand where their entry says."""
    adopted: set[int] = field(default_factory=set)
    """New objects whose own references have been followed."""
    settled: dict[int, str] = field(default_factory=dict)
    """Of these, the ones that a rule explained or reported, and the rule's role."""
    role: str = ""
    """The key of the catalogue whose rule is at work, or `Annots` for what annotations show."""
    owners: dict[int, Counter[int]] = field(default_factory=dict)
    """For an object that may be shared: the objects a rule found referring to it, 0 the trailer."""
    items: list[ChangeItem] = field(default_factory=list)
    explained_widgets: set[int] = field(default_factory=set)
    """Widgets that a field's rule has named."""

    _arrays: dict[int, int] | None = None
    _tree: FormTree | None = None
    _listing: dict[int, list[int]] | None = None

    @property
    def annotation_arrays(self) -> dict[int, int]:
        """Return the page numbers of indirect /Annots arrays, by their object number."""
        if self._arrays is None:
            self._arrays = {
                annots.num: index
                for index, (_, page) in enumerate(self.new.pages(), 1)
                if isinstance(annots := page.get("Annots"), Ref)
            }
        return self._arrays

    @property
    def form_tree(self) -> FormTree:
        """Return the form of the later revision."""
        if self._tree is None:
            self._tree = FormTree(self.new)
        return self._tree

    @property
    def listing(self) -> dict[int, list[int]]:
        """Return the pages that list each annotation, by its object number."""
        if self._listing is None:
            self._listing = {}
            for index, (_, page) in enumerate(self.new.pages(), 1):
                for ref in self.new.list(page.get("Annots")):
                    if isinstance(ref, Ref):
                        self._listing.setdefault(ref.num, []).append(index)
        return self._listing

    @property
    def number(self) -> int:
        """Return the number of the later revision."""
        return self.new.number

    def partition(self) -> None:
        """Sort the objects whose entries changed; an identical rewrite is no change."""
        free, offset = EntryKind.FREE, EntryKind.OFFSET
        for num, entry in self.new.revision.changed.items():
            before = self.old.entry(num)
            if entry.kind is free:
                if before is not None and before.kind is not free:
                    self.gone.add(num)
                continue
            if entry.kind is not offset:
                self.packed.add(num)
            elif self._is_displaced(entry):
                self.displaced.add(num)
            if before is None or before.kind is free:
                self.fresh.add(num)
            # References carry the generation: under another one the object is gone for viewers.
            elif before.gen == entry.gen and self._rewritten(num):
                self.rewritten.add(num)
            else:
                self.altered.add(num)

    def _rewritten(self, num: int) -> bool:
        """Say whether an object was written again with the same value."""
        if num in self.displaced:
            return False
        after = self.new.object(num)
        if self.shared.document.store.unreadable and not self.new.readable(num):
            return False
        return same(self.old.object(num), after)

    def _is_displaced(self, entry: Entry) -> bool:
        """Say whether an entry points at something else than its object.

        The reader then finds the object elsewhere, but a viewer may show what stands there.
        """
        found = self.shared.document.store.found(entry, self.new.get)
        return found is None or abs(found.start - entry.offset) > _NEAR

    def dirty(self, value: Obj) -> bool:
        """Say whether a value is a reference to an object that differs."""
        return isinstance(value, Ref) and (value.num in self.altered or value.num in self.gone)

    def touched(self, value: Obj) -> bool:
        """Say whether a value, or anything written directly in it, refers to such an object."""
        return self._differs({*numbers(value)})

    def _differs(self, nums: set[int]) -> bool:
        return not (self.altered.isdisjoint(nums) and self.gone.isdisjoint(nums))

    def differing(self, old: Dict, new: Dict, follow: Container[str] = ()) -> list[str]:
        """Return the keys whose values differ as written.

        Below the keys in `follow`, a reference to an object that differs counts too. Below the
        others, that object is judged by itself.
        """
        found = differing(old, new) if old is not new else []
        alike = [key for key in new if key in follow and key not in found]
        touched = [key for key in alike if self.touched(new[key])]
        if not touched:
            return found
        return [key for key in keys_of(old, new) if key in touched or key in found]

    def settle(self, value: Obj) -> None:
        """Take a referenced object off the list of what remains to be explained."""
        if isinstance(value, Ref):
            self.settle_object(value.num)

    def settle_object(self, num: int) -> None:
        """Take an object off that list; the first rule that explains it gives it its role."""
        self.settled.setdefault(num, self.role)

    def own(self, value: Obj, owner: int) -> None:
        """Settle a referenced object, provided that nothing but `owner` turns out to use it."""
        if isinstance(value, Ref):
            self.settle_object(value.num)
            if value.num in self.altered:
                self.owners.setdefault(value.num, Counter())[owner] += 1

    def is_rounded(self, num: int, key: str, before: Numbers | None, after: Numbers | None) -> bool:
        """Say whether numbers are, but for rounding, those that the first update met."""
        if before is None:
            return False
        return is_rounded(self.shared.rounded.setdefault((num, key), before), after)

    def adopt(self, value: Obj) -> None:
        """Settle every new object reachable from an explained value."""
        if not self.fresh <= self.adopted:
            self.leads_to_changed(value)

    def leads_to_changed(self, value: Obj) -> bool:
        """Adopt a value, and say whether anything in there refers to an object that differs."""
        changed = False
        stack = [value]
        while stack:
            found = {*numbers(stack.pop())}
            changed = changed or self._differs(found)
            new = (found & self.fresh) - self.adopted
            self.adopted |= new
            self.settled |= dict.fromkeys(new - self.settled.keys(), self.role)
            stack += map(self.new.object, new)
        return changed

    def report(  # noqa: PLR0913 - what a change item says beside its rule and path
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
        touches: tuple[str, ...] = (),
        paints: bool = False,
        page_share: float = 0.0,
    ) -> None:
        """Name one change."""
        self.items.append(
            ChangeItem(
                change,
                self.number,
                rule,
                path,
                object_number=num,
                page=page,
                rect=rect,
                field=name,
                before=quoted(before),
                after=quoted(after),
                covers=covers,
                touches=touches,
                paints=paints,
                page_share=page_share,
            )
        )

    def keeps_writer_mark(self, key: str, path: str, old: Dict, new: Dict, num: int) -> bool:
        """Explain a text that a writing library leaves under a key of its own (annex E)."""
        after = self.new.get(new.get(key))
        if key not in _WRITERS_KEYS or not isinstance(after, PdfString):
            return False
        self.report(
            ChangeClass.EXTENSION, "writer-mark", f"{path}/{key}", num=num,
            before=old.get(key), after=new.get(key),
        )  # fmt: skip
        return True

    def undefined(
        self,
        rule: str,
        path: str,
        *,
        num: int | None = None,
        page: int | None = None,
        name: str = "",
        before: Obj | str = "",
        after: Obj | str = "",
    ) -> None:
        """Name a change that nothing explains; what it brought along belongs to it."""
        if isinstance(after, Name) or not isinstance(after, str):
            self.adopt(after)
            for ref in references(after):
                self.settle(ref)
        self.report(
            ChangeClass.UNDEFINED,
            rule,
            path,
            num=num,
            page=page,
            name=name,
            before=before,
            after=after,
        )


def quoted(value: Obj | str) -> str:
    """Quote a value; a sentence of ours stays as it is."""
    return brief(value) if isinstance(value, Name) or not isinstance(value, str) else value
