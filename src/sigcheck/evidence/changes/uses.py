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
from sigcheck.evidence.pdf import Dict, Name, Ref
from sigcheck.evidence.pdf.signatures import is_signature

ANNOTATIONS = "Annots"
"""The role of annotations, widgets and what they show; every other role is a catalogue's key."""
STRUCTURE = "StructTreeRoot"
PAGES = "Pages"
_TAGS, _PAGES = "tags", "pages"
"""Roles of what a link leads from: a structure element, a page or node of the page tree."""
_DRAWN = frozenset({"Pages", "OCProperties"})
"""Entries of the catalogue that decide what pages show."""
_FOREIGN = {
    ANNOTATIONS: _DRAWN,
    _TAGS: _DRAWN | {"AcroForm"},
    _PAGES: frozenset({"OCProperties"}),
}
"""Entries of the catalogue that are foreign to such a role; to a catalogue's key, all others."""
_OF_PAGES = {
    ANNOTATIONS: frozenset({ANNOTATIONS}),
    PAGES: frozenset({"Kids"}),
    _PAGES: frozenset({ANNOTATIONS, "Kids", "B"}),
}
"""Entries of pages and their tree that belong to such a role."""
_LINKS = BACK | {"A", "AA", "Dest", "Reference"}
"""Entries of annotations, pages, tags and signatures that lead to something and draw nothing."""


class Uses:
    """The ways that lead to objects in the later revision of a pair."""

    def __init__(self, pair: Pair) -> None:
        """Take the graph of who refers to whom; it is walked when it is first asked."""
        root = pair.new.trailer.get("Root")
        self._pair = pair
        self._root = root.num if isinstance(root, Ref) else TRAILER
        self._harmless: set[tuple[int, str]] = set()
        """Objects with the roles in which nothing foreign was found to use them."""
        self._named: dict[int, dict[int, list[str]]] = {}

    def foreign(self, num: int, role: str) -> bool:
        """Say whether something else than `role` uses an object."""
        referrers = self._pair.shared.referrers_in(self._pair.new)
        seen = {(num, role)}
        stack = [(num, role)]
        while stack:
            child, role = stack.pop()
            for parent in referrers.of(child):
                above = self._step(parent, child, role)
                if above is None:
                    return True
                further = (parent, above or "")
                if above and further not in seen and further not in self._harmless:
                    seen.add(further)
                    stack.append(further)
        self._harmless |= seen
        return False

    def _step(self, parent: int, child: int, role: str) -> str | None:
        """Return the role in which the uses of a referrer are looked at.

        None where the reference is foreign to the role, "" where nothing above it matters. A link
        leads from something that is drawn otherwise, if at all: that has no other use, either.
        """
        if parent == TRAILER:
            return ""
        holder = dictionary_of(self._pair.new.object(parent)) or Dict()
        keys = self._keys(parent, holder).get(child, [])
        # What a holder is, its place says: names of resources may be spelt like any of these keys.
        used = [key for key in keys if key not in _LINKS]
        if parent == self._root:
            return None if any(_is_foreign_entry(key, role) for key in keys) else ""
        if parent in self._pair.listing:
            return None if used and role != ANNOTATIONS else ANNOTATIONS
        if is_node(holder) or self._pair.shared.page_number(self._pair.new, Ref(parent, 0)):
            ending = "" if used else _PAGES
            return ending if _OF_PAGES.get(role, frozenset()).issuperset(used) else None
        return role if used else self._linked(holder, child, role)

    def _linked(self, holder: Dict, child: int, role: str) -> str:
        if child == self._root and is_signature(holder):
            return ANNOTATIONS
        return _TAGS if self._is_element(holder) else role

    def _is_element(self, holder: Dict) -> bool:
        """Say whether it is an element whose parent is one, too, or the structure tree's root."""
        if not is_element(holder) or not isinstance(holder.get("S"), Name):
            return False
        above = self._pair.new.dict(holder.get("P"))
        return is_element(above) or above.get("Type") == STRUCTURE

    def _keys(self, parent: int, holder: Dict) -> dict[int, list[str]]:
        """Return for each object that a dictionary names the keys under which it does."""
        if parent not in self._named:
            found = self._named[parent] = {}
            for key, value in holder.items():
                for num in {*numbers(value)}:
                    found.setdefault(num, []).append(key)
        return self._named[parent]


def _is_foreign_entry(key: str, role: str) -> bool:
    foreign = _FOREIGN.get(role)
    return key != role if foreign is None else key in foreign
