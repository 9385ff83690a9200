"""Which later signatures excuse their own appearance (table of the design, rows 2 and 4)."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from sigcheck.model.evidence import ChangeClass, ChangeItem
from sigcheck.model.indication import Indication


class LaterVerdict(Struct, frozen=True):
    """What a later signature came to."""

    indication: Indication
    anchored: bool

    @property
    def excused(self) -> bool:
        """Say whether the signature answers for the widget it brought."""
        return self.indication is not Indication.TOTAL_FAILED and self.anchored


def remembered(known: LaterVerdict | None, new: LaterVerdict) -> LaterVerdict:
    """Return what counts for a field name: where two signatures share it, the one not excused."""
    return known if known is not None and not known.excused else new


def judged_changes(
    items: tuple[ChangeItem, ...], later: Mapping[str, LaterVerdict]
) -> tuple[ChangeItem, ...]:
    """Return the changes with each new signature field in the row its own verdict earned it."""
    own, new = ChangeClass.SIGNATURE, ChangeClass.NEW_FIELD
    return tuple(
        [
            _judged(item, later) if item.change is own or item.change is new else item
            for item in items
        ]
    )


def _judged(item: ChangeItem, later: Mapping[str, LaterVerdict]) -> ChangeItem:
    if item.change is ChangeClass.NEW_FIELD and not item.covers:
        return replace(item, change=ChangeClass.SIGNATURE)
    if item.change is ChangeClass.NEW_FIELD:
        return item
    verdict = later.get(item.field)
    if verdict is not None and verdict.excused:
        return item
    # A signature that was not found to be judged answers for nothing, like one that failed.
    failed = verdict is None or verdict.indication is Indication.TOTAL_FAILED
    return replace(item, change=ChangeClass.NEW_FIELD) if failed or item.covers else item
