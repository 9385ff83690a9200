"""The document as it stood at one revision: objects, catalog, page tree (ISO 32000-2, 7.7)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cached_property
from typing import NamedTuple, TypeAlias

from sigcheck.evidence.pdf.indirect import Found
from sigcheck.evidence.pdf.objects import Context, Dict, Entry, EntryKind, Obj, Ref
from sigcheck.evidence.pdf.revision import Revision
from sigcheck.evidence.pdf.store import ObjectStore, ObjectStream

Page: TypeAlias = "tuple[Ref | None, Dict]"
"""A page's reference (None where the tree holds the dictionary itself) and its dictionary."""
Resolve: TypeAlias = "Callable[[Obj], Obj]"
_MAX_STEPS = 1_000_000
"""Kids looked at, the same ones counted again: nodes may share one long array."""
_MAX_DEPTH = 64
"""Levels of the page tree, and steps upward in search of an inherited attribute."""


class PageTree(NamedTuple):
    """The pages of a document as it stood at one time, and what they were found through."""

    root: Obj
    pages: list[Page]
    """In order."""
    read: frozenset[int]
    """Numbers of the objects that were looked at, or of none where that is not all."""

    def after(self, changed: Collection[int], get: Resolve) -> PageTree | None:
        """Return the tree where some objects differ; None if it must be walked again.

        Most updates rewrite a page for its /Annots, and leave the tree as it is.
        """
        touched = [num for num in changed if num in self.read]
        if not self.read or not touched:
            return self if self.read else None
        pages = self.pages[:]
        places = {ref.num: place for place, (ref, _) in enumerate(pages) if ref is not None}
        for num in touched:
            place = places.get(num, -1)
            value = get(pages[place][0]) if place >= 0 else None
            if not isinstance(value, Dict) or value.get("Type") != "Page":
                return None
            pages[place] = (pages[place][0], value)
        return self._replace(pages=pages)


def page_tree(root: Obj, get: Resolve, context: Context) -> PageTree:
    """Walk the tree below /Pages; a node reached twice counts once."""
    pages: list[Page] = []
    seen: set[Ref] = set()
    arrays: set[Ref] = set()
    steps = 0
    stack: list[tuple[Obj, int]] = [(root, 0)]
    limit = context.budget.limits.max_objects
    while stack and len(pages) < limit:
        node, depth = stack.pop()
        ref = node if isinstance(node, Ref) else None
        if ref is not None:
            if ref in seen:
                context.note("page-tree-loop", None, f"{ref.num}")
                continue
            seen.add(ref)
        value = get(node)
        if not isinstance(value, Dict):
            context.note("page-tree-node-malformed", None, f"{node!r}"[:40])
            continue
        kids = value.get("Kids") if value.get("Type") != "Page" else None
        if isinstance(kids, Ref):
            arrays.add(kids)
            kids = get(kids)
        if isinstance(kids, list) and depth < _MAX_DEPTH:
            steps += len(kids)
            if steps > _MAX_STEPS:
                context.note("page-tree-too-large")
                break
            stack.extend((kid, depth + 1) for kid in reversed(kids))
        elif value.get("Type") != "Pages":
            pages.append((ref, value))
    return PageTree(root, pages, frozenset([ref.num for ref in (*seen, *arrays)]))


def inherited(page: Dict, key: str, get: Resolve) -> Obj:
    """Return a page attribute, its own or its ancestors' (7.7.3.4)."""
    node: Obj = page
    for _ in range(_MAX_DEPTH):
        if not isinstance(node, Dict):
            break
        if key in node:
            return get(node[key])
        node = get(node.get("Parent"))
    return None


# --- The document as it stood at one revision

# `View.list` hides the builtin inside the class.
Array: TypeAlias = "list[Obj]"
Pages: TypeAlias = "list[Page]"
Views: TypeAlias = "dict[int, View]"
_MAX_CHAIN = 32
"""References from one to the next; honest files have one."""
_MANY = 2048
"""Values a view keeps; a document has as many views as revisions."""
_FEW = 256
"""Objects an update changes, up to which the view of it goes on from the one before."""


class View:
    """Resolves references as they were at one revision; objects are shared between views."""

    def __init__(self, store: ObjectStore, revision: Revision, others: Views) -> None:
        """Look through `store` at `revision`; `others` are the views there are, by number."""
        before = others.get(revision.number - 1)
        self._others = others
        self._store = store
        self.revision = revision
        self.number = revision.number
        self._known: dict[int, Obj] = before.still_known(revision) if before else {}
        """Values of generation 0 that were asked for; none that is null or a reference."""

    def still_known(self, after: Revision) -> dict[int, Obj]:
        """Return the values that the revision after this one leaves as they are."""
        if len(after.changed) > _FEW:
            return {}
        known = self._known.copy()
        for num in after.changed:
            known.pop(num, None)
        return known

    def forget(self) -> None:
        """Release the values that were asked for: a stream among them holds a view."""
        self._known.clear()

    def entry(self, num: int) -> Entry | None:
        """Return the cross-reference entry in force, None for a number never used."""
        return self._store.entry(num, self.number)

    def object(self, num: int) -> Obj:
        """Return the object's value; null for one that is free, unknown or unreadable."""
        known = self._known.get(num)
        if known is not None:
            return known
        entry = self._store.entry(num, self.number)
        if entry is None:
            return None
        value = self._value(entry)
        if not (entry.gen or isinstance(value, Ref)):
            self._keep(num, value)
        return value

    def _keep(self, num: int, value: Obj) -> None:
        if value is not None and len(self._known) < _MANY:
            self._known[num] = value

    def _value(self, entry: Entry) -> Obj:
        if entry.kind is EntryKind.OFFSET:
            found = self._store.found(entry, self.get)
            return found.value if found else None
        if entry.kind is EntryKind.COMPRESSED:
            holder = self._store.entry(entry.container, self.number)
            return self._store.packed(entry, holder, self.get)
        return None

    def container(self, num: int) -> ObjectStream | None:
        """Return an object stream by its number, None where it cannot be read."""
        holder = self.entry(num)
        return self._store.container(holder, self.get) if holder else None

    def found(self, num: int) -> Found | None:
        """Return the object with its place in the file; None inside an object stream."""
        entry = self._store.entry(num, self.number)
        if entry is None or entry.kind is not EntryKind.OFFSET:
            return None
        return self._store.found(entry, self.get)

    def readable(self, num: int) -> bool:
        """Say whether the object was read, so that null isn't taken for its value."""
        entry = self._store.entry(num, self.number)
        if entry is not None and entry.kind is EntryKind.COMPRESSED:
            self.object(num)
            entry = self._store.entry(entry.container, self.number)
        if entry is None or entry.kind is not EntryKind.OFFSET:
            return True
        self._store.found(entry, self.get)
        return entry.offset not in self._store.unreadable

    def get(self, value: Obj) -> Obj:
        """Follow references to a value; a loop, or a chain too long, gives null."""
        if not isinstance(value, Ref):
            return value
        num, gen = value
        if not gen:
            known = self._known.get(num)
            if known is not None:
                return known
        return self._follow(value)

    def _follow(self, value: Ref) -> Obj:
        for _ in range(_MAX_CHAIN):
            num, gen = value
            entry = self._store.entry(num, self.number)
            if entry is None:
                return None
            if entry.gen != gen:
                self._store.context.note("reference-generation", None, f"{num} {gen}")
            found = self._value(entry)
            if not isinstance(found, Ref):
                if entry.gen == gen == 0:
                    self._keep(num, found)
                return found
            value = found
        self._store.context.note("reference-loop", None, f"{value!r}")
        return None

    def dict(self, value: Obj) -> Dict:
        """Follow references to a dictionary; anything else gives an empty one."""
        found = self.get(value)
        return found if isinstance(found, Dict) else Dict()

    def list(self, value: Obj) -> Array:
        """Follow references to an array; anything else gives an empty one."""
        found = self.get(value)
        return found if isinstance(found, list) else []

    @property
    def trailer(self) -> Dict:
        """Return this revision's trailer dictionary."""
        return self.revision.trailer

    @cached_property
    def catalog(self) -> Dict:
        """Return the document catalog (7.7.2), empty when there is none.

        A trailer without /Root is read as viewers do, with the /Root of the revision before.
        """
        for number in range(self.number, 0, -1):
            revision = self._store.revisions[number - 1]
            if "Root" in revision.trailer:
                return self.dict(revision.trailer["Root"])
            self._store.context.note("trailer-root-missing", revision.startxref)
        return Dict()

    @cached_property
    def acroform(self) -> Dict:
        """Return the interactive form dictionary (12.7.3), empty when there is none."""
        return self.dict(self.catalog.get("AcroForm"))

    def pages(self) -> Pages:
        """Return (reference, dictionary) of every page, in order."""
        return self._tree.pages

    @cached_property
    def _tree(self) -> PageTree:
        root = self.catalog.get("Pages")
        for number, later in ((self.number - 1, self.number), (self.number + 1, self.number + 1)):
            other = self._others.get(number)
            near = other.__dict__.get("_tree") if other is not None else None
            if isinstance(root, Ref) and near is not None and near.root == root:
                tree: PageTree | None = near.after(
                    self._store.revisions[later - 1].changed, self.get
                )
                if tree is not None:
                    return tree
        found = page_tree(root, self.get, self._store.context)
        # What was not kept may have been found through more objects than those named.
        return found if found.read <= self._known.keys() else found._replace(read=frozenset())

    def inherited(self, page: Dict, key: str) -> Obj:
        """Return a page attribute, its own or inherited (7.7.3.4)."""
        return inherited(page, key, self.get)
