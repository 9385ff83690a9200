"""The trailer, the document information and what hangs on them (ISO 32000-2, 7.5.5 and 14.3)."""

from __future__ import annotations

from sigcheck.evidence.changes.catalog import judge_catalog
from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.changes.referrers import TRAILER
from sigcheck.evidence.changes.values import keys_of, same
from sigcheck.evidence.pdf import Dict, Name, Obj, PdfString, Ref
from sigcheck.model.evidence import ChangeClass

_BOOKKEEPING = frozenset(
    {"Size", "Prev", "XRefStm", "Type", "Index", "W", "Length", "Filter", "DecodeParms", "DL"}
)
_JUDGED = frozenset({"Root", "Info", "ID", "Encrypt"})
_EXPECTED = _BOOKKEEPING | _JUDGED
_STANDARD_INFO = frozenset(
    {"Title", "Author", "Subject", "Keywords", "Creator", "Producer", "CreationDate", "ModDate",
     "Trapped"}
)  # fmt: skip
_FOREIGN = frozenset(
    {"Subtype", "FT", "T", "Kids", "Parent", "S", "First", "Last", "Next", "Prev", "Dest", "A",
     "AA", "JS", "V", "AP", "Contents", "Rect", "Annots", "Resources", "Pages", "Fields", "Names"}
)  # fmt: skip
"""Keys an information dictionary does not have, unless it serves as something else as well."""


def judge_trailer(pair: Pair) -> None:
    """Compare two trailers; from their /Root everything else follows."""
    old, new = pair.old.trailer, pair.new.trailer
    _encryption(pair, old, new)
    _identifier(pair, old, new)
    _information(pair, old, new)
    for key in keys_of(old, new):
        if key not in _EXPECTED:
            _private(pair, key, old.get(key), new.get(key))
    if "Root" in new and not same(old.get("Root"), new["Root"]):
        _other_root(pair, old.get("Root"), new["Root"])
    judge_catalog(pair)


def _encryption(pair: Pair, old: Dict, new: Dict) -> None:
    before, after = old.get("Encrypt"), new.get("Encrypt")
    if before is after is None:
        return
    if not same(before, after) or pair.touched(after):
        pair.undefined("encryption", "/Encrypt", before=before, after=after)


def _identifier(pair: Pair, old: Dict, new: Dict) -> None:
    """The second half of /ID is new in every update; writers that renew both do no harm (14.4)."""
    before, after = pair.old.get(old.get("ID")), pair.new.get(new.get("ID"))
    if same(before, after):
        return
    pair.adopt(new.get("ID"))
    if "Encrypt" in new and _first_half(before) != _first_half(after):
        # The key is derived from it (7.6.4.3): under another one the document reads differently.
        pair.undefined("encryption", "/ID", before=_id(before), after=_id(after))
    else:
        pair.report(
            ChangeClass.EXTENSION, "document-id", "/ID", before=_id(before), after=_id(after)
        )


def _first_half(value: Obj) -> Obj:
    return value[0] if isinstance(value, list) and value else None


def _id(value: Obj) -> str:
    parts = value if isinstance(value, list) else []
    return " ".join([part.hex() for part in parts if isinstance(part, PdfString)])[:120]


def _private(pair: Pair, key: str, before: Obj, after: Obj) -> None:
    """Any other trailer entry: no viewer reads it, so the new objects behind it are not shown."""
    if same(before, after):
        return
    if pair.leads_to_changed(after):
        pair.undefined("trailer-entry", f"/{key}", before=before, after=after)
        return
    pair.report(ChangeClass.EXTENSION, "trailer-entry", f"/{key}", before=before, after=after)


def _other_root(pair: Pair, before: Obj, after: Obj) -> None:
    """Another object as the catalog: the two catalogs are compared by value like any others."""
    pair.settle(after)
    pair.report(ChangeClass.EXTENSION, "catalog-renumbered", "/Root", before=before, after=after)


def _information(pair: Pair, old: Dict, new: Dict) -> None:
    before, after = old.get("Info"), new.get("Info")
    if after is None or (same(before, after) and not pair.dirty(after)):
        return
    was, now = pair.old.dict(before), pair.new.get(after)
    if not isinstance(now, Dict):
        pair.undefined("document-info", "/Info", before=before, after=after)
        return
    changed = pair.differing(was, now, now)
    if any(not _plain(pair, now, key) for key in changed):
        bad = next(key for key in changed if not _plain(pair, now, key))
        pair.undefined(
            "document-info",
            f"/Info/{bad}",
            num=_number(after),
            before=was.get(bad),
            after=now.get(bad),
        )
        pair.settle(after)
        return
    pair.own(after, TRAILER)
    pair.adopt(now)
    pair.adopt(after)
    if changed:
        _report_information(pair, after, was, now, changed)


def _plain(pair: Pair, now: Dict, key: str) -> bool:
    """An entry of the information dictionary is a string, and nobody draws it (14.3.3)."""
    value = pair.new.get(now.get(key))
    if key not in _STANDARD_INFO and _FOREIGN & now.keys():
        return False
    return value is None or isinstance(value, PdfString | Name | bool | int | float)


def _report_information(pair: Pair, after: Obj, was: Dict, now: Dict, changed: list[str]) -> None:
    shown = [key for key in changed if key in _STANDARD_INFO] or changed
    pair.report(
        ChangeClass.EXTENSION,
        "document-info",
        "/Info/" + ",".join(changed[:6]),
        num=_number(after),
        before=Dict((key, was[key]) for key in shown[:4] if key in was),
        after=Dict((key, now[key]) for key in shown[:4] if key in now),
    )


def _number(value: Obj) -> int | None:
    return value.num if isinstance(value, Ref) else None
