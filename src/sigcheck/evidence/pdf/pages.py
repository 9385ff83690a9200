"""The page tree (ISO 32000-2, 7.7.3): bounded, loops cut."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from sigcheck.evidence.pdf.context import Context
from sigcheck.evidence.pdf.objects import Dict, Obj, Ref

Page: TypeAlias = "tuple[Ref | None, Dict]"
"""A page's reference (None where the tree holds the dictionary itself) and its dictionary."""
Resolve: TypeAlias = "Callable[[Obj], Obj]"
_MAX_STEPS = 1_000_000
"""Kids looked at, the same ones counted again: nodes may share one long array."""
_MAX_DEPTH = 64
"""Levels of the page tree, and steps upward in search of an inherited attribute."""


def collect_pages(root: Obj, get: Resolve, context: Context) -> list[Page]:
    """Return the pages in order; a node reached twice counts once."""
    pages: list[Page] = []
    seen: set[Ref] = set()
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
        kids = get(value.get("Kids")) if value.get("Type") != "Page" else None
        if isinstance(kids, list) and depth < _MAX_DEPTH:
            steps += len(kids)
            if steps > _MAX_STEPS:
                context.note("page-tree-too-large")
                break
            stack.extend((kid, depth + 1) for kid in reversed(kids))
        elif value.get("Type") != "Pages":
            pages.append((ref, value))
    return pages


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
