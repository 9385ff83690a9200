"""Trailer, document information, metadata and catalog: each entry has its rule.

See ISO 32000-2, 7.5.5, 7.7.2, 14.3.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.changes.dss import judge_dss, rewritten_below
from sigcheck.evidence.changes.equivalence import equivalent
from sigcheck.evidence.changes.form import judge_form
from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.changes.referrers import TRAILER
from sigcheck.evidence.changes.structure import judge_structure
from sigcheck.evidence.changes.values import keys_of, same
from sigcheck.evidence.pdf import Dict, FilterError, Name, Obj, PdfString, Ref, Stream
from sigcheck.model.evidence import ChangeClass

_VERSION = re.compile(r"\d\.\d{1,2}")
_EXTENSION_KEYS = frozenset({"Type", "BaseVersion", "ExtensionLevel", "ExtensionRevision", "URL"})


def judge_version(pair: Pair, before: Obj, after: Obj, number: int) -> None:
    """/Version: a name such as 1.7 (7.5.2)."""
    value = pair.new.get(after)
    known = isinstance(value, Name) and _VERSION.fullmatch(value)
    change = ChangeClass.EXTENSION if known else ChangeClass.UNDEFINED
    pair.adopt(after)
    pair.report(change, "version", "/Root/Version", num=number, before=before, after=after)


def judge_private(pair: Pair, before: Obj, after: Obj, number: int) -> None:
    """/PieceInfo, /LastModified: an editor's own notes, shown to nobody (14.5)."""
    pair.own(after, number)
    pair.adopt(after)
    pair.adopt(pair.new.get(after))
    pair.report(
        ChangeClass.EXTENSION,
        "private-data",
        "/Root/PieceInfo",
        num=number,
        before=before,
        after=after,
    )


def judge_names(pair: Pair, before: Obj, after: Obj, number: int) -> None:
    """/Names: editors keep icons of comments under /AP; the rest may not change (7.7.4)."""
    was, now = pair.old.dict(before), pair.new.get(after)
    if not isinstance(now, Dict) or any(key != "AP" for key in pair.differing(was, now, now)):
        pair.undefined("names", "/Root/Names", num=number, before=before, after=after)
        return
    pair.own(after, number)
    pair.own(now.get("AP"), after.num if isinstance(after, Ref) else number)
    pair.adopt(after)
    pair.adopt(now)
    pair.report(
        ChangeClass.EXTENSION,
        "named-appearances",
        "/Root/Names/AP",
        num=number,
        before=was,
        after=now,
    )


def judge_mark_info(pair: Pair, before: Obj, after: Obj, number: int) -> None:
    """/MarkInfo: says that the document is tagged (14.7.1)."""
    value = pair.new.get(after)
    plain = isinstance(value, Dict) and all(isinstance(v, bool) for v in value.values())
    pair.own(after, number)
    if not plain:
        pair.undefined("mark-info", "/Root/MarkInfo", num=number, before=before, after=after)
        return
    pair.adopt(after)
    pair.report(
        ChangeClass.EXTENSION, "mark-info", "/Root/MarkInfo", num=number, before=before, after=after
    )


def judge_extensions(pair: Pair, before: Obj, after: Obj, number: int) -> None:
    """/Extensions: developer extensions, added or with a new level (7.12)."""
    was, now = pair.old.dict(before), pair.new.get(after)
    path = "/Root/Extensions"
    if not isinstance(now, Dict) or not all(
        _extension(pair, now.get(key)) for key in pair.differing(was, now, now) if key != "Type"
    ):
        pair.undefined("extensions", path, num=number, before=before, after=after)
        return
    pair.own(after, number)
    holder = after.num if isinstance(after, Ref) else number
    for key in pair.differing(was, now, now):
        pair.own(now.get(key), holder)
    pair.adopt(after)
    pair.report(ChangeClass.EXTENSION, "extensions", path, num=number, before=was, after=now)


def _extension(pair: Pair, value: Obj) -> bool:
    """One developer extensions dictionary, or an array of them (table 49)."""
    found = pair.new.get(value)
    entries = found if isinstance(found, list) else [found]
    return all(_extension_dictionary(pair.new.get(entry)) for entry in entries)


def _extension_dictionary(value: Obj) -> bool:
    return (
        isinstance(value, Dict)
        and value.keys() <= _EXTENSION_KEYS
        and isinstance(value.get("BaseVersion"), Name)
        and isinstance(value.get("ExtensionLevel"), int)
        and isinstance(value.get("URL"), PdfString | None)
    )


def judge_permissions(pair: Pair, before: Obj, after: Obj, number: int) -> None:
    """/Perms: a certification may arrive, and none may go or be replaced (12.8.6)."""
    was, now = pair.old.dict(before), pair.new.get(after)
    path = "/Root/Perms"
    added = isinstance(now, Dict) and now.keys() <= {*was, "DocMDP"} and was.keys() <= now.keys()
    if (
        not isinstance(now, Dict)
        or not added
        or any(not same(was[key], now[key]) or pair.dirty(now[key]) for key in was)
        or not all(isinstance(now[key], Ref) for key in now if key not in was)
    ):
        pair.undefined("permissions", path, num=number, before=before, after=after)
        return
    pair.own(after, number)
    pair.settle(after)
    if "DocMDP" in now and "DocMDP" not in was:
        pair.report(ChangeClass.EXTENSION, "permissions", path, num=number, before=was, after=now)


# --- The document's XMP metadata stream

_MAX_XMP = 4 * 1024 * 1024
"""Bytes of a metadata stream that are parsed; packets of honest files stay below 100 kB."""
_MAX_DEPTH = 64
_ROOTS = ("adobe:ns:meta/ xmpmeta", "http://www.w3.org/1999/02/22-rdf-syntax-ns# RDF")


def judge_metadata(pair: Pair, before: Obj, after: Obj, number: int) -> None:
    """/Metadata: an XMP packet, replaced in place or by a new stream."""
    path = "/Root/Metadata"
    value = pair.new.get(after)
    holder = after.num if isinstance(after, Ref) else None
    problem = _problem(value)
    if problem or not isinstance(value, Stream):
        pair.undefined("xmp-metadata", path, num=holder, before=before, after=problem)
        pair.settle(after)
        return
    pair.own(after, number)
    pair.adopt(after)
    pair.adopt(value)
    old = pair.old.get(before)
    was = f"{old.length} bytes" if isinstance(old, Stream) else ""
    pair.report(
        ChangeClass.EXTENSION, "xmp-metadata", path,
        num=holder, before=was, after=f"{value.length} bytes",
    )  # fmt: skip


def _problem(value: Obj) -> str:
    """Say why a value is no metadata stream; empty when it is one."""
    if not isinstance(value, Stream):
        return "not a stream"
    if value.dict.get("Type") != "Metadata" or value.dict.get("Subtype") != "XML":
        return "not /Type /Metadata /Subtype /XML"
    try:
        data = value.decode(_MAX_XMP + 1)
    except (FilterError, LimitExceededError):
        return "cannot be decoded"
    if len(data) > _MAX_XMP:
        return "too large"
    return _Packet().problem(data)


class _Packet:
    """Reads a packet once: well-formed, XMP at the root, and no document type declaration."""

    def __init__(self) -> None:
        self.depth = 0
        self.roots: list[str] = []
        self.refused = ""

    def problem(self, data: bytes) -> str:
        from xml.parsers import expat

        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            parser.Parse(data.strip(b"\x00\t\n\r \xef\xbb\xbf"), True)  # noqa: FBT003
        except expat.ExpatError as error:
            return self.refused or f"not well-formed: {expat.ErrorString(error.code)}"
        return self.refused or ("" if self.roots and self.roots[0] in _ROOTS else "not XMP")

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        if not self.depth:
            self.roots.append(name)
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            self._refuse("nested too deeply")

    def _end(self, _name: str) -> None:
        self.depth -= 1

    def _doctype(self, *_arguments: object) -> None:
        self._refuse("document type declaration")

    def _refuse(self, reason: str) -> None:
        from xml.parsers import expat

        self.refused = reason
        raise expat.ExpatError(reason)


# --- The catalog's entries: each has its rule, and an entry without one may not change

Rule = Callable[[Pair, Obj, Obj, int], None]
"""Takes the pair, an entry as it was and is, and the number of the object that holds it."""


_RULES: dict[str, Rule] = {
    "AcroForm": judge_form,
    "DSS": judge_dss,
    "Extensions": judge_extensions,
    "MarkInfo": judge_mark_info,
    "Metadata": judge_metadata,
    "Names": judge_names,
    "Perms": judge_permissions,
    "PieceInfo": judge_private,
    "LastModified": judge_private,
    "StructTreeRoot": judge_structure,
    "Version": judge_version,
}
_NAMED = {
    "AA": "active-content",
    "Collection": "active-content",
    "OCProperties": "optional-content",
    "OpenAction": "active-content",
    "Pages": "page-tree",
}
"""Rules under which the worst of the others are reported."""
_THEMSELVES = frozenset({"OCProperties", "Pages"})
"""Entries whose objects are named elsewhere by number: equal ones in their place are others."""


def judge_catalog(pair: Pair) -> None:
    """Compare two catalogs entry by entry."""
    old, new = pair.old.catalog, pair.new.catalog
    root = pair.new.trailer.get("Root")
    number = root.num if isinstance(root, Ref) else 0
    if not new and old:
        pair.undefined("catalog-missing", "/Root", num=number)
        return
    pair.settle(root)
    changed = pair.differing(old, new, _RULES)
    for key in changed:
        pair.role = key
        if key in _RULES:
            _RULES[key](pair, old.get(key), new.get(key), number)
        else:
            _without_rule(pair, key, old, new, number)
    _spine(pair, old, new, number, changed)


def _without_rule(pair: Pair, key: str, old: Dict, new: Dict, number: int) -> None:
    if pair.keeps_writer_mark(key, "/Root", old, new, number):
        return
    rule = _NAMED.get(key, "catalog-entry")
    if key not in _THEMSELVES and equivalent(pair.old, old.get(key), pair.new, new.get(key)):
        pair.adopt(new.get(key))
        pair.report(ChangeClass.EXTENSION, "same-value", f"/Root/{key}", num=number)
        return
    pair.undefined(rule, f"/Root/{key}", num=number, before=old.get(key), after=new.get(key))


def _spine(pair: Pair, old: Dict, new: Dict, number: int, changed: list[str]) -> None:
    """Look behind entries that are the same reference to an array or dictionary of references."""
    form = new.get("AcroForm")
    if form is not None and "AcroForm" not in changed:
        inner = pair.new.dict(form)
        parts = [inner.get("Fields"), inner.get("DR"), *pair.new.dict(inner.get("DR")).values()]
        if any(pair.dirty(part) for part in parts):
            pair.role = "AcroForm"
            judge_form(pair, old.get("AcroForm"), form, number)
    store = new.get("DSS")
    if store is not None and "DSS" not in changed:
        kinds = (type(pair.new.object(num)) for num in pair.altered - pair.settled.keys())
        if any(kind in (list, Dict) for kind in kinds) and rewritten_below(pair, store):
            pair.role = "DSS"
            judge_dss(pair, old.get("DSS"), store, number)


# --- The trailer, the document information and what hangs on them

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
    bad = next((key for key in changed if not _plain(pair, now, key)), None)
    if bad is not None:
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
