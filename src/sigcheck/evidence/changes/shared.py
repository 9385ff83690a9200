"""What all pairs of one document share, so that nothing is worked out twice."""

from __future__ import annotations

from msgspec import Struct, field

from sigcheck.evidence.changes.boxes import Boxes
from sigcheck.evidence.changes.fieldtree import Members
from sigcheck.evidence.changes.referrers import Referrers
from sigcheck.evidence.pdf import PdfDocument, Ref, View
from sigcheck.evidence.pdf.fields import form_fields


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
