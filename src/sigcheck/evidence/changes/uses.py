"""Whether what one rule explained is drawn, or serves another entry of the catalogue, as well.

A rule sees an object in one role: as the form's resources, a node of the structure tree, a look.
Nothing keeps a file from using the same object elsewhere, and then the rule has explained half of
what changed. So all references are followed back from each explained object, and must end at the
entry of the catalogue under which it was explained.
"""

from __future__ import annotations

from sigcheck.evidence.changes.pages import is_node
from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.changes.referrers import BACK, TRAILER
from sigcheck.evidence.changes.structure import is_element
from sigcheck.evidence.changes.values import dictionary_of, numbers
from sigcheck.evidence.pdf import Dict, Ref
from sigcheck.evidence.pdf.signatures import is_signature

ANNOTATIONS = "Annots"
"""The role of annotations, widgets and what they show; every other role is a catalogue's key."""
STRUCTURE = "StructTreeRoot"
_DRAWN = frozenset({"Pages", "OCProperties"})
"""Entries of the catalogue that decide what pages show."""
_LINKS = BACK | {"A", "AA", "Dest", "Reference"}
"""Entries of annotations, pages, tags and signatures that lead to something and draw nothing."""


class Uses:
    """The ways that lead to objects in the later revision of a pair."""

    def __init__(self, pair: Pair) -> None:
        """Take the graph of who refers to whom; it is walked when it is first asked."""
        root = pair.new.trailer.get("Root")
        self._pair = pair
        self._root = root.num if isinstance(root, Ref) else TRAILER
        self._named: dict[int, dict[int, list[str]]] = {}

    def foreign(self, num: int, role: str) -> bool:
        """Say whether something else than `role` uses an object."""
        referrers = self._pair.shared.referrers_in(self._pair.new)
        seen = {num}
        stack = [num]
        while stack:
            child = stack.pop()
            for parent in referrers.of(child):
                if parent in seen:
                    continue
                foreign = self._step(parent, child, role)
                if foreign:
                    return True
                if foreign is None:
                    seen.add(parent)
                    stack.append(parent)
        return False

    def _step(self, parent: int, child: int, role: str) -> bool | None:
        """Say whether a reference is foreign to the role; None where what is above it decides."""
        if parent == TRAILER:
            return False
        holder = dictionary_of(self._pair.new.object(parent)) or Dict()
        keys = self._keys(parent, holder).get(child, [])
        if parent == self._root:
            return any(self._is_foreign_entry(key, role) for key in keys)
        # What a holder is, its place says: names of resources may be spelt like any of these keys.
        used = [key for key in keys if key not in _LINKS]
        if parent in self._pair.listing:
            return bool(used) and role != ANNOTATIONS
        if is_node(holder) or self._pair.shared.page_number(self._pair.new, Ref(parent, 0)):
            return bool(used) and (role != ANNOTATIONS or used != [ANNOTATIONS])
        is_link = is_element(holder) or (child == self._root and is_signature(holder))
        return False if is_link and not used else None

    def _is_foreign_entry(self, key: str, role: str) -> bool:
        return key in _DRAWN if role == ANNOTATIONS else key != role

    def _keys(self, parent: int, holder: Dict) -> dict[int, list[str]]:
        """Return for each object that a dictionary names the keys under which it does."""
        if parent not in self._named:
            found = self._named[parent] = {}
            for key, value in holder.items():
                for num in {*numbers(value)}:
                    found.setdefault(num, []).append(key)
        return self._named[parent]
