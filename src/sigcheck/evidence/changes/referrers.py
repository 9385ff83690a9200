"""Who refers to an object: one walk over the document, kept up to date from update to update."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from itertools import islice

from sigcheck.evidence.changes.values import dictionary_of, numbers, references
from sigcheck.evidence.pdf import Dict, Obj, Ref, Stream, View

TRAILER = 0
"""Stands for the trailer: object 0 is the head of the free list and never in use."""
_STRUCTURE = "StructTreeRoot"
_UNSEEN = (_STRUCTURE, "PieceInfo")
"""Catalog entries no viewer draws from. Whatever else leads to an object below them is walked."""
_MAX_STEPS = 40
_MAX_PARENTS = 64
"""Referrers looked at for the next step of a path."""
BACK = frozenset({"Parent", "P", "Pg", "Prev", "IRT", "Popup"})
"""Keys that point back: the last to be followed when a path is looked for."""
_BOOKKEEPING = frozenset({"Prev", "Size", "XRefStm", "Length", "W", "Index", "Filter"})


class Referrers:
    """The edges of the object graph, by the object they point at.

    Edges of objects that became unreachable stay: the answer may name one referrer too many,
    never one too few.
    """

    __slots__ = ("_children", "_complete", "_root", "_used", "parents", "view")

    def __init__(self, view: View) -> None:
        """Walk the document as it stands at `view`, each object once."""
        self.parents: dict[int, dict[int, int]] = {}
        self._children: dict[int, tuple[int, ...]] = {}
        self._look_at(view)
        self._complete = False
        self._used = {TRAILER: True}
        self._walk([TRAILER])
        self._check_catalog()

    def _outgoing(self, num: int) -> Obj:
        value, left_out = self._read(num)
        if left_out and isinstance(value, Dict):
            return Dict((key, v) for key, v in value.items() if key not in left_out)
        return value

    def _named(self, num: int) -> tuple[int, ...]:
        """Return the objects that one refers to, those behind what is left out not among them."""
        value, left_out = self._read(num)
        if left_out and isinstance(value, Dict):
            value = [v for key, v in value.items() if key not in left_out]
        return tuple(numbers(value))

    def _read(self, num: int) -> tuple[Obj, Collection[str]]:
        """Return an object, and the keys below which nothing is followed."""
        if num == TRAILER:
            return self.view.trailer, _BOOKKEEPING
        return self.view.object(num), _UNSEEN if num == self._root else ()

    def _look_at(self, view: View) -> None:
        root = view.trailer.get("Root")
        self.view = view
        self._root = root.num if isinstance(root, Ref) else None

    def _check_catalog(self) -> None:
        """Walk everything where the catalog is also used as something else than the catalog.

        A signature reference's /Data names it too (table 256), and means nothing by it.
        """
        root = self._root
        for parent in self.of(root) if root is not None else ():
            user = self.view.object(parent) if parent != TRAILER else None
            if isinstance(user, Stream | list) or (
                isinstance(user, Dict) and user.get("Type") not in ("Sig", "DocTimeStamp")
            ):
                self.unseen_too(_UNSEEN)
                return

    def _walk(self, nums: list[int], were: dict[int, tuple[int, ...]] | None = None) -> None:
        """Follow all that can be reached from some objects; `were` are children counted before."""
        stack = nums
        known = self._children
        while stack:
            num = stack.pop()
            if num in known:
                continue
            new = known[num] = self._named(num)
            if were and (before := were.get(num)):
                # Most are as they were; references that join a list are found before the others.
                if new[-len(before) :] == before:
                    new = new[: -len(before)]
                else:
                    for child in before:
                        self.parents[child][num] -= 1
            for child in new:
                self._count(child, num)
            # Of those that were children before, each was walked, or is waiting to be again.
            stack += [child for child in new if child not in known]

    def _count(self, child: int, parent: int) -> None:
        counts = self.parents.get(child)
        if counts is None:
            counts = self.parents[child] = {}
        counts[parent] = counts.get(parent, 0) + 1

    def advance(self, view: View, nums: set[int]) -> None:
        """Go on to a later revision, in which the objects `nums` differ."""
        self._look_at(view)
        self._used = {TRAILER: True}
        again = [*(num for num in nums if num in self._children), TRAILER]
        were = {num: self._children.pop(num, ()) for num in again}
        self._walk(again, were)

    def unseen_too(self, keys: tuple[str, ...] = (_STRUCTURE,)) -> None:
        """Walk what is left out otherwise: the structure tree; private data stay private."""
        if self._complete:
            return
        self._complete = True
        self._used = {TRAILER: True}
        catalog = self.view.catalog
        for ref in (ref for key in keys for ref in references(catalog.get(key))):
            self._count(ref.num, TRAILER)
            self._walk([ref.num])

    def of(self, num: int) -> Counter[int]:
        """Return how often each object that is still in use refers to `num`."""
        found = self.parents.get(num, {})
        return Counter({p: n for p, n in found.items() if n > 0 and self._in_use(p)})

    def _in_use(self, num: int) -> bool:
        """Say whether the trailer still leads to an object; what was found out is kept."""
        known = self._used
        if num in known:
            return known[num]
        seen = {num}
        stack = [num]
        while stack:
            for parent, count in self.parents.get(stack.pop(), {}).items():
                if count < 1 or parent in seen or known.get(parent) is False:
                    continue
                if known.get(parent):
                    known[num] = True
                    return True
                seen.add(parent)
                stack.append(parent)
        known.update(dict.fromkeys(seen, False))
        return False

    def path(self, num: int) -> tuple[str, tuple[int, ...]]:
        """Return one way from the trailer to an object, in keys, and the objects on it."""
        steps: list[str] = []
        chain: list[int] = []
        seen = {num}
        while num != TRAILER and len(steps) < _MAX_STEPS:
            step = self._up(num, seen)
            if step is None:
                break
            parent, key = step
            steps.append(key)
            chain.append(parent)
            seen.add(parent)
            num = parent
        return "".join(reversed(steps)), tuple(chain)

    def path_through(self, num: int, parent: int) -> tuple[str, tuple[int, ...]]:
        """Return the way to an object by way of one that refers to it."""
        if parent == TRAILER:
            return _key_to(self._outgoing(TRAILER), num), (TRAILER,)
        above, chain = self.path(parent)
        return above + _key_to(self._outgoing(parent), num), (parent, *chain)

    def _up(self, num: int, seen: set[int]) -> tuple[int, str] | None:
        """Return an object that refers to `num` and the key, forward references first."""
        best: tuple[int, str] | None = None
        for parent in islice((p for p in self.of(num) if p not in seen), _MAX_PARENTS):
            key = _key_to(self._outgoing(parent), num)
            if best is None or key.lstrip("/").split("[")[0] not in BACK:
                best = (parent, key)
                if key.lstrip("/").split("/")[0].split("[")[0] not in BACK:
                    return best
        return best


def _key_to(value: Obj, num: int) -> str:
    """Return where in a value object `num` is referred to, such as `/Resources/Font/F1`."""
    stack: list[tuple[Obj, str]] = [(value, "")]
    while stack:
        item, path = stack.pop()
        if isinstance(item, Ref):
            if item.num == num:
                return path
        elif isinstance(item, list):
            stack.extend((v, f"{path}[{i}]") for i, v in enumerate(item[:4096]))
        elif (fields := dictionary_of(item)) is not None:
            stack.extend((v, f"{path}/{key}") for key, v in fields.items())
    return ""
