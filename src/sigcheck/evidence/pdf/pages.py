"""The page tree (ISO 32000-2, 7.7.3): bounded, loops cut."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple, TypeAlias

from sigcheck.evidence.pdf.context import Context
from sigcheck.evidence.pdf.objects import Dict, Obj, Ref

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
