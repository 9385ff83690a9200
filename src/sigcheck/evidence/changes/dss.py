"""The document security store: validation data that later updates add (12.8.4.3)."""

from __future__ import annotations

from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.changes.values import keys_of, same
from sigcheck.evidence.pdf import Dict, Obj, PdfString, Ref, Stream
from sigcheck.model.evidence import ChangeClass

_ARRAYS = frozenset({"Certs", "CRLs", "OCSPs"})
_IN_ORDER = sorted(_ARRAYS)
_VRI_ARRAYS = frozenset({"Cert", "CRL", "OCSP"})
_PATH = "/Root/DSS"


class _MisfitError(Exception):
    """Something in the store that is no validation data; its path, and what is there."""

    def __init__(self, path: str, value: Obj) -> None:
        super().__init__(path)
        self.path = path
        self.value = value


def judge_dss(pair: Pair, before: Obj, after: Obj, number: int) -> None:
    """/DSS: streams of certificates, CRLs and OCSP responses, and nothing else."""
    was, now = pair.old.dict(before), pair.new.get(after)
    holder = after.num if isinstance(after, Ref) else number
    if not isinstance(now, Dict):
        pair.undefined("dss", _PATH, num=holder, before=before, after=after)
        return
    try:
        _own(pair, before, after, number, _PATH)
        counts = _store(pair, was, now, holder)
    except _MisfitError as misfit:
        pair.undefined("dss", misfit.path, num=holder, before=before, after=misfit.value)
        pair.settle(after)
        return
    pair.adopt(after)
    pair.adopt(now)
    pair.report(
        ChangeClass.EXTENSION,
        "dss",
        _PATH,
        num=holder,
        before=_summary(pair.old, was),
        after=counts,
    )


def rewritten_below(pair: Pair, value: Obj) -> bool:
    """Say whether a part of the store was rewritten in place, the store itself being the same."""
    new = pair.new
    store = new.dict(value)
    parts = [store.get(key) for key in _ARRAYS]
    vri = store.get("VRI")
    parts.append(vri)
    for entry in new.dict(vri).values():
        parts.append(entry)
        parts += new.dict(entry).values()
    return any(pair.dirty(part) for part in parts)


def _store(pair: Pair, was: Dict, now: Dict, holder: int) -> str:
    for key in _keys(was, now):
        path = f"{_PATH}/{key}"
        if key in _ARRAYS:
            _streams(pair, was.get(key), now.get(key), holder, path)
        elif key == "VRI" and (key in was or key in now):
            _vri(pair, was.get(key), now.get(key), holder)
        elif not same(was.get(key), now.get(key)):
            raise _MisfitError(path, now.get(key))
    return _summary(pair.new, now)


def _summary(view: object, store: Dict) -> str:
    get = view.list  # type: ignore[attr-defined]
    counts = [f"{key} {len(get(store[key]))}" for key in _IN_ORDER if key in store]
    return ", ".join(counts)


def _streams(pair: Pair, before: Obj, after: Obj, holder: int, path: str) -> None:
    """An array of streams: new ones may join, and none that was there may be rewritten."""
    value = pair.new.get(after)
    if value is None and before is not None:
        # Material that is dropped changes nothing that is shown; a store without any is no store.
        return
    if not isinstance(value, list):
        raise _MisfitError(path, after)
    old = pair.old.list(before)
    known = {ref.num for ref in old if isinstance(ref, Ref)}
    _own(pair, before, after, holder, path)
    known -= pair.altered
    known -= pair.gone
    # Most updates add at the end: what was there, and is nothing but references, is passed over.
    first = len(old) if len(known) == len(old) and value[: len(old)] == old else 0
    for index in range(first, len(value)):
        item = value[index]
        if not isinstance(item, Ref) or item.num not in known:
            _stream(pair, item, f"{path}[{index}]")


def _stream(pair: Pair, item: Obj, path: str) -> None:
    if pair.dirty(item) or not isinstance(pair.new.get(item), Stream):
        raise _MisfitError(path, item)
    pair.adopt(item)


def _vri(pair: Pair, before: Obj, after: Obj, holder: int) -> None:
    """/VRI: one dictionary for each signature, by the digest of its contents."""
    was, now = pair.old.dict(before), pair.new.get(after)
    path = f"{_PATH}/VRI"
    if not isinstance(now, Dict):
        raise _MisfitError(path, after)
    _own(pair, before, after, holder, path)
    owner = after.num if isinstance(after, Ref) else holder
    renewed = any(key not in was for key in now)
    for key in keys_of(was, now):
        if key == "Type" or (key not in now and renewed):
            continue  # A tool that writes the whole store anew may drop what it does not need.
        if key not in now:
            raise _MisfitError(f"{path}/{key}", None)
        _entry(pair, was.get(key), now[key], owner, f"{path}/{key}")


def _entry(pair: Pair, before: Obj, after: Obj, holder: int, path: str) -> None:
    was, now = pair.old.dict(before), pair.new.get(after)
    if not isinstance(now, Dict):
        raise _MisfitError(path, after)
    _own(pair, before, after, holder, path)
    owner = after.num if isinstance(after, Ref) else holder
    for key in _keys(was, now):
        place = f"{path}/{key}"
        if key in _VRI_ARRAYS:
            _streams(pair, was.get(key), now.get(key), owner, place)
        elif key == "TS":
            if not isinstance(now.get(key), PdfString | None):
                _stream(pair, now.get(key), place)
        elif key != "TU" or not isinstance(pair.new.get(now.get(key)), PdfString):
            raise _MisfitError(place, now.get(key))


def _keys(was: Dict, now: Dict) -> list[str]:
    """Return every key of both: below an equal entry, objects may have been rewritten."""
    return [key for key in keys_of(was, now) if key != "Type"]


def _own(pair: Pair, before: Obj, after: Obj, holder: int, path: str) -> None:
    """Settle a part of the store, unless an object that was something else now plays it."""
    recycled = isinstance(after, Ref) and after.num in pair.altered and before != after
    if recycled:
        raise _MisfitError(path, after)
    pair.own(after, holder)
