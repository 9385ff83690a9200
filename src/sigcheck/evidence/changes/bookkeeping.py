"""What every update brings and nobody sees: versions, extensions, permissions, private data."""

from __future__ import annotations

import re

from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.changes.values import same
from sigcheck.evidence.pdf import Dict, Name, Obj, PdfString, Ref
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
