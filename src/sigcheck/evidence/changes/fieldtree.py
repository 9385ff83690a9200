"""Finding one's way in the form from a field upwards (ISO 32000-2, 12.7.4)."""

from __future__ import annotations

from collections import Counter

from sigcheck.evidence.changes.values import text
from sigcheck.evidence.pdf import Dict, Obj, PdfString, Ref, View

_MAX_DEPTH = 64


def ancestors(view: View, field: Dict) -> list[Dict]:
    """Return a field and the fields above it, innermost first; loops are cut."""
    chain = [field]
    node: Obj = field.get("Parent")
    while node is not None and len(chain) < _MAX_DEPTH:
        above = view.get(node)
        if not isinstance(above, Dict) or any(above is known for known in chain):
            break
        chain.append(above)
        node = above.get("Parent")
    return chain


def qualified_name(view: View, field: Dict) -> str:
    """Return the fully qualified name (12.7.4.2)."""
    parts = [view.get(node.get("T")) for node in reversed(ancestors(view, field))]
    return ".".join(text(part) for part in parts if isinstance(part, PdfString))


def inherited(view: View, field: Dict, key: str) -> Obj:
    """Return a field attribute, its own or inherited, as written."""
    for node in ancestors(view, field):
        if node.get(key) is not None:
            return node[key]
    return None


def field_type(view: View, field: Dict) -> str:
    """Return /FT, inherited where it is; empty when there is none."""
    return text(view.get(inherited(view, field, "FT")))


def in_form(view: View, num: int, field: Dict, members: Members) -> bool:
    """Say whether the form leads to a field, by the /Kids of those above it (12.7.3)."""
    for node in ancestors(view, field):
        parent = node.get("Parent")
        above = view.get(parent)
        if not isinstance(above, Dict):
            return num in members.of(view.list(view.acroform.get("Fields")))
        if num not in members.of(view.list(above.get("Kids"))) or not isinstance(parent, Ref):
            return False
        num = parent.num
    return False


class Members:
    """The numbers in arrays of references, each array looked through once."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        """Know nothing yet."""
        self._known: dict[int, tuple[list[Obj], frozenset[int]]] = {}

    def of(self, values: list[Obj]) -> frozenset[int]:
        """Return the object numbers an array refers to."""
        known = self._known.get(id(values))
        if known is None or known[0] is not values:
            found = frozenset(value.num for value in values if isinstance(value, Ref))
            # The array is kept, so that its identity stays its own.
            known = self._known[id(values)] = (values, found)
        return known[1]


def terminal(view: View, field: Dict) -> Dict:
    """Return the field a widget belongs to: itself, or its parent when it has no name."""
    for node in ancestors(view, field):
        if "T" in node:
            return node
    return field


class FormTree:
    """The form of one revision, walked from /Fields down."""

    def __init__(self, view: View) -> None:
        """Walk it; what is met again is counted, not walked again."""
        self.arrays: dict[int, Ref] = {}
        """Fields whose /Kids is an array of its own, by the array's object number."""
        self._listed: Counter[int] = Counter()
        stack = [ref for ref in view.list(view.acroform.get("Fields")) if isinstance(ref, Ref)]
        while stack:
            ref = stack.pop()
            self._listed[ref.num] += 1
            if self._listed[ref.num] > 1:
                continue
            kids = view.dict(ref).get("Kids")
            if isinstance(kids, Ref):
                self.arrays[kids.num] = ref
            stack.extend(kid for kid in view.list(kids) if isinstance(kid, Ref))

    def has_one_place(self, view: View, num: int, field: Dict) -> bool:
        """Say whether a field and all above it are listed once: otherwise it has several names."""
        above = (node.get("Parent") for node in ancestors(view, field))
        nums = [num, *(parent.num for parent in above if isinstance(parent, Ref))]
        return all(self._listed[n] <= 1 for n in nums)
